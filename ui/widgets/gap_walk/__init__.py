"""The straight way between two codes: what is decoded on it, and how far from all codes it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, number, point, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register(
    "gap_walk", *_PARTS, "dots", "marks", "gestures", "range", "nearest", "chart", "way_lines"
)


@dataclass(frozen=True)
class GapState:
    """What the reader last committed; None where nothing was touched yet."""

    pair: tuple[int, int] | None = None  # rows of the images A and B
    at: float | None = None  # where the handle stands, from A (0) to B (1), 2 decimals
    z: tuple[float, float] | None = None  # the probe off the way, 3 decimals


def gap_walk(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> GapState:
    """Draw map and way from `payload` (format: `ui/widgets/gap_walk/gap_walk.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> GapState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> GapState:
    if not isinstance(value, Mapping):
        return GapState()
    pair, at = value.get("pair"), number(value.get("at"))
    ends = [whole(row) for row in pair] if isinstance(pair, list | tuple) else []
    a, b = ends if len(ends) == 2 else (None, None)
    return GapState(
        pair=None if a is None or b is None else (a, b),
        at=None if at is None else min(max(at, 0.0), 1.0),
        z=point(value.get("z")),
    )

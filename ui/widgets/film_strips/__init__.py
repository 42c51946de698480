"""The way between two images as film strips, one per model, over the change from frame to frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, number, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "range")
_component = register("film_strips", *_PARTS, "nearest", "chart", "way_lines")


@dataclass(frozen=True)
class StripsState:
    """What the reader last committed; None where nothing was touched yet."""

    pair: tuple[int, int] | None = None  # rows of the images A and B
    at: float | None = None  # where the handle stands, from A (0) to B (1), 2 decimals


def film_strips(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> StripsState:
    """Draw the strips from `payload` (format: `ui/widgets/film_strips/film_strips.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> StripsState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> StripsState:
    if not isinstance(value, Mapping):
        return StripsState()
    pair, at = value.get("pair"), number(value.get("at"))
    ends = [whole(row) for row in pair] if isinstance(pair, list | tuple) else []
    a, b = ends if len(ends) == 2 else (None, None)
    return StripsState(
        pair=None if a is None or b is None else (a, b),
        at=None if at is None else min(max(at, 0.0), 1.0),
    )

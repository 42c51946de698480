"""Codes drawn in three ways on one map, what they decode to and what real images they reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, point, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register("drawing", *_PARTS, "dots", "marks", "gestures", "draws", "algebra")


@dataclass(frozen=True)
class DrawingState:
    """What the reader last committed; None where nothing was touched yet."""

    z: tuple[float, float] | None = None  # the probe, 3 decimals
    way: str | None = None  # whose draws the map shows: prior, box or fitted
    seed: int | None = None  # of the draws, the same for all ways
    count: int | None = None  # draws of each way so far


def drawing(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> DrawingState:
    """Draw the map and its rows from `payload` (format: `ui/widgets/drawing/drawing.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> DrawingState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> DrawingState:
    if not isinstance(value, Mapping):
        return DrawingState()
    way = value.get("way")
    return DrawingState(
        z=point(value.get("z")),
        way=way if isinstance(way, str) else None,
        seed=whole(value.get("seed")),
        count=whole(value.get("count")),
    )

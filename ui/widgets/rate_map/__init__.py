"""One network for every β: codes, ellipses, decoded images and losses follow a handle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, number, point, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register(
    "rate_map",
    *_PARTS,
    "dots",
    "marks",
    "gestures",
    "legend",
    "range",
    "beta",
    "grid",
    "draws",
    "film",
    "chart",
)


@dataclass(frozen=True)
class RateState:
    """What the reader last committed; None where nothing was touched yet."""

    beta: float | None = None  # three significant digits
    z: tuple[float, float] | None = None  # a free probe, own coordinates, 3 decimals
    picked: int | None = None  # row of the picked image the probe rides on; None: z is free


def rate_map(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> RateState:
    """Draw the map from `payload` (format: `ui/widgets/rate_map/rate_map.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> RateState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> RateState:
    if not isinstance(value, Mapping):
        return RateState()
    return RateState(
        beta=number(value.get("beta")),
        z=point(value.get("z")),
        picked=whole(value.get("picked")),
    )

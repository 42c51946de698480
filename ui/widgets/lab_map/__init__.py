"""One network of the lab: its codes in a plane, under the probe that all maps of the lab share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from ui.widgets import floats, noop, point, register, whole

_PARTS = ("widget", "payload", "algebra", "network", "format", "theme", "print", "mount", "motion")
_component = register(
    "lab_map", *_PARTS, "plane", "dots", "marks", "gestures", "legend", "range", "switch", "bus",
    "objective", "svg", "save",
)  # fmt: skip

MOST_NUMBERS = 32  # in a code
Hold = Literal["mean"] | int | tuple[float, ...] | None


@dataclass(frozen=True)
class LabMapState:
    """What the reader last committed; None where nothing was touched yet."""

    u: tuple[float, float] | None = None  # probe in standardised coordinates, 3 decimals
    picked: int | None = None  # row of the image whose code the probe stands on
    data: str = ""  # whose rows these are
    axes: tuple[int, int] | None = None  # the two numbers shown of k > 2; None: PCA of the codes
    hold: Hold = None  # in all other directions; None: the picked image's code, else the mean


def lab_map(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> LabMapState:
    """Draw the map from `payload` (format: `ui/widgets/lab_map/lab_map.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> LabMapState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> LabMapState:
    if not isinstance(value, Mapping):
        return LabMapState()
    data = value.get("data")
    return LabMapState(
        u=point(value.get("u")),
        picked=whole(value.get("picked")),
        data=data if isinstance(data, str) else "",
        axes=_axes(value.get("axes")),
        hold=_hold(value.get("hold")),
    )


def _axes(value: object) -> tuple[int, int] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    i, j = whole(value[0]), whole(value[1])
    return None if i is None or j is None or i == j or max(i, j) >= MOST_NUMBERS else (i, j)


def _hold(value: object) -> Hold:
    if value == "mean":
        return "mean"
    if isinstance(value, list | tuple) and 2 < len(value) <= MOST_NUMBERS:
        return floats(value, len(value))
    return whole(value)

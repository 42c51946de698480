"""The curves of a run, reconstruction and KL by epoch, with a handle that scrubs through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, register, whole

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "range")
_component = register("curves", *_PARTS, "chart", "curves")


@dataclass(frozen=True)
class CurvesState:
    """What the reader last committed; None where nothing was touched yet."""

    epoch: int | None = None  # the keyframe asked for
    serial: int = 0  # grows with every request, so that asking for the same epoch twice is seen


def curves(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> CurvesState:
    """Draw the curves from `payload` (format: `ui/widgets/curves/curves.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> CurvesState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> CurvesState:
    if not isinstance(value, Mapping):
        return CurvesState()
    return CurvesState(epoch=whole(value.get("epoch")), serial=whole(value.get("serial")) or 0)

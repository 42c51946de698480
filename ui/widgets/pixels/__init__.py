"""Some pixels kept and the others guessed from them, against as many extracted features."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from ui.widgets import noop, register, whole

_PARTS = ("widget", "range", "payload", "format", "theme", "print", "mount", "motion", "marks")
_component = register(
    "pixels", *_PARTS, "gestures", "algebra", "components", "chart", "error_curve"
)


def pixels(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/pixels/pixels.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> tuple[int, ...] | None:
    """The pixels the reader last kept, in the order of their turn; None if that is not known."""
    value = st.session_state[key].get("state")
    kept = value.get("kept") if isinstance(value, Mapping) else None
    if not isinstance(kept, list | tuple):
        return None
    found = [whole(pixel) for pixel in kept]
    return None if None in found else tuple(pixel for pixel in found if pixel is not None)

"""A pad to draw on, and real images to pick: what the page's maps are asked about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from ui.widgets import noop, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "bus")
_component = register("draw_pad", *_PARTS, "ink", "outline", "nearest")
_INK: Final = re.compile(r"([A-Za-z0-9_-]{3})+(\.([A-Za-z0-9_-]{3})+)*")
_LONGEST: Final = 320  # characters: 80 points of three, and a dot between strokes


@dataclass(frozen=True)
class PadState:
    """What the reader last committed; a drawing lies over the picked image."""

    ink: str = ""  # the drawing as shared/ink.js writes it; "" if there is none
    image: int | None = None  # row of the picked training image


def draw_pad(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> PadState:
    """Draw the pad from `payload` (format: `ui/widgets/draw_pad/draw_pad.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> PadState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def drawing(value: object) -> str:
    """`value` if it is the text of a drawing, else ""."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    return value if _INK.fullmatch(value) else ""


def _read(value: object) -> PadState:
    if not isinstance(value, Mapping):
        return PadState()
    return PadState(ink=drawing(value.get("ink")), image=whole(value.get("image")))

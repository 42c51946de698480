"""Digits put back from k components, alone or beside a deep autoencoder's two numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, register, whole

_PARTS = ("widget", "range", "payload", "network", "format", "theme", "print", "mount", "motion")
_component = register(
    "components", *_PARTS, "marks", "algebra", "components", "chart", "error_curve"
)


@dataclass(frozen=True)
class ComponentsState:
    """What the reader last committed."""

    k: int  # components kept
    row: int  # which digits are printed: the row-th of every class


def components(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/components/components.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> ComponentsState | None:
    """What the reader last committed to the widget `key`; None if it cannot be read."""
    value = st.session_state[key].get("state")
    if not isinstance(value, Mapping):
        return None
    k, row = whole(value.get("k")), whole(value.get("row"))
    return None if k is None or row is None else ComponentsState(k, row)

"""From the KL nobody can compute to the ELBO, line by line, each with its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, register, whole

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "bus", "objective", "roving")
_component = register("derivation", *_PARTS)


@dataclass(frozen=True)
class DerivationState:
    """What the reader last committed; None where nothing was touched yet."""

    line: int | None = None  # how many lines are written out, from 1


def derivation(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/derivation/derivation.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> DerivationState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = st.session_state[key].get("state")
    return DerivationState(whole(value.get("line")) if isinstance(value, Mapping) else None)

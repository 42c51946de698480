"""Latent maps of the same images under one probe: an autoencoder and its matched twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, point, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register("twin_map", *_PARTS, "dots", "marks", "gestures", "legend", "switch")


@dataclass(frozen=True)
class TwinState:
    """What the reader last committed; None where nothing was touched yet."""

    u: tuple[float, float] | None = None  # probe in standardised coordinates, 3 decimals
    kl: bool | None = None  # the KL switch
    picked: int | None = None  # row of the picked image; None again once the probe is dragged


def twin_map(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> TwinState:
    """Draw the twins from `payload` (format: `ui/widgets/twin_map/twin_map.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> TwinState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> TwinState:
    if not isinstance(value, Mapping):
        return TwinState()
    kl = value.get("kl")
    return TwinState(
        u=point(value.get("u")),
        kl=kl if isinstance(kl, bool) else None,
        picked=whole(value.get("picked")),
    )

"""A latent plane seen twice, as codes and as decoded images, under one probe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, number, point, register, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register(
    "latent_map", *_PARTS, "dots", "marks", "gestures", "legend", "range", "grid",
    "bus", "draws", "objective",
)  # fmt: skip


@dataclass(frozen=True)
class MapState:
    """What the reader last committed. At most one of `z` and `walk` is set.

    With neither, the probe stands on the input's code, or on image A while there is no input.
    """

    z: tuple[float, float] | None = None  # a free probe, own coordinates, 3 decimals
    picks: tuple[int, ...] | None = None  # rows of the images A and B, the last pick at the end
    walk: float | None = None  # the probe stands this far from A (0) to B (1)
    clouds: int | None = None  # how many images show their q(z given x)


def latent_map(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> MapState:
    """Draw the map from `payload` (format: `ui/widgets/latent_map/latent_map.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> MapState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> MapState:
    if not isinstance(value, Mapping):
        return MapState()
    sent = value.get("picks")
    picks = tuple(i for i in sent if whole(i) is not None) if isinstance(sent, list) else None
    walk = number(value.get("walk"))
    return MapState(
        z=point(value.get("z")),
        picks=picks,
        walk=None if walk is None else min(max(walk, 0.0), 1.0),
        clouds=whole(value.get("clouds")),
    )

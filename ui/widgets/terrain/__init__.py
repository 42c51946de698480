"""One latent map with a layer over it: how the decoder behaves between the codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from ui.widgets import noop, point, register, whole

MODELS = ("ae", "beta01", "beta1", "beta30")
LAYERS = ("step", "nearest", "trip", "forces")
_PARTS = ("widget", "payload", "network", "gradient", "format", "theme", "print", "mount", "motion")
_component = register(
    "terrain", *_PARTS, "plane", "draws", "marks", "gestures", "legend", "nearest", "switch"
)


@dataclass(frozen=True)
class TerrainState:
    """What the reader last committed; None where nothing was touched yet."""

    model: str | None = None  # one of MODELS
    layer: str | None = None  # one of LAYERS
    less: bool | None = None  # the shrinkage is subtracted from the round trip
    z: tuple[float, float] | None = None  # a free probe, own coordinates, 3 decimals
    picked: int | None = None  # row of the picked image; without z the probe is on its code


def terrain(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> TerrainState:
    """Draw the map from `payload` (format: `ui/widgets/terrain/terrain.js`)."""
    result = _component(key=key, data=payload, on_state_change=on_change)
    return _read(result.get("state"))


def committed(key: str) -> TerrainState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    return _read(st.session_state[key].get("state"))


def _read(value: object) -> TerrainState:
    if not isinstance(value, Mapping):
        return TerrainState()
    model, layer, less = value.get("model"), value.get("layer"), value.get("less")
    return TerrainState(
        model=model if model in MODELS else None,
        layer=layer if layer in LAYERS else None,
        less=less if isinstance(less, bool) else None,
        z=point(value.get("z")),
        picked=whole(value.get("picked")),
    )

"""Digits and their principal components: k pixels or k features, how many, and two that say more.

The server sends the images; means, axes, errors and codes are computed where they are drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, plain, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import words
from ui.shipped import builtin_data, shipped
from ui.widgets import pack
from ui.widgets.components import ComponentsState, components
from ui.widgets.components import committed as committed_components
from ui.widgets.pixels import committed as committed_pixels
from ui.widgets.pixels import pixels
from ui.widgets.rotation import committed as committed_rotation
from ui.widgets.rotation import rotation
from vae_core.checkpoints import CheckpointError

PIXELS: Final = (18, 21, 42, 45)  # kept at first: evenly spread, as one might begin
EXAMPLES: Final = (0, 2, 3, 5, 7, 8)  # classes of the digits printed in chapter 1
SEVERAL: Final = 2  # components at first
DEEP: Final = "digits-ae"
FLOOR_MOST: Final = 20  # components its handle reaches
FLOOR_ROW: Final = 21  # digits it opens on: two of them come back as another digit
PARTNERS: Final = (2, 3, 4, 6)  # components to look at beside the first
PARTNER: Final = 6  # at first: the one that a turn correlates most


# ---- chapter 1: k pixels kept


def pixels_figure() -> None:
    """Draw k kept pixels beside k extracted features, and what to do with them."""
    saved = st.session_state.setdefault("pixels_kept", _linked_pixels())
    link.write({"kept": "" if saved == PIXELS else link.joined(list(saved)) or "none"})
    with st.container(key="figure_pixels"):
        payload = _pixels_payload(link.opened("pixels", saved))
        pixels(payload, key="pixels", on_change=_remember_pixels)
    caption("components", "pixels")
    try_this("components", "try_pixels")


@lru_cache(maxsize=8)
def _pixels_payload(kept: tuple[int, ...]) -> bytes:
    data = builtin_data("digits")
    header = {
        **_images_header(),
        "id": "pixels",
        "examples": [_first_of(digit) for digit in EXAMPLES],
        "start": PIXELS,
        "state": {"kept": kept},
        "words": words("components", "pixels_words"),
    }
    return pack({"x": grey(data.x_train, data.levels)}, header)


def _remember_pixels() -> None:
    kept = committed_pixels("pixels")
    if kept is not None and _are_pixels(kept):
        st.session_state["pixels_kept"] = kept


def _linked_pixels() -> tuple[int, ...]:
    """Return the pixels the link keeps; nonsense is ignored."""
    text = st.query_params.get("kept", "")
    if text == "none":
        return ()
    found = link.rows("kept", text.count(",") + 1, 64)
    return tuple(found) if found and _are_pixels(found) else PIXELS


def _are_pixels(kept: tuple[int, ...] | list[int]) -> bool:
    return len(set(kept)) == len(kept) and all(pixel < 64 for pixel in kept)


# ---- chapters 2 and 3: how many components


def components_figure() -> None:
    """Draw digits put back from k components, with the handle on k, and what to do with it."""
    saved = _several("components", 64)
    with st.container(key="figure_components"):
        payload = _components_payload(*link.opened("components", (saved.k, saved.row)))
        components(payload, key="components", on_change=_remember_components)
    caption("components", "components")
    try_this("components", "try_components")


def floor_figure() -> None:
    """Draw the deep autoencoder's two numbers against k components, and what to do with k."""
    saved = _several("floor", FLOOR_MOST, FLOOR_ROW)
    with st.container(key="figure_floor"):
        try:
            payload = _floor_payload(*link.opened("floor", (saved.k, saved.row)))
            components(payload, key="floor", on_change=_remember_floor)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("components", "floor")
    try_this("components", "try_floor")


def _several(figure: str, most: int, first: int = 0) -> ComponentsState:
    """Return the state of a figure with a handle on k, as committed, else as linked."""
    key, row = f"{figure}_state", f"{figure}_row"
    if key not in st.session_state:
        k, digits = link.row(figure, most + 1), link.row(row, _most_of_a_class())
        st.session_state[key] = ComponentsState(
            SEVERAL if k is None else k, first if digits is None else digits
        )
    saved: ComponentsState = st.session_state[key]
    link.write({
        figure: "" if saved.k == SEVERAL else str(saved.k),
        row: str(saved.row) if saved.row != first else "",
    })  # fmt: skip
    return saved


def _remember_components() -> None:
    _keep("components", 64)


def _remember_floor() -> None:
    _keep("floor", FLOOR_MOST)


def _keep(figure: str, most: int) -> None:
    state, old = committed_components(figure), st.session_state[f"{figure}_state"]
    usable = state is not None and state.k <= most and state.row < _most_of_a_class()
    st.session_state[f"{figure}_state"] = state if usable else old


@lru_cache(maxsize=8)
def _components_payload(k: int, row: int) -> bytes:
    header = {
        **_images_header(),
        "id": "components",
        "most": 64,
        "state": {"k": k, "row": row},
        "words": words("components", "components_words"),
    }
    return pack(_images(), header)


@lru_cache(maxsize=8)
def _floor_payload(k: int, row: int) -> bytes:
    model, data = shipped(DEEP), builtin_data("digits")
    header = {
        **_images_header(),
        "id": model.sha256[:16],
        "most": FLOOR_MOST,
        "deep": network_header(model.config),
        "state": {"k": k, "row": row},
        "words": words("components", "components_words") | words("components", "floor_words"),
    }
    weights = {f"deep/{name}": array for name, array in halves(model.weights).items()}
    return pack(_images() | weights | {"held_out": grey(data.x_val, data.levels)}, header)


# ---- chapter 2: uncorrelated is not independent


def independence_figure() -> None:
    """Draw two components against each other, their axes to turn, and what to do with them."""
    saved = st.session_state.setdefault("rotation_state", _linked_rotation())
    link.write({
        "rotation": link.joined([saved["turn"]]) if saved["turn"] else "",
        "rotation_with": str(saved["partner"]) if saved["partner"] != PARTNER else "",
    })  # fmt: skip
    with st.container(key="figure_rotation"):
        payload = _rotation_payload(*link.opened("rotation", (saved["turn"], saved["partner"])))
        rotation(payload, key="rotation", on_change=_remember_rotation)
    caption("components", "rotation")
    try_this("components", "try_rotation")


@lru_cache(maxsize=8)
def _rotation_payload(turn: float, partner: int) -> bytes:
    header = {
        **_images_header(),
        "id": "rotation",
        "partners": PARTNERS,
        "state": {"turn": turn, "partner": partner},
        "words": words("components", "rotation_words"),
    }
    return pack(_images(), header)


def _remember_rotation() -> None:
    state, old = committed_rotation("rotation"), st.session_state["rotation_state"]
    st.session_state["rotation_state"] = {
        "turn": old["turn"] if state.turn is None else state.turn,
        "partner": state.partner if state.partner in PARTNERS else old["partner"],
    }


def _linked_rotation() -> dict[str, Any]:
    """Return the angle and the second component as the link has them; nonsense is ignored."""
    turn, partner = link.numbers("rotation", 1, bound=90), link.row("rotation_with", 64)
    return {
        "turn": turn[0] if turn and turn[0] >= 0 else 0.0,
        "partner": partner if partner in PARTNERS else PARTNER,
    }


# ---- what all of them are sent


def _images() -> dict[str, np.ndarray]:
    data = builtin_data("digits")
    return {"x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8)}


def _images_header() -> dict[str, object]:
    data = builtin_data("digits")
    return {"levels": data.levels, "shape": data.image_shape, "classes": data.classes}


def _most_of_a_class() -> int:
    return int(np.bincount(builtin_data("digits").y_train).max())


def _first_of(digit: int) -> int:
    return int(np.argmax(builtin_data("digits").y_train == digit))

"""The drawing pad: an input to ask the page's maps about, drawn or picked.

The drawing and the picked image stand in the link; the browser owns them while the pad is open and
tells the maps of the page (`ui/widgets/shared/bus.js`). The pad knows nothing of the page's model.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.distances import distances
from ui.page import plain
from ui.payloads import grey, halves, network_header
from ui.prose import section
from ui.shipped import builtin_data, shipped
from ui.widgets import pack
from ui.widgets.draw_pad import committed, draw_pad, drawing
from vae_core import Dataset
from vae_core.checkpoints import CheckpointError

EVERY: Final = {"digits": 1, "shapes": 8}  # of so many training images one can be picked, is near
WORDS: Final = ("title", "hint", "label", "gloss", "far", "dot", "full", "open", "outside")


def draw_pad_figure(dataset: str) -> None:
    """Draw the pad of digits or shapes; a sentence for any other data set."""
    if dataset not in EVERY:
        st.caption(section("pad", "none"))
        return
    saved = _saved(dataset)
    first = first_row(builtin_data(dataset))
    image = "" if saved["image"] in (None, first) else str(saved["image"])
    link.write({"ink": saved["ink"], "image": image})
    opened = link.opened("pad", (saved["ink"], saved["image"]), of=dataset)
    try:
        payload = pad_payload(dataset, *opened)
    except CheckpointError as error:
        st.warning(plain(str(error)))
        return
    draw_pad(payload, key="pad", on_change=_remember)


@lru_cache(maxsize=8)
def pad_payload(dataset: str, ink: str, image: int | None) -> bytes:
    """Return the payload of `draw_pad`, opened with a drawing and a picked row."""
    data, model = builtin_data(dataset), shipped(f"{dataset}-ae")
    rows = np.arange(0, len(data.x_train), EVERY[dataset], dtype=np.int32)
    tensors = {f"ae/{name}": array for name, array in halves(model.weights).items()}
    tensors["x"], tensors["rows"] = grey(data.x_train[rows], data.levels), rows
    tensors["y"] = data.y_train[rows].astype(np.uint8)
    far = far_distance(dataset)
    words = {name: section("pad", f"{dataset}_{name}") for name in WORDS}
    words["limit"] = section("pad", f"{dataset}_limit").format(limit=f"{far:.2f}")
    header = {
        "id": f"{dataset}-{model.sha256[:16]}",
        **network_header(model.config),
        "dataset": dataset,
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "first": first_row(data),
        "most": float(data.x_train.sum(1).max()),
        "far": far,
        "words": words,
        "state": {"ink": ink, "image": image},
    }
    return pack(tensors, header)


def first_row(data: Dataset) -> int:
    """Return the row picked at first: the first image of class 3, or of the first class."""
    return int(np.argmax(data.y_train == 3)) if len(data.classes) > 3 else 0


@lru_cache(maxsize=2)
def far_distance(dataset: str) -> float:
    """Return the distance beyond which an input counts as far from the training images.

    Digits: 99 % of the images kept aside have a training image within it. Drawn shapes are never
    as exact as computed ones, so there: the median distance to the nearest of another kind.
    """
    data = builtin_data(dataset)
    away = distances(data.x_val, data.x_train[:: EVERY[dataset]])
    if dataset == "digits":
        return float(np.percentile(away.min(1), 99))
    same = data.y_val[:, None] == data.y_train[None, :: EVERY[dataset]]
    return float(np.median(np.where(same, np.inf, away).min(1)))


def _saved(dataset: str) -> dict[str, Any]:
    """Return what the reader has on the pad; a drawing of other images means nothing here."""
    saved: dict[str, Any] | None = st.session_state.get("pad_state")
    if saved is None:
        saved = {"dataset": dataset, **_linked(dataset)}
    elif saved["dataset"] != dataset:
        saved = {"dataset": dataset, "ink": "", "image": None}
    st.session_state["pad_state"] = saved
    return saved


def _linked(dataset: str) -> dict[str, Any]:
    """Return drawing and picked row as the link has them; nonsense counts as not there."""
    image = link.row("image", len(builtin_data(dataset).x_train))
    usable = image is not None and image % EVERY[dataset] == 0
    return {
        "ink": drawing(st.query_params.get("ink")),
        "image": image if usable else None,
    }


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state = committed("pad")
    st.session_state["pad_state"] |= {"ink": state.ink, "image": state.image}

"""Chapter 8's core: q dragged over an image's exact posterior, ELBO and gap beside it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, plain, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import words
from ui.shipped import Shipped, shipped
from ui.widgets import pack
from ui.widgets.elbo_gap import committed, elbo_gap
from vae_core.checkpoints import CheckpointError

MODEL: Final = "digits-vae-gaussian-c0.1"
PICKS: Final = (196, 21, 77, 140)  # validation images: ordinary, missed, leaning, two humps
START: Final = (0.9, -0.4, 0.3, 0.15, 0.35)  # q at first: mean, standard deviations, turn
RANGE: Final = (0.01, 1.0)  # of c
_PLANE: Final = 4.5  # half the side of the grid over the latent plane
_WIDTHS: Final = (0.03, 0.9)  # standard deviations of q that the grid can integrate
_REACH: Final = 4  # standard deviations of q that stay on the grid


def elbo_figure() -> None:
    """Draw q over the posterior with its bars, and what to do with them."""
    with st.container(key="figure_elbo"):
        try:
            saved = st.session_state.setdefault("elbo_state", _linked())
            _write_link(saved)
            q = saved["q"] and tuple(saved["q"])
            state = (saved["image"], saved["pad"], q, saved["c"], saved["full"])
            elbo_gap(_payload(*link.opened("elbo", state)), key="elbo", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("elbo", "elbo")
    try_this("elbo", "try_elbo")


@lru_cache(maxsize=16)
def _payload(
    image: int, pad: bool, q: tuple[float, ...] | None, c: float, full: bool
) -> bytes:  # fmt: skip
    model = _model()
    data = model.data
    tensors = {f"model/{name}": array for name, array in halves(model.weights).items()}
    tensors |= {"x": grey(data.x_val, data.levels), "y": data.y_val.astype(np.uint8)}
    header = {
        "id": model.sha256[:16],
        **network_header(model.config),
        "dataset": model.config.dataset,
        "shape": data.image_shape,
        "levels": data.levels,
        "classes": data.classes,
        "picks": PICKS,
        "range": RANGE,
        "bounds": {"narrow": _WIDTHS[0], "wide": _WIDTHS[1], "reach": _REACH},
        "state": {"image": image, "pad": pad, "q": q, "c": c, "full": full},
        "words": words("elbo", "elbo_words"),
    }
    return pack(tensors, header)


def _model() -> Shipped:
    return shipped(MODEL)


def _remember() -> None:
    state, old = committed("elbo"), st.session_state["elbo_state"]
    found = {
        "image": state.image if state.image is not None and state.image < _count() else None,
        "pad": state.pad,
        "q": [*state.q] if state.q and _placed(state.q) else None,
        "c": state.c if state.c and RANGE[0] <= state.c <= RANGE[1] else None,
        "full": state.full,
    }
    known = {key: value for key, value in found.items() if value is not None}
    st.session_state["elbo_state"] = {**old, **known}


def _linked() -> dict[str, Any]:
    """Return image, q, c and shape as the link has them; nonsense is ignored.

    Another image without a q is met by its encoder's q: None.
    """
    image = link.row("elbo_image", _count())
    pad = st.query_params.get("elbo_image") == "pad"
    q, c = link.numbers("elbo_q", 5), link.numbers("elbo_c", 1)
    first = image in (None, PICKS[0]) and not pad
    return {
        "image": PICKS[0] if image is None else image,
        "pad": pad,
        "q": q if q and _placed(q) else [*START] if first else None,
        "c": c[0] if c and RANGE[0] <= c[0] <= RANGE[1] else _model().config.c,
        "full": st.query_params.get("elbo_full") != "0",
    }


def _count() -> int:
    return len(_model().data.x_val)


def _placed(q: list[float] | tuple[float, ...]) -> bool:
    """Whether q is one that the plane can hold; the browser keeps the whole of it on the grid."""
    mean, widths, turn = q[:2], q[2:4], q[4]
    low, high = _WIDTHS
    near = all(abs(value) <= _PLANE for value in mean) and abs(turn) <= math.pi + 1e-3
    return near and all(low <= width <= high for width in widths)


def _write_link(state: dict[str, Any]) -> None:
    first = state["image"] == PICKS[0] and not state["pad"]
    q = state["q"]
    link.write({
        "elbo_image": "pad" if state["pad"] else "" if first else str(state["image"]),
        "elbo_q": "" if q is None or (first and tuple(q) == START) else link.joined(q),
        "elbo_c": "" if state["c"] == _model().config.c else link.joined([state["c"]]),
        "elbo_full": "" if state["full"] else "0",
    })  # fmt: skip

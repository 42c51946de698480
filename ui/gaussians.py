"""Gaussians to drag: one against the prior (chapter 5), three as an encoder (chapter 6)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, plain, try_this
from ui.payloads import grey
from ui.prose import words
from ui.shipped import MODELS, builtin_data
from ui.widgets import pack
from ui.widgets.best_response import best_response
from ui.widgets.best_response import committed as committed_response
from ui.widgets.gaussian_kl import committed as committed_kl
from ui.widgets.gaussian_kl import gaussian_kl
from vae_core.checkpoints import CheckpointError

START: Final = (1.2, 0.5, 0.5, 0.3)  # of the one cloud: mean, then standard deviations
ABC: Final = (-0.7, 0.5, 0.6, 0.6, 0.8, 0.6, 0.6, 0.6, 0.1, -0.7, 0.6, 0.6)  # A, then B, then C
_PLANE: Final = 3.4  # half-width of its plane: no mean lies further out
_WIDTHS: Final = (0.02, 3.0)  # what its handles allow, standard deviations
SETS: Final = 3  # triples of images in models/three-images.json
_FAR: Final = 50.0  # further out than rescaling reaches


def gaussian_kl_figure() -> None:
    """Draw one cloud against the prior, and what to do with it."""
    saved = st.session_state.setdefault("gaussian_kl_state", _linked_kl())
    q, way = saved["q"], saved["way"]
    link.write({
        "q": link.joined(q) if tuple(q) != START else "",
        "way": way if way != "qp" else "",
    })  # fmt: skip
    with st.container(key="figure_gaussian_kl"):
        payload = _kl_payload(*link.opened("gaussian_kl", (tuple(q), way)))
        gaussian_kl(payload, key="gaussian_kl", on_change=_remember_kl)
    caption("gaussians", "kl")
    try_this("gaussians", "try_kl")


@lru_cache(maxsize=64)
def _kl_payload(q: tuple[float, ...], way: str) -> bytes:
    state = {"q": q, "way": way}
    return pack(
        {}, {"id": "kl", "state": state, "start": START, "words": words("gaussians", "kl_words")}
    )


def _remember_kl() -> None:
    state, old = committed_kl("gaussian_kl"), st.session_state["gaussian_kl_state"]
    q = [*state.q] if state.q and _usable(state.q) else old["q"]
    st.session_state["gaussian_kl_state"] = {"q": q, "way": state.way or old["way"]}


def _linked_kl() -> dict[str, Any]:
    """Return the cloud and the direction as the link has them; nonsense is ignored."""
    q = link.numbers("q", 4)
    way = st.query_params.get("way")
    return {
        "q": q if q and _usable(q) else list(START),
        "way": "pq" if way == "pq" else "qp",
    }


def _usable(q: list[float] | tuple[float, ...]) -> bool:
    """Whether the plane can show mean and standard deviations."""
    low, high = _WIDTHS
    return all(abs(mean) <= _PLANE for mean in q[:2]) and all(low <= std <= high for std in q[2:])


def best_response_figure() -> None:
    """Draw three images' clouds to place, and what to do with them."""
    saved = st.session_state.setdefault("best_response_state", _linked_response())
    images, abc = saved["set"], saved["abc"]
    link.write({
        "abc": link.joined(abc) if tuple(abc) != ABC else "",
        "images": str(images) if images else "",
    })  # fmt: skip
    with st.container(key="figure_best_response"):
        try:
            payload = _response_payload(*link.opened("best_response", (images, tuple(abc))))
            best_response(payload, key="best_response", on_change=_remember_response)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("gaussians", "response")
    try_this("gaussians", "try_response")


@lru_cache(maxsize=8)
def _response_payload(images: int, abc: tuple[float, ...]) -> bytes:
    """Return the payload of `best_response`: every set of three, its images and its marks."""
    data, sets = builtin_data("digits"), three_images()
    rows = np.array([row for entry in sets for row in entry["rows"]])
    header = {
        "id": "-".join(map(str, rows)),
        "levels": data.levels,
        "shape": data.image_shape,
        "sets": [
            {
                "name": " ".join(map(str, entry["classes"])),
                "labels": [str(digit) for digit in entry["classes"]],
                "vae": entry["vae"],
                "best": entry["best"],
            }
            for entry in sets
        ],
        "start": ABC,
        "far": cheat(6.0, 0.6),
        "tiny": cheat(0.2, 0.02),  # the same arrangement, thirty times smaller
        "state": {"set": images, "abc": abc},
        "words": words("gaussians", "response_words"),
    }
    return pack({"x": grey(data.x_train[rows], data.levels)}, header)


def cheat(radius: float, width: float) -> tuple[float, ...]:
    """Return three round clouds on a circle: twelve numbers, A, then B, then C."""
    angles = np.deg2rad([150, 30, 270])
    means = np.round(radius * np.stack([np.cos(angles), np.sin(angles)], 1), 4)
    return tuple(float(number) for mean in means for number in (*mean, width, width))


@lru_cache(maxsize=1)
def three_images() -> list[dict[str, Any]]:
    """Return models/three-images.json; raise `CheckpointError` if it is missing or damaged."""
    try:
        content: dict[str, dict[str, Any]] = json.loads((MODELS / "three-images.json").read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(
            "models/three-images.json is missing or damaged; run `make models`"
        ) from error
    return list(content.values())


def _remember_response() -> None:
    state, old = committed_response("best_response"), st.session_state["best_response_state"]
    st.session_state["best_response_state"] = {
        "set": state.set if state.set is not None and state.set < SETS else old["set"],
        "abc": [*state.abc] if state.abc and _placed(state.abc) else old["abc"],
    }


def _linked_response() -> dict[str, Any]:
    """Return which images, and the clouds as the link has them; nonsense is ignored."""
    abc = link.numbers("abc", 12, bound=_FAR)
    return {
        "set": link.row("images", SETS) or 0,
        "abc": abc if abc and _placed(abc) else list(ABC),
    }


def _placed(abc: list[float] | tuple[float, ...]) -> bool:
    """Whether every width is one: rescaling makes them small, never 0."""
    return all(width >= 1e-4 for k in (2, 6, 10) for width in abc[k : k + 2])

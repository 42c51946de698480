"""Chapter 4's number line: a code of one whole number per image, and what lies between them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import streamlit as st

from ui import link
from ui.distances import distances, mean_distance
from ui.page import try_this
from ui.payloads import grey
from ui.prose import section, words
from ui.shipped import builtin_data
from ui.widgets import pack
from ui.widgets.number_line import LineState, committed, number_line

FEWEST: Final = 3  # images on the line
MOST: Final = 30
SEEDS: Final = 1000  # of first weights, and of draws of images
_START: Final = LineState(n=8, seed=0, draw=0, t=2.5)


def number_line_figure() -> None:
    """Draw the number line with its two decoders, and what to do with it."""
    saved = st.session_state.setdefault("number_line_state", _linked())
    note = st.session_state.setdefault("number_line_note", _note(saved))
    _write_link(saved)  # only now: the note is about the link as it came
    with st.container(key="figure_number_line"):
        payload = _payload(*link.opened("number_line", (saved, note)))
        number_line(payload, key="number_line", on_change=_remember)
    with st.container(key="caption_number_line"):
        text = section("number_line", "line")
        st.markdown(text.replace("{nearest}", f"{nearest_distance():.2f}"))
    try_this("number_line", "try")


@lru_cache(maxsize=8)
def _payload(state: LineState, note: str) -> bytes:
    data = builtin_data("digits")
    header = {
        "id": "digits",
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "unit": mean_distance(data.x_train),
        "most": MOST,
        "words": words("number_line", "words"),
        "state": {"n": state.n, "seed": state.seed, "draw": state.draw, "t": state.t, "note": note},
    }
    tensors = {"x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8)}
    return pack(tensors, header)


@lru_cache(maxsize=1)
def nearest_distance() -> float:
    """Return how far a digit is from the nearest other one, on average, in mean distances."""
    x = builtin_data("digits").x_train
    between = distances(x, x)
    np.fill_diagonal(between, np.inf)
    return float(between.min(1).mean() / mean_distance(x))


def _remember() -> None:
    st.session_state["number_line_note"] = ""
    st.session_state["number_line_state"] = _usable(
        committed("number_line"), st.session_state["number_line_state"]
    )


def _linked() -> LineState:
    """Return the state as the link has it; nonsense is ignored."""
    n, seed = link.row("line_n", MOST + 1), link.row("line_seed", SEEDS)
    draw, at = link.row("line_digits", SEEDS), link.numbers("line_t", 1, bound=MOST)
    return _usable(LineState(n, seed, draw, at[0] if at else None), _START)


def _usable(state: LineState, otherwise: LineState) -> LineState:
    """Return `state` with the values of `otherwise` where its own are none or out of range."""
    fits = state.n is not None and FEWEST <= state.n <= MOST
    n = state.n if fits else otherwise.n
    seed, draw = (
        old if new is None or new >= SEEDS else new
        for new, old in ((state.seed, otherwise.seed), (state.draw, otherwise.draw))
    )
    on_line = n is not None and state.t is not None and 1 <= state.t <= n
    t = state.t if on_line else otherwise.t
    return LineState(n, seed, draw, t)


def _note(state: LineState) -> str:
    """Return one sentence if the link asked for a number of images that no line here has."""
    asked = link.row("line_n", 10**6)
    if asked is None or FEWEST <= asked <= MOST:
        return ""
    images = "1 image" if asked == 1 else f"{asked} images"
    name = "few" if asked < FEWEST else "many"
    return section("number_line", name).replace("{asked}", images).replace("{n}", str(state.n))


def _write_link(state: LineState) -> None:
    texts = {}
    for name, key in (("n", "n"), ("seed", "seed"), ("draw", "digits"), ("t", "t")):
        value = getattr(state, name)
        texts[f"line_{key}"] = "" if value == getattr(_START, name) else f"{value:g}"
    link.write(texts)

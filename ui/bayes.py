"""Chapter 7's core: an affine f, and its posterior by the formula and on a grid."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, NamedTuple

import streamlit as st

from ui import link
from ui.page import caption, try_this
from ui.prose import words
from ui.widgets import pack
from ui.widgets.bayes import bayes, committed

RANGE: Final = (0.01, 10.0)  # of the likelihood's variance c
FUNCTIONS: Final = {  # W row by row, then b
    "identity": (1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    "stretch": (1.6, 0.0, 0.0, 0.5, 0.0, 0.0),
    "shear": (1.0, 0.8, 0.0, 1.0, 0.0, 0.0),
    "rotation": (0.8, -0.6, 0.6, 0.8, 0.0, 0.0),
    "flat": (1.0, -0.6, 0.5, -0.3, 0.0, 0.0),
}
_X: Final = 3.3  # no coordinate of x is further from 0: the plane ends at 3.4
_ARROW: Final = 2.0  # longest arrow f(e) - b
_B: Final = 1.3  # with that arrow still on the plane


class Bayes(NamedTuple):
    """What the figure shows: what was seen, the likelihood's variance, and f."""

    x: tuple[float, ...] = (-2.1, 1.2)
    c: float = 0.1
    f: tuple[float, ...] = FUNCTIONS["identity"]


OPENING: Final = Bayes()


def bayes_figure() -> None:
    """Draw x and its posterior, and what to do with them."""
    state = st.session_state.setdefault("bayes_state", _linked())
    link.write({
        "bayes_x": link.joined(list(state.x)) if state.x != OPENING.x else "",
        "bayes_c": link.joined([state.c]) if state.c != OPENING.c else "",
        "bayes_f": link.joined(list(state.f)) if state.f != OPENING.f else "",
    })  # fmt: skip
    with st.container(key="figure_bayes"):
        bayes(_payload(link.opened("bayes", state)), key="bayes", on_change=_remember)
    caption("bayes", "bayes")
    try_this("bayes", "try_bayes")


@lru_cache(maxsize=16)
def _payload(state: Bayes) -> bytes:
    header = {
        "id": "bayes",
        "functions": [{"name": name, "f": f} for name, f in FUNCTIONS.items()],
        "range": RANGE,
        "bounds": {"x": _X, "arrow": _ARROW, "b": _B},
        "start": {"x": OPENING.x},
        "state": state._asdict(),
        "words": words("bayes", "bayes_words"),
    }
    return pack({}, header)


def _remember() -> None:
    found, old = committed("bayes"), st.session_state["bayes_state"]
    now = Bayes(found.x or old.x, found.c or old.c, found.f or old.f)
    st.session_state["bayes_state"] = now if _possible(now) else old


def _linked() -> Bayes:
    """Return the state as the link has it; nonsense is ignored, part by part."""
    x, c, f = link.numbers("bayes_x", 2), link.numbers("bayes_c", 1), link.numbers("bayes_f", 6)
    state = OPENING
    if x and _possible(asked := state._replace(x=tuple(x))):
        state = asked
    if c and _possible(asked := state._replace(c=c[0])):
        state = asked
    if f and _possible(asked := state._replace(f=tuple(f))):
        state = asked
    return state


def _possible(state: Bayes) -> bool:
    """Whether the widget's handles can go there."""
    w11, w12, w21, w22, *b = state.f
    arrows = (math.hypot(w11, w21), math.hypot(w12, w22))
    near = max(map(abs, state.x)) <= _X and max(map(abs, b)) <= _B and max(arrows) <= _ARROW + 1e-9
    return near and RANGE[0] <= state.c <= RANGE[1]

"""Chapter 8's small case: one number z behind one number x, and a posterior with two modes."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import streamlit as st

from ui import link
from ui.page import caption, try_this
from ui.prose import words
from ui.widgets import pack, renewed
from ui.widgets.modes import committed, modes

VARIANCES: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)  # stops of the handle c
OBSERVED: Final = (-1.0, 4.0)  # range of the handle x
MEANS: Final = 3.0  # no mean lies further from 0
WIDTHS: Final = (0.03, 2.0)  # of q, standard deviations


class Modes(NamedTuple):
    """What the figure shows: an observation, the variance of its noise, and q."""

    x: float = 2.0
    c: float = 0.3
    mean: float = 0.7
    std: float = 0.5


OPENING: Final = Modes()


def modes_figure() -> None:
    """Draw the posterior with two modes, and what to do with it."""
    state = st.session_state.setdefault("modes_state", _linked())
    link.write({"modes": link.joined(list(state)) if state != OPENING else ""})
    with st.container(key="figure_modes"):
        modes(_payload(link.opened("modes", state)), key="modes", on_change=_remember)
    caption("modes", "modes")
    try_this("modes", "try_modes")


@lru_cache(maxsize=16)
def _payload(state: Modes) -> bytes:
    header = {
        "id": "modes",
        "variances": VARIANCES,
        "observed": OBSERVED,
        "bounds": {"mean": MEANS, "std": WIDTHS},
        "state": {"x": state.x, "c": state.c, "q": (state.mean, state.std)},
        "start": (OPENING.mean, OPENING.std),
        "words": words("modes", "modes_words"),
    }
    return pack({}, header)


def _remember() -> None:
    found, old = committed("modes"), st.session_state["modes_state"]
    mean, std = found.q or (None, None)
    parts = {"x": found.x, "c": found.c, "mean": mean, "std": std}
    st.session_state["modes_state"] = renewed(old, parts, _possible)


def _linked() -> Modes:
    """Return the state as the link has it; nonsense is ignored."""
    values = link.numbers("modes", 4)
    linked = Modes(*values) if values else OPENING
    return linked if _possible(linked) else OPENING


def _possible(state: Modes) -> bool:
    """Whether the widget can show it."""
    seen = OBSERVED[0] <= state.x <= OBSERVED[1] and state.c in VARIANCES
    return seen and abs(state.mean) <= MEANS and WIDTHS[0] <= state.std <= WIDTHS[1]

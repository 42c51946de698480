"""Chapter 3's loop: feed, encode, decode, compare, back-propagate, update, on four weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, try_this
from ui.prose import words
from ui.widgets import pack
from ui.widgets.loop import committed, loop

RATES: Final = (0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
FED: Final = 22  # row of the point that is fed at first
FIELDS: Final = ("start", "rate", "round", "stage", "point", "axis")
OPENING: Final = (0, 0.1, 1, 0, FED, False)
MOST_ROUNDS: Final = 2000
STAGES: Final = ("feed", "encode", "decode", "compare", "back", "update")
_POINTS, _STARTS = 24, 20


def loop_figure() -> None:
    """Draw the loop, and what to do with it."""
    state = st.session_state.setdefault("loop_state", _linked())
    link.write({"loop": link.joined([float(part) for part in state]) if state != OPENING else ""})
    with st.container(key="figure_loop"):
        loop(_payload(link.opened("loop", state)), key="loop", on_change=_remember)
    caption("loop", "loop")
    try_this("loop", "try_loop")


@lru_cache(maxsize=8)
def _payload(state: tuple[Any, ...]) -> bytes:
    names, sayings = words("loop", "stages"), words("loop", "sayings")
    header = {
        "id": "loop",
        "rates": RATES,
        "stages": [{"name": names[stage], "saying": sayings[stage]} for stage in STAGES],
        "state": dict(zip(FIELDS, state, strict=True)),
        "first": FED,
        "words": words("loop", "loop_words"),
    }
    return pack({"cloud": cloud(), "starts": starts()}, header)


@lru_cache(maxsize=1)
def cloud() -> np.ndarray:
    """Return the points (24, 2) in hundredths, from left to right; their mean is exactly 0."""
    angle = np.deg2rad(32)
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    drawn = np.random.default_rng(2).normal(size=(_POINTS, 2)) * [1.1, 0.42] @ axes
    points: np.ndarray = np.rint(100 * drawn).astype(np.int32)
    for column in points.T:  # whole hundredths: the odd ones go to the first points
        share, rest = divmod(int(column.sum()), _POINTS)
        column -= share
        column[:rest] -= 1
    return np.array(sorted(points.tolist()), np.int32)


@lru_cache(maxsize=1)
def starts() -> np.ndarray:
    """Return where the four weights may start, (20, 4) in hundredths: a₁ a₂ b₁ b₂.

    Small normal draws; each start gives to the encoder what it takes from the decoder, or back.
    """
    chance = np.random.default_rng(72)
    drawn = chance.normal(0, 0.5, (_STARTS, 4))
    tilt = np.exp(chance.normal(0, 0.3, (_STARTS, 1)) * [1, 1, -1, -1])
    return np.asarray(np.rint(100 * drawn * tilt), np.int32)


def _remember() -> None:
    state = committed("loop")
    found = [getattr(state, field) for field in FIELDS]
    old = st.session_state["loop_state"]
    now = tuple(before if new is None else new for new, before in zip(found, old, strict=True))
    st.session_state["loop_state"] = now if _possible(now) else old


def _linked() -> tuple[Any, ...]:
    """Return the state as the link has it; nonsense is ignored."""
    values = link.numbers("loop", 6) or []
    if len(values) != 6 or any(value != int(value) for value in (values[0], *values[2:])):
        return OPENING
    start, _, turn, stage, point, axis = (int(value) for value in values)
    linked = (start, values[1], turn, stage, point, axis == 1)
    return linked if _possible(linked) else OPENING


def _possible(state: tuple[Any, ...]) -> bool:
    """Whether the widget can show it."""
    start, rate, turn, stage, point, _ = state
    whole = 0 <= start < _STARTS and 0 <= stage < len(STAGES) and 0 <= point < _POINTS
    return whole and rate in RATES and 1 <= turn <= MOST_ROUNDS

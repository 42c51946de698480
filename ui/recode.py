"""Chapter 3's linear autoencoders: what their loss cannot see, and a race with PCA."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui import link
from ui.clouds import deep_cloud, long_cloud
from ui.page import caption, try_this
from ui.payloads import grey
from ui.prose import words
from ui.shipped import builtin_data
from ui.widgets import pack
from ui.widgets.race import committed as committed_race
from ui.widgets.race import race
from ui.widgets.recode import committed, recode

IDENTITY: Final = (1.0, 0.0, 0.0, 1.0)
FIRST: Final = 634  # row of the digit in hand at first
SEEDS: Final = 10
_LONGEST: Final = 10.0  # no entry of M is larger
_FARTHEST: Final = 100.0  # nor of the probe before M: with 4 decimals a link says it exactly

RACE_START: Final[dict[str, Any]] = {"data": "cloud2", "k": 1, "block": 0, "done": False}
MOST_KEPT: Final = 4
BLOCKS: Final = 10  # of ten seeds

Array = NDArray[np.float64]


def recode_figure() -> None:
    """Draw the codes with their handle M, ten seeds, and what to do with them."""
    saved = st.session_state.setdefault("recode_state", _linked())
    _write_link(saved)
    u = saved["u"] and tuple(saved["u"])
    opened = link.opened("recode", (tuple(saved["m"]), saved["bend"], saved["picked"], u))
    with st.container(key="figure_recode"):
        recode(_payload(*opened), key="recode", on_change=_remember)
    caption("recode", "recode")
    try_this("recode", "try_recode")


@lru_cache(maxsize=8)
def _payload(
    m: tuple[float, ...], bend: float, picked: int | None, u: tuple[float, ...] | None
) -> bytes:
    data = builtin_data("digits")
    header = {
        "id": "digits",
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "bounds": {"m": _LONGEST, "u": _FARTHEST},
        "names": [*(str(seed) for seed in range(1, SEEDS + 1)), "PCA"],
        "state": {"m": m, "bend": bend, "picked": picked, "u": u},
        "words": words("recode", "recode_words"),
    }
    tensors = {"x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8)}
    return pack(tensors, header)


def _remember() -> None:
    state, old = committed("recode"), st.session_state["recode_state"]
    count = len(builtin_data("digits").x_train)
    picked = state.picked if state.picked is not None and state.picked < count else None
    u = [*state.u] if state.u and _within(state.u, _FARTHEST) else old["u"]
    u = None if picked is not None else u
    st.session_state["recode_state"] = {
        "m": [*state.m] if state.m and _within(state.m, _LONGEST) else old["m"],
        "bend": old["bend"] if state.bend is None else min(max(state.bend, 0.0), 1.0),
        "picked": FIRST if picked is None and u is None else picked,
        "u": u,
    }


def _linked() -> dict[str, Any]:
    """Return M, the bend, the digit in hand or the free probe as the link has them."""
    bend = link.numbers("bend", 1, bound=1)
    u = link.numbers("probe", 2, bound=_FARTHEST)
    digit = link.row("digit", len(builtin_data("digits").x_train))
    return {
        "m": link.numbers("m", 4, bound=_LONGEST) or list(IDENTITY),
        "bend": bend[0] if bend and bend[0] >= 0 else 0.0,
        "picked": None if u else FIRST if digit is None else digit,
        "u": u,
    }


def _within(values: tuple[float, ...], bound: float) -> bool:
    return all(abs(value) <= bound for value in values)


def _write_link(state: dict[str, Any]) -> None:
    picked = state["picked"]
    link.write({
        "m": "" if tuple(state["m"]) == IDENTITY else link.joined(state["m"]),
        "bend": link.joined([state["bend"]]) if state["bend"] else "",
        "digit": "" if picked in (None, FIRST) else str(picked),
        "probe": link.joined(state["u"]),
    })  # fmt: skip


def race_figure() -> None:
    """Draw ten linear autoencoders to train beside PCA, and what to do with them."""
    saved = st.session_state.setdefault("race_state", _linked_race())
    link.write({f"race_{key}": _text(saved[key], RACE_START[key]) for key in RACE_START})
    opened = link.opened("race", tuple(saved[key] for key in RACE_START))
    with st.container(key="figure_race"):
        race(_race_payload(*opened), key="race", on_change=_remember_race)
    caption("race", "race")
    try_this("race", "try_race")


@lru_cache(maxsize=8)
def _race_payload(data: str, k: int, block: int, done: bool) -> bytes:
    tensors = {f"{name}/covariance": covariance(points) for name, points in clouds().items()}
    tensors["cloud2/points"] = clouds()["cloud2"] - clouds()["cloud2"].mean(0)
    header = {
        "id": "race",
        "clouds": [(name, most_kept(name)) for name in clouds()],
        "blocks": BLOCKS,
        "state": {"data": data, "k": k, "block": block, "done": done},
        "words": words("race", "race_words"),
    }
    return pack(tensors, header)


@lru_cache(maxsize=1)
def clouds() -> dict[str, Array]:
    """Return the points (n, d) of every race: chapter 1's cloud, chapter 2's, and the digits."""
    digits = builtin_data("digits").x_train.astype(np.float64)
    along, off = long_cloud()
    return {"cloud2": along + off, "cloud3": deep_cloud(), "digits": digits}


def most_kept(name: str) -> int:
    """Return the largest k that a race on this cloud offers."""
    return min(int(clouds()[name].shape[1]), MOST_KEPT)


def covariance(points: Array) -> Array:
    """Return the 1/N covariance (d, d) of points (n, d)."""
    centred = points - points.mean(0)
    product: Array = centred.T @ centred / len(points)
    return product


def _remember_race() -> None:
    state = committed_race("race")
    found = {"data": state.data, "k": state.k, "block": state.block, "done": state.done}
    old = st.session_state["race_state"]
    st.session_state["race_state"] = _possible({**old, **found}) or old


def _linked_race() -> dict[str, Any]:
    """Return which race the link asks for; nonsense is ignored."""
    asked = {
        "data": st.query_params.get("race_data", RACE_START["data"]),
        "k": link.row("race_k", MOST_KEPT + 1) or RACE_START["k"],
        "block": link.row("race_block", BLOCKS) or 0,
        "done": st.query_params.get("race_done") == "1",
    }
    return _possible(asked) or dict(RACE_START)


def _possible(state: dict[str, Any]) -> dict[str, Any] | None:
    """Return `state` if there is such a race, else None."""
    data, k, block = state["data"], state["k"], state["block"]
    known = data in clouds() and isinstance(state["done"], bool)
    usable = known and k in range(1, most_kept(data) + 1) and block in range(BLOCKS)
    return state if usable else None


def _text(value: object, start: object) -> str:
    return "" if value == start else "1" if value is True else str(value)

"""A cloud of points under the hand: be its encoder (chapter 1), then let PCA be (chapter 2)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui import link
from ui.page import caption, try_this
from ui.prose import words
from ui.widgets import pack
from ui.widgets.line import KEEPS, SHAPES, line
from ui.widgets.line import committed as committed_line
from ui.widgets.pca import MOST_POINTS, WIDEST, pca
from ui.widgets.pca import committed as committed_pca

Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]  # (n, 2)

COUNT: Final = 120  # points of chapter 1's cloud
LONG_AXIS: Final = 50  # its angle in degrees, exact
VARIANCES: Final = (1.5, 0.4)  # along the long axis and across it, exact
ARC: Final = {"radius": 1.6, "middle": 115.0, "half": 115.0}  # degrees from its middle to its ends
START: Final = {"angle": 120, "keep": "line", "tight": 0, "shape": "cloud"}
_CHOSEN: Final = 12  # the point written out at first

DEEP_COUNT: Final = 300  # points of chapter 2's cloud in three dimensions
DEEP_STDS: Final = (1.25, 0.8, 0.28)  # of the Gaussian that they are drawn from

OWN: Final = 120  # degrees: the reader's own axis at first
IN_LINK: Final = 80  # points; more make a link too long
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_ZERO: Final = 648  # what two such digits say for a coordinate of 0; one more is .01 more


def line_figure() -> None:
    """Draw a cloud and the line that encodes it, and what to do with them."""
    saved = st.session_state.setdefault("line_state", _linked_line())
    link.write({key: str(saved[key]) if saved[key] != START[key] else "" for key in START})
    with st.container(key="figure_line"):
        payload = _line_payload(*link.opened("line", tuple(saved[key] for key in START)))
        line(payload, key="line", on_change=_remember_line)
    caption("clouds", "line")
    try_this("clouds", "try_line")


@lru_cache(maxsize=8)
def _line_payload(angle: int, keep: str, tight: int, shape: str) -> bytes:
    on, off = long_cloud()
    arc_on, arc_off, centre = arc_cloud()
    tensors = {"cloud/on": on, "cloud/off": off, "arc/on": arc_on, "arc/off": arc_off}
    header = {
        "id": "line",
        "arc": {"centre": centre, "radius": ARC["radius"], "middle": ARC["middle"]},
        "state": {"angle": angle, "keep": keep, "tight": tight, "shape": shape},
        "start": START["angle"],
        "chosen": _CHOSEN,
        "words": words("clouds", "line_words"),
    }
    return pack(tensors, header)


def long_cloud() -> tuple[Points, Points]:
    """Return chapter 1's cloud as places on its long axis and what leads off it, each (n, 2).

    Their sum has mean 0 and, with 1/N, exactly `VARIANCES` along `LONG_AXIS` and across it.
    """
    along, across = _white(np.random.default_rng(3), COUNT).T * np.sqrt(VARIANCES)[:, None]
    axis = np.array([np.cos(np.deg2rad(LONG_AXIS)), np.sin(np.deg2rad(LONG_AXIS))])
    return np.outer(along, axis), np.outer(across, [-axis[1], axis[0]])


def arc_cloud() -> tuple[Points, Points, list[float]]:
    """Return places on an arc, what leads off it, each (n, 2) with mean 0, and its centre."""
    radius, middle, half = ARC["radius"], ARC["middle"], ARC["half"]
    angles = np.deg2rad(middle + np.linspace(half, -half, COUNT))
    normals = np.stack([np.cos(angles), np.sin(angles)], 1)
    centre = -radius * normals.mean(0)
    off = np.random.default_rng(4).normal(0, 0.16, COUNT)
    off -= normals @ np.linalg.lstsq(normals, off, rcond=None)[0]  # so that the mean stays 0
    return centre + radius * normals, off[:, None] * normals, centre.tolist()


@lru_cache(maxsize=1)
def deep_cloud() -> NDArray[np.float64]:
    """Return DEEP_COUNT points (n, 3) around their mean: a Gaussian's draws, turned."""
    draw = np.random.default_rng(2)
    turn, _ = np.linalg.qr(draw.normal(size=(3, 3)))
    x: NDArray[np.float64] = draw.normal(size=(DEEP_COUNT, 3)) * DEEP_STDS @ turn.T
    x -= x.mean(0)
    x.setflags(write=False)
    return x


def _white(rng: np.random.Generator, count: int) -> Points:
    """Return `count` Gaussian points whose own mean is 0 and whose own covariance is I.

    In the order of their first number: the key that goes to the next point walks along it.
    """
    points = rng.normal(size=(count, 2))
    points -= points.mean(0)
    white: Points = np.linalg.solve(np.linalg.cholesky(np.cov(points.T, bias=True)), points.T).T
    return white[np.argsort(white[:, 0])]


def _remember_line() -> None:
    state, old = committed_line("line"), st.session_state["line_state"]
    new = {key: getattr(state, key) for key in START}
    st.session_state["line_state"] = _possible(
        {key: old[key] if value is None else value for key, value in new.items()}
    )


def _linked_line() -> dict[str, Any]:
    """Return the line as the link has it; nonsense is ignored."""
    keep, shape = st.query_params.get("keep"), st.query_params.get("shape")
    found = {
        "angle": link.row("angle", 360),
        "keep": keep if keep in KEEPS else None,
        "tight": link.row("tight", 101),
        "shape": shape if shape in SHAPES else None,
    }
    return _possible({key: START[key] if found[key] is None else found[key] for key in START})


def _possible(state: dict[str, Any]) -> dict[str, Any]:
    """Return `state`; only points on an arc can be encoded along it."""
    straight = state["shape"] != "arc" and state["keep"] == "arc"
    return {**state, "keep": "line"} if straight else state


def pca_figure() -> None:
    """Draw points to drag, PCA's axes and the reader's own, and what to do with them."""
    saved = st.session_state.setdefault("pca_state", _linked_pca())
    points = saved["points"]
    link.write({
        "set": saved["set"] if saved["set"] != "cloud" else "",
        "points": spelled(points) if points is not None and len(points) <= 2 * IN_LINK else "",
        "own": str(saved["own"]) if saved["own"] != OWN else "",
    })  # fmt: skip
    with st.container(key="figure_pca"):
        payload = _pca_payload(*link.opened("pca", (saved["set"], points, saved["own"])))
        pca(payload, key="pca", on_change=_remember_pca)
    caption("clouds", "pca")
    try_this("clouds", "try_pca")


@lru_cache(maxsize=8)
def _pca_payload(name: str, points: tuple[float, ...] | None, own: int) -> bytes:
    sets = point_sets()
    header = {
        "id": "pca",
        "sets": list(sets),
        "state": {"set": name, "points": points, "own": own},
        "start": {"own": OWN},
        "most": MOST_POINTS,
        "words": words("clouds", "pca_words"),
    }
    return pack({f"set/{key}": array for key, array in sets.items()}, header)


@lru_cache(maxsize=1)
def point_sets() -> dict[str, Points]:
    """Return chapter 2's points by name, each (n, 2), rounded to 2 decimals as the link has them.

    Rounded so that what is said of them stays exact: "round" maps onto itself under quarter
    turns, "line" has steps of (.24, .18), "parabola" is even in x₁.
    """
    rng = np.random.default_rng(11)
    few = 20  # so that one point of them turns the axes visibly
    turn = np.array([[np.cos(0.6), np.sin(0.6)], [-np.sin(0.6), np.cos(0.6)]])
    cloud = _white(rng, few) * np.sqrt([1.3, 0.35]) @ turn
    radii, angles = 2.1 * np.sqrt(rng.uniform(size=few // 4)), rng.uniform(0, 2 * np.pi, few // 4)
    quarter = (radii * np.array([np.cos(angles), np.sin(angles)])).T.round(2)
    square = np.array([[0, 1], [-1, 0]])
    steps = np.arange(0.5 - few / 2, few / 2)
    x1 = steps * 0.24
    return {
        "cloud": (cloud + np.array([0.3, -0.2])).round(2),
        "round": np.vstack([quarter @ np.linalg.matrix_power(square, k) for k in range(4)]),
        "line": np.stack([x1, steps * 0.18 + 0.43], 1).round(2),
        "spot": np.tile([0.6, 0.4], (few, 1)),
        "parabola": np.stack([x1, 0.5 * x1**2 - 1.0], 1).round(2),
        "many": (_white(rng, 500) * np.sqrt([0.9, 0.3]) @ turn).clip(-3.3, 3.3).round(2),
    }


def spelled(points: tuple[float, ...]) -> str:
    """Return points for a link, two characters per coordinate; "-" for none at all."""
    numbers = [round(100 * value) + _ZERO for value in points]
    return "".join(_DIGITS[number // 36] + _DIGITS[number % 36] for number in numbers) or "-"


def read(text: str) -> tuple[float, ...] | None:
    """Return the points a link spells, all of them on the plane, or None."""
    if text == "-":
        return ()
    if not text or len(text) % 4 or len(text) > 4 * IN_LINK or not set(text) <= set(_DIGITS):
        return None
    pairs = [text[k : k + 2] for k in range(0, len(text), 2)]
    found = tuple((int(pair, 36) - _ZERO) / 100 for pair in pairs)
    return found if all(abs(value) <= WIDEST for value in found) else None


def _remember_pca() -> None:
    state, old = committed_pca("pca"), st.session_state["pca_state"]
    if state.set not in point_sets():
        return
    own = old["own"] if state.own is None else state.own
    st.session_state["pca_state"] = {"set": state.set, "points": state.points, "own": own}


def _linked_pca() -> dict[str, Any]:
    """Return the points and the reader's axis as the link has them; nonsense is ignored."""
    name, own = st.query_params.get("set"), link.row("own", 180)
    return {
        "set": name if name in point_sets() else "cloud",
        "points": read(st.query_params.get("points", "")),
        "own": OWN if own is None else own,
    }

"""Drag β: one network trained once for every β, its trade-off, and an ordinary VAE to check it."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from engine import Run
from ui import link, one_run
from ui.page import caption, plain, try_this
from ui.payloads import ELLIPSES, GLYPHS, grey, halves, network_header
from ui.prose import section
from ui.shipped import Point, ShippedFamily, shipped_family
from ui.widgets import pack
from ui.widgets.rate_map import committed, rate_map
from vae_core import RunConfig
from vae_core.checkpoints import CheckpointError
from vae_core.data import bernoulli_entropy

DATASETS: Final = ("digits", "shapes")
WORDS: Final = ("zero", "which", "information", "aggregate")  # of content/en/rate.md, on the figure
START: Final = {"digits": 0.3, "shapes": 1.0}  # a fair place to take hold of β


def rate_figure() -> None:
    """Draw the figure with its choice of images, its caption, and below it the check."""
    if "rate_state" not in st.session_state:
        st.session_state["rate_state"], st.session_state["rate_complaint"] = _linked()
    elif link.away("rate"):  # a link is complained of once
        st.session_state["rate_complaint"] = ""
    saved = st.session_state["rate_state"]
    with st.container(key="figure_rate"):
        choice = st.segmented_control(
            "Images", DATASETS, default=saved["dataset"], required=True, key="rate_dataset",
            format_func=str.capitalize, label_visibility="collapsed",
        )  # fmt: skip
        if choice != saved["dataset"]:
            saved = st.session_state["rate_state"] = _start(choice)
            st.session_state["rate_complaint"] = ""  # it was about the other handle
        if complaint := st.session_state["rate_complaint"]:
            st.warning(plain(complaint))
        _write_link(saved)
        try:
            model = shipped_family(saved["dataset"])
        except CheckpointError as error:
            st.warning(plain(str(error)))
            return
        z = tuple(saved["z"]) if saved["z"] else None
        state = (saved["beta"], z, saved["picked"], saved["zero"])
        opened = link.opened("rate", state, of=saved["dataset"])
        payload = _payload(model.name, opened, tuple(_checks(model)))
        rate_map(payload, key="rate", on_change=_remember)
    caption("rate", "rate")
    try_this("rate", "try_rate")
    polled = one_run.under_way("rate")
    st.fragment(_check, run_every=one_run.POLL if polled else None)(model, saved["beta"], polled)


# ---- what the widget is sent


@lru_cache(maxsize=24)
def _payload(name: str, state: tuple[Any, ...], checks: tuple[Point, ...]) -> bytes:
    dataset = name.removesuffix("-family")
    model = shipped_family(dataset)
    family, data, n = model.family, model.data, len(model.data.x_train)
    beta, z, picked, zero = state
    numbers = {"n": n, "most": f"{math.log(n):.2f}"}
    header = {
        "id": model.sha256[:16],
        **network_header(family.config),
        "trained": family.trained,
        "shown": family.shown,
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "glyphs": GLYPHS.get(dataset),
        "ellipses": ELLIPSES,
        "floor": bernoulli_entropy(data.x_val),
        **_measured(model),
        "checks": [_sent(check) for check in checks],
        "words": {word: section("rate", word).format(**numbers) for word in WORDS},
        "state": {"beta": beta, "z": z, "picked": picked, "zero": zero},
    }
    weights = halves(family.weights)
    tensors: dict[str, np.ndarray] = {f"model/{key}": array for key, array in weights.items()}
    tensors |= {"x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8)}
    return pack(tensors, header)


def _measured(model: ShippedFamily) -> dict[str, object]:
    """Return the curve, the networks trained for one β, and the one for a β beyond the handle."""
    highest = model.family.shown[1]
    beyond = [_sent(point) for point in model.individual if point.beta > highest]
    return {
        "curve": [_sent(point) for point in model.curve],
        "individual": [_sent(point) for point in model.individual if point.beta <= highest],
        "beyond": beyond[-1] if beyond else None,
    }


def _sent(point: Point) -> dict[str, float]:
    """Return a point as the browser reads it."""
    return {"beta": point.beta, "kl": point.val_kl, "recon": point.val_recon}


def at_beta(curve: list[Point], beta: float) -> Point:
    """Return the point at `beta`, straight in log β between measured points."""
    logs = [math.log(point.beta) for point in curve]
    recon, kl = (
        float(np.interp(math.log(beta), logs, losses))
        for losses in ([point.val_recon for point in curve], [point.val_kl for point in curve])
    )
    return Point(beta, recon, kl)


# ---- the state: the browser owns it while the figure is open


def _start(dataset: str) -> dict[str, Any]:
    return {"dataset": dataset, "beta": START[dataset], "z": None, "picked": None, "zero": False}


def _linked() -> tuple[dict[str, Any], str]:
    """Return the state as the link has it, and a sentence if its β is useless; else ""."""
    asked = st.query_params.get("rate", DATASETS[0])
    state = _start(asked if asked in DATASETS else DATASETS[0])
    try:
        model = shipped_family(state["dataset"])
    except CheckpointError:  # said where the figure would be
        return state, ""
    state["z"] = link.numbers("rate_z", 2)
    state["picked"] = link.row("rate_image", len(model.data.x_train))
    if "beta" not in st.query_params:
        return state, ""
    beta = next(iter(link.numbers("beta", 1) or []), math.nan)
    low, high = model.family.shown
    if beta == 0:
        return {**state, "beta": low, "zero": True}, ""
    if low <= beta <= high:
        return {**state, "beta": float(f"{beta:.3g}")}, ""
    found = st.query_params["beta"][:20]
    words = section("rate", "bad_beta").format(found=found, low=f"{low:g}", high=f"{high:g}")
    return state, words


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state, saved = committed("rate"), st.session_state["rate_state"]
    st.session_state["rate_complaint"] = ""
    low, high = shipped_family(saved["dataset"]).family.shown
    if state.beta is None or not low <= state.beta <= high:
        return
    z = list(state.z) if state.z else None
    st.session_state["rate_state"] = {
        "dataset": saved["dataset"], "beta": state.beta, "z": z, "picked": state.picked,
        "zero": False,
    }  # fmt: skip


def _write_link(state: dict[str, Any]) -> None:
    beta = "" if state["beta"] == START[state["dataset"]] else link.joined([state["beta"]])
    link.write({
        "rate": "" if state["dataset"] == DATASETS[0] else state["dataset"],
        "beta": "0" if state["zero"] else beta,
        "rate_z": link.joined(state["z"]) if state["z"] and any(state["z"]) else "",
        "rate_image": "" if state["picked"] is None else str(state["picked"]),
    })  # fmt: skip


# ---- check it: an ordinary VAE, trained at the handle's β


def _check(model: ShippedFamily, beta: float, polled: bool) -> None:
    """Offer the run, say how far it is, and what came of those that have ended."""
    label = section("rate", "check").format(beta=f"{beta:g}")
    config = dataclasses.replace(model.family.config, model="vae", beta=beta)
    one_run.bar("rate", label, config, f"β = {beta:g}", _keep)
    for words in _findings(model):
        st.markdown(words)
    one_run.rest("rate", polled)


def _keep(config: RunConfig, run: Run) -> None:
    """Keep a finished run's losses as a mark."""
    last = run.losses[-1]
    mark = Point(config.beta, last["val_recon"], last["val_kl"] or 0.0)
    marks = st.session_state.setdefault("rate_checks", {}).setdefault(config.dataset, [])
    if mark not in marks:
        marks.append(mark)


def _checks(model: ShippedFamily) -> list[Point]:
    marks: list[Point] = st.session_state.get("rate_checks", {}).get(
        model.family.config.dataset, []
    )
    return marks


def _findings(model: ShippedFamily) -> list[str]:
    """Return a sentence for each run: its loss, the family's at that β, and the difference."""
    words = []
    for mark in _checks(model):
        own, family = (round(p.loss, 2) for p in (mark, at_beta(model.curve, mark.beta)))
        words.append(section("rate", "finding").format(
            beta=f"{mark.beta:g}", recon=f"{mark.val_recon:.2f}", kl=f"{mark.val_kl:.2f}",
            own=f"{own:.2f}", family=f"{family:.2f}", difference=f"{abs(family - own):.2f}",
            which=section("rate", "family_higher" if family >= own else "family_lower"),
        ))  # fmt: skip
    return words

"""Drag β: one network trained once for every β, its trade-off, and an ordinary VAE to check it."""

from __future__ import annotations

import dataclasses
import math
import uuid
from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from engine import Job, Run, get_engine
from ui import link
from ui.page import caption, plain
from ui.payloads import ELLIPSES, GLYPHS, grey, halves, network_header
from ui.player import ordinal
from ui.prose import section
from ui.shipped import ShippedFamily, shipped_family
from ui.widgets import pack
from ui.widgets.rate_map import committed, rate_map
from vae_core.checkpoints import CheckpointError
from vae_core.data import DataError, bernoulli_entropy

DATASETS: Final = ("digits", "shapes")
WORDS: Final = ("zero", "which", "information", "aggregate")  # of content/en/rate.md, on the figure
START: Final = {"digits": 0.3, "shapes": 1.0}  # a fair place to take hold of β
POLL: Final = 0.5  # seconds

Point = dict[str, float]  # beta, kl, recon: nats per validation image


def rate_figure() -> None:
    """Draw the figure with its choice of images, its caption, and below it the check."""
    saved = st.session_state.setdefault("rate_state", _linked())
    if complaint := st.session_state.get("rate_complaint", ""):
        st.warning(plain(complaint))
    with st.container(key="figure_rate"):
        choice = st.segmented_control(
            "Images", DATASETS, default=saved["dataset"], key="rate_dataset",
            format_func=str.capitalize, label_visibility="collapsed",
        )  # fmt: skip
        if choice is not None and choice != saved["dataset"]:
            saved = st.session_state["rate_state"] = _start(choice)
        _write_link(saved)
        try:
            model = shipped_family(saved["dataset"])
        except CheckpointError as error:
            st.warning(plain(str(error)))
            return
        payload = _payload(model.name, _opened(saved), _checks(model))
        rate_map(payload, key="rate", on_change=_remember)
    caption("rate", "rate")
    polled = bool(st.session_state.get("rate_job"))
    st.fragment(_check, run_every=POLL if polled else None)(model, saved["beta"], polled)


# ---- what the widget is sent


@lru_cache(maxsize=24)
def _payload(name: str, state: tuple[Any, ...], checks: tuple[tuple[float, ...], ...]) -> bytes:
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
        "checks": [dict(zip(("beta", "kl", "recon"), check, strict=True)) for check in checks],
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
    points = [_point(entry) for entry in model.individual]
    beyond = [point for point in points if point["beta"] > highest]
    return {
        "curve": [_point(entry) for entry in model.curve],
        "individual": [point for point in points if point["beta"] <= highest],
        "beyond": beyond[-1] if beyond else None,
    }


def _point(entry: Point) -> Point:
    return {"beta": entry["beta"], "kl": entry["val_kl"], "recon": entry["val_recon"]}


def at_beta(curve: list[Point], beta: float) -> Point:
    """Return {beta, val_recon, val_kl} at `beta`, straight in log β between measured points."""
    logs = [math.log(point["beta"]) for point in curve]
    return {"beta": beta} | {
        key: float(np.interp(math.log(beta), logs, [point[key] for point in curve]))
        for key in ("val_recon", "val_kl")
    }


# ---- the state: the browser owns it while the figure is open


def _start(dataset: str) -> dict[str, Any]:
    return {"dataset": dataset, "beta": START[dataset], "z": None, "picked": None, "zero": False}


def _linked() -> dict[str, Any]:
    """Return the state as the link has it; nonsense is ignored, a useless β with a sentence."""
    asked = st.query_params.get("rate", DATASETS[0])
    state = _start(asked if asked in DATASETS else DATASETS[0])
    try:
        model = shipped_family(state["dataset"])
    except CheckpointError:  # said where the figure would be
        return state
    state["z"] = link.numbers("rate_z", 2)
    state["picked"] = next(iter(link.rows("rate_image", 1, len(model.data.x_train)) or []), None)
    if "beta" not in st.query_params:
        return state
    beta = next(iter(link.numbers("beta", 1) or []), math.nan)
    low, high = model.family.shown
    if beta == 0:
        return {**state, "beta": low, "zero": True}
    if low <= beta <= high:
        return {**state, "beta": float(f"{beta:.3g}")}
    found = st.query_params["beta"][:20]
    words = section("rate", "bad_beta").format(found=found, low=f"{low:g}", high=f"{high:g}")
    st.session_state["rate_complaint"] = words
    return state


def _opened(saved: dict[str, Any]) -> tuple[Any, ...]:
    """Return the state the figure was opened with; other images open it again."""
    z = tuple(saved["z"]) if saved["z"] else None
    state = (saved["dataset"], (saved["beta"], z, saved["picked"], saved["zero"]))
    opened = st.session_state.get("rate_opened")
    if opened is None or opened[0] != saved["dataset"] or st.session_state.get("rate") is None:
        opened = st.session_state["rate_opened"] = state
    return tuple(opened[1])


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state, saved = committed("rate"), st.session_state["rate_state"]
    st.session_state.pop("rate_complaint", None)
    low, high = shipped_family(saved["dataset"]).family.shown
    if state.beta is None or not low <= state.beta <= high:
        return
    z = list(state.z) if state.z else None
    st.session_state["rate_state"] = {
        "dataset": saved["dataset"], "beta": state.beta, "z": z, "picked": state.picked,
        "zero": False,
    }  # fmt: skip


def _write_link(state: dict[str, Any]) -> None:
    start = _start(state["dataset"])
    link.write({
        "rate": "" if state["dataset"] == DATASETS[0] else state["dataset"],
        "beta": "0" if state["zero"] else link.joined([state["beta"]] * (state != start)),
        "rate_z": link.joined(state["z"]) if state["z"] and any(state["z"]) else "",
        "rate_image": "" if state["picked"] is None else str(state["picked"]),
    })  # fmt: skip


# ---- check it: an ordinary VAE, trained at the handle's β


def _check(model: ShippedFamily, beta: float, polled: bool) -> None:
    """Offer the run, say how far it is, and what came of those that have ended."""
    running: dict[str, Any] | None = st.session_state.get("rate_job")
    engine = get_engine()  # its workers warm up while the reader still drags
    run = engine.poll(running["id"], _viewer()) if running else None
    if running and run is None:  # its recording is gone
        running = st.session_state["rate_job"] = None
    if running and run and run.ended:
        _note(running, run)
    with st.container(key="rate_check", horizontal=True, gap="small", vertical_alignment="center"):
        label = section("rate", "check").format(beta=f"{beta:g}")
        st.button(label, key="rate_train", on_click=_train, args=(model, beta),
                  disabled=bool(running), icon=":material/play_arrow:")  # fmt: skip
        if running and run:
            st.button("Stop", key="rate_stop", on_click=_stop, args=(running["id"],))
            st.markdown(_progress(running, run))
    for words in _findings(model):
        st.markdown(words)
    if complaint := st.session_state.get("rate_check_complaint", ""):
        st.markdown(plain(complaint))
    if bool(st.session_state.get("rate_job")) != polled:
        st.rerun()  # the whole page: to poll or to leave off, and a mark belongs on the figure


def _viewer() -> str:
    return str(st.session_state.setdefault("viewer", uuid.uuid4().hex))


def _train(model: ShippedFamily, beta: float) -> None:
    config = dataclasses.replace(model.family.config, model="vae", beta=beta)
    st.session_state["rate_check_complaint"] = ""
    try:
        job_id = get_engine().submit(Job(config=config), _viewer())
    except (DataError, OSError) as error:
        st.session_state["rate_check_complaint"] = f"The run could not be started: {error}."
        return
    st.session_state["rate_job"] = {
        "id": job_id, "dataset": config.dataset, "beta": beta, "epochs": config.epochs,
    }  # fmt: skip


def _stop(job_id: str) -> None:
    get_engine().cancel(job_id, _viewer())
    st.session_state["rate_job"] = None


def _progress(running: dict[str, Any], run: Run) -> str:
    if run.state == "queued":
        return f"queued ({ordinal(max(get_engine().position(run.id), 1))})"
    done = run.losses[-1]["epoch"] if run.losses else 0
    return f"training · epoch {done} of {running['epochs']} · β = {running['beta']:g}"


def _note(running: dict[str, Any], run: Run) -> None:
    """Keep a finished run's losses as a mark, or say why there are none."""
    st.session_state["rate_job"] = None
    if run.state != "done":
        st.session_state["rate_check_complaint"] = run.message
        return
    last = run.losses[-1]
    mark = {"beta": running["beta"], "val_recon": last["val_recon"], "val_kl": last["val_kl"]}
    marks = st.session_state.setdefault("rate_checks", {}).setdefault(running["dataset"], [])
    if mark not in marks:
        marks.append(mark)


def _checks(model: ShippedFamily) -> tuple[tuple[float, ...], ...]:
    marks = st.session_state.get("rate_checks", {}).get(model.family.config.dataset, [])
    return tuple(tuple(_point(mark).values()) for mark in marks)


def _findings(model: ShippedFamily) -> list[str]:
    """Return a sentence for each run: its loss, the family's at that β, and the difference."""
    marks = st.session_state.get("rate_checks", {}).get(model.family.config.dataset, [])
    words = []
    for mark in marks:
        ours = at_beta(model.curve, mark["beta"])
        own, family = (
            point["val_recon"] + point["beta"] * point["val_kl"] for point in (mark, ours)
        )
        words.append(section("rate", "finding").format(
            beta=f"{mark['beta']:g}", recon=f"{mark['val_recon']:.2f}", kl=f"{mark['val_kl']:.2f}",
            own=f"{own:.2f}", family=f"{family:.2f}", difference=f"{abs(family - own):.2f}",
            which=section("rate", "family_higher" if family >= own else "family_lower"),
        ))  # fmt: skip
    return words

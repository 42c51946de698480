"""The latent map of a run or of a shipped model, and what the reader did to it.

The probe and the two picked images stand in the link; the browser owns them while the map is open.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st
from safetensors.numpy import load

from engine import Run
from ui import link
from ui.page import plain
from ui.payloads import ELLIPSES, MOST_ELLIPSES, grey, halves, map_payload
from ui.prose import section
from ui.settings import MODEL_NAMES
from ui.shipped import Shipped, builtin_data, manifest, nearest, shipped
from ui.widgets.latent_map import committed, latent_map
from vae_core import RunConfig
from vae_core.checkpoints import CheckpointError
from vae_core.data import bernoulli_entropy

_Picks = tuple[int, ...]  # rows of the images A and B
_State = tuple[tuple[float, ...] | None, _Picks, float | None, int]  # z, picks, walk, clouds


def show_run(config: RunConfig, run: Run, epoch: int) -> None:
    """Draw the map of one keyframe; raise `RecordingError` if its file is gone."""
    picks, state = _state(images_of(run))
    latent_map(_run_payload(config, run, epoch, picks, state), key="map", on_change=_remember)
    if epoch == config.epochs:
        _caption(config)


def show_shipped(config: RunConfig) -> None:
    """Draw the shipped model most like `config`, and say which it is."""
    try:
        name = nearest(config)
        if name is None:
            st.info("No model of these images is shipped. Press Train to make one.")
            return
        picks, state = _state(_images(shipped(name)))
        payload = _shipped_payload(name, picks, state)
    except CheckpointError as error:
        st.warning(plain(str(error)))
        return
    latent_map(payload, key="map", on_change=_remember)
    _caption(config)


@lru_cache(maxsize=8)
def _run_payload(config: RunConfig, run: Run, epoch: int, picks: _Picks, state: _State) -> bytes:
    keyframe, losses = _keyframe(run, epoch), run.losses[epoch]
    weights = {name: w for name, w in keyframe.items() if name not in ("mu", "std")}
    means = {"recon": losses["val_recon"], "kl": losses["val_kl"], **_kept_aside(config)}
    return map_payload(
        config, f"{run.id}-{epoch}", weights, keyframe["mu"], keyframe["std"],
        images_of(run), picks, _as_sent(state), means, _words(),
    )  # fmt: skip


@lru_cache(maxsize=16)
def _shipped_payload(name: str, picks: _Picks, state: _State) -> bytes:
    model, measures = shipped(name), manifest()[name]["measures"]
    means = {"recon": measures["val_recon"], "kl": measures["val_kl"], **_kept_aside(model.config)}
    return map_payload(
        model.config, model.sha256[:16], halves(model.weights), model.mu, model.std,
        _images(model), picks, _as_sent(state), means, _words(),
    )  # fmt: skip


def _images(model: Shipped) -> dict[str, Any]:
    data = model.data
    return {
        "x": grey(data.x_train, data.levels),
        "y": data.y_train.astype(np.uint8),
        "image_shape": data.image_shape,
        "classes": data.classes,
        "levels": data.levels,
    }


@lru_cache(maxsize=8)
def _kept_aside(config: RunConfig) -> dict[str, float | int | None]:
    """Return how many images are kept aside and their entropy floor, where both are known here."""
    if config.dataset not in ("digits", "shapes"):
        return {"n": None, "floor": None}
    x = builtin_data(config.dataset).x_val
    floor = bernoulli_entropy(x) if config.likelihood == "bernoulli" else None
    return {"n": len(x), "floor": floor}


@lru_cache(maxsize=1)
def _words() -> dict[str, object]:
    """Return what the map says in sentences."""
    names = ("begin", "outside", "point", "tiny", "collapsed")
    steps = [section("cloud", f"step_{k}") for k in range(1, 5)]
    return {"steps": steps, **{name: section("cloud", name) for name in names}}


def on_the_map(config: RunConfig) -> str:
    """Say which shipped model stands in for `config`; "" if it is its very own, or none is."""
    try:
        name = nearest(config)
        if name is None or shipped(name).config.essence() == config.essence():
            return ""
    except CheckpointError:  # said where the map would be
        return ""
    return f"On the map: the shipped {_described(shipped(name).config)}. Press Train to make yours."


def _caption(config: RunConfig) -> None:
    """Say what there is to see, if these settings are those of a shipped model."""
    name = nearest(config)
    if name and shipped(name).config.essence() == config.essence():
        with st.container(key="caption_shipped"):
            st.markdown(section("pictures", re.sub(r"\W", "_", name)))


def _described(config: RunConfig) -> str:
    words = MODEL_NAMES[config.model]
    if config.model == "vae":
        words += f", β = {config.beta:g}"
    if config.likelihood == "gaussian" and config.model != "linear":
        words += f", c = {config.c:g}"
    return f"{words}, {config.likelihood.capitalize()} likelihood, seed {config.seed}"


@lru_cache(maxsize=8)
def images_of(run: Run) -> dict[str, Any]:
    """Return `read_images`, kept for all sessions."""
    return read_images(run)


def read_images(run: Run) -> dict[str, Any]:
    """Return x (n, d) and y of a run's images, image_shape, classes, levels, entropy_floor."""
    content = run.data()
    return {**load(content), **header_of(content)}


def header_of(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    words: dict[str, Any] = json.loads(header["__metadata__"]["header"])
    return words


@lru_cache(maxsize=8)
def _keyframe(run: Run, epoch: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = load(run.keyframe(epoch))
    return arrays


def _state(images: dict[str, Any]) -> tuple[_Picks, _State]:
    """Return the picks now, and where probe and picks stood when the map was opened.

    As committed, else as linked, else a fair start. The second stays the same while the map is
    open, so that a commit changes nothing that would have to be sent again.
    """
    of = (len(images["y"]), *images["classes"])
    saved = st.session_state.setdefault("map_state", {"of": of, **_linked()})
    if saved["of"] != of:  # other images: the old places mean nothing
        saved = {**saved, "of": of, "z": None, "picks": [], "walk": None}
        st.session_state["map_state"] = saved
    if any(pick >= len(images["y"]) for pick in saved["picks"]):
        saved = st.session_state["map_state"] = {**saved, "picks": []}
    _write_link(saved)
    picks = tuple(saved["picks"] or _first_picks(images["y"]))
    z = None if saved["z"] is None else tuple(saved["z"])
    state: _State = link.opened("map", (z, picks, saved["walk"], saved["clouds"]), of)
    return picks, state


def _as_sent(state: _State) -> dict[str, object]:
    return dict(zip(("z", "picks", "walk", "clouds"), state, strict=True))


def _first_picks(y: np.ndarray) -> list[int]:
    """Return the first image of class 3 (or of the first class) and the first of another."""
    one = int(np.argmax(y == 3)) if (y == 3).any() else 0
    return [one, int(np.argmax(y != y[one]))]


def _linked() -> dict[str, Any]:
    """Return the map's state as the link has it; nonsense counts as not there."""
    walk = link.numbers("walk", 1)
    return {
        "z": link.numbers("z", 2),
        "picks": link.rows("picks", 2, below=10**6) or [],
        "walk": min(max(walk[0], 0.0), 1.0) if walk else None,
        "clouds": link.row("clouds", MOST_ELLIPSES + 1) or ELLIPSES,
    }


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state = committed("map")
    old = st.session_state["map_state"]
    picks = list(state.picks) if state.picks and len(state.picks) == 2 else old["picks"]
    z = list(state.z) if state.z else None
    clouds = state.clouds or old["clouds"]
    now = {"z": z, "picks": picks, "walk": state.walk, "clouds": clouds}
    st.session_state["map_state"] = {**old, **now}


def _write_link(state: dict[str, Any]) -> None:
    walk = None if state["walk"] is None or state["z"] else [state["walk"]]
    clouds = [state["clouds"]] if state["clouds"] != ELLIPSES else None
    texts = {"z": state["z"], "picks": state["picks"], "walk": walk, "clouds": clouds}
    link.write({key: link.joined(values) for key, values in texts.items()})

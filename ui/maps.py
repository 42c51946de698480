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
from ui.payloads import grey, map_payload
from ui.prose import section
from ui.settings import MODEL_NAMES
from ui.shipped import nearest, shipped
from ui.widgets.latent_map import committed, latent_map
from vae_core import RunConfig
from vae_core.checkpoints import CheckpointError


def show_run(config: RunConfig, run: Run, epoch: int) -> None:
    """Draw the map of one keyframe; raise `RecordingError` if its file is gone."""
    keyframe, images = _keyframe(run, epoch), images_of(run)
    weights = {name: w for name, w in keyframe.items() if name.startswith("decoder.")}
    picks, state = _state(images)
    payload = map_payload(
        config, f"{run.id}-{epoch}", weights, keyframe["mu"], keyframe["std"],
        images, picks, state,
    )  # fmt: skip
    latent_map(payload, key="map", on_change=_remember)
    if epoch == config.epochs:
        _caption(config)


def show_shipped(config: RunConfig) -> None:
    """Draw the shipped model most like `config`, and say which it is."""
    try:
        name = nearest(config)
        if name is None:
            st.info("No model of these images is shipped. Press Train to make one.")
            return
        model = shipped(name)
    except CheckpointError as error:
        st.warning(plain(str(error)))
        return
    data = model.data
    images = {
        "x": grey(data.x_train, data.levels),
        "y": data.y_train.astype(np.uint8),
        "image_shape": data.image_shape,
        "classes": data.classes,
        "levels": data.levels,
    }
    picks, state = _state(images)
    payload = map_payload(
        model.config, model.sha256[:16], model.weights, model.mu, model.std,
        images, picks, state,
    )  # fmt: skip
    latent_map(payload, key="map", on_change=_remember)
    _caption(config)


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
    return f"{words}, {config.likelihood.capitalize()} likelihood, seed {config.seed}"


@lru_cache(maxsize=8)
def images_of(run: Run) -> dict[str, Any]:
    """Return x (n, d) and y of a run's images, image_shape, classes, levels, entropy_floor."""
    content = run.data()
    return {**load(content), **_header(content)}


def _header(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    words: dict[str, Any] = json.loads(header["__metadata__"]["header"])
    return words


@lru_cache(maxsize=8)
def _keyframe(run: Run, epoch: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = load(run.keyframe(epoch))
    return arrays


def _state(images: dict[str, Any]) -> tuple[list[int], dict[str, Any]]:
    """Return the picks now, and where probe and picks stood when the map was opened.

    As committed, else as linked, else a fair start. The second stays the same while the map is
    open, so that a commit changes nothing that would have to be sent again.
    """
    saved = st.session_state.setdefault("map_state", _linked())
    same = (len(images["y"]), *images["classes"])
    opened = st.session_state.get("map_opened")
    if opened is not None and opened[0] != same:  # other images: the old places mean nothing
        saved = st.session_state["map_state"] = {"z": None, "picks": [], "walk": 0.0}
    if any(pick >= len(images["y"]) for pick in saved["picks"]):
        saved = st.session_state["map_state"] = {**saved, "picks": []}
    _write_link(saved)
    picks = saved["picks"] or _first_picks(images["y"])
    if opened is None or opened[0] != same or st.session_state.get("map") is None:
        opened = st.session_state["map_opened"] = (same, {**saved, "picks": picks})
    return picks, opened[1]


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
        "walk": min(max(walk[0], 0.0), 1.0) if walk else 0.0,
    }


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state = committed("map")
    old = st.session_state["map_state"]
    picks = list(state.picks) if state.picks and len(state.picks) == 2 else old["picks"]
    z = list(state.z) if state.z else None
    st.session_state["map_state"] = {"z": z, "picks": picks, "walk": state.walk or 0.0}


def _write_link(state: dict[str, Any]) -> None:
    walk = [state["walk"]] if state["walk"] and not state["z"] else None
    texts = {"z": state["z"], "picks": state["picks"], "walk": walk}
    link.write({key: link.joined(values) for key, values in texts.items()})

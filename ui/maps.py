"""The latent map of a run or of a shipped model, and what the reader did to it.

The probe and the two picked images stand in the link; the browser owns them while the map is open.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st
from safetensors.numpy import load

from engine import Run
from ui.page import plain
from ui.payloads import grey, map_payload
from ui.prose import section
from ui.settings import MODEL_NAMES
from ui.shipped import nearest, shipped
from ui.widgets.latent_map import committed, latent_map
from vae_core import RunConfig
from vae_core.checkpoints import CheckpointError

_CODES: Final = ("mu", "std")


def show_run(config: RunConfig, run: Run, epoch: int) -> None:
    """Draw the map of one keyframe; raise `RecordingError` if its file is gone."""
    keyframe, images = _keyframe(run, epoch), images_of(run)
    weights = {name: array for name, array in keyframe.items() if name not in _CODES}
    state = _state(images)
    payload = map_payload(
        config, f"{run.id}-{epoch}", weights, keyframe["mu"], keyframe["std"],
        images, state["picks"], state,
    )  # fmt: skip
    latent_map(payload, key="map", on_change=_remember)


def show_shipped(config: RunConfig) -> None:
    """Draw the shipped model most like `config`, and say which it is."""
    name = nearest(config)
    if name is None:
        st.info("No model of these images is shipped. Press Train to make one.")
        return
    try:
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
    state = _state(images)
    payload = map_payload(
        model.config, model.sha256[:16], model.weights, model.mu, model.std,
        images, state["picks"], state,
    )  # fmt: skip
    latent_map(payload, key="map", on_change=_remember)
    with st.container(key="caption_shipped"):
        if model.config == config:
            st.markdown(section("pictures", name.replace("-", "_")))
        else:
            words = _described(model.config)
            st.markdown(f"**On the map:** the shipped {words}. **Press Train** to make yours.")


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


def _keyframe(run: Run, epoch: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = load(run.keyframe(epoch))
    return arrays


def _state(images: dict[str, Any]) -> dict[str, Any]:
    """Return where probe and picks stand: as committed, else as linked, else a fair start."""
    saved = st.session_state.setdefault("map_state", _linked())
    _write_link(saved)
    picks = [pick for pick in saved["picks"] if pick < len(images["y"])]
    return {**saved, "picks": picks if len(picks) == 2 else _first_picks(images["y"])}


def _first_picks(y: np.ndarray) -> list[int]:
    """Return the first image of class 3 (or of the first class) and the first of another."""
    one = int(np.argmax(y == 3)) if (y == 3).any() else 0
    return [one, int(np.argmax(y != y[one]))]


def _linked() -> dict[str, Any]:
    numbers = {}
    for key, kind in (("z", float), ("picks", int)):
        try:
            numbers[key] = [kind(part) for part in st.query_params.get(key, "").split(",") if part]
        except ValueError:
            numbers[key] = []
    z = numbers["z"] if len(numbers["z"]) == 2 and np.all(np.abs(numbers["z"]) < 1e6) else None
    picks = numbers["picks"] if len(numbers["picks"]) == 2 and min(numbers["picks"]) >= 0 else []
    return {"z": z, "picks": picks, "walk": 0}


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state = committed("map")
    old = st.session_state["map_state"]
    picks = list(state.picks) if state.picks and len(state.picks) == 2 else old["picks"]
    z = list(state.z) if state.z else None
    st.session_state["map_state"] = {"z": z, "picks": picks, "walk": state.walk or 0}


def _write_link(state: dict[str, Any]) -> None:
    z, picks = state["z"], state["picks"]
    for key, values in (("z", z or []), ("picks", picks)):
        text = ",".join(f"{value:g}" for value in values)
        if text and st.query_params.get(key) != text:
            st.query_params[key] = text
        elif not text and key in st.query_params:
            del st.query_params[key]

"""Cut the gradient's path through the draw and train: what becomes of σ, with and without the KL.

The reader chooses where the path is cut and whether the KL term counts; each of the six runs is
made by the engine, and kept in the session so that they can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import streamlit as st
from safetensors.numpy import load

from engine import RecordingError, Run, get_engine
from ui import link, one_run
from ui.maps import images_of
from ui.page import plain, try_this
from ui.payloads import grey, network_header
from ui.prose import section, words
from ui.runs import viewer
from ui.shipped import builtin_data, manifest, shipped
from ui.widgets import pack
from ui.widgets.cut import cut
from vae_core import RunConfig
from vae_core.checkpoints import CheckpointError
from vae_core.config import GRADIENTS

SHIPPED: Final = "digits-vae-gaussian-c0.1"  # the whole path with the KL term: shown at first
AFTER: Final = 25  # epochs with the whole path before it is cut: one of a run's keyframes
EACH: Final = 3  # one keyframe in three is a frame of the film, and the first ones after the cut
EVERY: Final = 3  # one training image in three has its code on the map
CLASSES: Final = (0, 1, 3, 4, 8)  # of each, one image is followed
BAND: Final = (5, 50, 95)  # percentiles of σ over images and dimensions


class Choice(NamedTuple):
    """Which of the six runs: where the gradient is cut, whether the KL term counts."""

    gradient: str = GRADIENTS[0]
    kl: bool = True


class Cell(NamedTuple):
    """A run as its small picture shows it: σ's percentiles by keyframe, and what happened."""

    choice: Choice
    epochs: tuple[int, ...]
    band: tuple[tuple[float, ...], ...]  # a row per epoch: the percentiles of BAND
    said: str


CHOICES: Final = tuple(Choice(gradient, kl) for kl in (True, False) for gradient in GRADIENTS)


def config_of(choice: Choice) -> RunConfig:
    """Return the run of a choice: the digits, a Gaussian likelihood, beta 1 or 0."""
    return RunConfig(
        dataset="digits", likelihood="gaussian", beta=float(choice.kl), gradient=choice.gradient,
        cut_after=AFTER,
    )  # fmt: skip


def cut_figure() -> None:
    """Draw the two switches, the run, its film and the six runs side by side."""
    st.session_state.setdefault("cut_state", _linked())
    polled = one_run.under_way("cut")
    with st.container(key="figure_cut"):
        st.fragment(_panel, run_every=one_run.POLL if polled else None)(polled)
    with st.container(key="caption_cut"):
        st.markdown(section("cut", "cut").format(after=AFTER))
    try_this("cut", "try_cut")


def _panel(polled: bool) -> None:
    choice = _switches()
    said = words("cut", "names")
    about = f"{said[choice.gradient]}, {said['on' if choice.kl else 'off']}"
    one_run.bar("cut", section("cut", "train"), config_of(choice), about, _keep)
    try:
        cut(_payload(choice, _run_of(choice), _cells()), key="cut")
    except (RecordingError, CheckpointError) as error:
        st.session_state["cut_runs"] = {}
        st.warning(plain(str(error)))
    one_run.rest("cut", polled)


# ---- the state: the switches lead, the link follows


def _switches() -> Choice:
    """Show both switches; return what they say now."""
    said, saved = words("cut", "names"), st.session_state["cut_state"]
    with st.container(key="cut_switches", horizontal=True, gap="medium"):
        gradient = st.segmented_control(
            section("cut", "path_label").format(after=AFTER), GRADIENTS,
            default=saved.gradient, required=True, key="cut_gradient", format_func=said.__getitem__,
        )  # fmt: skip
        kl = st.segmented_control(
            section("cut", "kl_label"), (True, False), default=saved.kl, required=True,
            key="cut_kl", format_func=lambda on: said["kl_on" if on else "kl_off"],
        )  # fmt: skip
    choice = st.session_state["cut_state"] = Choice(gradient or GRADIENTS[0], bool(kl))
    link.write({
        "cut": "" if choice.gradient == GRADIENTS[0] else choice.gradient,
        "cut_kl": "" if choice.kl else "off",
    })  # fmt: skip
    return choice


def _linked() -> Choice:
    """Return the choice the link makes; nonsense is ignored."""
    gradient = st.query_params.get("cut", "")
    known = gradient if gradient in GRADIENTS else GRADIENTS[0]
    return Choice(known, st.query_params.get("cut_kl") != "off")


def _keep(config: RunConfig, run: Run) -> None:
    """Keep a finished run."""
    _runs()[Choice(config.gradient, config.beta > 0)] = run


def _runs() -> dict[Choice, Run]:
    runs: dict[Choice, Run] = st.session_state.setdefault("cut_runs", {})
    return runs


def _run_of(choice: Choice) -> Run | None:
    """Return the run to show: the one under way, the one that has ended, or none."""
    job = st.session_state.get("cut_job")
    if job and job["config"] == config_of(choice):
        run = get_engine().poll(job["id"], viewer())
        return run if run and run.keyframes else None
    return _runs().get(choice)


# ---- what is read off a run


def _cells() -> tuple[Cell, ...]:
    runs = _runs()
    return tuple(_cell(choice, runs[choice]) for choice in CHOICES if choice in runs)


@lru_cache(maxsize=64)
def _cell(choice: Choice, run: Run) -> Cell:
    bands = {epoch: band(run, epoch) for epoch in run.keyframes}
    name = f"found_{choice.gradient.replace('-', '_')}_{'on' if choice.kl else 'off'}"
    last, measures = run.keyframes[-1], run.measures or {}
    facts: dict[str, object] = {"units": measures.get("active_units")}
    for when, epoch in (("_before", AFTER), ("", last)):
        losses = run.losses[epoch]
        facts[f"sigma{when}"] = _digits(bands[epoch][1])
        facts[f"recon{when}"] = f"{losses['val_recon']:.1f}".replace("-", "−")
        facts[f"kl{when}"] = _digits(losses["val_kl"] or 0.0)
    said = section("cut", name).format(**facts)
    return Cell(choice, tuple(bands), tuple(bands.values()), said)


@lru_cache(maxsize=512)
def band(run: Run, epoch: int) -> tuple[float, ...]:
    """Return the percentiles of BAND of std over the run's images and dimensions."""
    return tuple(float(value) for value in np.percentile(load(run.keyframe(epoch))["std"], BAND))


def _digits(value: float) -> str:
    """Return a number ≥ 0 with two decimals, or with as many as show two of its digits."""
    decimals = 1 - math.floor(math.log10(value)) if 0 < value < 0.1 else 2
    return f"{value:.{decimals}f}"


def film(keyframes: list[int]) -> list[int]:
    """Return the keyframes that are sent as frames, weights and codes."""
    cut = keyframes.index(AFTER) if AFTER in keyframes else 0
    ends = (0, len(keyframes) - 1)
    return [
        epoch
        for place, epoch in enumerate(keyframes)
        if (place - cut) % EACH == 0 or cut < place < cut + EACH or place in ends
    ]


# ---- what the widget is sent


def _payload(choice: Choice, run: Run | None, cells: tuple[Cell, ...]) -> bytes:
    """Return a run's film once it has ended, its latest keyframe while it is on."""
    if run is None:
        return _without_a_run(choice, cells)
    return _of_a_run(choice, run, len(run.keyframes), run.ended, cells)


@lru_cache(maxsize=32)
def _of_a_run(choice: Choice, run: Run, count: int, ended: bool, cells: tuple[Cell, ...]) -> bytes:
    keyframes, images = run.keyframes[:count], images_of(run)
    frames = film(keyframes) if ended else keyframes[-1:]
    rows = np.arange(0, len(images["y"]), EVERY)
    tensors: dict[str, np.ndarray] = {}
    for place, epoch in enumerate(frames):
        arrays: dict[str, np.ndarray] = load(run.keyframe(epoch))
        tensors |= _frame(place, arrays, arrays["mu"][rows], arrays["std"][rows])
    losses = run.losses[: keyframes[-1] + 1]
    header = {
        "id": run.id,
        "frames": frames,
        "ended": ended,
        "keyframes": keyframes,
        "band": [band(run, epoch) for epoch in keyframes],
        "recon": [row["val_recon"] for row in losses],
        "kl_term": [row["val_kl"] for row in losses],
    }
    return _pack(choice, cells, header, tensors, images["x"][rows], images["y"][rows])


@lru_cache(maxsize=32)
def _without_a_run(choice: Choice, cells: tuple[Cell, ...]) -> bytes:
    """Return the shipped model if it is what the chosen run leads to; otherwise nothing yet."""
    if choice != Choice():
        return _pack(choice, cells, {"id": "", "frames": []}, {}, np.zeros((0, 64)), np.zeros(0))
    model, measures = shipped(SHIPPED), manifest()[SHIPPED]["measures"]
    rows, epoch = np.arange(0, len(model.mu), EVERY), model.config.epochs
    header = {
        "id": model.sha256[:16],
        "frames": [epoch],
        "ended": True,
        "keyframes": [epoch],
        "band": [np.percentile(model.std, BAND)],
        "recon": [None] * epoch + [measures["val_recon"]],
        "kl_term": [None] * epoch + [measures["val_kl"]],
    }
    tensors = _frame(0, model.weights, model.mu[rows], model.std[rows])
    x, y = grey(model.data.x_train[rows], model.data.levels), model.data.y_train[rows]
    return _pack(choice, cells, header, tensors, x, y)


def _frame(
    place: int, weights: Mapping[str, np.ndarray], mu: np.ndarray, std: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what is sent of a keyframe, in half precision: its decoder and its codes."""
    tensors = {name: array for name, array in weights.items() if name.startswith("decoder.")}
    tensors |= {"mu": mu, "std": std}
    return {f"{place}/{name}": array.astype(np.float16) for name, array in tensors.items()}


def _pack(
    choice: Choice, cells: tuple[Cell, ...], header: Mapping[str, object],
    tensors: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray,
) -> bytes:  # fmt: skip
    """Return the payload: codes of images x (n, d) of classes y, five of which are followed."""
    data, config = builtin_data("digits"), config_of(choice)
    followed = [int(np.argmax(y == name)) for name in CLASSES] if len(y) else []
    eps = np.random.default_rng(0).standard_normal((len(CLASSES), 2))  # drawn once, for every frame
    said = {**words("cut", "words"), **words("cut", "names")}
    said["untrained"] = said["untrained"].format(after=AFTER)
    return pack(
        {**tensors, "y": y.astype(np.uint8), "x": x[followed].astype(np.uint8), "eps": eps},
        {
            **header,
            **network_header(config),
            "gradient": choice.gradient,
            "kl": choice.kl,
            "epochs": config.epochs,
            "after": AFTER,
            "followed": followed,
            "levels": data.levels,
            "shape": data.image_shape,
            "classes": data.classes,
            "cells": [_sent(choice, cells) for choice in CHOICES],
            "words": said,
        },
    )


def _sent(choice: Choice, cells: tuple[Cell, ...]) -> dict[str, object]:
    """Return one of the six small pictures as the browser draws it."""
    run = next((cell for cell in cells if cell.choice == choice), None)
    trace = {} if run is None else {"keyframes": run.epochs, "band": run.band, "said": run.said}
    return {"gradient": choice.gradient, "kl": choice.kl, **trace}

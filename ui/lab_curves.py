"""Losses of the lab's runs over each other, and what must not be read off them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import streamlit as st

from engine.recording import Losses
from ui import link
from ui.lab_table import remarks
from ui.page import plain
from ui.prose import section, words
from ui.widgets import pack
from ui.widgets.lab_curves import committed, lab_curves
from vae_core import RunConfig
from vae_core.config import OWN

_START: Final = {"axis": "epoch", "train": False}
_LISTS: Final = ("epoch", "step", "recon", "val_recon", "kl", "val_kl")


class Curve(NamedTuple):
    """A run's losses so far, from epoch 0. id: of the run, whatever it is called."""

    name: str
    id: str
    config: RunConfig
    losses: Sequence[Losses]
    state: str  # queued | training | paused | done | stopped | diverged
    data: str = ""  # content id of its images, where it is known


@dataclasses.dataclass(frozen=True)
class _Known:
    """A curve as the cache of payloads knows it: a run and an epoch decide the losses."""

    name: str
    id: str
    config: RunConfig
    state: str
    count: int
    losses: Sequence[Losses] = dataclasses.field(compare=False, repr=False)


def lab_curves_figure(runs: Sequence[Curve], missing: int = 0) -> None:
    """Draw recon, KL and their weighted sum of up to four runs, and say what cannot be compared.

    missing: number of runs on the page that have no losses to draw.
    """
    saved = st.session_state.setdefault("lab_curves_state", _linked())
    link.write({
        "curves": saved["axis"] if saved["axis"] != _START["axis"] else "",
        "curves_train": "1" if saved["train"] else "",
    })  # fmt: skip
    known = tuple(
        _Known(run.name, run.id, run.config, run.state, len(run.losses), run.losses)
        for run in runs if run.losses
    )  # fmt: skip
    state = link.opened("lab_curves", (saved["axis"], saved["train"]))
    own = any(run.config.dataset == OWN for run in runs)  # then nothing of it is shared
    make = _payload.__wrapped__ if own else _payload
    lab_curves(make(known, *state), key="lab_curves", on_change=_remember)
    with st.container(key="caption_lab_curves"):
        st.markdown("  \n".join(_caption(runs, saved["train"], missing)))


def _caption(runs: Sequence[Curve], train: bool, missing: int) -> list[str]:
    """Return what to do, why a run has no curve, what cannot be compared, what a warm-up bends."""
    thin = section("lab_curves", "caption_train") if train else ""
    warm = section("lab_curves", "caption_warmup")
    gone = section("lab_curves", "caption_missing").format(missing=missing)
    return [
        section("lab_curves", "caption").format(train=thin),
        *([gone] if missing else []),
        *remarks([run.config for run in runs], [run.data for run in runs]),
        *(
            warm.format(epochs=run.config.warmup, name=plain(run.name))
            for run in runs if run.config.model == "vae" and run.config.warmup
        ),
    ]  # fmt: skip


@lru_cache(maxsize=16)
def _payload(runs: tuple[_Known, ...], axis: str, train: bool) -> bytes:
    tensors = {}
    for i, run in enumerate(runs):
        for name in _LISTS:
            values = [row[name] for row in run.losses[: run.count]]
            if values[0] is not None:
                kind = np.int32 if name in ("epoch", "step") else np.float32
                tensors[f"{i}/{name}"] = np.array(values, kind)
    header = {
        "id": "-".join(f"{run.id[:8]}.{run.count}" for run in runs),
        "runs": [
            {
                "id": run.id, "name": run.name, "epochs": run.config.epochs, "state": run.state,
                "beta": run.config.beta if run.config.model == "vae" else 0.0,
            }
            for run in runs
        ],
        "state": {"axis": axis, "train": train},
        "words": words("lab_curves", "widget_words"),
    }  # fmt: skip
    return pack(tensors, header)


def _linked() -> dict[str, object]:
    """Return the axis and the switch as the link has them; nonsense is ignored."""
    axis = "step" if st.query_params.get("curves") == "step" else "epoch"
    return {"axis": axis, "train": st.query_params.get("curves_train") == "1"}


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state, saved = committed("lab_curves"), st.session_state["lab_curves_state"]
    if state.axis is not None and state.train is not None:
        st.session_state["lab_curves_state"] = {**saved, "axis": state.axis, "train": state.train}

"""How many of 32 numbers a network uses, with and without KL warm-up, against a linear theory."""

from __future__ import annotations

import json
import statistics
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, plain, try_this
from ui.payloads import halves, network_header
from ui.prose import words
from ui.shipped import builtin_data, manifest, shipped
from ui.widgets import pack
from ui.widgets.units import committed, units
from vae_core.checkpoints import CheckpointError

TABLE: Final = Path(__file__).parents[1] / "content" / "units.json"
MODELS: Final = {"none": "digits-vae-k32", "warm": "digits-vae-k32-warmup"}  # by their title
NETWORKS: Final = ("elu", "relu")  # whose counts can stand beside the theory's
THRESHOLD: Final = 0.01  # a unit is used if the variance of its mean code exceeds it
RANGE: Final = (0.05, 5.0)  # of β on the handle
START: Final = (5, 1.0, 0)  # rank looked at, β, networks measured


def units_figure() -> None:
    """Draw both networks' units, the theory beside what was measured, and what to do with them."""
    saved = st.session_state.setdefault("units_state", _linked())
    _write_link(*saved)
    with st.container(key="figure_units"):
        try:
            units(_payload(*link.opened("units", saved)), key="units", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("units", "units")
    caption("units", "warm_up")
    try_this("units", "try_units")


def eigenvalues(x: np.ndarray) -> np.ndarray:
    """Return what a linear theory of collapse compares with β, descending.

    x (n, d): images in [0, 1] under a Bernoulli likelihood. With S the diagonal of p(1 - p), p the
    mean image, these are the eigenvalues of S^-½ Σ S^-½, Σ the covariance of the images: the gain
    of nats per nat of KL when a code begins to follow a direction. Pixels that are always 0 or
    always 1 have nothing to tell and are left out.
    """
    mean = x.mean(0, dtype=np.float64)
    spread = mean * (1 - mean)
    kept = spread > 0
    whitened = (x[:, kept] - mean[kept]) / np.sqrt(spread[kept])
    return np.linalg.eigvalsh(whitened.T @ whitened / len(x))[::-1]


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
    """Return content/units.json: active units and losses of every setting and seed."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


# ---- what the widget is sent


@lru_cache(maxsize=16)
def _payload(rank: int, beta: float, measured: int) -> bytes:
    said = words("units", "units_words")
    tensors: dict[str, np.ndarray] = {}
    for place, file in enumerate(MODELS.values()):
        model = shipped(file)
        decoder = {name: w for name, w in model.weights.items() if name.startswith("decoder.")}
        tensors |= {f"{place}/{name}": array for name, array in halves(decoder).items()}
        tensors[f"{place}/mean"] = model.mu.mean(0)
        tensors[f"{place}/variance"] = model.mu.var(0, dtype=np.float64)
    data = builtin_data("digits")
    header = {
        "id": "-".join(shipped(file).sha256[:8] for file in MODELS.values()),
        "shape": data.image_shape,
        "threshold": THRESHOLD,
        "models": [_model(said[f"title_{title}"], file) for title, file in MODELS.items()],
        "eigenvalues": eigenvalues(data.x_train),
        "range": RANGE,
        "measured": [{"name": said[name], "rows": _rows(name)} for name in NETWORKS],
        "shown": [shipped(file).config.warmup for file in MODELS.values()],
        "state": {"rank": rank, "beta": beta, "measured": measured},
        "words": said,
    }
    return pack(tensors, header)


def _model(title: str, file: str) -> dict[str, Any]:
    config, measures = shipped(file).config, manifest()[file]["measures"]
    loss = f"{measures['val_recon'] + config.beta * measures['val_kl']:.2f}"
    title = title.format(warmup=config.warmup)
    return {"title": title, "loss": loss, **network_header(config)}


def _rows(activation: str) -> list[dict[str, Any]]:
    """Return a row per β: per warm-up the units of every seed and the mean of their losses."""
    rows: dict[float, list[dict[str, Any]]] = {}
    for entry in recorded()["rows"]:
        if entry["activation"] == activation:
            values, beta = entry["values"], entry["beta"]
            pairs = zip(values["val_recon"], values["val_kl"], strict=True)
            loss = statistics.fmean(recon + beta * kl for recon, kl in pairs)
            cell = {"warmup": entry["warmup"], "units": values["active_units"], "loss": loss}
            rows.setdefault(beta, []).append(cell)
    return [{"beta": beta, "cells": cells} for beta, cells in rows.items()]


# ---- the state: the browser owns it while the figure is open


def _linked() -> tuple[int, float, int]:
    """Return unit, β and networks as the link has them; nonsense is ignored."""
    rank = link.row("unit", recorded()["latent_dim"] + 1)
    beta = link.numbers("units_beta", 1, bound=RANGE[1])
    name = st.query_params.get("units_of")
    return (
        rank - 1 if rank else START[0],
        beta[0] if beta and beta[0] >= RANGE[0] else START[1],
        NETWORKS.index(name) if name in NETWORKS else START[2],
    )


def _write_link(rank: int, beta: float, measured: int) -> None:
    link.write({
        "unit": str(rank + 1) if rank != START[0] else "",
        "units_beta": f"{beta:g}" if beta != START[1] else "",
        "units_of": NETWORKS[measured] if measured != START[2] else "",
    })  # fmt: skip


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state, old = committed("units"), st.session_state["units_state"]
    rank, beta, measured = state.rank, state.beta, state.measured
    low, high = RANGE
    st.session_state["units_state"] = (
        rank if rank is not None and rank < recorded()["latent_dim"] else old[0],
        beta if beta is not None and low <= beta <= high else old[1],
        measured if measured is not None and measured < len(NETWORKS) else old[2],
    )

"""Collapse predicted: raise the noise c through the variances of the digits (chapter 11)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from ui import link
from ui.page import caption, try_this
from ui.prose import words
from ui.shipped import builtin_data
from ui.widgets import pack
from ui.widgets.collapse import collapse, committed
from vae_core.spectrum import spectrum

TABLE: Final = Path(__file__).parents[1] / "content" / "collapse.json"
START: Final = 0.1  # c at which one begins: every direction survives
PLOTTED: Final = ("raised", "scratch")  # the deep networks that are drawn


def collapse_figure() -> None:
    """Draw what a linear and a deep VAE keep of the digits' directions, and what to do with c."""
    c = st.session_state.setdefault("collapse_state", _linked())
    link.write({"collapse_c": f"{c:g}" if c != START else ""})
    with st.container(key="figure_collapse"):
        collapse(_payload(link.opened("collapse", c)), key="collapse", on_change=_remember)
    caption("collapse", "collapse")
    try_this("collapse", "try_collapse")


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
    """Return content/collapse.json: what networks of every c and seed have learnt."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


@lru_cache(maxsize=1)
def stops() -> tuple[float, ...]:
    """Return the c that linear VAEs were trained at, evenly in log c, upwards."""
    return tuple(row["c"] for row in recorded()["linear"])


@lru_cache(maxsize=8)
def _payload(c: float) -> bytes:
    table, data = recorded(), builtin_data(recorded()["dataset"])
    variances, axes = (part[: table["latent_dim"]] for part in spectrum(data.x_train))
    header = {
        "id": "collapse",
        "shape": data.image_shape,
        "variances": variances,
        "stops": stops(),
        "linear": [
            {"singular": row["singular"], "angle": _largest(row)} for row in table["linear"]
        ],
        "autoencoder": _ends(table["autoencoder_angles"]),
        "deep": {name: [_sent(row) for row in table[name]] for name in PLOTTED},
        "latent": 2,
        "state": {"stop": stops().index(c)},
        "words": words("collapse", "collapse_words"),
    }
    return pack({"mean": data.x_train.mean(0), "axes": axes}, header)


def _largest(row: dict[str, Any]) -> float | None:
    """Return the largest angle over the seeds, degrees; None where no direction survives."""
    return max((angle for angle in row["angle"] if angle is not None), default=None)


def _ends(seeds: list[list[float]]) -> tuple[float, float]:
    """Return the least and the largest of all seeds' numbers."""
    return min(map(min, seeds)), max(map(max, seeds))


def _sent(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is drawn of the deep networks trained at one c: a value per seed."""
    values = row["values"]
    return {"c": row["c"], "kl": values["val_kl"], "units": values["active_units"]}


def _remember() -> None:
    c = committed("collapse")
    if c in stops():
        st.session_state["collapse_state"] = c


def _linked() -> float:
    """Return the c that the link asks for; one that was not measured is ignored."""
    found = link.numbers("collapse_c", 1)
    return found[0] if found and found[0] in stops() else START

"""Chapter 4's five seeds: one autoencoder, the same images, five spaces under one probe."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import streamlit as st

from ui import link
from ui.page import caption, plain
from ui.payloads import twin_payload
from ui.shipped import manifest, shipped
from ui.twins import linked_probe, probe_texts
from ui.widgets.twin_map import committed, twin_map
from vae_core.checkpoints import CheckpointError

MODELS: Final = ("digits-ae", *(f"digits-ae-seed{seed}" for seed in range(1, 5)))


def seeds_figure() -> None:
    """Draw the five maps and what to do with them."""
    saved = st.session_state.setdefault("seeds_state", linked_probe())
    link.write(probe_texts(saved))
    opened = link.opened("seeds", (tuple(saved["u"]), saved["picked"]))
    with st.container(key="figure_seeds"):
        try:
            twin_map(_payload(*opened), key="seeds", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("seeds", "seeds")


@lru_cache(maxsize=8)
def _payload(u: tuple[float, float], picked: int | None) -> bytes:
    models = {file: shipped(file) for file in MODELS}
    facts = {file: _facts(file) for file in MODELS}
    state = {"u": list(u), "picked": picked}
    return twin_payload(models, facts, [[file] for file in MODELS], state, watch=True)


def _facts(file: str) -> dict[str, Any]:
    """Return what a map says of its model beside its codes."""
    seed = shipped(file).config.seed
    measures = [("recon, nats", manifest()[file]["measures"]["val_recon"], 1)]
    return {
        "title": f"Seed {seed}",
        "short": f"seed {seed}",
        "note": "",
        "measures": measures,
    }


def _remember() -> None:
    state, old = committed("seeds"), st.session_state["seeds_state"]
    st.session_state["seeds_state"] = {"u": state.u or old["u"], "picked": state.picked}

"""Chapter 6's matched twins: four maps of the same digits under one probe."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, plain
from ui.payloads import twin_payload
from ui.prose import section
from ui.shipped import builtin_data, manifest, shipped
from ui.widgets.twin_map import committed, twin_map
from vae_core.checkpoints import CheckpointError

MODELS: Final = {  # from left to right; only the model and β differ
    "ae": "digits-ae",
    "beta0": "digits-vae-beta0",
    "beta01": "digits-vae-beta0.1",
    "beta1": "digits-vae-beta1",
}
MEASURES: Final = (("coverage ↑", "coverage", 2), ("step ↓", "step_mean", 3))
CLOUDS: Final = 20  # images whose q(z given x) is drawn
_FAR: Final = 4  # standard deviations of the codes: off every map


def twins_figure() -> None:
    """Draw the four maps and what to do with them."""
    saved = st.session_state.setdefault("twins_state", linked_probe())
    link.write(probe_texts(saved))
    opened = link.opened("twins", (tuple(saved["u"]), saved["picked"]))
    with st.container(key="figure_twins"):
        try:
            twin_map(_payload(*opened), key="twins", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("twins", "twins")


@lru_cache(maxsize=8)
def _payload(u: tuple[float, float], picked: int | None) -> bytes:
    models = {name: shipped(file) for name, file in MODELS.items()}
    facts = {name: _facts(name, file) for name, file in MODELS.items()}
    state = {"u": list(u), "picked": picked}
    return twin_payload(models, facts, [[name] for name in MODELS], state, watch=True)


def _facts(name: str, file: str) -> dict[str, Any]:
    """Return what a map says of its model beside its codes."""
    config, measures = shipped(file).config, manifest()[file]["measures"]
    short = f"β = {config.beta:g}" if config.model == "vae" else "autoencoder"
    facts: dict[str, Any] = {
        "title": f"VAE, {short}" if config.model == "vae" else short.capitalize(),
        "short": short,
        "note": section("twins", f"note_{name}"),
        "measures": [(word, measures[key], digits) for word, key, digits in MEASURES],
    }
    if config.model == "vae":
        facts["shown"] = np.arange(CLOUDS) * len(shipped(file).mu) // CLOUDS
    return facts


def _remember() -> None:
    state = committed("twins")
    old = st.session_state["twins_state"]
    st.session_state["twins_state"] = {"u": state.u or old["u"], "picked": state.picked}


def linked_probe() -> dict[str, Any]:
    """Return the probe u and the picked digit as the link has them; nonsense is ignored."""
    return {
        "u": link.numbers("u", 2, bound=_FAR) or [0.0, 0.0],
        "picked": link.row("picked", len(builtin_data("digits").x_train)),
    }


def probe_texts(state: dict[str, Any]) -> dict[str, str]:
    """Return u and the picked digit as the link says them, "" where they are at their start."""
    picked = state["picked"]
    return {
        "u": link.joined(state["u"]) if any(state["u"]) else "",
        "picked": "" if picked is None else str(picked),
    }

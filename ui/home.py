"""The home page's figure: the twins under one probe, and the wall that follows their switch."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import streamlit as st

from ui import link
from ui.page import plain
from ui.payloads import twin_payload, wall_payload
from ui.prose import section
from ui.shipped import shipped
from ui.twins import linked_probe, probe_texts
from ui.widgets.twin_map import committed, twin_map
from ui.widgets.wall import wall
from vae_core.checkpoints import CheckpointError

MODELS: Final = {"ae": "digits-ae", "vae": "digits-vae-beta1", "vae0": "digits-vae-beta0"}
PANELS: Final = (("ae",), ("vae", "vae0"))  # the KL switch takes the second map for the first
TITLES: Final = {
    "ae": "Autoencoder",
    "vae": "Variational autoencoder",
    "vae0": "Variational autoencoder",
}


def probe_and_wall(page: str) -> Callable[[], None]:
    """Draw the twins and return what draws the wall of the model that their switch chose."""
    saved = st.session_state.setdefault("twin_state", _linked())
    _write_link(saved)
    try:
        twin_map(_twins(page, _frozen(saved)), key="twin", on_change=_remember)
        payload = _wall(page, saved["kl"])
    except CheckpointError as error:
        message = plain(str(error))
        st.warning(message)
        return lambda: None
    return lambda: wall(payload, key="wall")


@lru_cache(maxsize=8)
def _twins(page: str, state: tuple[Any, ...]) -> bytes:
    models = {name: shipped(file) for name, file in MODELS.items()}
    facts = {
        name: {"title": TITLES[name], "note": section(page, f"note_{name}")} for name in MODELS
    }
    u, kl, picked = state
    return twin_payload(models, facts, PANELS, {"u": list(u), "kl": kl, "picked": picked})


@lru_cache(maxsize=2)
def _wall(page: str, kl: bool) -> bytes:
    model = shipped(MODELS["vae" if kl else "vae0"])
    return wall_payload(model, section(page, "wall_on" if kl else "wall_off"))


def _frozen(state: dict[str, Any]) -> tuple[Any, ...]:
    """Return the state the figure was opened with, as the cache of payloads needs it."""
    frozen: tuple[Any, ...] = link.opened("twin", (tuple(state["u"]), state["kl"], state["picked"]))
    return frozen


def _remember() -> None:
    state = committed("twin")
    saved = dict(st.session_state["twin_state"])
    saved["u"] = state.u or saved["u"]
    saved["kl"] = saved["kl"] if state.kl is None else state.kl
    saved["picked"] = state.picked
    st.session_state["twin_state"] = saved


def _linked() -> dict[str, Any]:
    """Return probe, picked image and switch as the link has them; nonsense is ignored."""
    return {**linked_probe(), "kl": st.query_params.get("kl") != "off"}


def _write_link(state: dict[str, Any]) -> None:
    link.write({**probe_texts(state), "kl": "" if state["kl"] else "off"})

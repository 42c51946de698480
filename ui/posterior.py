"""Chapter 7's real image: its exact posterior on the latent plane, and the evidence as a number."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import streamlit as st

from ui import link
from ui.pad import first_row
from ui.page import caption, plain, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import words
from ui.shipped import builtin_data, shipped
from ui.widgets import pack
from ui.widgets.posterior_map import committed, posterior_map
from vae_core.checkpoints import CheckpointError

MODELS: Final = {"trained": "digits-vae-gaussian-c0.1", "collapsed": "digits-vae-gaussian-c1"}
LEAST: Final = {"trained": -15.777, "collapsed": -63.344}  # log p(x) of no training image is below
RANGE: Final = (0.001, 1.0)  # of c
_PLANE: Final = 4.5  # half the grid's side: no probe lies further out

_State = tuple[tuple[float, ...] | None, float | None, str]  # z, c (None: the model's own), model


def posterior_figure() -> None:
    """Draw the posterior of the image on the page's pad, and what to do with it."""
    with st.container(key="figure_posterior"):
        try:
            saved = st.session_state.setdefault("posterior_state", _linked())
            _write_link(saved)
            payload = _payload(link.opened("posterior", saved))
        except CheckpointError as error:
            st.warning(plain(str(error)))
            return
        posterior_map(payload, key="posterior", on_change=_remember)
    caption("posterior", "posterior")
    try_this("posterior", "try_posterior")


@lru_cache(maxsize=8)
def _payload(state: _State) -> bytes:
    data, first = builtin_data("digits"), first_row(builtin_data("digits"))
    tensors = {"x": grey(data.x_train[[first]], data.levels)}
    models = {}
    for name, file in MODELS.items():
        model = shipped(file)
        tensors |= {f"{name}/{key}": w for key, w in halves(model.weights).items()}
        facts = network_header(model.config)
        models[name] = {"id": model.sha256[:16], **facts, "least": LEAST[name]}
    z, c, name = state
    header = {
        "id": "-".join(facts["id"][:8] for facts in models.values()),
        "dataset": "digits",
        "levels": data.levels,
        "shape": data.image_shape,
        "image": f"image {first}, a {data.classes[data.y_train[first]]}",
        "range": RANGE,
        "models": models,
        "state": {"z": z, "c": c or models[name]["c"], "model": name},
        "words": words("posterior", "posterior_words"),
    }
    return pack(tensors, header)


def _remember() -> None:
    state, (_, c, name) = committed("posterior"), st.session_state["posterior_state"]
    now = (state.z, state.c or c, state.model or name)
    st.session_state["posterior_state"] = _possible(now) or st.session_state["posterior_state"]


def _linked() -> _State:
    """Return the state as the link has it; nonsense is ignored."""
    z, c = link.numbers("posterior_z", 2), link.numbers("posterior_c", 1)
    asked = st.query_params.get("posterior_model", "trained")
    start: _State = (None, None, asked if asked in MODELS else "trained")
    return _possible((tuple(z) if z else None, c[0] if c else None, start[2])) or start


def _possible(state: _State) -> _State | None:
    """Return `state`, rounded as the figure rounds, if it can be shown, else None."""
    z, c, name = state
    inside = z is None or all(abs(value) <= _PLANE for value in z)
    if name not in MODELS or not inside or not (c is None or RANGE[0] <= c <= RANGE[1]):
        return None
    rounded = None if z is None else tuple(round(value, 3) for value in z)
    return rounded, None if c in (None, _own(name)) else float(f"{c:.3g}"), name


def _own(name: str) -> float:
    """Return the c a model was trained with."""
    return shipped(MODELS[name]).config.c


def _write_link(state: _State) -> None:
    z, c, name = state
    values: dict[str, Any] = {"posterior_z": z, "posterior_c": c and [c]}
    link.write({key: link.joined(list(value or [])) for key, value in values.items()})
    link.write({"posterior_model": "" if name == "trained" else name})

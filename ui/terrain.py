"""Chapter 6, deeper: one map of the digits under a layer: steps, nearest images, trips, forces."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.polynomial.hermite_e import hermegauss

from ui import link
from ui.distances import image_distances
from ui.page import caption, plain
from ui.payloads import ELLIPSES, grey, halves, network_header
from ui.prose import section
from ui.shipped import builtin_data, shipped
from ui.widgets import pack
from ui.widgets.terrain import LAYERS, MODELS, committed, terrain
from vae_core.checkpoints import CheckpointError

FILES: Final = dict(
    zip(
        MODELS,
        ("digits-ae", "digits-vae-beta0.1", "digits-vae-beta1", "digits-vae-beta30"),
        strict=True,
    )
)
POINTS: Final = 8  # of the Gauss-Hermite rule, per dimension of the code
_START: Final[dict[str, Any]] = {
    "model": "ae", "layer": "step", "less": False, "z": None, "picked": 0,
}  # fmt: skip


def terrain_figure() -> None:
    """Draw the map, its layers, and what to do with the layer that is shown."""
    saved = st.session_state.setdefault("terrain_state", _linked())
    _write_link(saved)
    opened = link.opened("terrain", tuple(saved.items()))
    with st.container(key="figure_terrain"):
        try:
            terrain(_payload(opened), key="terrain", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("terrain", f"terrain_{saved['layer']}")


@lru_cache(maxsize=16)
def _payload(state: tuple[tuple[str, Any], ...]) -> bytes:
    data, models = builtin_data("digits"), {name: shipped(file) for name, file in FILES.items()}
    points, weights = quadrature(POINTS)
    tensors: dict[str, np.ndarray] = {
        "y": data.y_train.astype(np.uint8),
        "x": grey(data.x_train, data.levels),
        "shown": np.arange(ELLIPSES) * len(data.y_train) // ELLIPSES,
        "points": points,
        "point_weights": weights,
    }
    headers = {}
    for name, model in models.items():
        tensors |= {f"{name}/{weight}": array for weight, array in halves(model.weights).items()}
        tensors[f"{name}/mu"] = model.mu
        if model.config.model == "vae":
            tensors[f"{name}/std"] = model.std
        headers[name] = {
            "id": model.sha256[:16],
            **network_header(model.config),
            "title": section("terrain", f"title_{name}"),
            "m": model.mu.mean(0),
            "A": np.linalg.cholesky(np.cov(model.mu.T)),
        }
    pair, held = image_distances()
    header = {
        "id": "-".join(model.sha256[:8] for model in models.values()),
        "levels": data.levels, "shape": data.image_shape, "classes": data.classes,
        "pair": pair, "held": held, "models": headers, "state": dict(state),
    }  # fmt: skip
    return pack(tensors, header)


def quadrature(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes (points², 2) and weights (points²,) of averages under N(0, I) in the plane.

    Gauss-Hermite in each dimension: exact for polynomials of degree 2 * points - 1.
    """
    nodes, weights = hermegauss(points)
    weights = weights / weights.sum()
    places = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    return places, np.outer(weights, weights).ravel()


def _remember() -> None:
    state = committed("terrain")
    if state.model and state.layer:
        st.session_state["terrain_state"] = {
            "model": state.model,
            "layer": state.layer,
            "less": bool(state.less),
            "z": state.z,
            "picked": state.picked or 0,
        }


def _linked() -> dict[str, Any]:
    """Return what the link says: terrain=beta1.trip.less, terrain_z and terrain_image; nonsense
    counts as not there.
    """
    model, _, rest = st.query_params.get("terrain", "").partition(".")
    layer, _, less = rest.partition(".")
    known = model in MODELS and layer in LAYERS and not (model == "ae" and layer == "forces")
    chosen = {"model": model, "layer": layer, "less": less == "less"} if known else {}
    z = link.numbers("terrain_z", 2)
    row = link.row("terrain_image", len(builtin_data("digits").x_train))
    return {**_START, **chosen, "z": tuple(z) if z else None, "picked": row or 0}


def _write_link(state: dict[str, Any]) -> None:
    view = f"{state['model']}.{state['layer']}{'.less' if state['less'] else ''}"
    link.write({
        "terrain": "" if view == "ae.step" else view,
        "terrain_z": link.joined(state["z"]),
        "terrain_image": str(state["picked"]) if state["picked"] else "",
    })  # fmt: skip

"""What the canvas widgets are sent: weights, codes and images, each as one bytes object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ui.shipped import Shipped
from ui.widgets import pack
from vae_core import RunConfig

GLYPHS = {"shapes": ["●", "■", "▲"]}
ELLIPSES = 40  # posteriors drawn on a map, one per image from the first


def network_header(config: RunConfig) -> dict[str, Any]:
    """Return what the forward pass in the browser needs to know beside the weights."""
    output = "sigmoid" if config.likelihood == "bernoulli" else "identity"
    return {
        "activation": config.activation,
        "output": output,
        "model": config.model,
        "beta": config.beta,
    }


def twin_payload(maps: Mapping[str, Shipped], notes: Mapping[str, str], state: object) -> bytes:
    """Return the payload of `twin_map`: the models by map name ("ae", "vae", "vae0")."""
    any_model = next(iter(maps.values()))
    data = any_model.data
    tensors: dict[str, np.ndarray] = {
        "y": data.y_train.astype(np.uint8),
        "x": grey(data.x_train, data.levels),
    }
    headers = {}
    for name, model in maps.items():
        tensors |= {f"{name}/{weight}": array for weight, array in model.weights.items()}
        tensors[f"{name}/mu"] = model.mu
        frame = {"m": model.mu.mean(0), "A": np.linalg.cholesky(np.cov(model.mu.T))}
        headers[name] = {
            "id": model.sha256[:16], **network_header(model.config), **frame, "note": notes[name],
        }  # fmt: skip
    header = {
        "id": "-".join(model.sha256[:8] for model in maps.values()),
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "maps": headers,
        "state": state,
    }
    return pack(tensors, header)


def wall_payload(model: Shipped, note: str) -> bytes:
    """Return the payload of `wall`: one decoder."""
    decoder = {name: w for name, w in model.weights.items() if name.startswith("decoder.")}
    tensors = {f"model/{name}": array for name, array in decoder.items()}
    shape = model.data.image_shape
    header = {"id": model.sha256[:16], **network_header(model.config), "shape": shape, "note": note}
    return pack(tensors, header)


def map_payload(
    config: RunConfig, content_id: str, weights: Mapping[str, np.ndarray],
    mu: np.ndarray, std: np.ndarray,
    images: Mapping[str, Any], originals: Sequence[int], state: object,
) -> bytes:  # fmt: skip
    """Return the payload of `latent_map`.

    images: x (n, d) uint8, y (n,), image_shape, classes and levels of the images whose codes mu,
    std (n, 2) are; `originals` are the rows whose pixels are sent along.
    """
    rows = np.array([row for row in originals if 0 <= row < len(mu)], np.int32)
    header = {
        "id": content_id,
        **network_header(config),
        "levels": images["levels"],
        "shape": images["image_shape"],
        "classes": images["classes"],
        "glyphs": GLYPHS.get(config.dataset),
        "prior": config.model == "vae" and config.beta > 0,
        "ellipses": ELLIPSES if config.model == "vae" else 0,
        "state": state,
    }
    tensors: dict[str, np.ndarray] = {f"model/{name}": array for name, array in weights.items()}
    tensors |= {"mu": mu, "std": std, "y": images["y"]}
    return pack(tensors | {"originals": images["x"][rows], "originals_index": rows}, header)


def grey(x: np.ndarray, levels: int) -> np.ndarray:
    """Return images (n, d) in [0, 1] as whole grey levels, uint8."""
    return np.asarray(np.rint(x * levels), np.uint8)


def halves(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return shipped weights as float16, half the bytes: that is how they were rounded."""
    narrow = {name: array.astype(np.float16) for name, array in weights.items()}
    exact = all((narrow[name] == array).all() for name, array in weights.items())
    return narrow if exact else dict(weights)

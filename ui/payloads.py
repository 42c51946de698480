"""What the canvas widgets are sent: weights, codes and images, each as one bytes object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ui.shipped import Shipped
from ui.widgets import pack
from vae_core import RunConfig

GLYPHS = {"shapes": ["●", "■", "▲"]}
ELLIPSES = 40  # posteriors drawn on a map at first, one per image
MOST_ELLIPSES = 200  # that a reader can ask for


def network_header(config: RunConfig) -> dict[str, Any]:
    """Return what the forward pass in the browser needs to know beside the weights."""
    output = "sigmoid" if config.likelihood == "bernoulli" else "identity"
    return {
        "activation": config.activation,
        "architecture": config.architecture,
        "output": output,
        "model": config.model,
        "beta": config.beta,
        "likelihood": config.likelihood,
        "c": config.c,
    }


def twin_payload(
    maps: Mapping[str, Shipped], facts: Mapping[str, Mapping[str, object]],
    panels: Sequence[Sequence[str]], state: object, watch: bool = False,
) -> bytes:  # fmt: skip
    """Return the payload of `twin_map`: models by map name, and what else is to be said of each.

    facts: title and note; short, shown, measures where they are wanted. `panels` names the maps
    from left to right, a second name being the map that the KL switch puts there.
    """
    data = next(iter(maps.values())).data
    tensors: dict[str, np.ndarray] = {"y": data.y_train.astype(np.uint8)}
    tensors["x"] = grey(data.x_train, data.levels)
    headers = {}
    for name, model in maps.items():
        tensors |= {f"{name}/{key}": array for key, array in halves(model.weights).items()}
        tensors[f"{name}/mu"] = model.mu
        if "shown" in facts[name]:
            tensors[f"{name}/std"] = model.std
        headers[name] = {
            "id": model.sha256[:16],
            **network_header(model.config),
            "twin": model.config.model,
            "prior": model.config.model == "vae" and model.config.beta > 0,
            "m": model.mu.mean(0),
            "A": np.linalg.cholesky(np.cov(model.mu.T)),
            **facts[name],
        }
    header = {
        "id": "-".join(model.sha256[:8] for model in maps.values()),
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "maps": headers,
        "panels": panels,
        "state": state,
        "watch": watch,
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
    means: Mapping[str, float | int | None], words: Mapping[str, object],
) -> bytes:  # fmt: skip
    """Return the payload of `latent_map`.

    images: x (n, d) uint8, y (n,), image_shape, classes and levels of the images whose codes mu,
    std (n, 2) are; `originals` are the rows whose pixels are sent along; `means` are recon and kl
    (None for an autoencoder) over n images kept aside and their entropy floor, in nats per image.
    """
    rows = np.array([row for row in originals if 0 <= row < len(mu)], np.int32)
    header = {
        "id": content_id,
        **network_header(config),
        "dataset": config.dataset,
        "levels": images["levels"],
        "shape": images["image_shape"],
        "classes": images["classes"],
        "glyphs": GLYPHS.get(config.dataset),
        "prior": config.model == "vae" and config.beta > 0,
        "ellipses": ELLIPSES,
        "most": MOST_ELLIPSES,
        "means": means,
        "words": words,
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

"""A trained network as one Python file that needs torch only. Needs no torch itself."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from vae_core.config import RunConfig

_ACTIVATIONS: Final = {
    "relu": "torch.relu",
    "elu": "nn.functional.elu",
    "tanh": "torch.tanh",
}
_PARTS: Final = ("encoder", "mu", "logvar", "decoder")
_WIDE: Final = 96  # characters on a line

_SOURCE: Final = '''"""A network trained in "Between the Points": one file, it needs torch only.

    python THIS_FILE              decodes z = 0
    python THIS_FILE {example:<12} decodes another z (numbers expected: {k})
In Python: network = load(), then network.encode(x) and network.decode(z).
"""

import base64
import sys
import zlib

import torch
from torch import nn

SETTINGS = {{
{settings}
}}


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
{layers}

    def encode(self, x):
        """x (n, {d}) in [0, 1] -> {encoded}"""
{encode}

    def decode(self, z):
        """z (n, {k}) -> x_hat (n, {d}){decoded}"""
{decode}


def load():
    """Return the network with its trained weights, which stand at the end of this file."""
    network = Autoencoder()
    raw = bytearray(zlib.decompress(base64.b64decode(WEIGHTS)))  # little-endian float32
    nn.utils.vector_to_parameters(torch.frombuffer(raw, dtype=torch.float32), network.parameters())
    return network.requires_grad_(False)


def main():
    z = [float(word) for word in sys.argv[1:]] or [0.0] * {k}
    if len(z) != {k}:
        sys.exit(f"found {{len(z)}} numbers, expected {k}")
    x_hat = load().decode(torch.tensor([z]))[0]
{show}


{data}WEIGHTS = "{weights}"
if __name__ == "__main__":
    main()
'''

_PICTURE: Final = """    rows = (255 * x_hat.clamp(0, 1)).round().int().view({shape}).tolist()
    with open("decoded.pgm", "w") as f:  # 0 is black, 255 is white
        print("P2 {width} {height} 255", *(" ".join(map(str, r)) for r in rows), sep="\\n", file=f)
    print("decoded.pgm: {height} rows of {width} pixels")"""

_COLUMNS: Final = """    for name, low, high, share in zip(NAMES, LOW, HIGH, x_hat.tolist()):
        print(f"{name}: {low + share * (high - low):.6g}")"""


def pytorch_source(
    config: RunConfig, weights: Mapping[str, np.ndarray], image_shape: Sequence[int], name: str,
    table: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Return a Python file, under 80 lines, that is this network: its class, its weights (float32),
    and a command that decodes a z into a picture.

    weights: as `networks.weights_of` names them; image_shape: (rows, columns). With `table`
    ({"names", "low", "high"}, d of each: value = low + x (high - low)) the command prints a row of
    numbers instead. Whatever `name` and the names of columns hold stays text.
    """
    (height, width), k = image_shape, config.latent_dim
    d = height * width
    vae, settings = config.model == "vae", {"name": name, **config.essence()}
    numbers = np.concatenate([weights[key].astype("<f4").ravel() for key in _ordered(weights)])
    parts = {
        "d": str(d), "k": str(k),
        "example": "0.5" if k == 1 else "0.5 -1.2" if k == 2 else "0.5 -1.2 …",
        "settings": _packed(f"{key!a}: {value!a}" for key, value in settings.items()),
        "encoded": f"mu, logvar (n, {k}): z = mu + exp(logvar / 2) * eps" if vae else f"z (n, {k})",
        "decoded": ", a mean" if config.likelihood == "gaussian" else " in [0, 1]",
        "layers": _layers(weights),
        "encode": _encode(config, image_shape),
        "decode": _decode(config, image_shape),
        "show": _COLUMNS if table else
        _PICTURE.format(height=height, width=width, shape=f"{height}, {width}"),
        "data": _units(table) if table else "",
        "weights": base64.b64encode(zlib.compress(numbers.tobytes(), 9)).decode(),
    }  # fmt: skip
    return _SOURCE.format(**parts)


def _ordered(weights: Mapping[str, np.ndarray]) -> list[str]:
    """Return the names of the weights in the order of the class's parameters."""

    def place(name: str) -> tuple[int, int, bool]:
        part, *index = name.split(".")
        layer = int(index[0]) if len(index) == 2 else 0
        return _PARTS.index(part), layer, index[-1] == "bias"

    return sorted(weights, key=place)


def _packed(items: Iterable[str], indent: int = 4) -> str:
    """Return items as the inside of a list or dict, as many on a line as it holds."""
    lines = [""]
    for item in items:
        if lines[-1] and indent + len(lines[-1]) + len(item) + 2 > _WIDE:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{item},"
    return "\n".join(f"{' ' * indent}{line}" for line in lines)


def _layers(weights: Mapping[str, np.ndarray]) -> str:
    """Return the lines that make the class's parameters, in the order of `_ordered`."""
    lines = []
    for part in _PARTS:
        names = [name for name in _ordered(weights) if name.startswith(part)]
        made = [_layer(part, weights[name]) for name in names if name.endswith("weight")]
        if part in ("mu", "logvar"):
            lines += [f"        self.{part} = {layer}" for layer in made]
        elif made:
            listed = _packed(made, indent=12)
            lines += [f"        self.{part} = nn.ModuleList([", listed, "        ])"]
    return "\n".join(lines)


def _layer(part: str, weight: np.ndarray) -> str:
    """Return a layer's constructor; weights are (out, in), a transposed convolution's (in, out)."""
    first, second = weight.shape[:2]
    if weight.ndim == 2:
        return f"nn.Linear({second}, {first})"
    if part == "encoder":
        return f"nn.Conv2d({second}, {first}, 4, 2, 1)"  # kernel, stride, padding
    return f"nn.ConvTranspose2d({first}, {second}, 4, 2, 1)"


def _encode(config: RunConfig, image_shape: Sequence[int]) -> str:
    conv = config.architecture == "conv"
    lines = [f"x = x.view(-1, 1, {image_shape[0]}, {image_shape[1]})"] if conv else []
    if config.hidden:
        activation = _ACTIVATIONS[config.activation]
        lines += ["for layer in self.encoder:", f"    x = {activation}(layer(x))"]
    lines += ["x = x.flatten(1)"] if conv else []
    both = "return self.mu(x), self.logvar(x).clamp(-10, 10)"
    return _indented([*lines, both if config.model == "vae" else "return self.mu(x)"])


def _decode(config: RunConfig, image_shape: Sequence[int]) -> str:
    if not config.hidden:
        return _indented(["return self.decoder[0](z)"])
    act, lines, image = _ACTIVATIONS[config.activation], [], "output(z)"
    if config.architecture == "conv":
        halvings = len(config.hidden)
        sides = ", ".join(str(side >> halvings) for side in image_shape)
        lines += [
            "first, *hidden, output = self.decoder",
            f"z = {act}(first(z)).view(-1, {config.hidden[-1]}, {sides})",
        ]
        image = "output(z).flatten(1)"
    else:
        lines += ["*hidden, output = self.decoder"]
    lines += ["for layer in hidden:", f"    z = {act}(layer(z))"]
    if config.likelihood == "bernoulli":
        image = f"torch.sigmoid({image})"
    return _indented([*lines, f"return {image}"])


def _units(table: Mapping[str, Any]) -> str:
    """Return the columns' names and ranges, one line each."""
    names = [str(name) for name in table["names"]]
    low, high = ([float(end) for end in table[key]] for key in ("low", "high"))
    return f"NAMES = {names!a}\nLOW = {low}\nHIGH = {high}\n"


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"        {line}" for line in lines)

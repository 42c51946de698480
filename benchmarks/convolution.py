"""Is a convolutional network decoded in time, and what does it buy? (chapter 10)

On a bare page, as the widgets decode it: one code after another, 300 of them, after as many to warm
up; percentiles within a round, then the median over rounds. Measured are the default channels, the
most that images of 28 × 28 pixels can have, the most dear network that any images can (see
`vae_core.cost.check_images`) and, beside them, MNIST's dense network. The rate says how many
multiply-adds of the dearest one a millisecond does. Weights are untrained: it makes no difference.

Then both kinds are trained on MNIST as in `mnist`, for 3 epochs with mnist's own settings and with
2 and 16 codes; −ELBO is recon + KL on the images kept aside, the median of three seeds.
"""

from __future__ import annotations

import base64
import time
from itertools import product
from statistics import median

import torch
from playwright.sync_api import Page

from benchmarks.browser import browser, new_page
from benchmarks.mnist import folder
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import ROOT
from ui.payloads import network_header
from ui.widgets import pack
from vae_core import RunConfig, load_dataset
from vae_core.cost import decoding, weights_in
from vae_core.networks import Autoencoder, weights_of
from vae_core.training import train

QUESTION = "Is a convolutional network decoded in time, and what does it buy? (chapter 10)"
SEEDS, EPOCHS = range(3), 3
ROUNDS = 5
NETWORKS = {  # sides of the image, settings
    "dense, 256 and 128 units, 28 × 28": (28, {}),
    "16 and 32 channels, 28 × 28": (28, {"architecture": "conv"}),
    "64 and 64 channels, 28 × 28": (28, {"architecture": "conv", "hidden": (64, 64)}),
    "16, 32 and 49 channels, 64 × 64": (64, {"architecture": "conv", "hidden": (16, 32, 49)}),
}
READ = """(content) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const { header, tensors } = readPayload(bytes);
  window.network = new Network(tensors, "model/", header);
}"""
DECODE = """() => Array.from({ length: 300 }, (_, i) => {
  const z = [Math.sin(i), Math.cos(2 * i)], begun = performance.now();
  network.glance(z);
  return performance.now() - begun;
})"""


def measure() -> list[Figure]:
    """Decode with each network, then train both kinds."""
    return [*in_time(), *bought()]


def in_time() -> list[Figure]:
    """How long decoding takes."""
    with browser() as opened:
        page = new_page(opened)
        for part in ("payload", "network"):
            page.add_script_tag(path=ROOT / "ui" / "widgets" / "shared" / f"{part}.js")
        rounds = {name: timed(page, *network) for name, network in NETWORKS.items()}
    figures = []
    for name, times in rounds.items():
        half = f"p50 {rounded(over_rounds(times, 0.5))} ms"
        note = f"{half}; {spread([percentile(each, 0.95) for each in times])}"
        late = over_rounds(times, 0.95)
        figures.append(Figure(f"{name}: p95", late, "ms", at_most=4, note=note))
    side, settings = NETWORKS[name]
    work = decoding(RunConfig(dataset="mnist", **settings), side * side)
    rate = work / 1e6 / over_rounds(times, 0.5)
    note = f"{work / 1e6:.2f} million decode an image"
    return [*figures, Figure("the last of them", rate, "million multiply-adds / ms", note=note)]


def bought() -> list[Figure]:
    """How good they become, how many weights they have and how long they take."""
    data = load_dataset("mnist", folder())
    figures = []
    for latent_dim, architecture in product((2, 16), ("dense", "conv")):
        scores, seconds = [], []
        for seed in SEEDS:
            config = RunConfig(
                dataset="mnist", epochs=EPOCHS, seed=seed, latent_dim=latent_dim,
                architecture=architecture,
            )  # fmt: skip
            begun = time.perf_counter()
            *_, last = train(config, data)
            seconds.append((time.perf_counter() - begun) / EPOCHS)
            assert last.val_kl is not None
            scores.append(last.val_recon + last.val_kl)
        name = f"{architecture}, {latent_dim} codes: −ELBO"
        note = f"{spread(scores)}; {weights_in(config, data.image_shape)} weights"
        note += f", {rounded(median(seconds))} s an epoch"
        figures.append(Figure(name, median(scores), "nats", note=note))
    return figures


def timed(page: Page, side: int, settings: dict[str, object]) -> list[list[float]]:
    """How long each decoding took, in ms, round by round."""
    config = RunConfig(dataset="mnist", **settings)  # type: ignore[arg-type]
    network = Autoencoder(config, (side, side)).initialise(torch.Generator().manual_seed(0))
    tensors = {f"model/{name}": array for name, array in weights_of(network).items()}
    header = {**network_header(config), "shape": [side, side]}
    page.evaluate(READ, base64.b64encode(pack(tensors, header)).decode())
    page.evaluate(DECODE)
    return [page.evaluate(DECODE) for _ in range(ROUNDS)]

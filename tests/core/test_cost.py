"""What a run costs, against torch's own counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from vae_core import RunConfig
from vae_core.cost import decoding, weights_in, work, work_per_image
from vae_core.networks import Autoencoder

NETWORKS: list[tuple[tuple[int, int], dict[str, Any]]] = [
    ((8, 8), {}),
    ((8, 8), {"model": "linear", "latent_dim": 7}),
    ((1, 13), {"model": "ae", "hidden": (5, 4, 3)}),
    ((8, 8), {"architecture": "conv"}),
    ((28, 28), {"architecture": "conv", "hidden": (64, 32), "latent_dim": 32}),
    ((16, 32), {"architecture": "conv", "hidden": (2, 3, 5, 7), "model": "ae"}),
]


@pytest.mark.parametrize("shape, settings", NETWORKS, ids=str)
def test_weights_and_multiply_adds_are_torchs(
    shape: tuple[int, int], settings: dict[str, Any]
) -> None:
    config = RunConfig(**settings)
    network = Autoencoder(config, shape).initialise(torch.Generator())
    assert weights_in(config, shape) == sum(p.numel() for p in network.parameters())
    x, n = torch.zeros(3, shape[0] * shape[1]), 3
    with FlopCounterMode(display=False) as both, torch.no_grad():
        mu, _ = network.encode(x)
        with FlopCounterMode(display=False) as decoder:
            network.decode(mu)
    assert work_per_image(config, shape) == both.get_total_flops() / 2 / n
    assert decoding(config, shape[0] * shape[1]) == decoder.get_total_flops() / 2 / n


def test_a_run_costs_its_epochs_times_steps_and_images() -> None:
    config = RunConfig(hidden=(10,), epochs=7, batch_size=64)
    weights = 64 * 10 + 10 + 2 * (10 * 2 + 2) + 2 * 10 + 10 + 10 * 64 + 64
    step, image = 20e6 + 50 * weights, 3 * (64 * 10 + 2 * 10 * 2 + 2 * 10 + 10 * 64)
    assert work(config, (8, 8), 130) == 7 * (3 * step + 130 * image)  # 64 + 64 + 2 images
    linear = RunConfig(model="linear", epochs=2)
    assert work(linear, (8, 8), 130) == pytest.approx(work(linear, (8, 8), 1), rel=0.01)


def test_convolutions_count_three_times_and_small_batches_cost_more() -> None:
    def cost(**settings: Any) -> float:
        return work(RunConfig(dataset="mnist", **settings), (28, 28), 9000)

    assert cost(batch_size=16) > 1.5 * cost() > 1.5 * cost(batch_size=1024)
    conv, shape = RunConfig(dataset="mnist", architecture="conv"), (28, 28)
    more = cost(architecture="conv", batch_size=9000) / (15 * 9000)
    assert more == pytest.approx(9 * work_per_image(conv, shape), rel=0.01)

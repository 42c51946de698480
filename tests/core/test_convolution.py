"""Convolutions: what they compute, how they start, what they accept, and that they come back."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.core import oracles
from vae_core import ConfigError, RunConfig, load_dataset
from vae_core.__main__ import main
from vae_core.checkpoints import (
    CheckpointError,
    checkpoint_bytes,
    load_checkpoint,
    load_family,
    pixels,
    save_checkpoint,
)
from vae_core.networks import Autoencoder, weights_of
from vae_core.objectives import likelihood_mean
from vae_core.rate_family import train_family
from vae_core.regularity import measures
from vae_core.training import encode, initial_snapshot, losses_at_mean, train

DATA = oracles.toy_dataset(side=8)


def small(**changes: Any) -> RunConfig:
    return oracles.small_config(architecture="conv", **{"hidden": (3, 5), **changes})


def fresh(config: RunConfig, shape: tuple[int, int], seed: int = 0) -> Autoencoder:
    return Autoencoder(config, shape).initialise(torch.Generator().manual_seed(seed))


def halved(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A convolution of one image (in, h, w), kernel 4, stride 2, edge 1, from its definition."""
    channels, h, w = x.shape
    framed = np.zeros((channels, h + 2, w + 2))
    framed[:, 1:-1, 1:-1] = x
    y = np.zeros((len(weight), h // 2, w // 2))
    for i, j in np.ndindex(h // 2, w // 2):
        seen = framed[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4]
        y[:, i, j] = bias + (weight * seen).sum((1, 2, 3))
    return y


def doubled(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Its transpose: every input paints a 4 by 4 patch two pixels from its neighbour's."""
    _, h, w = x.shape
    canvas = np.zeros((weight.shape[1], 2 * h + 2, 2 * w + 2))
    for i, j in np.ndindex(h, w):
        painted = np.einsum("c,cokl->okl", x[:, i, j], weight)
        canvas[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += painted
    return canvas[:, 1:-1, 1:-1] + bias[:, None, None]


def test_the_forward_pass_is_that_of_plain_numpy() -> None:
    config = small(activation="relu", latent_dim=3)
    network = fresh(config, (8, 12))
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=random)
        x, z = torch.rand(4, 96, generator=random), torch.randn(4, 3, generator=random)
        mu, logvar = network.encode(x)
        output = network.decode(z)
    w = {name: array.astype(np.float64) for name, array in weights_of(network).items()}

    def part(name: str) -> tuple[np.ndarray, np.ndarray]:
        return w[f"{name}.weight"], w[f"{name}.bias"]

    assert logvar is not None
    assert output.shape == (4, 96)
    for row in range(4):
        h = x[row].double().numpy().reshape(1, 8, 12)
        for i in range(2):
            h = np.maximum(halved(h, *part(f"encoder.{i}")), 0)
        for head, found in (("mu", mu), ("logvar", logvar)):
            weight, bias = part(head)
            np.testing.assert_allclose(found[row], weight @ h.ravel() + bias, atol=1e-5)
        weight, bias = part("decoder.0")
        h = np.maximum(weight @ z[row].double().numpy() + bias, 0).reshape(5, 2, 3)
        h = np.maximum(doubled(h, *part("decoder.1")), 0)
        np.testing.assert_allclose(output[row], doubled(h, *part("decoder.2")).ravel(), atol=1e-5)


def test_weights_have_torchs_names_and_shapes() -> None:
    found = {n: a.shape for n, a in weights_of(fresh(small(latent_dim=7), (8, 12))).items()}
    expected = {
        "encoder.0.weight": (3, 1, 4, 4), "encoder.0.bias": (3,),
        "encoder.1.weight": (5, 3, 4, 4), "encoder.1.bias": (5,),
        "mu.weight": (7, 30), "mu.bias": (7,), "logvar.weight": (7, 30), "logvar.bias": (7,),
        "decoder.0.weight": (30, 7), "decoder.0.bias": (30,),
        "decoder.1.weight": (5, 3, 4, 4), "decoder.1.bias": (3,),
        "decoder.2.weight": (3, 1, 4, 4), "decoder.2.bias": (1,),
    }  # fmt: skip
    assert found == expected


def test_layers_start_with_he_by_the_numbers_each_output_is_a_sum_of() -> None:
    weights = weights_of(fresh(small(hidden=(60, 64)), (16, 16)))
    inputs = {  # a transposed convolution's output meets 2 x 2 of its 4 x 4 weights
        "encoder.0": 16, "encoder.1": 16 * 60, "decoder.0": 2, "decoder.1": 4 * 64,
        "mu": 64 * 16, "logvar": 64 * 16, "decoder.2": 4 * 60,
    }  # fmt: skip
    for layer, count in inputs.items():
        hidden = layer.startswith("encoder") or layer in ("decoder.0", "decoder.1")
        bound = math.sqrt((6 if hidden else 1) / count)
        found = np.abs(weights[f"{layer}.weight"]).max()
        assert 0.97 * bound < found <= bound, layer
        assert not weights[f"{layer}.bias"].any()


def test_twins_share_every_weight_they_have_in_common() -> None:
    ae, vae = (initial_snapshot(small(model=m, seed=3), DATA).weights for m in ("ae", "vae"))
    assert set(vae) - set(ae) == {"logvar.weight", "logvar.bias"}
    assert all(np.array_equal(vae[name], array) for name, array in ae.items())


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_first_thing_drawn_has_the_mean_grey(likelihood: str) -> None:
    config = small(likelihood=likelihood)
    bias = initial_snapshot(config, DATA).weights["decoder.2.bias"]
    grey = likelihood_mean(torch.from_numpy(bias), config).item()
    expected = DATA.x_train.mean() if likelihood == "gaussian" else 1 / (
        1 + np.exp(-np.log(DATA.x_train.mean(0) / (1 - DATA.x_train.mean(0))).mean())
    )  # fmt: skip
    assert grey == pytest.approx(expected, rel=1e-5)


# --- trained, saved, measured


def test_a_trained_network_comes_back_bit_for_bit_and_is_measured(tmp_path: Path) -> None:
    config = small(hidden=(8, 8), epochs=30, lr=5e-3)
    first, *_, last = train(config, DATA)
    assert last.val_recon < first.val_recon - 1
    path = tmp_path / "network.safetensors"
    save_checkpoint(path, last.weights, config)
    found = load_checkpoint(path)
    assert found.config == config
    assert pixels(found.config, found.weights) == 64
    mu, std = encode(found.config, found.weights, DATA.x_train, DATA.image_shape)
    np.testing.assert_array_equal(mu, last.mu)
    np.testing.assert_array_equal(std, last.std)
    measured = measures(found.config, found.weights, DATA)
    assert measured.val_recon == pytest.approx(last.val_recon, rel=1e-5)
    losses = losses_at_mean(config, last.weights, DATA.x_val, DATA.image_shape)
    assert losses.shape == (20,)


@pytest.mark.parametrize("name", ["encoder.1.weight", "mu.weight", "decoder.0.bias",
                                  "decoder.1.weight", "decoder.2.bias"])  # fmt: skip
def test_weights_that_do_not_fit_are_named_in_a_sentence(name: str, tmp_path: Path) -> None:
    weights, path = initial_snapshot(small(), DATA).weights, tmp_path / "x.safetensors"
    for shape in ((2,), (5, 3, 4, 5), (*weights[name].shape[:-1], 99)):
        path.write_bytes(checkpoint_bytes({**weights, name: np.zeros(shape, "f4")}, small()))
        with pytest.raises(CheckpointError, match="does not hold the network it describes"):
            load_checkpoint(path)


def test_the_command_line_trains_saves_and_evaluates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "conv.safetensors"
    settings = ["--architecture", "conv", "--hidden", "4-4", "--epochs", "1", "--save", str(path)]
    assert main(["train", "--dataset", "digits", *settings]) == 0
    trained = json.loads(capsys.readouterr().out)
    assert main(["evaluate", str(path)]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["val_recon"] == pytest.approx(trained["val_recon"], rel=1e-5)


def test_a_network_for_other_images_is_told_before_it_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, config = tmp_path / "conv.safetensors", RunConfig(architecture="conv", hidden=(4,))
    path.write_bytes(checkpoint_bytes(weights_of(fresh(config, (28, 28))), config))
    assert main(["evaluate", str(path)]) == 2
    assert "decodes 784 pixels, but the images have 64" in capsys.readouterr().err


# --- refused


@pytest.mark.parametrize(
    "shape, hidden, divisor",
    [((28, 28), (1, 1, 1), 8), ((8, 6), (1, 1), 4), ((1, 64), (1,), 2), (64, (1,), 2),
     ((5, 5), (1,), 2)],
    ids=str,
)  # fmt: skip
def test_images_that_cannot_be_halved_are_answered_in_a_sentence(
    shape: Any, hidden: tuple[int, ...], divisor: int
) -> None:
    with pytest.raises(ConfigError) as caught:
        Autoencoder(small(hidden=hidden), shape)
    message = str(caught.value)
    assert message.startswith("architecture: found 'conv'")
    assert f"expected both sides divisible by {divisor}" in message
    assert "dense" in message
    assert message.isprintable()


def test_more_channels_than_a_page_can_decode_in_time_are_refused() -> None:
    Autoencoder(small(hidden=(64, 64)), (28, 28))  # the widest that 28 x 28 pixels can have
    with pytest.raises(ConfigError, match=r"hidden: found .* at most 4 million .* need 5\.0"):
        Autoencoder(small(hidden=(32, 64)), (48, 48))


def test_a_batch_that_does_not_fit_into_memory_is_refused() -> None:
    numbers = 2 * (784 + 16 * 196 + 32 * 49)  # of the layers, for one image, there and back
    most = 40_000_000 // numbers
    Autoencoder(small(hidden=(16, 32), batch_size=most), (28, 28))
    with pytest.raises(ConfigError, match=f"batch_size: found .* expected at most {most} for"):
        Autoencoder(small(hidden=(16, 32), batch_size=most + 1), (28, 28))


def test_a_network_for_every_beta_is_dense(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="architecture: found 'conv', expected 'dense'"):
        train_family(small(), (0.1, 1), DATA)
    path, ranges = tmp_path / "family.safetensors", {"trained": [0.1, 1], "shown": [0.1, 1]}
    path.write_bytes(checkpoint_bytes(weights_of(fresh(small(), (8, 8))), small(), family=ranges))
    with pytest.raises(CheckpointError, match="architecture is conv, expected dense"):
        load_family(path)


def test_digits_are_eight_by_eight() -> None:
    assert load_dataset("digits").image_shape == (8, 8)
    Autoencoder(RunConfig(architecture="conv"), (8, 8))

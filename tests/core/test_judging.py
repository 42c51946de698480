"""Networks are judged some images at a time: the same figures, a stop obeyed, one loss an image."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_core import Dataset, RunConfig, training
from vae_core.networks import Autoencoder
from vae_core.objectives import terms
from vae_core.training import StoppedError, initial_snapshot, losses_at_mean, train, validate

MODELS = ("vae", "ae", "linear")


def config_of(dataset: str, model: str) -> RunConfig:
    hidden = () if model == "linear" else (8,)
    return RunConfig(dataset=dataset, model=model, hidden=hidden, epochs=1, latent_dim=3, beta=2)


@torch.no_grad()
def at_once(
    network: Autoencoder, x: np.ndarray, config: RunConfig, draws: int
) -> tuple[float, float | None]:
    """Judge all images in one pass of the network."""
    generator, pixels = torch.Generator().manual_seed(0), torch.from_numpy(x)
    mu, logvar = network.encode(pixels)
    found = []
    for _ in range(draws):
        output = network.decode(network.reparameterize(mu, logvar, generator))
        found.append(terms(output, pixels, mu, logvar, config))
    recon = sum(each.recon.item() for each in found) / draws
    return recon, None if logvar is None else found[0].kl.item()  # type: ignore[union-attr]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_small_sets_are_judged_as_in_one_pass_bit_for_bit(
    name: str, model: str, request: pytest.FixtureRequest
) -> None:
    data: Dataset = request.getfixturevalue(name)
    config = config_of(name, model)
    *_, last = train(config, data)
    network = Autoencoder(config, data.image_shape).load(last.weights)
    expected = at_once(network, data.x_val, config, 8 if model == "vae" else 1)
    assert validate(config, last.weights, data) == expected
    if model == "vae":
        assert (last.val_recon, last.val_kl) == expected
        first = initial_snapshot(config, data)
        network = Autoencoder(config, data.image_shape).load(first.weights)
        assert (first.recon, first.kl) == at_once(network, data.x_train, config, 1)


@pytest.mark.parametrize("model", MODELS)
def test_in_parts_the_draws_and_the_figures_are_the_same(
    model: str, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of("digits", model)
    *_, last = train(config, digits)
    whole = (*validate(config, last.weights, digits), last.mu, last.std)
    monkeypatch.setattr(training, "_AT_ONCE", 40)  # seven parts and a rest
    found = dataclasses.replace(last)  # has not encoded yet
    parts = (*validate(config, last.weights, digits), found.mu, found.std)
    for part, expected in zip(parts, whole, strict=True):
        if expected is None:
            assert part is None
        else:
            np.testing.assert_allclose(part, expected, rtol=1e-5, atol=1e-6)


def test_a_stop_is_obeyed_between_two_parts(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_AT_ONCE", 100)
    config = config_of("digits", "vae")
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > limit

    limit = 12 + 2 + 3  # before each step, twice while encoding, and on while decoding
    assert list(train(config, digits, stop)) == []
    assert asked == limit + 1
    asked, limit = 0, 5
    with pytest.raises(StoppedError):
        initial_snapshot(config, digits, stop)
    assert asked == 6
    monkeypatch.setattr(training, "_AT_ONCE", 2048)
    asked, limit = 0, 12
    assert [snapshot.epoch for snapshot in train(config, digits, stop)] == [1]  # all in one part
    asked, limit = 0, 10**6
    assert [snapshot.epoch for snapshot in train(config, digits, stop)] == [1]


@pytest.mark.parametrize(
    ("model", "likelihood"), [("vae", "bernoulli"), ("vae", "gaussian"), ("ae", "bernoulli"),
                              ("ae", "gaussian"), ("linear", "gaussian")]
)  # fmt: skip
def test_the_loss_of_an_image_at_its_mean_code_is_plain_arithmetic(
    model: str, likelihood: str, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In numpy from the weights, in double precision; the KL term from torch's distributions."""
    config = dataclasses.replace(config_of("digits", model), likelihood=likelihood, c=0.2)
    *_, last = train(config, digits)
    monkeypatch.setattr(training, "_AT_ONCE", 100)
    found = losses_at_mean(config, last.weights, digits.x_val)
    assert found.shape == (297,)
    weights = {name: value.astype(np.float64) for name, value in last.weights.items()}

    def layer(name: str, x: np.ndarray) -> np.ndarray:
        return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])

    def elu(x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    x = digits.x_val.astype(np.float64)
    h = x if model == "linear" else elu(layer("encoder.0", x))
    mu = layer("mu", h)
    output = layer("decoder.0", mu)
    if model != "linear":
        output = layer("decoder.1", elu(output))
    if likelihood == "gaussian":
        expected = ((output - x) ** 2 / 0.4 + 0.5 * np.log(2 * np.pi * 0.2)).sum(1)
    else:
        expected = (np.logaddexp(0, output) - x * output).sum(1)
    if model == "vae":
        std = np.exp(0.5 * np.clip(layer("logvar", h), -10, 10))
        q = Normal(torch.from_numpy(mu), torch.from_numpy(std))
        expected = expected + 2 * kl_divergence(q, Normal(0.0, 1.0)).sum(1).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

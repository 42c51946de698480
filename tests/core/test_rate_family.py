"""One network for every β: what it computes, what it minimises, and what it folds into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.core import oracles
from vae_core import ConfigError, RunConfig
from vae_core.checkpoints import (
    CheckpointError,
    Family,
    checkpoint_bytes,
    load_checkpoint,
    load_family,
    save_checkpoint,
)
from vae_core.networks import Autoencoder, weights_of
from vae_core.objectives import kl_to_prior, loss_per_rate, negative_log_likelihood
from vae_core.rate_family import RateFamily, fold, scaled, train_family
from vae_core.training import train, validate

Weights = dict[str, np.ndarray]
TRAINED, SHOWN = (0.1, 8.0), (0.2, 4.0)
CONFIG = oracles.small_config(batch_size=16, schedule="cosine")
DATA = oracles.toy_dataset()
LAYERS = ["encoder.0", "encoder.1", "mu", "logvar", "decoder.0", "decoder.1", "decoder.2"]


@pytest.fixture(scope="module")
def weights() -> Weights:
    """A family after three epochs, its film large enough to matter everywhere."""
    random = np.random.default_rng(0)
    found = train_family(CONFIG, TRAINED, DATA)
    for layer in LAYERS:
        film = found[f"{layer}.film"]
        film += random.normal(0, 0.7, film.shape).astype(np.float32)
    return found


def eta_of(beta: float) -> float:
    """log β on a scale from -1 to 1, by interpolation between the ends."""
    return float(np.interp(np.log(beta), np.log(TRAINED), [-1, 1]))


def filmed(weights: Weights, layer: str, h: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """One layer, unit by unit: a gate 2σ(aη + b) on W h, then bias + cη + dη²."""
    w = weights[f"{layer}.weight"].astype(np.float64)
    bias, film = (weights[f"{layer}.{part}"].astype(np.float64) for part in ("bias", "film"))
    out = np.empty((len(h), len(w)))
    for i, e in enumerate(eta):
        for j in range(len(w)):
            a, b, c, d = film[:, j]
            out[i, j] = 2 / (1 + np.exp(-a * e - b)) * (w[j] @ h[i]) + bias[j] + c * e + d * e * e
    return out


def encoded(weights: Weights, x: np.ndarray, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    h = x.astype(np.float64)
    for layer in ("encoder.0", "encoder.1"):
        h = elu(filmed(weights, layer, h, eta))
    logvar = np.clip(filmed(weights, "logvar", h, eta), -10, 10)
    return filmed(weights, "mu", h, eta), logvar


def decoded(weights: Weights, z: np.ndarray, eta: np.ndarray) -> np.ndarray:
    h = z.astype(np.float64)
    for layer in ("decoder.0", "decoder.1"):
        h = elu(filmed(weights, layer, h, eta))
    return filmed(weights, "decoder.2", h, eta)


def elu(h: np.ndarray) -> np.ndarray:
    return np.where(h > 0, h, np.exp(np.minimum(h, 0)) - 1)


# --- the forward pass


def test_each_example_passes_through_the_gates_of_its_own_beta(weights: Weights) -> None:
    x = DATA.x_val
    eta = np.linspace(-1, 1, len(x))
    family = RateFamily(CONFIG, x.shape[1]).load(weights)
    assert isinstance(family, RateFamily)
    with torch.no_grad():
        family.at(torch.from_numpy(eta.astype(np.float32))[:, None])
        mu, logvar = family.encode(torch.from_numpy(x))
        output = family.decode(mu)
    assert logvar is not None
    expected_mu, expected_logvar = encoded(weights, x, eta)
    np.testing.assert_allclose(mu, expected_mu, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logvar, expected_logvar, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(output, decoded(weights, mu.numpy(), eta), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("beta", [0.1, 0.25, 1.0, 4.0, 8.0])
def test_a_fold_is_an_ordinary_vae_that_computes_what_the_family_does(
    beta: float, weights: Weights
) -> None:
    folded, x = fold(weights, beta, TRAINED), DATA.x_val
    assert list(folded) == list(Autoencoder(CONFIG, x.shape[1]).state_dict())
    assert {array.dtype for array in folded.values()} == {np.dtype(np.float32)}
    network = Autoencoder(CONFIG, x.shape[1]).load(folded)
    eta = np.full(len(x), eta_of(beta))
    with torch.no_grad():
        mu, logvar = network.encode(torch.from_numpy(x))
        output = network.decode(mu)
    assert logvar is not None
    expected_mu, expected_logvar = encoded(weights, x, eta)
    np.testing.assert_allclose(mu, expected_mu, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logvar, expected_logvar, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(output, decoded(weights, mu.numpy(), eta), rtol=1e-4, atol=1e-5)


def test_a_fold_leaves_the_family_as_it_was(weights: Weights) -> None:
    before = {name: array.copy() for name, array in weights.items()}
    fold(weights, 1.0, TRAINED)
    for name, array in before.items():
        np.testing.assert_array_equal(weights[name], array)


def test_before_training_a_family_is_the_ordinary_vae_of_its_seed_at_every_beta() -> None:
    d = DATA.x_train.shape[1]
    ordinary = weights_of(Autoencoder(CONFIG, d).initialise(torch.Generator().manual_seed(5)))
    family = weights_of(RateFamily(CONFIG, d).initialise(torch.Generator().manual_seed(5)))
    for beta in (0.1, 1.0, 8.0):
        for name, array in fold(family, beta, TRAINED).items():
            np.testing.assert_array_equal(array, ordinary[name])


@given(beta=st.floats(0.1, 8.0))
def test_log_beta_is_scaled_to_run_from_minus_one_to_one(beta: float) -> None:
    assert scaled(beta, TRAINED) == pytest.approx(eta_of(beta), abs=1e-12)
    assert scaled(TRAINED[0], TRAINED) == pytest.approx(-1)
    assert scaled(TRAINED[1], TRAINED) == pytest.approx(1)


# --- what is minimised


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_loss_is_the_mean_over_examples_each_with_its_own_beta(likelihood: str) -> None:
    config = oracles.small_config(likelihood=likelihood)
    random = np.random.default_rng(1)
    x = DATA.x_val.astype(np.float64)
    mu, logvar = random.normal(size=(2, len(x), 2))
    output, beta = random.normal(size=x.shape), np.exp(random.uniform(-3, 3, len(x)))
    total = 0.0
    for i in range(len(x)):
        one = slice(i, i + 1)
        recon = oracles.nll(config, output[one], x[one])[0]
        total += recon + beta[i] * oracles.kl(mu[one], logvar[one])[0]
    tensors = (torch.from_numpy(array) for array in (output, x, mu, logvar, beta))
    found = loss_per_rate(*tensors, config)
    assert found.item() == pytest.approx(total / len(x), rel=1e-9)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_gradient_of_film_agrees_with_finite_differences(layer: str, weights: Weights) -> None:
    family = RateFamily(CONFIG, DATA.x_val.shape[1]).load(weights).double()
    assert isinstance(family, RateFamily)
    x = torch.from_numpy(DATA.x_val.astype(np.float64))
    eta = torch.linspace(-1, 1, len(x), dtype=torch.float64)[:, None]
    beta, eps = torch.exp(eta)[:, 0], torch.linspace(-2, 2, 2 * len(x)).reshape(-1, 2).double()

    def loss() -> torch.Tensor:
        mu, logvar = family.at(eta).encode(x)
        assert logvar is not None
        output = family.decode(mu + torch.exp(0.5 * logvar) * eps)
        return loss_per_rate(output, x, mu, logvar, beta, CONFIG)

    loss().backward()  # type: ignore[no-untyped-call]
    film = dict(family.named_parameters())[f"{layer}.film"]
    assert film.grad is not None
    differences, step = np.empty(film.shape), 1e-6
    with torch.no_grad():
        for place in np.ndindex(*film.shape):
            ends = []
            for sign in (1, -2):
                film[place] += sign * step
                ends.append(loss().item())
            film[place] += step
            differences[place] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(film.grad, differences, rtol=1e-5, atol=1e-7)
    assert np.abs(differences).max() > 1e-3


def test_the_film_rows_have_the_roles_they_are_said_to_have(weights: Weights) -> None:
    """a tilts the gate, b sets it, c and d bend the bias: read off from folds at η = -1, 0, 1."""
    low, middle, high = (fold(weights, b, TRAINED) for b in (0.1, float(np.sqrt(0.8)), 8.0))
    for layer in LAYERS:
        a, b, c, d = weights[f"{layer}.film"].astype(np.float64)
        w = weights[f"{layer}.weight"].astype(np.float64)
        gates = [(f[f"{layer}.weight"] / w)[:, 0] / 2 for f in (low, middle, high)]
        logits = [np.log(g / (1 - g)) for g in gates]
        np.testing.assert_allclose(logits[1], b, atol=1e-4)
        np.testing.assert_allclose((logits[2] - logits[0]) / 2, a, atol=1e-4)
        biases = [f[f"{layer}.bias"] for f in (low, middle, high)]
        np.testing.assert_allclose((biases[2] - biases[0]) / 2, c, atol=1e-5)
        np.testing.assert_allclose((biases[2] + biases[0]) / 2 - biases[1], d, atol=1e-5)


# --- training


def test_the_same_seed_gives_the_same_bits_and_another_does_not(weights: Weights) -> None:
    first, again = (train_family(CONFIG, TRAINED, DATA) for _ in range(2))
    assert first.keys() == again.keys() == weights.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
    other = train_family(oracles.small_config(seed=1), TRAINED, DATA)
    assert not np.array_equal(other["encoder.0.weight"], first["encoder.0.weight"])


def test_training_leaves_the_global_generators_alone_and_ignores_them() -> None:
    first = train_family(CONFIG, TRAINED, DATA)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = train_family(CONFIG, TRAINED, DATA)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(again["mu.film"], first["mu.film"])


def test_the_beta_of_the_configuration_is_idle() -> None:
    first = train_family(CONFIG, TRAINED, DATA)
    other = train_family(oracles.small_config(beta=7.0, schedule="cosine"), TRAINED, DATA)
    np.testing.assert_array_equal(other["decoder.2.weight"], first["decoder.2.weight"])


@pytest.fixture(scope="module")
def longer() -> tuple[RunConfig, Weights]:
    config = oracles.small_config(epochs=300, hidden=(16, 8), schedule="cosine")
    return config, train_family(config, TRAINED, DATA)


def test_kl_falls_and_recon_rises_along_beta(longer: tuple[RunConfig, Weights]) -> None:
    config, weights = longer
    losses = [validate(config, fold(weights, b, TRAINED), DATA) for b in (0.2, 0.8, 3.0)]
    for (recon, kl), (recon_next, kl_next) in pairwise(losses):
        assert kl is not None
        assert kl_next is not None
        assert kl_next < kl - 0.1
        assert recon_next > recon


def test_each_fold_does_better_at_its_own_beta_than_its_neighbours(
    longer: tuple[RunConfig, Weights],
) -> None:
    """On the images it was trained on, without which there would be nothing to fold."""
    config, weights = longer
    betas, x = (0.2, 0.8, 3.0), torch.from_numpy(DATA.x_train)
    losses = []
    for beta in betas:
        network = Autoencoder(config, x.shape[1]).load(fold(weights, beta, TRAINED))
        draws = torch.Generator().manual_seed(0)
        with torch.no_grad():
            mu, logvar = network.encode(x)
            assert logvar is not None
            recons = [
                negative_log_likelihood(
                    network.decode(network.reparameterize(mu, logvar, draws)), x, config
                ).mean()
                for _ in range(50)
            ]
            recon, kl = torch.stack(recons).mean(), kl_to_prior(mu, logvar).mean()
        losses.append([(recon + other * kl).item() for other in betas])
    for column in range(len(betas)):
        assert int(np.argmin([row[column] for row in losses])) == column


def test_validate_says_what_the_last_snapshot_of_a_run_said() -> None:
    *_, last = train(CONFIG, DATA)
    assert validate(CONFIG, last.weights, DATA) == (last.val_recon, last.val_kl)


# --- ranges


BAD_RANGES = [
    (0, 1), (-1, 1), (1, 1), (2, 1), (0.1, 101), (float("nan"), 1), (0.1, float("inf")),
    (0.1,), (0.1, 1, 2), ("0.1", 1), (True, 2), None, 3, "ab", {},
]  # fmt: skip


@pytest.mark.parametrize("trained", BAD_RANGES, ids=str)
def test_a_range_that_is_none_is_named(trained: Any, weights: Weights) -> None:
    for call in (
        lambda: train_family(CONFIG, trained, DATA),
        lambda: fold(weights, 1.0, trained),
        lambda: scaled(1.0, trained),
    ):
        with pytest.raises(ConfigError, match=r"trained: found .* expected two β") as caught:
            call()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("beta", [0.0, 0.0999, 8.001, -1.0, float("nan"), float("inf")])
def test_a_beta_outside_the_range_is_refused(beta: float, weights: Weights) -> None:
    with pytest.raises(ConfigError, match=r"beta: found .* expected 0\.1 to 8"):
        fold(weights, beta, TRAINED)


@pytest.mark.parametrize("model", ["ae", "linear"])
def test_a_model_without_a_kl_term_has_no_family(model: str) -> None:
    with pytest.raises(ConfigError, match=f"model: found '{model}', expected 'vae'"):
        train_family(oracles.small_config(model=model), TRAINED, DATA)


# --- files


RANGES = {"trained": TRAINED, "shown": SHOWN}


def content_of(weights: Weights, config: RunConfig = CONFIG, **metadata: Any) -> bytes:
    return checkpoint_bytes(weights, config, **{"family": RANGES, **metadata})


@pytest.fixture
def complaint(tmp_path: Path) -> Callable[..., str]:
    def refused(content: bytes, sha256: str | None = None) -> str:
        path = tmp_path / "family.safetensors"
        path.write_bytes(content)
        with pytest.raises(CheckpointError) as caught:
            load_family(path, sha256)
        message = str(caught.value)
        assert path.name in message
        assert "\n" not in message
        return message

    return refused


def test_a_family_comes_back_bit_for_bit(weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / "family.safetensors"
    sha256 = save_checkpoint(path, weights, CONFIG, family=RANGES)
    found = load_family(path, sha256)
    assert isinstance(found, Family)
    assert (found.config, found.trained, found.shown) == (CONFIG, TRAINED, SHOWN)
    assert found.weights.keys() == weights.keys()
    for name, array in weights.items():
        np.testing.assert_array_equal(found.weights[name], array)


def test_a_family_is_no_ordinary_checkpoint_and_the_other_way_round(
    weights: Weights, tmp_path: Path, complaint: Callable[..., str]
) -> None:
    path = tmp_path / "family.safetensors"
    save_checkpoint(path, weights, CONFIG, family=RANGES)
    with pytest.raises(CheckpointError, match=r"film is \(4, .*no such weight"):
        load_checkpoint(path)
    ordinary = fold(weights, 1.0, TRAINED)
    assert "not a network for every β" in complaint(checkpoint_bytes(ordinary, CONFIG))
    assert "film is missing" in complaint(content_of(ordinary))


def test_a_damaged_family_is_one_sentence(
    weights: Weights, complaint: Callable[..., str], tmp_path: Path
) -> None:
    content = content_of(weights)
    sha256 = hashlib.sha256(content).hexdigest()
    spoilt = bytearray(content)
    spoilt[-1] ^= 1
    assert "sha256" in complaint(bytes(spoilt), sha256)
    assert "not a checkpoint" in complaint(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_family(tmp_path / "missing.safetensors")


@pytest.mark.parametrize("layer", LAYERS)
def test_a_film_that_does_not_fit_its_layer_is_named(
    layer: str, weights: Weights, complaint: Callable[..., str]
) -> None:
    name = f"{layer}.film"
    without = {key: array for key, array in weights.items() if key != name}
    assert f"{name} is missing" in complaint(content_of(without))
    assert name in complaint(content_of({**weights, name: weights[name][:3]}))
    assert "finite" in complaint(content_of({**weights, name: weights[name] * np.nan}))


@pytest.mark.parametrize(
    "family",
    [None, [], 3, "x", {}, {"trained": TRAINED}, {"shown": SHOWN},
     {"trained": SHOWN, "shown": TRAINED}, {"trained": [0, 1], "shown": SHOWN},
     {"trained": TRAINED, "shown": [1, 1]}, {"trained": "ab", "shown": SHOWN}],
    ids=json.dumps,
)  # fmt: skip
def test_ranges_that_are_none_are_one_sentence(
    family: Any, weights: Weights, complaint: Callable[..., str]
) -> None:
    assert "not a network for every β" in complaint(content_of(weights, family=family))


def test_a_family_of_a_model_without_kl_is_refused(
    weights: Weights, complaint: Callable[..., str]
) -> None:
    config = oracles.small_config(model="ae")
    assert "expected vae" in complaint(content_of(weights, config))

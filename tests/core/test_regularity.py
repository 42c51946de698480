"""Measures of regularity against brute force, closed forms and known extremes."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmarks.measures import ELSEWHERE
from tests.core import oracles
from vae_core import Dataset, RunConfig, regularity
from vae_core.information import split_kl
from vae_core.networks import Autoencoder, weights_of
from vae_core.regularity import (
    active_units,
    continuity_steps,
    distances,
    evaluate,
    fitted_gaussian,
    mean_distance,
    measures,
    mmd2,
    precision_and_coverage,
    principal_axes,
)
from vae_core.training import Snapshot, initial_snapshot

Trained = Callable[..., Snapshot]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# --- completeness


def brute_precision_and_coverage(
    real: np.ndarray, drawn: np.ndarray, k: int
) -> tuple[float, float]:
    """By two loops: a real image's ball reaches to its k-th nearest other real image."""
    radii = []
    for i in range(len(real)):
        others = [np.linalg.norm(real[i] - real[j]) for j in range(len(real)) if j != i]
        radii.append(sorted(others)[k - 1])
    inside = np.zeros((len(real), len(drawn)), bool)
    for i in range(len(real)):
        for j in range(len(drawn)):
            inside[i, j] = np.linalg.norm(real[i] - drawn[j]) < radii[i]
    return float(inside.any(0).mean()), float(inside.any(1).mean())


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_precision_and_coverage_are_those_of_a_double_loop(k: int, spread: float) -> None:
    real, drawn = normal(40, 4), spread * normal(25, 4, seed=1) + 0.2
    expected = brute_precision_and_coverage(real.double().numpy(), drawn.double().numpy(), k)
    assert precision_and_coverage(real, drawn, k) == pytest.approx(expected)
    assert expected[1] > 0


def test_five_neighbours_unless_asked_otherwise() -> None:
    real, drawn = normal(60, 2), 1.5 * normal(60, 2, seed=1)
    expected = brute_precision_and_coverage(real.double().numpy(), drawn.double().numpy(), 5)
    assert precision_and_coverage(real, drawn) == pytest.approx(expected)


def test_copies_of_the_data_are_precise_and_complete() -> None:
    real = normal(200, 6)
    assert precision_and_coverage(real, real.clone()) == (1, 1)


def test_far_noise_is_neither() -> None:
    assert precision_and_coverage(normal(200, 6), 1000 + 50 * normal(200, 6, seed=1)) == (0, 0)


def test_collapse_to_one_image_is_precise_and_covers_next_to_nothing() -> None:
    real = normal(200, 2)
    one = real[:1] + 1e-3 * normal(200, 2, seed=1)
    precision, coverage = precision_and_coverage(real, one)
    assert precision == 1
    assert coverage < 0.1


def test_noise_among_the_draws_costs_precision_and_hardly_any_coverage() -> None:
    real, fresh = normal(400, 4), normal(400, 4, seed=1)
    spoilt = torch.cat([fresh[:200], 100 + normal(200, 4, seed=2)])
    clean, dirty = (precision_and_coverage(real, drawn) for drawn in (fresh, spoilt))
    assert dirty[0] == pytest.approx(clean[0] / 2, abs=0.05)
    assert dirty[1] > 0.8 * clean[1]


def test_fewer_images_than_neighbours_still_have_a_radius() -> None:
    real = torch.tensor([[0.0], [1.0], [2.0]])
    assert precision_and_coverage(real, torch.tensor([[0.5], [50.0]])) == (0.5, 1.0)


def test_distances_are_exact_where_points_are_close() -> None:
    a = 1000 + normal(30, 5)
    b = a + 1e-3 * normal(30, 5, seed=1)
    expected = np.linalg.norm(a.double().numpy()[:, None] - b.double().numpy()[None], axis=2)
    np.testing.assert_allclose(distances(a, b).numpy(), expected, rtol=1e-5)


# --- principal axes


@pytest.mark.parametrize("most", [1, 5, 30])
def test_principal_axes_are_those_of_sklearn(most: int, digits: Dataset) -> None:
    from sklearn.decomposition import PCA

    x = digits.x_train[:500]
    axes = principal_axes(torch.from_numpy(x), most).numpy()
    expected = PCA(most, svd_solver="full").fit(x.astype(np.float64)).components_.T
    assert axes.shape == (64, most)
    signs = np.sign((axes * expected).sum(0))
    np.testing.assert_allclose(axes * signs, expected, atol=1e-4)


def test_principal_axes_of_few_pixels_are_all_of_them_and_keep_distances() -> None:
    x = normal(50, 7)
    axes = principal_axes(x)
    assert axes.shape == (7, 7)
    torch.testing.assert_close(distances(x @ axes, x @ axes), distances(x, x), atol=1e-4, rtol=1e-4)


# --- prior match


def brute_mmd2(a: np.ndarray, b: np.ndarray) -> float:
    """The unbiased estimate as a double sum, kernel 2k / (2k + distance²)."""
    scale = 2 * a.shape[1]

    def kernel(p: np.ndarray, q: np.ndarray) -> float:
        return scale / (scale + float(((p - q) ** 2).sum()))

    n, m = len(a), len(b)
    within_a = sum(kernel(a[i], a[j]) for i in range(n) for j in range(n) if i != j)
    within_b = sum(kernel(b[i], b[j]) for i in range(m) for j in range(m) if i != j)
    across = sum(kernel(p, q) for p in a for q in b)
    return within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - 2 * across / (n * m)


@pytest.mark.parametrize("n, m, k", [(30, 30, 2), (12, 25, 1), (20, 9, 8)])
def test_mmd2_is_the_unbiased_double_sum(n: int, m: int, k: int) -> None:
    a, b = 2 * normal(n, k) + 0.5, normal(m, k, seed=1)
    assert mmd2(a, b) == pytest.approx(brute_mmd2(a.double().numpy(), b.double().numpy()), abs=1e-6)


def test_mmd2_of_two_samples_of_one_gaussian_averages_to_zero_on_both_sides() -> None:
    found = [mmd2(normal(200, 2, seed=2 * i), normal(200, 2, seed=2 * i + 1)) for i in range(40)]
    assert abs(np.mean(found)) < 0.0015
    assert min(found) < 0 < max(found)  # a biased estimate never falls below zero


@pytest.mark.parametrize(
    "shift, scale, least", [(1.0, 1.0, 0.05), (0.0, 3.0, 0.05), (0.0, 0.1, 0.05), (5, 1, 0.5)]
)
def test_mmd2_of_different_samples_is_positive(shift: float, scale: float, least: float) -> None:
    assert mmd2(shift + scale * normal(500, 2), normal(500, 2, seed=1)) > least


# --- continuity


def linear_decoder(k: int, d: int, likelihood: str = "gaussian") -> tuple[Autoencoder, RunConfig]:
    """A network whose decoder is W z + b, and a configuration that says what the output means."""
    linear = oracles.small_config(model="linear", latent_dim=k)
    config = linear if likelihood == "gaussian" else oracles.small_config(latent_dim=k)
    network = Autoencoder(linear, d).initialise(torch.Generator().manual_seed(4))
    with torch.no_grad():
        network.decoder[0].weight.mul_(20)
        network.decoder[0].bias.copy_(0.1 * normal(d))
    return network, config


def test_steps_of_a_linear_decoder_of_one_number_are_all_its_slope() -> None:
    network, config = linear_decoder(1, 9)
    codes, real = 3 * normal(80, 1), normal(30, 9, seed=1)
    steps = continuity_steps(network, config, codes, real, torch.Generator().manual_seed(0))
    slope = np.linalg.norm(weights_of(network)["decoder.0.weight"].astype(float))
    spread = codes.double().numpy().std(ddof=1)
    expected = 0.1 * slope * spread / oracles.mean_pair_distance(real.double().numpy())
    assert steps.shape == (1000,)
    np.testing.assert_allclose(steps.detach().numpy(), expected, rtol=1e-3)


def test_steps_of_a_linear_decoder_have_their_closed_forms_mean_and_range() -> None:
    network, config = linear_decoder(2, 9)
    codes = normal(400, 2) @ torch.tensor([[2.0, 0.0], [1.0, 0.3]]) + 5
    real = normal(30, 9, seed=1)
    steps = continuity_steps(network, config, codes, real, torch.Generator().manual_seed(0))
    w = weights_of(network)["decoder.0.weight"].astype(float)
    a = np.linalg.cholesky(np.cov(codes.double().numpy().T))
    scale = 0.1 / oracles.mean_pair_distance(real.double().numpy())
    angles = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
    lengths = np.linalg.norm(w @ a @ np.stack([np.cos(angles), np.sin(angles)]), axis=0)
    singular = np.linalg.svd(w @ a, compute_uv=False)
    assert steps.mean().item() == pytest.approx(scale * lengths.mean(), rel=0.04)
    assert steps.max().item() == pytest.approx(scale * singular[0], rel=0.01)
    assert steps.min().item() == pytest.approx(scale * singular[1], rel=0.05)


def test_steps_start_where_the_codes_are() -> None:
    network, config = linear_decoder(2, 9)
    asked: list[Tensor] = []
    original = Autoencoder.decode
    codes = normal(500, 2) * torch.tensor([2.0, 0.5]) + torch.tensor([7.0, -3.0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Autoencoder, "decode", lambda self, z: (asked.append(z), original(self, z))[1]
        )
        continuity_steps(network, config, codes, normal(9, 9), torch.Generator().manual_seed(0))
    here, there = asked
    np.testing.assert_allclose(here.mean(0), codes.mean(0), atol=0.25)
    np.testing.assert_allclose(here.std(0), codes.std(0), rtol=0.1)
    whitened = (there - here) / codes.std(0)  # a tenth of a standard deviation, any direction
    np.testing.assert_allclose(whitened.norm(dim=1), 0.1, rtol=0.12)


def test_steps_compare_images_and_not_logits() -> None:
    network, bernoulli = linear_decoder(2, 9, "bernoulli")
    with torch.no_grad():
        network.decoder[0].bias.fill_(300)  # every pixel white, whatever the code
    generator = torch.Generator().manual_seed(0)
    steps = continuity_steps(network, bernoulli, normal(50, 2), normal(20, 9), generator)
    assert steps.max().item() == 0


def test_steps_of_collapsed_codes_are_finite_and_small() -> None:
    network, config = linear_decoder(2, 9)
    codes = torch.zeros(50, 2)
    steps = continuity_steps(network, config, codes, normal(20, 9), torch.Generator())
    assert 0 < steps.max().item() < 1e-3


@pytest.mark.parametrize("length", [1e-3, 1.0, 1e6])
def test_steps_of_codes_on_a_line_are_those_along_it(length: float) -> None:
    network, config = linear_decoder(8, 9)
    direction = torch.nn.functional.normalize(normal(1, 8, seed=3), dim=1)
    codes, real = length * normal(200, 1) @ direction, normal(20, 9)
    steps = continuity_steps(network, config, codes, real, torch.Generator().manual_seed(0))
    w = weights_of(network)["decoder.0.weight"].astype(float)
    along = np.linalg.norm(w @ direction[0].numpy()) * codes.norm(dim=1).std(correction=0).item()
    longest = 0.1 * along * 2 / oracles.mean_pair_distance(real.double().numpy())
    assert 0.1 * longest < steps.max().item() < 2 * longest


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_linear_decoder_has_the_same_step_against_its_own_spread_whatever_its_slope(
    k: int,
) -> None:
    """|J u| of a unit vector and |J (z - z')| differ by the mean length of N(0, 2 I) only."""
    network, config = linear_decoder(k, 9)
    codes = normal(4000, k) @ normal(k, k, seed=5)
    mean, a = fitted_gaussian(codes)
    real = network.decode(mean + normal(1000, k, seed=7) @ a.T).detach()
    steps = continuity_steps(network, config, codes, real, torch.Generator().manual_seed(0))
    length = 2 * math.gamma((k + 1) / 2) / math.gamma(k / 2)
    assert steps.mean().item() == pytest.approx(0.1 / length, rel=0.03)
    if k == 2:
        assert 0.1 / length == pytest.approx(0.1 / math.sqrt(math.pi))


@pytest.mark.parametrize("shift, scale", [(0.0, 1.0), (0.7, 1e-4)])
def test_the_mean_distance_is_that_of_a_double_loop_however_close_the_rows(
    shift: float, scale: float
) -> None:
    x = shift + scale * normal(60, 64)
    assert mean_distance(x) == pytest.approx(
        oracles.mean_pair_distance(x.double().numpy()), rel=1e-4
    )


def test_the_fitted_gaussian_has_the_mean_and_covariance_of_the_codes() -> None:
    codes = 3 + normal(50, 3) @ normal(3, 3, seed=1)
    mean, a = fitted_gaussian(codes)
    np.testing.assert_allclose(mean, codes.double().numpy().mean(0), rtol=1e-5)
    np.testing.assert_allclose(a @ a.T, np.cov(codes.double().numpy().T), rtol=1e-4, atol=1e-5)


# --- active units


def test_a_unit_is_active_when_its_codes_vary_by_more_than_a_hundredth() -> None:
    base = torch.tensor([-1.0, 1.0]).repeat(50)  # variance 1 over the data
    mu = torch.stack([3 + base * math.sqrt(v) for v in (0.0, 0.0099, 0.0101, 4.0)], 1)
    assert active_units(mu) == 2
    assert active_units(mu[:, :2]) == 0


# --- evaluate


def toy_snapshot(**fields: Any) -> tuple[RunConfig, dict[str, np.ndarray], Dataset]:
    data, config = oracles.toy_dataset(n=300, held_out=60), oracles.small_config(**fields)
    return config, initial_snapshot(config, data).weights, data


@pytest.mark.parametrize("model", ["linear", "ae", "vae"])
def test_evaluate_is_the_same_each_time_and_leaves_the_global_generator_alone(model: str) -> None:
    config, weights, data = toy_snapshot(model=model)
    torch.manual_seed(11)
    state = torch.get_rng_state()
    first = evaluate(config, weights, data)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(12)
    assert evaluate(config, weights, data) == first


def test_evaluate_of_an_autoencoder_on_validation_is_plain_arithmetic() -> None:
    config, weights, data = toy_snapshot(model="ae")
    found = evaluate(config, weights, data)
    mu, _ = oracles.forward(config, weights, data.x_val)
    logits = oracles.decoded(config, weights, mu)
    x_hat = 1 / (1 + np.exp(-logits))
    assert found.val_kl is None
    assert found.val_recon == pytest.approx(
        oracles.bernoulli_nll(logits, data.x_val).mean(), rel=1e-5
    )
    assert found.val_sse == pytest.approx(((x_hat - data.x_val) ** 2).sum(1).mean(), rel=1e-5)


def test_evaluates_squared_error_is_taken_at_sampled_codes() -> None:
    config, weights, data = toy_snapshot()
    weights = {**weights, "logvar.weight": 0 * weights["logvar.weight"]}
    weights["logvar.bias"] = np.full(2, 3, np.float32)  # wide clouds
    mu, logvar = oracles.forward(config, weights, data.x_val)
    assert logvar is not None
    random, sums = np.random.default_rng(0), []
    for _ in range(400):
        z = mu + np.exp(logvar / 2) * random.normal(size=mu.shape)
        x_hat = 1 / (1 + np.exp(-oracles.decoded(config, weights, z)))
        sums.append(((x_hat - data.x_val) ** 2).sum(1).mean())
    x_hat = 1 / (1 + np.exp(-oracles.decoded(config, weights, mu)))
    at_the_mean = ((x_hat - data.x_val) ** 2).sum(1).mean()
    found = evaluate(config, weights, data)
    assert found.val_sse == pytest.approx(np.mean(sums), rel=0.03)
    assert abs(found.val_sse - at_the_mean) > 0.06 * at_the_mean
    assert found.val_kl == pytest.approx(oracles.kl(mu, logvar).mean(), rel=1e-5)


def test_evaluate_agrees_with_the_run_that_made_the_weights(
    trained: Trained, digits: Dataset
) -> None:
    last = trained(model="vae", beta=1.0)
    found = evaluate(last.config, last.weights, digits)
    assert found.val_recon == pytest.approx(last.val_recon, rel=1e-6)
    assert found.val_kl == pytest.approx(last.val_kl, rel=1e-6)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Tensor, ...]]:
    """What evaluate hands to its measures."""
    seen: dict[str, tuple[Tensor, ...]] = {}
    for name in ("precision_and_coverage", "mmd2", "continuity_steps"):
        original = getattr(regularity, name)

        def spy(*args: Any, name: str = name, original: Any = original) -> Any:
            seen[name] = args
            return original(*args)

        monkeypatch.setattr(regularity, name, spy)
    return seen


def test_completeness_compares_a_thousand_of_each_along_thirty_axes(
    trained: Trained, digits: Dataset, compared: dict[str, tuple[Tensor, ...]]
) -> None:
    last = trained(model="linear")
    evaluate(last.config, last.weights, digits)
    real, drawn = compared["precision_and_coverage"]
    assert real.shape == drawn.shape == (1000, 30)
    axes = principal_axes(torch.from_numpy(digits.x_train))
    rows = torch.from_numpy(digits.x_train) @ axes
    nearest = distances(real, rows).min(1).indices
    torch.testing.assert_close(rows[nearest], real)  # all are training images
    assert len(set(nearest.tolist())) == 1000  # and different ones (digits holds no copies)
    w, b = (torch.from_numpy(last.weights[f"decoder.0.{part}"]) for part in ("weight", "bias"))
    z = torch.linalg.lstsq(axes.T @ w, (drawn - b @ axes).T).solution.T
    np.testing.assert_allclose(z.mean(0), 0, atol=0.12)  # decodings of z ~ N(0, I)
    np.testing.assert_allclose(torch.cov(z.T), np.eye(2), atol=0.15)


def test_prior_match_is_measured_on_sampled_codes(
    compared: dict[str, tuple[Tensor, ...]],
) -> None:
    config, weights, data = toy_snapshot()
    weights = {
        name: np.zeros_like(array) if name.startswith(("mu", "logvar")) else array
        for name, array in weights.items()
    }
    found = evaluate(config, weights, data)  # q(z | x) is the prior itself, mu is zero
    codes, prior = compared["mmd2"]
    assert codes.shape == prior.shape == (300, 2)
    assert abs(found.mmd2) < 0.01
    assert (found.val_kl, found.active_units) == (0, 0)
    np.testing.assert_allclose(codes.std(0), 1, atol=0.15)


def test_steps_are_taken_under_the_sampled_codes(
    compared: dict[str, tuple[Tensor, ...]],
) -> None:
    config, weights, data = toy_snapshot()
    weights["logvar.bias"] = np.full(2, 6, np.float32)
    weights["logvar.weight"] = 0 * weights["logvar.weight"]
    found = evaluate(config, weights, data)
    _, _, codes, real, _ = compared["continuity_steps"]
    assert codes.shape == (300, 2)
    assert codes.std().item() > 15  # e³, where the mean codes spread over about one
    assert real.shape == (300, 16)
    assert 0 < found.step_mean < found.step_p99


# --- measures


def test_measures_say_what_evaluate_says_with_the_same_draws(
    trained: Trained, digits: Dataset
) -> None:
    last = trained(model="vae", beta=1.0)
    found = dataclasses.asdict(measures(last.config, last.weights, digits))
    known = dataclasses.asdict(evaluate(last.config, last.weights, digits))
    assert {name: found[name] for name in known} == known
    assert len(found) == len(known) + 8


def test_measures_split_the_mean_kl_of_the_training_images(
    trained: Trained, digits: Dataset
) -> None:
    last = trained(model="vae", beta=1.0)
    found = measures(last.config, last.weights, digits)
    mu, logvar = oracles.forward(last.config, last.weights, digits.x_train)
    assert logvar is not None
    assert found.mutual_information is not None
    assert found.kl_aggregate is not None
    total = found.mutual_information + found.kl_aggregate
    assert total == pytest.approx(oracles.kl(mu, logvar).mean(), rel=1e-4)
    assert found.split_error is not None
    assert 0 < found.split_error < 0.01


@pytest.mark.parametrize("model", ["ae", "linear"])
def test_without_a_posterior_there_is_nothing_to_split(model: str) -> None:
    found = measures(*toy_snapshot(model=model))
    assert (found.mutual_information, found.kl_aggregate, found.split_error) == (None, None, None)


def test_the_split_is_over_two_thousand_images_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(mu: Tensor, std: Tensor) -> Any:
        seen.append((mu, std))
        return split_kl(mu, std)

    monkeypatch.setattr(regularity, "split_kl", spy)
    config, weights, _ = toy_snapshot()
    measures(config, weights, oracles.toy_dataset(n=2300, held_out=20))
    ((mu, std),) = seen
    assert mu.shape == std.shape == (2000, 2)
    assert len(set(mu[:, 0].tolist())) > 1900  # different ones, mu and std of the same image
    x = oracles.toy_dataset(n=2300, held_out=20).x_train
    means, logvars = oracles.forward(config, weights, x)
    assert logvars is not None
    nearest = np.abs(means[:, 0] - mu[0, 0].item()).argmin()
    np.testing.assert_allclose(std[0], np.exp(logvars[nearest] / 2), rtol=1e-4)


def test_an_autoencoder_is_complete_once_drawn_from_its_own_gaussian(
    trained: Trained, digits: Dataset
) -> None:
    last = trained(model="ae")
    found = measures(last.config, last.weights, digits)
    assert found.coverage < 0.65
    assert found.coverage_fitted > 0.9
    # by hand: numpy's draws, numpy's distances
    codes, _ = oracles.forward(last.config, last.weights, digits.x_train)
    z = np.random.default_rng(0).multivariate_normal(codes.mean(0), np.cov(codes.T), 1000)
    drawn = 1 / (1 + np.exp(-oracles.decoded(last.config, last.weights, z)))
    axes = np.linalg.svd(digits.x_train - digits.x_train.mean(0))[2][:30].T
    real = digits.x_train[:1000] @ axes
    own = np.linalg.norm(real[:, None] - real[None], axis=2)
    inside = np.linalg.norm(real[:, None] - (drawn @ axes)[None], axis=2)
    inside = inside < np.sort(own, 1)[:, 5:6]
    assert found.coverage_fitted == pytest.approx(inside.any(1).mean(), abs=0.03)
    assert found.precision_fitted == pytest.approx(inside.any(0).mean(), abs=0.03)


def test_the_step_against_its_own_spread_is_that_of_numpy(
    trained: Trained, digits: Dataset
) -> None:
    last = trained(model="vae", beta=1.0)
    mu, logvar = oracles.forward(last.config, last.weights, digits.x_train)
    assert logvar is not None
    random = np.random.default_rng(0)
    codes = mu + np.exp(logvar / 2) * random.normal(size=mu.shape)
    mean, a = codes.mean(0), np.linalg.cholesky(np.cov(codes.T))

    def images(z: np.ndarray) -> np.ndarray:
        found: np.ndarray = 1 / (1 + np.exp(-oracles.decoded(last.config, last.weights, z)))
        return found

    z, turn = mean + random.normal(size=(4000, 2)) @ a.T, random.uniform(0, 2 * np.pi, 4000)
    u = np.stack([np.cos(turn), np.sin(turn)], 1)
    step = np.linalg.norm(images(z + 0.1 * u @ a.T) - images(z), axis=1).mean()
    spread = np.linalg.norm(images(z[:2000]) - images(z[2000:]), axis=1).mean()
    found = measures(last.config, last.weights, digits)
    assert found.step_own == pytest.approx(step / spread, rel=0.05)
    assert found.step_own > found.step_mean


@pytest.mark.parametrize(("place", "fields"), [(0, {"model": "ae"}), (5, {"beta": 1.0})])
def test_the_five_seed_table_is_made_again(
    trained: Trained, digits: Dataset, place: int, fields: dict[str, Any]
) -> None:
    path = Path(__file__).parents[2] / "content" / "measures.json"
    entry = json.loads(path.read_text())["digits"][place]
    last = trained(**{"model": "vae", **fields})
    assert entry["model"] == last.config.model
    assert entry["beta"] == fields.get("beta")
    found = dataclasses.asdict(measures(last.config, last.weights, digits))
    known = {n: v for n, v in found.items() if v is not None and n not in ELSEWHERE}
    first = {name: values[0] for name, values in entry["values"].items()}
    assert {name for name, value in first.items() if value is not None} == set(known)
    for name, value in known.items():
        assert first[name] == pytest.approx(value, rel=0.02, abs=0.005), name


# --- the story, measured


def test_the_four_models_give_their_four_pictures(trained: Trained, digits: Dataset) -> None:
    runs = {
        "ae": trained(model="ae"),
        "0": trained(model="vae", beta=0.0),
        "1": trained(model="vae", beta=1.0),
        "30": trained(model="vae", beta=30.0),
    }
    found = {name: evaluate(run.config, run.weights, digits) for name, run in runs.items()}
    assert {name: e.active_units for name, e in found.items()} == {
        "ae": 2, "0": 2, "1": 2, "30": 0,
    }  # fmt: skip
    for irregular in (found["ae"], found["0"]):
        assert 0.1 < irregular.coverage < 0.65
        assert irregular.mmd2 > 0.15
        assert irregular.step_mean > 0.12
    regular, collapsed = found["1"], found["30"]
    assert regular.coverage > 0.65
    assert regular.precision > 0.98
    assert abs(regular.mmd2) < 0.01
    assert 0.05 < regular.step_mean < 0.1
    assert collapsed.coverage < 0.03
    assert collapsed.precision > 0.98  # which is why it is never shown alone
    assert collapsed.step_mean < 0.01
    assert all(e.step_p99 > e.step_mean for e in found.values())
    assert found["ae"].val_recon < regular.val_recon < collapsed.val_recon


@settings(max_examples=15)
@given(
    model=st.sampled_from(["linear", "ae", "vae"]),
    size=st.floats(0, 50),
    latent_dim=st.sampled_from([1, 2, 5]),
)
def test_measures_of_any_finite_network_are_finite_and_in_range(
    model: str, size: float, latent_dim: int
) -> None:
    config, weights, data = toy_snapshot(model=model, latent_dim=latent_dim)
    weights = {name: array * np.float32(size) for name, array in weights.items()}
    found = measures(config, weights, data)
    values = [v for v in dataclasses.asdict(found).values() if v is not None]
    assert all(math.isfinite(v) for v in values)
    assert 0 <= found.precision <= 1
    assert 0 <= found.coverage <= 1
    assert 0 <= found.active_units <= latent_dim
    assert 0 <= found.coverage_fitted <= 1
    assert found.step_own is None if size == 0 else (found.step_own or 0) >= 0
    assert found.step_mean >= 0

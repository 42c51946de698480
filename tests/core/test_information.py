"""The split of the KL term against quadrature, its closed-form sum and known extremes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.core import oracles
from vae_core.information import log_densities, split_kl


def posteriors(n: int, k: int, spread: float, width: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mu = spread * torch.randn(n, k, generator=generator)
    return mu, width * torch.exp(0.3 * torch.randn(n, k, generator=generator))


def mean_kl(mu: Tensor, std: Tensor) -> float:
    return float(oracles.kl(mu.double().numpy(), 2 * np.log(std.double().numpy())).mean())


def normal_density(z: np.ndarray, mu: float, std: float) -> np.ndarray:
    density: np.ndarray = np.exp(-(((z - mu) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))
    return density


def split_by_quadrature(mu: Tensor, std: Tensor) -> tuple[float, float]:
    """I(x; z) and KL(q(z) || p) by a sum over a fine grid of one or two dimensions."""
    reach = (mu.abs() + 8 * std).max().item()
    axis = np.linspace(-reach, reach, 4001 if mu.shape[1] == 1 else 701)
    grid = np.stack(np.meshgrid(*[axis] * mu.shape[1], indexing="ij"), -1)
    cell = (axis[1] - axis[0]) ** mu.shape[1]

    def density(means: list[float], stds: list[float]) -> np.ndarray:
        factors = [
            normal_density(grid[..., j], mean, width)
            for j, (mean, width) in enumerate(zip(means, stds, strict=True))
        ]
        return np.prod(factors, 0)

    each = [density(m, s) for m, s in zip(mu.tolist(), std.tolist(), strict=True)]
    aggregate = np.mean(each, 0)
    prior = density([0.0] * mu.shape[1], [1.0] * mu.shape[1])

    def kl(p: np.ndarray, q: np.ndarray) -> float:
        inside = p > 1e-280
        return float((p[inside] * np.log(p[inside] / q[inside])).sum() * cell)

    assert aggregate.sum() * cell == pytest.approx(1, abs=1e-6)
    return float(np.mean([kl(one, aggregate) for one in each])), kl(aggregate, prior)


@pytest.mark.parametrize(
    ("n", "k", "spread", "width"),
    [
        (1, 1, 1, 0.5),
        (3, 1, 1.5, 0.4),
        (20, 1, 1, 0.3),
        (3, 2, 2, 0.5),
        (12, 2, 1, 0.3),
        (5, 2, 0.2, 1),
    ],
)
def test_both_parts_are_those_of_quadrature(n: int, k: int, spread: float, width: float) -> None:
    mu, std = posteriors(n, k, spread, width)
    found = split_kl(mu, std, draws=4000 // n)
    information, excess = split_by_quadrature(mu, std)
    room = 4 * found.standard_error + 1e-3  # the rarest draws hide from a standard error
    assert room < 0.08
    assert found.mutual_information == pytest.approx(information, abs=room)
    assert found.kl_aggregate == pytest.approx(excess, abs=room)


@settings(max_examples=25)
@given(
    n=st.integers(1, 40), k=st.sampled_from([1, 2, 8]), seed=st.integers(0, 99),
    spread=st.floats(0, 30), width=st.floats(0.01, 2),
)  # fmt: skip
def test_the_parts_add_up_to_the_mean_kl_term(
    n: int, k: int, seed: int, spread: float, width: float
) -> None:
    mu, std = posteriors(n, k, spread, width, seed)
    found = split_kl(mu, std, seed=seed)
    total = found.mutual_information + found.kl_aggregate
    assert total == pytest.approx(mean_kl(mu, std), rel=1e-5, abs=1e-6)
    room = 6 * found.standard_error + 1e-6
    assert -room <= found.mutual_information <= math.log(n) + room
    assert found.kl_aggregate >= -room


def test_posteriors_that_are_the_prior_tell_nothing_and_cost_nothing() -> None:
    found = split_kl(torch.zeros(50, 2), torch.ones(50, 2))
    assert found == pytest.approx((0, 0, 0), abs=1e-12)


def test_posteriors_far_apart_tell_which_image_it_was() -> None:
    mu, std = posteriors(200, 2, 1000, 0.01)
    found = split_kl(mu, std)
    assert found.mutual_information == pytest.approx(math.log(200), abs=1e-6)
    assert found.kl_aggregate == pytest.approx(mean_kl(mu, std) - math.log(200), rel=1e-6)


def test_images_that_share_a_posterior_are_not_told_apart() -> None:
    mu, std = (part.repeat(20, 1) for part in posteriors(1, 2, 1, 0.3))
    found = split_kl(mu, std)
    assert found.mutual_information == pytest.approx(0, abs=1e-9)


def test_the_standard_error_is_the_spread_over_seeds() -> None:
    mu, std = posteriors(60, 2, 1, 0.4)
    found = [split_kl(mu, std, seed=seed) for seed in range(60)]
    spread = np.std([one.mutual_information for one in found], ddof=1)
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.35)


def test_the_same_seed_gives_the_same_split_and_leaves_the_global_generator_alone() -> None:
    mu, std = posteriors(30, 2, 1, 0.4)
    state = torch.get_rng_state()
    assert split_kl(mu, std, seed=5) == split_kl(mu, std, seed=5) != split_kl(mu, std, seed=6)
    assert torch.equal(torch.get_rng_state(), state)


def test_log_densities_of_narrow_clouds_far_out_are_exact() -> None:
    mu, std = (part.double() for part in posteriors(7, 3, 500, 0.01))
    z = mu[:5] + std[:5]
    expected = torch.stack([
        torch.distributions.Normal(m, s).log_prob(z).sum(1) for m, s in zip(mu, std, strict=True)
    ], 1)  # fmt: skip
    torch.testing.assert_close(log_densities(z, mu, std), expected, rtol=1e-7, atol=1e-5)


@pytest.mark.parametrize(
    ("std", "draws", "sentence"),
    [(0.0, 4, "std: found 0, expected more"), (1.0, 1, "draws: found 1, expected 2 or more")],
)
def test_what_cannot_be_split_is_told(std: float, draws: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        split_kl(torch.zeros(3, 2), torch.full((3, 2), std), draws)

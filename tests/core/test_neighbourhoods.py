"""Trustworthiness and continuity against scikit-learn, and against loops where distances tie."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness
from torch import Tensor

from tests.core import oracles
from vae_core import RunConfig
from vae_core.data import Dataset
from vae_core.neighbourhoods import NEIGHBOURS, kept_neighbourhoods
from vae_core.regularity import SAMPLES, measures, principal_axes
from vae_core.training import initial_snapshot


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def orders(distances: list[float]) -> list[tuple[int, ...]]:
    """Every order of the others from the nearest on; more than one where distances are equal."""
    groups = [[j for j, d in enumerate(distances) if d == value] for value in sorted({*distances})]
    return [
        tuple(itertools.chain(*parts))
        for parts in itertools.product(*(itertools.permutations(group) for group in groups))
    ]


def brute_trustworthiness(x: np.ndarray, z: np.ndarray, k: int) -> float:
    """The definition in loops, averaged over every order that equal distances allow."""
    n, penalty = len(x), 0.0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        by_x, by_z = (orders([float(((p[i] - p[j]) ** 2).sum()) for j in others]) for p in (x, z))
        found = [sum(max(0, a.index(j) + 1 - k) for j in b[:k]) for a in by_x for b in by_z]
        penalty += sum(found) / len(found)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty


@pytest.mark.parametrize("k", [1, 5, 12, 40])
def test_without_ties_both_are_scikit_learns(k: int) -> None:
    x = normal(200, 10)
    z = x[:, :2] + 0.3 * normal(200, 2, seed=1)
    found = kept_neighbourhoods(x, z, k)
    a, b = x.double().numpy(), z.double().numpy()
    assert found.trustworthiness == pytest.approx(trustworthiness(a, b, n_neighbors=k), abs=1e-9)
    assert found.continuity == pytest.approx(trustworthiness(b, a, n_neighbors=k), abs=1e-9)
    assert found.trustworthiness < 1
    assert found.continuity != found.trustworthiness


def test_of_pca_on_the_digits_both_are_scikit_learns(digits: Dataset) -> None:
    """Grey levels are whole, so a few distances tie: their order moves the fifth decimal."""
    x = torch.from_numpy(digits.x_train[:1000])
    z = x @ principal_axes(x, 2)
    found = kept_neighbourhoods(x, z)
    for ours, (a, b) in zip(found, ((x, z), (z, x)), strict=True):
        theirs = trustworthiness(a.double().numpy(), b.double().numpy(), n_neighbors=NEIGHBOURS)
        assert ours == pytest.approx(theirs, abs=1e-4)


@given(
    points=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=5, max_size=6
    )
)
def test_every_order_of_equal_distances_counts_the_same(
    points: list[tuple[int, int, int]],
) -> None:
    """Few places on a grid: duplicates and ties everywhere, in both spaces."""
    array = np.array(points, float)
    x, z = array[:, :2], array[:, 2:]
    tenths = (torch.from_numpy(part.astype(np.float32)) / 10 for part in (x, z))  # not exact
    found = kept_neighbourhoods(*tenths, neighbours=2)
    assert found.trustworthiness == pytest.approx(brute_trustworthiness(x, z, 2), abs=1e-6)
    assert found.continuity == pytest.approx(brute_trustworthiness(z, x, 2), abs=1e-6)


def test_unchanged_neighbourhoods_are_kept_whole() -> None:
    x = normal(60, 5)
    turn, _ = torch.linalg.qr(normal(5, 5, seed=1))
    found = kept_neighbourhoods(x, 3 * x @ turn + 7)
    assert found == pytest.approx((1, 1))


def test_reversed_neighbourhoods_are_the_worst_there_are() -> None:
    """Three images in a row, their codes so that the farthest has become the nearest."""
    x = torch.tensor([[0.0], [1.0], [2.1]])
    z = torch.tensor([[0.0], [2.0], [0.9]])
    found = kept_neighbourhoods(x, z)
    assert found.trustworthiness == pytest.approx(brute_trustworthiness(x.numpy(), z.numpy(), 1))
    assert found.trustworthiness < 0.5


def test_a_code_that_folds_loses_trust_and_one_that_cuts_loses_continuity() -> None:
    """A strip folded: far places come to lie together. A ring cut open: near ones part."""
    t = torch.linspace(0, 1, 200)[:, None]
    folded = kept_neighbourhoods(t, (t - 0.5).abs())
    assert folded.trustworthiness < 0.7 < 0.95 < folded.continuity
    angle = 2 * torch.pi * torch.arange(200)[:, None] / 200
    cut = kept_neighbourhoods(torch.cat([angle.cos(), angle.sin()], 1), angle)
    assert cut.continuity < 0.99 < 0.999 < cut.trustworthiness


def test_codes_that_say_nothing_keep_what_chance_keeps() -> None:
    x, nothing = normal(300, 8), torch.full((300, 2), 0.1)
    rolled = kept_neighbourhoods(x, normal(300, 2, seed=1))
    found = kept_neighbourhoods(x, nothing)
    assert found.trustworthiness == pytest.approx(rolled.trustworthiness, abs=0.02)
    assert found.continuity == pytest.approx(found.trustworthiness)


def test_the_order_of_the_images_does_not_matter() -> None:
    x = torch.randint(0, 3, (80, 4), generator=torch.Generator().manual_seed(0)) / 10
    z = x[:, :1]
    order = torch.randperm(80, generator=torch.Generator().manual_seed(1))
    assert kept_neighbourhoods(x[order], z[order]) == pytest.approx(kept_neighbourhoods(x, z))


def test_few_images_have_fewer_neighbours_and_two_have_none() -> None:
    x, z = normal(7, 3), normal(7, 2, seed=1)
    found = kept_neighbourhoods(x, z)
    theirs = trustworthiness(x.numpy(), z.numpy(), n_neighbors=3)
    assert found.trustworthiness == pytest.approx(theirs)
    with pytest.raises(ValueError, match="x: found 2 rows, expected 3 or more"):
        kept_neighbourhoods(x[:2], z[:2])


@pytest.mark.parametrize("fields", [{"model": "linear"}, {"model": "vae", "latent_dim": 8}])
def test_a_runs_measures_are_of_a_thousand_images_the_same_for_every_network(
    digits: Dataset, fields: dict[str, Any]
) -> None:
    config = RunConfig(dataset="digits", **fields)
    snapshot = initial_snapshot(config, digits)
    found = measures(config, snapshot.weights, digits)
    order = torch.randperm(len(digits.x_train), generator=torch.Generator().manual_seed(0))
    rows = order[:SAMPLES].numpy()
    x, mu = digits.x_train[rows].astype(float), snapshot.mu[rows].astype(float)
    theirs = [trustworthiness(*pair, n_neighbors=NEIGHBOURS) for pair in ((x, mu), (mu, x))]
    assert [found.trustworthiness, found.neighbour_continuity] == pytest.approx(theirs, abs=1e-4)


def test_of_two_images_nothing_is_measured() -> None:
    data = oracles.toy_dataset(n=2, held_out=2)
    config = RunConfig(dataset="digits", model="ae", hidden=(4,))
    snapshot = initial_snapshot(config, data)
    found = measures(config, snapshot.weights, data)
    assert (found.trustworthiness, found.neighbour_continuity) == (None, None)

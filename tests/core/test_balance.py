"""An encoder that answers for all images balances the pulls on its clouds on average only."""

import numpy as np
import pytest
import torch

from tests.core.pulls import balance, lengths, pulls
from ui.distances import image_distances
from ui.shipped import shipped
from ui.terrain import POINTS, quadrature
from vae_core import RunConfig, load_dataset
from vae_core.training import encode, train


def residual_of(config, weights, data):
    mu, std = encode(config, weights, data.x_train.copy())
    recon, kl = pulls(config, weights, data.x_train, mu, std)
    return recon, kl, recon + kl


def test_at_beta_1_the_numbers_of_the_caption():
    model = shipped("digits-vae-beta1")
    recon, kl, residual = residual_of(model.config, model.weights, model.data)
    assert [round(value, 1) for value in (lengths(recon)[1], lengths(residual)[0])] == [1.4, 3.5]
    assert round(balance(residual)[0], 1) == 1.8
    assert balance(residual)[1] == pytest.approx(0.05, abs=0.01)
    assert (recon[:, 2:] < 0).mean() > 0.95 and (kl[:, 2:] > 0).mean() > 0.95


def test_with_steps_that_shrink_the_mean_residual_on_mu_nearly_vanishes_but_not_each_one():
    data = load_dataset("digits")
    config = RunConfig(dataset="digits", model="vae", beta=1.0, seed=0, schedule="cosine")
    last = None
    for snapshot in train(config, data):
        last = snapshot
    assert last is not None
    _, _, residual = residual_of(config, last.weights, data)
    assert balance(residual)[0] == pytest.approx(0.14, abs=0.05)
    assert lengths(residual)[0] > 1


def test_the_rule_averages_polynomials_under_a_standard_normal_exactly():
    points, weights = quadrature(POINTS)
    x, y = points.T
    for values, mean in ((x**0, 1), (x, 0), (x * y, 0), (x**2, 1), (x**4 * y**2, 3), (y**6, 15)):
        assert weights @ values == pytest.approx(mean, abs=1e-9)


def test_the_rule_is_several_times_closer_than_as_many_draws():
    model, rows = shipped("digits-vae-beta1"), slice(0, 60)
    at = (model.config, model.weights, model.data.x_train[rows], model.mu[rows], model.std[rows])
    draws = np.random.default_rng(0).normal(size=(POINTS**2, 2))
    exact = pulls(*at, quadrature(24))[0]
    by_rule = np.abs(pulls(*at)[0] - exact).mean()
    by_draws = np.abs(pulls(*at, (draws, np.full(len(draws), 1 / len(draws))))[0] - exact).mean()
    assert by_rule < by_draws / 5


def test_distances_between_images_are_those_of_brute_force():
    model = shipped("digits-ae")
    train_images = torch.from_numpy(model.data.x_train.copy()).double()
    held = torch.from_numpy(model.data.x_val.copy()).double()
    pair, share = image_distances()
    between = torch.pdist(train_images).mean().item()
    assert pair == pytest.approx(between, rel=1e-9)
    nearest = torch.tensor([(image - train_images).norm(dim=1).min() for image in held])
    assert share == pytest.approx(float(np.median(nearest.numpy())) / between, rel=1e-6)

"""The best q of each image: where it is known in closed form, and no worse than the encoder's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core import RunConfig
from vae_core.amortisation import Amortisation, amortisation, best_gaussian, encoder_q
from vae_core.checkpoints import Checkpoint
from vae_core.data import Dataset
from vae_core.networks import Autoencoder, weights_of
from vae_core.posterior import Gaussian, Grid, bound, exact_posterior, gap_on_grid, linear_gaussian

SOME = 10

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def x(digits: Dataset) -> Tensor:
    return torch.from_numpy(digits.x_val[:SOME]).double()


@pytest.fixture(scope="module")
def found(shipped: Checkpoint, x: Tensor) -> Amortisation:
    return amortisation(shipped.config, shipped.weights, x)


def test_for_a_linear_decoder_the_best_q_is_known() -> None:
    """Full: the posterior itself. Diagonal: each variance is what the precision matrix leaves when
    the other coordinate is known, and the gap is what that costs."""
    random = np.random.default_rng(0)
    w, b = torch.from_numpy(random.normal(size=(4, 2))), torch.zeros(4).double()
    config, x = RunConfig(model="linear", c=0.6), torch.from_numpy(random.normal(size=(3, 4)))
    network = Autoencoder(config, 4).double().requires_grad_(False)
    network.output.weight.copy_(w)
    network.output.bias.copy_(b)
    posterior, exact = exact_posterior(Grid(network), x, config), linear_gaussian(w, b, 0.6, x)
    start = Gaussian(torch.zeros(3, 2).double(), torch.eye(2).double().repeat(3, 1, 1))
    full = best_gaussian(network, x, start, posterior, config, full=True)
    torch.testing.assert_close(full.mean, exact.mean, rtol=0, atol=1e-4)
    torch.testing.assert_close(full.covariance, exact.covariance.expand(3, 2, 2), rtol=0, atol=1e-4)
    assert gap_on_grid(full, posterior).max() < 1e-6

    diagonal = best_gaussian(network, x, start, posterior, config, full=False)
    precision = torch.linalg.inv(exact.covariance)
    torch.testing.assert_close(diagonal.mean, exact.mean, rtol=0, atol=1e-4)
    variances = diagonal.covariance.diagonal(dim1=1, dim2=2)
    expected = precision.diagonal().reciprocal()
    torch.testing.assert_close(variances, expected.expand(3, 2), rtol=0, atol=1e-4)
    assert diagonal.covariance[:, 0, 1].abs().max() == 0
    cost = 0.5 * (precision.diagonal().log().sum() - torch.logdet(precision))
    assert cost > 0.05
    gaps = exact.log_evidence - bound(network, x, diagonal, config).elbo
    torch.testing.assert_close(gaps, cost.expand(3), rtol=0, atol=1e-6)


def test_a_q_of_ones_own_beats_the_encoders_and_the_full_one_the_diagonal(
    found: Amortisation,
) -> None:
    assert (found.diagonal > found.encoder).all()
    assert (found.full > found.diagonal - 1e-3).all()
    assert (found.log_evidence - found.full >= -found.error).all()


def test_the_encoders_elbo_is_that_of_its_own_mu_and_sigma_and_once_moved_of_its_sigma(
    shipped: Checkpoint, x: Tensor, found: Amortisation
) -> None:
    network = Autoencoder(shipped.config, 64).load(shipped.weights).double().requires_grad_(False)
    mu, logvar = network.encode(x)
    assert logvar is not None
    q = encoder_q(network, x)
    torch.testing.assert_close(q.covariance, torch.diag_embed(logvar.exp()))
    kl = torch.distributions.kl_divergence(
        torch.distributions.Normal(mu, (0.5 * logvar).exp()), torch.distributions.Normal(0.0, 1.0)
    ).sum(1)
    terms = bound(network, x, q, shipped.config)
    torch.testing.assert_close(terms.kl, kl)
    torch.testing.assert_close(found.encoder, -(terms.recon + kl))
    posterior = exact_posterior(Grid(network), x, shipped.config)
    best = best_gaussian(network, x, q, posterior, shipped.config, full=False)
    moved = Gaussian(best.mean, q.factor)
    torch.testing.assert_close(found.moved, bound(network, x, moved, shipped.config).elbo)


@pytest.mark.parametrize("full", [False, True])
def test_no_small_change_of_the_best_q_is_better(
    shipped: Checkpoint, x: Tensor, full: bool
) -> None:
    network = Autoencoder(shipped.config, 64).load(shipped.weights).double().requires_grad_(False)
    images, config = x[:3], shipped.config
    posterior = exact_posterior(Grid(network), images, config)
    best = best_gaussian(network, images, encoder_q(network, images), posterior, config, full)
    most = bound(network, images, best, config, nodes=12).elbo
    for move in (-0.03, 0.03):
        for parameter in range(5 if full else 4):
            mean, factor = best.mean.clone(), best.factor.clone()
            if parameter < 2:
                mean[:, parameter] += move
            elif parameter < 4:
                factor[:, parameter - 2, parameter - 2] *= 1 + 3 * move
            else:
                factor[:, 1, 0] += move
            moved = bound(network, images, Gaussian(mean, factor), config, nodes=12).elbo
            assert (moved < most).all(), (parameter, move)


def test_an_autoencoders_code_is_no_q(x: Tensor) -> None:
    config = RunConfig(model="ae", likelihood="gaussian")
    network = Autoencoder(config, 64).initialise(torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="found an autoencoder, expected a vae"):
        amortisation(config, weights_of(network), x[:1])

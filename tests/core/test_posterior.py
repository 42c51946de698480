"""The exact posterior against closed forms, a much finer grid, quadrature and Monte Carlo."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from tests.core import oracles
from vae_core import RunConfig
from vae_core.amortisation import encoder_q
from vae_core.checkpoints import Checkpoint, load_checkpoint
from vae_core.data import Dataset
from vae_core.networks import Autoencoder
from vae_core.posterior import (
    TOLERANCE,
    Gaussian,
    Grid,
    PosteriorError,
    bound,
    exact_posterior,
    gap_on_grid,
    linear_gaussian,
    log_joint,
    posterior_on,
)

MODELS = Path(__file__).parents[2] / "models"

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def grid(shipped: Checkpoint) -> Grid:
    return Grid(network_of(shipped))


@pytest.fixture(scope="module")
def x(digits: Dataset) -> Tensor:
    """All validation images, and as many of the first training images as make 400."""
    return torch.from_numpy(np.concatenate([digits.x_val, digits.x_train])[:400]).double()


def network_of(checkpoint: Checkpoint) -> Autoencoder:
    network = Autoencoder(checkpoint.config, 64).load(checkpoint.weights)
    return network.double().requires_grad_(False)


def linear_decoder(w: np.ndarray, b: np.ndarray) -> Autoencoder:
    """The project's own network, without hidden layers: f(z) = w z + b."""
    network = Autoencoder(RunConfig(model="linear"), len(b)).double().requires_grad_(False)
    network.output.weight.copy_(torch.from_numpy(w))
    network.output.bias.copy_(torch.from_numpy(b))
    return network


def wide_grid(w: np.ndarray, b: np.ndarray) -> Grid:
    """So wide that not even a millionth of the prior lies outside."""
    return Grid(linear_decoder(w, b), side=201, half=7)


def linear_case(seed: int, d: int, c: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """w (d, 2), b (d,), x (5, d) drawn from the model."""
    random = np.random.default_rng(seed)
    w, b = random.normal(size=(d, 2)), random.normal(size=d)
    noise = math.sqrt(c) * random.normal(size=(5, d))
    return w, b, random.normal(size=(5, 2)).clip(-2, 2) @ w.T + b + noise


def config_of(c: float) -> RunConfig:
    return RunConfig(model="linear", c=c)


def conditional(
    w: np.ndarray, b: np.ndarray, c: float, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, covariance and log p(x) by conditioning the joint Gaussian of z and x."""
    marginal = w @ w.T + c * np.eye(len(b))
    gain = w.T @ np.linalg.inv(marginal)
    evidence = stats.multivariate_normal(b, marginal).logpdf(x)
    return (x - b) @ gain.T, np.eye(w.shape[1]) - gain @ w, evidence


# --- linear decoders: closed forms


@pytest.mark.parametrize(("k", "d"), [(1, 3), (2, 2), (2, 7), (3, 2)])
@pytest.mark.parametrize("c", [0.01, 0.5, 20])
def test_the_linear_posterior_is_the_joint_gaussians_conditional(k: int, d: int, c: float) -> None:
    random = np.random.default_rng(10 * k + d)
    w, b, x = random.normal(size=(d, k)), random.normal(size=d), random.normal(size=(4, d))
    found = linear_gaussian(*map(torch.from_numpy, (w, b)), c, torch.from_numpy(x))
    mean, covariance, evidence = conditional(w, b, c, x)
    np.testing.assert_allclose(found.mean, mean, atol=1e-9)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-9)
    np.testing.assert_allclose(found.log_evidence, evidence, rtol=1e-9)


def test_the_identity_gives_the_numbers_of_chapter_7() -> None:
    x = torch.tensor([[1.1, -2.2]]).double()
    found = linear_gaussian(torch.eye(2).double(), torch.zeros(2).double(), 0.1, x)
    np.testing.assert_allclose(found.mean, [[1, -2]])
    np.testing.assert_allclose(found.covariance, 0.1 / 1.1 * np.eye(2), atol=1e-12)


@pytest.mark.parametrize(("seed", "d", "c"), [(0, 2, 0.3), (1, 3, 0.5), (2, 6, 0.2), (3, 6, 1)])
def test_bayes_on_the_grid_lands_on_the_closed_form(seed: int, d: int, c: float) -> None:
    w, b, x = linear_case(seed, d, c)
    found = posterior_on(wide_grid(w, b), torch.from_numpy(x), config_of(c))
    mean, covariance, evidence = conditional(w, b, c, x)
    np.testing.assert_allclose(found.log_evidence, evidence, atol=1e-6)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)
    np.testing.assert_allclose(found.covariance, covariance[None].repeat(5, 0), atol=1e-6)
    np.testing.assert_allclose(found.log_mass.exp().sum(1), 1, atol=1e-12)


@pytest.mark.parametrize("beta", [0.3, 1, 4])
def test_the_constant_of_a_tempered_likelihood_is_log_z_beta(beta: float) -> None:
    """N(x; f, c I)^(1/beta) is N(x; f, beta c I) but for a factor known in closed form."""
    c, (w, b, x) = 0.4, linear_case(4, 4, 0.4)
    found, d = posterior_on(wide_grid(w, b), torch.from_numpy(x), config_of(c), beta), 4
    mean, covariance, evidence = conditional(w, b, beta * c, x)
    factor = d / 2 * (math.log(2 * math.pi * beta * c) - math.log(2 * math.pi * c) / beta)
    np.testing.assert_allclose(found.log_constant, evidence + factor, atol=1e-6)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)
    np.testing.assert_allclose(found.covariance[0], covariance, atol=1e-6)


# --- the shipped decoder: a grid four times as fine


def test_the_evidence_is_that_of_a_grid_four_times_as_fine(
    shipped: Checkpoint, grid: Grid, x: Tensor
) -> None:
    found = exact_posterior(grid, x, shipped.config)
    assert (found.error <= TOLERANCE).all()
    side, images = 4 * (found.grid.side - 1) + 1, x.float()
    axis, parts = np.linspace(-4.5, 4.5, side), []
    for first in axis:  # one row of the grid at a time
        z = np.stack([np.full(side, first), axis], 1)
        f = grid.network.decode(torch.from_numpy(z)).float()
        away = torch.addmm(images.square().sum(1, True) + f.square().sum(1), images, f.T, alpha=-2)
        log_prior = torch.from_numpy(stats.norm.logpdf(z).sum(1)).float()
        parts.append((log_prior - away / 0.2).logsumexp(1))
    log_cell = 2 * math.log(axis[1] - axis[0])
    expected = torch.stack(parts).logsumexp(0) + log_cell - 32 * math.log(2 * math.pi * 0.1)
    assert (found.log_evidence - expected).abs().max() < TOLERANCE


@pytest.mark.parametrize("side", [15, 21, 31, 41, 61])
def test_the_error_stated_is_not_less_than_the_error_made(
    shipped: Checkpoint, grid: Grid, x: Tensor, side: int
) -> None:
    """Nor is it ever stated to be small where it is not, on grids so coarse that both are large."""
    images = x[:100]
    coarse = posterior_on(Grid(grid.network, side), images, shipped.config)
    fine = posterior_on(grid.finer, images, shipped.config)
    off = (coarse.log_evidence - fine.log_evidence).abs()
    judged = torch.ones(100, dtype=torch.bool) if side > 30 else coarse.error < 0.1
    assert (off <= coarse.error)[judged].all()
    assert off.max() > TOLERANCE or side > 31  # a coarse grid does make errors


def test_the_error_of_a_ridge_along_an_axis_is_seen() -> None:
    """Thin across, long along: a grid as coarse along as across would look exact."""
    w, b = np.array([[30.0, 0], [0, 0.1]]), np.zeros(2)
    found = posterior_on(Grid(linear_decoder(w, b), 41), torch.zeros(1, 2), config_of(0.5))
    _, _, evidence = conditional(w, b, 0.5, np.zeros((1, 2)))
    off = abs(found.log_evidence.item() - evidence)
    assert 0.5 < off < found.error.item()


def test_the_grid_is_refined_until_its_error_is_small(
    shipped: Checkpoint, grid: Grid, x: Tensor
) -> None:
    first = posterior_on(grid, x[:40], shipped.config)
    easy, hard = x[:40][first.error.argmin()][None], x[:40][first.error.argmax()][None]
    assert exact_posterior(grid, easy, shipped.config).grid is grid
    assert exact_posterior(grid, hard, shipped.config).grid is grid.finer
    with_wide_margin = exact_posterior(grid, hard, shipped.config, tolerance=10)
    assert with_wide_margin.grid is grid


def test_a_finer_grid_keeps_every_point(grid: Grid) -> None:
    side = grid.finer.side
    kept = grid.finer.points.view(side, side, 2)[::2, ::2].flatten(0, 1)
    torch.testing.assert_close(kept, grid.points)
    assert grid.finer.spacing == pytest.approx(grid.spacing / 2)


def test_of_a_collapsed_model_the_posterior_is_the_prior(x: Tensor) -> None:
    checkpoint = load_checkpoint(MODELS / "digits-vae-gaussian-c1.safetensors")
    found = exact_posterior(Grid(network_of(checkpoint)), x[:20], checkpoint.config)
    prior = Gaussian(torch.zeros(20, 2).double(), torch.eye(2).double().expand(20, 2, 2))
    assert gap_on_grid(prior, found).max() < 0.005
    assert found.mean.abs().max() < 0.1
    assert (found.covariance - torch.eye(2)).abs().max() < 0.1


# --- ELBO and gap


def test_elbo_and_gap_add_up_to_the_evidence(shipped: Checkpoint, grid: Grid, x: Tensor) -> None:
    """Three computations: quadrature under q, a sum over the grid, and Bayes' denominator."""
    images = x[:297]
    q = encoder_q(network_of(shipped), images)
    posterior = exact_posterior(grid, images, shipped.config)
    elbo, gap = bound(grid.network, images, q, shipped.config).elbo, gap_on_grid(q, posterior)
    assert (elbo + gap - posterior.log_evidence).abs().max() < TOLERANCE
    assert (posterior.log_evidence - elbo >= -posterior.error).all()
    assert (gap > 0).all()
    assert gap.max() > 5  # the encoder does miss an image


def test_gap_is_torchs_kl_for_gaussians() -> None:
    w, b, x = linear_case(5, 3, 0.5)
    posterior = posterior_on(wide_grid(w, b), torch.from_numpy(x), config_of(0.5))
    mean, covariance, _ = conditional(w, b, 0.5, x)
    q = tilted(len(x), seed=6)
    exact = MultivariateNormal(*map(torch.from_numpy, (mean, covariance[None].repeat(5, 0))))
    expected = kl_divergence(MultivariateNormal(q.mean, scale_tril=q.factor), exact)
    torch.testing.assert_close(gap_on_grid(q, posterior), expected, rtol=1e-5, atol=1e-5)


def tilted(n: int, seed: int = 0) -> Gaussian:
    """n Gaussians with correlated coordinates, inside the plane."""
    random = torch.Generator().manual_seed(seed)
    mean = torch.randn(n, 2, generator=random).double()
    factor = torch.diag_embed(0.2 + 0.4 * torch.rand(n, 2, generator=random).double())
    factor[:, 1, 0] = 0.4 * torch.randn(n, generator=random).double()
    return Gaussian(mean, factor)


def test_the_elbos_terms_are_those_of_monte_carlo_and_torch(
    shipped: Checkpoint, grid: Grid, x: Tensor
) -> None:
    n, draws = 4, 40_000
    q, random = tilted(n), np.random.default_rng(0)
    found = bound(grid.network, x[:n], q, shipped.config)
    for i in range(n):
        z = random.multivariate_normal(q.mean[i].numpy(), q.covariance[i].numpy(), draws)
        output = oracles.decoded(shipped.config, shipped.weights, z)
        cost = oracles.gaussian_nll(output, x[i].numpy()[None].repeat(draws, 0), 0.1)
        room = 4 * cost.std() / math.sqrt(draws)
        assert room < 1
        assert found.recon[i].item() == pytest.approx(cost.mean(), abs=room)
    own, prior = MultivariateNormal(q.mean, scale_tril=q.factor), standard()
    torch.testing.assert_close(found.kl, kl_divergence(own, prior))


def standard() -> MultivariateNormal:
    return MultivariateNormal(torch.zeros(2).double(), torch.eye(2).double())


@pytest.mark.parametrize("beta", [0.5, 2])
def test_for_another_beta_the_loss_is_a_gap_to_q_beta_above_log_z_beta(
    shipped: Checkpoint, grid: Grid, x: Tensor, beta: float
) -> None:
    """recon + beta kl = beta (KL(q || q_beta) - log Z_beta)."""
    images = x[:20]
    q = encoder_q(network_of(shipped), images)
    terms = bound(grid.network, images, q, shipped.config)
    tempered = exact_posterior(grid, images, shipped.config, beta)
    expected = beta * (gap_on_grid(q, tempered) - tempered.log_constant)
    torch.testing.assert_close(terms.recon + beta * terms.kl, expected, rtol=0, atol=TOLERANCE)


# --- what has no answer


def test_only_a_density_has_a_posterior_and_only_on_a_plane(grid: Grid, x: Tensor) -> None:
    with pytest.raises(PosteriorError, match="likelihood: found 'bernoulli', expected 'gaussian'"):
        log_joint(grid, x[:1], RunConfig(dataset="digits"))
    with pytest.raises(PosteriorError, match="latent_dim: found 3, expected 2"):
        log_joint(grid, x[:1], RunConfig(likelihood="gaussian", latent_dim=3))


def test_a_posterior_too_narrow_for_any_grid_is_refused(
    shipped: Checkpoint, grid: Grid, x: Tensor
) -> None:
    config = dataclasses.replace(shipped.config, c=1e-4)
    with pytest.raises(PosteriorError, match=r"c: found 0\.0001: .* 321 by 321 points"):
        exact_posterior(grid, x[:2], config)


def test_an_image_whose_code_would_lie_off_the_plane_is_refused() -> None:
    w, b = np.eye(2), np.zeros(2)
    grid, config = Grid(linear_decoder(w, b)), config_of(0.1)
    near, far = torch.tensor([[1.0, 0]]), torch.tensor([[9.0, 0]])
    assert exact_posterior(grid, near, config).border.item() < 1e-6
    assert posterior_on(grid, far, config).border.item() > 0.1
    assert 0.5 < posterior_on(grid, far, config).outside.item() <= 1
    with pytest.raises(PosteriorError, match=r"over the edge of the plane, expected at most 1\.0%"):
        exact_posterior(grid, far, config)


@pytest.mark.parametrize("at", [3.2, 3.5, 3.8])
def test_what_little_lies_outside_the_plane_is_not_understated(at: float) -> None:
    """f(z) = z: the posterior is N(x / (1 + c), c / (1 + c))."""
    x, std = torch.tensor([[1.2 * at, 0]]), math.sqrt(0.2 / 1.2)
    found = posterior_on(Grid(linear_decoder(np.eye(2), np.zeros(2))), x, config_of(0.2))
    assert found.outside.item() > stats.norm.sf(4.5, at, std) > 0.0005


def test_a_tempered_posterior_has_no_evidence(shipped: Checkpoint, grid: Grid, x: Tensor) -> None:
    with pytest.raises(PosteriorError, match="beta: found 2, expected 1"):
        _ = posterior_on(grid, x[:1], shipped.config, 2).log_evidence


@pytest.mark.parametrize(("mean", "std"), [(0.0, 0.005), (4.4, 0.3)])
def test_a_q_the_grid_does_not_hold_is_refused(mean: float, std: float) -> None:
    grid = Grid(linear_decoder(np.eye(2), np.zeros(2)))
    posterior = posterior_on(grid, torch.zeros(1, 2), config_of(0.5))
    q = Gaussian(torch.full((1, 2), mean).double(), std * torch.eye(2).double()[None])
    with pytest.raises(PosteriorError, match="q does not fit the grid"):
        gap_on_grid(q, posterior)

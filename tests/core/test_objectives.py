"""Every term of the loss against an independent definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from tests.core import oracles
from vae_core import RunConfig
from vae_core.data import Dataset, bernoulli_entropy
from vae_core.networks import Autoencoder
from vae_core.objectives import (
    Terms,
    kl_to_prior,
    likelihood_mean,
    likelihood_output,
    negative_log_likelihood,
    squared_error,
    terms,
)

BERNOULLI = RunConfig(dataset="digits", likelihood="bernoulli")


def gaussian(c: float) -> RunConfig:
    return RunConfig(dataset="digits", likelihood="gaussian", c=c)


def normal(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- the KL term


@pytest.mark.parametrize("k", [1, 2, 32])
def test_kl_is_that_of_torch_distributions(k: int) -> None:
    mu, logvar = normal(40, k, scale=3), normal(40, k, seed=1, scale=3)
    posterior = Normal(mu, torch.exp(logvar / 2))
    expected = kl_divergence(posterior, Normal(torch.zeros(()), torch.ones(()))).sum(1)
    torch.testing.assert_close(kl_to_prior(mu, logvar), expected)


def test_kl_is_the_full_covariance_formula_when_the_covariance_is_diagonal() -> None:
    mu, logvar = normal(1, 3)[0], normal(1, 3, seed=1)[0]
    sigma = torch.diag(logvar.exp())
    expected = 0.5 * (torch.trace(sigma) + mu @ mu - 3 - torch.logdet(sigma))
    torch.testing.assert_close(kl_to_prior(mu[None], logvar[None])[0], expected)


def test_kl_of_the_prior_itself_is_zero_and_of_anything_else_positive() -> None:
    zero = torch.zeros(1, 2)
    assert kl_to_prior(zero, zero).item() == 0
    assert kl_to_prior(zero + 0.1, zero).item() > 0
    assert kl_to_prior(zero, zero + 0.1).item() > 0
    assert kl_to_prior(zero, zero - 0.1).item() > 0


# --- the reconstruction term


def test_bernoulli_is_the_log_probability_of_binary_images() -> None:
    logits, x = normal(30, 7, scale=4), (uniform(30, 7) < 0.4).double()
    expected = -Bernoulli(logits=logits).log_prob(x).sum(1)
    torch.testing.assert_close(negative_log_likelihood(logits, x, BERNOULLI), expected)


def test_bernoulli_on_grey_pixels_is_the_cross_entropy() -> None:
    logits, x = normal(30, 7, scale=4), uniform(30, 7)
    p = 1 / (1 + torch.exp(-logits))
    expected = -(x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(1)
    torch.testing.assert_close(negative_log_likelihood(logits, x, BERNOULLI), expected)


def test_a_wrong_pixel_at_logit_100_costs_100_nats_and_not_infinity() -> None:
    logits = torch.tensor([[100.0, -100.0]])
    cost = negative_log_likelihood(logits, torch.tensor([[0.0, 1.0]]), BERNOULLI)
    assert cost.item() == pytest.approx(200)
    assert negative_log_likelihood(logits, torch.tensor([[1.0, 0.0]]), BERNOULLI).item() < 1e-6


@pytest.mark.parametrize("c", [1e-4, 0.05, 0.1, 1.0, 100.0])
def test_gaussian_is_the_full_density(c: float) -> None:
    mean, x = normal(20, 6), uniform(20, 6)
    pixels = Normal(mean, math.sqrt(c)).log_prob(x).sum(1)
    images = MultivariateNormal(mean, c * torch.eye(6, dtype=torch.float64)).log_prob(x)
    found = negative_log_likelihood(mean, x, gaussian(c))
    torch.testing.assert_close(found, -pixels)
    torch.testing.assert_close(found, -images)


def test_gaussian_of_a_perfect_image_is_the_normaliser_alone() -> None:
    x = uniform(1, 64)
    found = negative_log_likelihood(x, x, gaussian(0.1)).item()
    assert found == pytest.approx(64 / 2 * math.log(2 * math.pi * 0.1))
    assert found < 0  # a density may exceed one


def test_gaussian_density_integrates_to_one() -> None:
    x = torch.linspace(-9, 9, 20001, dtype=torch.float64)[:, None]
    density = torch.exp(-negative_log_likelihood(torch.full_like(x, 0.3), x, gaussian(0.7)))
    assert torch.trapezoid(density, x[:, 0]).item() == pytest.approx(1, abs=1e-9)


def test_likelihood_mean_is_the_sigmoid_only_under_bernoulli() -> None:
    output = normal(4, 3)
    torch.testing.assert_close(likelihood_mean(output, BERNOULLI), 1 / (1 + torch.exp(-output)))
    assert likelihood_mean(output, gaussian(0.1)) is output


def test_likelihood_output_is_what_has_that_mean() -> None:
    mean = torch.tensor([0.02, 0.5, 0.97])
    for config in (BERNOULLI, gaussian(0.1)):
        torch.testing.assert_close(likelihood_mean(likelihood_output(mean, config), config), mean)
    edges = likelihood_mean(likelihood_output(torch.tensor([0.0, 1.0]), BERNOULLI), BERNOULLI)
    torch.testing.assert_close(edges, torch.tensor([0.01, 0.99]))


def test_squared_error_is_summed_over_pixels_and_not_over_images() -> None:
    x_hat, x = normal(5, 9), uniform(5, 9)
    expected = [((x_hat[i] - x[i]).numpy() ** 2).sum() for i in range(5)]
    np.testing.assert_allclose(squared_error(x_hat, x).numpy(), expected)


# --- both together


@pytest.mark.parametrize("config", [BERNOULLI, gaussian(0.1)], ids=["bernoulli", "gaussian"])
def test_terms_are_means_over_the_batch_of_sums_over_pixels(config: RunConfig) -> None:
    output, x = normal(6, 10), uniform(6, 10)
    mu, logvar = normal(6, 2, seed=2), normal(6, 2, seed=3)
    recon, kl = terms(output, x, mu, logvar, config)
    expected = oracles.nll(config, output.numpy(), x.numpy()).mean()
    assert recon.item() == pytest.approx(expected, rel=1e-12)
    assert kl is not None
    assert kl.item() == pytest.approx(oracles.kl(mu.numpy(), logvar.numpy()).mean(), rel=1e-12)


@pytest.mark.parametrize("config", [BERNOULLI, gaussian(0.1)], ids=["bernoulli", "gaussian"])
def test_batch_size_leaves_recon_and_kl_unchanged(config: RunConfig) -> None:
    output, x = normal(12, 10), uniform(12, 10)
    mu, logvar = normal(12, 2, seed=2), normal(12, 2, seed=3)
    whole = terms(output, x, mu, logvar, config)
    parts = [terms(output[s], x[s], mu[s], logvar[s], config) for s in (slice(0, 6), slice(6, 12))]
    twice = terms(*(torch.cat([t, t]) for t in (output, x, mu, logvar)), config)  # type: ignore[arg-type]
    for i in (0, 1):
        pair = torch.stack([part[i] for part in parts])  # type: ignore[misc]
        torch.testing.assert_close(pair.mean(), whole[i])
        torch.testing.assert_close(twice[i], whole[i])


def test_loss_is_recon_plus_beta_kl() -> None:
    both = Terms(torch.tensor(20.0), torch.tensor(3.0))
    assert [both.loss(beta).item() for beta in (0.0, 1.0, 30.0)] == [20, 23, 110]
    assert Terms(torch.tensor(20.0), None).loss(30.0).item() == 20


# --- the ELBO against the evidence


def linear_gaussian() -> tuple[Tensor, Tensor, Tensor, float]:
    """W with orthogonal columns, so that the exact posterior is diagonal: W (5, 2), b, x, c."""
    q, _ = torch.linalg.qr(normal(5, 2, seed=5))
    w = q * torch.tensor([1.7, 0.4], dtype=torch.float64)
    return w, normal(1, 5, seed=6)[0], normal(1, 5, seed=7)[0], 0.3


def elbo(mu: Tensor, logvar: Tensor) -> float:
    """-(recon + kl), the expectation over q by Gauss-Hermite quadrature (exact: quadratic in z)."""
    w, b, x, c = linear_gaussian()
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    weights = weights / weights.sum()
    recon = 0.0
    for (e1, w1), (e2, w2) in itertools.product(zip(nodes, weights, strict=True), repeat=2):
        z = mu + torch.exp(logvar / 2) * torch.tensor([e1, e2])
        recon += w1 * w2 * negative_log_likelihood((w @ z + b)[None], x[None], gaussian(c)).item()
    return -(recon + kl_to_prior(mu[None], logvar[None]).item())


def exact_posterior() -> tuple[Tensor, Tensor]:
    w, b, x, c = linear_gaussian()
    covariance = torch.linalg.inv(torch.eye(2) + w.T @ w / c)
    assert abs(covariance[0, 1]) < 1e-12
    return covariance @ w.T @ (x - b) / c, torch.log(torch.diag(covariance))


def evidence() -> float:
    w, b, x, c = linear_gaussian()
    covariance = w @ w.T + c * torch.eye(5, dtype=torch.float64)
    return MultivariateNormal(b, covariance).log_prob(x).item()


def test_elbo_of_the_exact_posterior_is_the_evidence() -> None:
    assert elbo(*exact_posterior()) == pytest.approx(evidence(), abs=1e-10)


@pytest.mark.parametrize("shift, stretch", [(0.5, 0.0), (0.0, 1.0), (-0.3, -2.0)])
def test_elbo_of_another_q_falls_short_by_its_kl_to_the_posterior(
    shift: float, stretch: float
) -> None:
    mu, logvar = exact_posterior()
    q = Normal(mu + shift, torch.exp((logvar + stretch) / 2))
    gap = kl_divergence(q, Normal(mu, torch.exp(logvar / 2))).sum().item()
    assert gap > 0.01
    assert evidence() - elbo(mu + shift, logvar + stretch) == pytest.approx(gap, abs=1e-10)


@given(
    mu=st.floats(-3, 3), logvar=st.floats(-5, 2), scale=st.floats(-4, 4), seed=st.integers(0, 99)
)
def test_elbo_of_binary_images_never_exceeds_the_evidence_by_quadrature(
    mu: float, logvar: float, scale: float, seed: int
) -> None:
    z = torch.linspace(-12, 12, 4001, dtype=torch.float64)[:, None]
    x = (uniform(1, 6, seed=seed) < 0.5).double()
    output = torch.tanh(scale * z) * normal(1, 6, seed=seed) + 0.3
    nll = negative_log_likelihood(output, x.expand_as(output), BERNOULLI)
    prior, q = Normal(0.0, 1.0), Normal(mu, math.exp(logvar / 2))
    evidence = torch.trapezoid(torch.exp(prior.log_prob(z[:, 0]) - nll), z[:, 0]).log().item()
    recon = torch.trapezoid(torch.exp(q.log_prob(z[:, 0])) * nll, z[:, 0]).item()
    kl = kl_to_prior(torch.tensor([[mu]]), torch.tensor([[logvar]])).item()
    assert -(recon + kl) <= evidence + 1e-4


# --- gradients


CASES = [
    ("vae", "bernoulli", "tanh", 1.0),
    ("vae", "bernoulli", "elu", 0.0),
    ("vae", "gaussian", "elu", 7.5),
    ("ae", "bernoulli", "tanh", 1.0),
    ("linear", "gaussian", "relu", 1.0),
]


@pytest.mark.parametrize("model, likelihood, activation, beta", CASES)
def test_gradients_of_the_loss_are_those_of_finite_differences(
    model: str, likelihood: str, activation: str, beta: float
) -> None:
    config = oracles.small_config(
        model=model, likelihood=likelihood, activation=activation, beta=beta, hidden=(4, 3)
    )
    network = Autoencoder(config, 5).initialise(torch.Generator().manual_seed(1)).double()
    x = uniform(3, 5)

    def loss() -> Tensor:
        mu, logvar = network.encode(x)
        noise = torch.Generator().manual_seed(2)  # the same eps at every call
        output = network.decode(network.reparameterize(mu, logvar, noise))
        return terms(output, x, mu, logvar, config).loss(beta)

    loss().backward()  # type: ignore[no-untyped-call]
    for name, parameter in network.named_parameters():
        numeric = torch.zeros_like(parameter)
        for i in range(parameter.numel()):
            flat = parameter.data.view(-1)
            values = []
            for step in (1e-5, -2e-5):
                flat[i] += step
                values.append(loss().item())
            flat[i] += 1e-5
            numeric.view(-1)[i] = (values[0] - values[1]) / 2e-5
        if parameter.grad is None:  # with β = 0 the noise still reaches log σ²
            pytest.fail(f"no gradient reaches {name}")
        torch.testing.assert_close(
            parameter.grad, numeric, rtol=1e-5, atol=1e-7, msg=lambda text, n=name: f"{n}: {text}"
        )


# --- the entropy floor


def test_entropy_floor_is_the_entropy_of_the_pixels(digits: Dataset, shapes: Dataset) -> None:
    for data, published in ((digits, 13.6), (shapes, 24.9)):
        p = torch.from_numpy(data.x_train).double()
        expected = Bernoulli(probs=p).entropy().sum(1).mean().item()
        assert data.entropy_floor == pytest.approx(expected, rel=1e-5)
        assert data.entropy_floor == pytest.approx(published, abs=0.15)


def test_entropy_floor_of_binary_images_is_zero_and_of_mid_grey_log_two() -> None:
    binary = (uniform(9, 5) < 0.5).float().numpy()
    assert bernoulli_entropy(binary) == 0
    assert bernoulli_entropy(np.full((3, 10), 0.5, np.float32)) == pytest.approx(10 * math.log(2))


@given(seed=st.integers(0, 10**6), scale=st.floats(0, 1000))
def test_recon_is_never_below_the_entropy_floor(seed: int, scale: float) -> None:
    levels = torch.round(uniform(8, 6, seed=seed) * 16) / 16
    logits = normal(8, 6, seed=seed, scale=scale)
    recon = negative_log_likelihood(logits, levels, BERNOULLI).mean().item()
    assert recon >= bernoulli_entropy(levels.numpy())


@given(seed=st.integers(0, 10**6), scale=st.floats(0, 4))  # beyond, torch rounds p to 1
def test_recon_exceeds_the_entropy_floor_by_a_kl_between_pixels(seed: int, scale: float) -> None:
    levels = torch.round(uniform(8, 6, seed=seed) * 16) / 16
    logits = normal(8, 6, seed=seed, scale=scale)
    recon = negative_log_likelihood(logits, levels, BERNOULLI).mean().item()
    floor = bernoulli_entropy(levels.numpy())
    excess = kl_divergence(Bernoulli(probs=levels), Bernoulli(logits=logits)).sum(1).mean().item()
    assert recon - floor == pytest.approx(excess, abs=1e-9)


def test_recon_reaches_the_entropy_floor_when_the_image_is_its_own_mean() -> None:
    x = uniform(8, 6).clamp(0.01, 0.99)
    recon = negative_log_likelihood(torch.logit(x), x, BERNOULLI).mean().item()
    assert recon == pytest.approx(bernoulli_entropy(x.numpy()), rel=1e-9)

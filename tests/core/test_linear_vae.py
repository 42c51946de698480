"""The linear VAE: what it must learn, and that gradient descent learns it."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from vae_core import RunConfig, load_dataset
from vae_core.linear_vae import (
    expected_loss,
    kl_terms,
    sampled_loss,
    train_linear_ae,
    train_linear_vae,
)
from vae_core.spectrum import predicted, spectrum
from vae_core.training import initial_snapshot, train

DIGITS = load_dataset("digits").x_train


def cloud(variances: list[float], n: int = 400) -> np.ndarray:
    """Points (n, d) whose covariance, with 1/n, has exactly these eigenvalues; turned at random."""
    rng = np.random.default_rng(0)
    white = rng.normal(size=(n, len(variances)))
    white = np.linalg.qr(white - white.mean(0))[0] * np.sqrt(n)
    turn = np.linalg.qr(rng.normal(size=(len(variances),) * 2))[0]
    return (white * np.sqrt(variances)) @ turn.T + 3


def log_evidence(x: np.ndarray, w: np.ndarray, c: float) -> float:
    """Mean log density of x under N(mean, W W' + c I), by torch."""
    covariance = torch.from_numpy(w @ w.T + c * np.eye(len(w)))
    return float(MultivariateNormal(torch.from_numpy(x.mean(0)), covariance)
                 .log_prob(torch.from_numpy(x)).mean())  # fmt: skip


def test_the_spectrum_is_pcas() -> None:
    variances, axes = spectrum(DIGITS)
    fitted = PCA().fit(DIGITS.astype(np.float64))
    exact = fitted.explained_variance_ * (len(DIGITS) - 1) / len(DIGITS)
    assert variances == pytest.approx(exact, abs=1e-12)
    cosines = np.abs((axes * fitted.components_).sum(1))
    assert cosines[:30] == pytest.approx(np.ones(30), abs=1e-9)
    assert (axes.max(1) >= np.abs(axes).max(1)).all()


def test_the_predicted_weights_have_the_highest_evidence_of_all() -> None:
    """The oracle knows nothing of eigenvalues: it scores W by the density of x."""
    x, c, rng = cloud([1.0, 0.6, 0.3, 0.1]), 0.4, np.random.default_rng(1)
    best = predicted(x, c, 3)
    w = best.axes.T * best.singular
    assert (best.singular > 0).tolist() == [True, True, False]
    assert best.singular == pytest.approx(np.sqrt([0.6, 0.2, 0]), abs=1e-9)
    top = log_evidence(x, w, c)
    for size in (0.3, 0.03, 0.003):
        for _ in range(50):
            assert log_evidence(x, w + size * rng.normal(size=w.shape), c) < top


def test_the_predicted_kl_is_that_of_the_exact_posterior() -> None:
    x, c = cloud([1.0, 0.6, 0.3, 0.1]), 0.4
    best = predicted(x, c, 3)
    w = best.axes.T * best.singular
    precision = w.T @ w / c + np.eye(3)
    mu = (x - x.mean(0)) @ w @ np.linalg.inv(precision) / c
    std = 1 / np.sqrt(np.diag(precision))
    q = Normal(torch.from_numpy(mu), torch.from_numpy(std).expand(len(x), -1))
    zero = torch.zeros(1, dtype=torch.float64)
    exact = kl_divergence(q, Normal(zero, zero + 1)).mean(0)
    assert best.kl == pytest.approx(exact.numpy(), abs=1e-9)
    assert best.kl == pytest.approx([0.5 * np.log(1 / 0.4), 0.5 * np.log(0.6 / 0.4), 0], abs=1e-9)


def test_the_expected_loss_is_the_mean_of_sampled_ones() -> None:
    """And both are those of torch.distributions."""
    x = torch.from_numpy(cloud([1.0, 0.6, 0.3, 0.1]))
    x = x - x.mean(0)
    generator = torch.Generator().manual_seed(3)
    w, v = (torch.randn(shape, generator=generator).double() for shape in ((4, 2), (2, 4)))
    logvar, c = torch.tensor([-1.0, 0.3]).double(), 0.4
    covariance = x.T @ x / len(x)
    expected = float(expected_loss(w, v, logvar, covariance, c))
    drawn = [float(sampled_loss(w, v, logvar, x, c, generator)) for _ in range(4000)]
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(np.mean(drawn) - expected) < 5 * error < 0.01 * abs(expected)

    q = Normal(x @ v.T, torch.exp(0.5 * logvar).expand(len(x), -1))
    z = q.sample((3000,))
    recon = -Normal(z @ w.T, c**0.5).log_prob(x).sum(-1).mean()
    kl = kl_divergence(q, Normal(torch.zeros(1).double(), torch.ones(1).double())).mean(0)
    assert expected == pytest.approx(float(recon + kl.sum()), rel=3e-3)
    assert kl_terms(v, logvar, covariance).numpy() == pytest.approx(kl.numpy(), abs=1e-9)


@pytest.mark.parametrize(("c", "survivors"), [(0.6, 2), (0.3, 4)])
def test_on_digits_training_finds_what_was_predicted_to_four_digits(
    c: float, survivors: int
) -> None:
    best = predicted(DIGITS, c, 6)
    found = train_linear_vae(DIGITS, c, 6, seed=1, steps=1500)
    assert int((best.singular > 0).sum()) == survivors
    assert found.lengths == pytest.approx(best.singular, abs=5e-5)
    assert found.kl == pytest.approx(best.kl, abs=5e-5)
    assert (found.lengths[survivors:] < 1e-4).all()
    assert found.std[survivors:] == pytest.approx(np.ones(6 - survivors), abs=1e-4)
    assert found.std**2 == pytest.approx(np.minimum(c / spectrum(DIGITS)[0][:6], 1), abs=1e-4)
    assert (found.angles(best.axes)[:survivors] < 1).all()


def test_on_single_draws_it_finds_the_same_less_exactly() -> None:
    x = cloud([1.0, 0.5, 0.05, 0.02])
    best = predicted(x, 0.2, 3)
    found = train_linear_vae(x, 0.2, 3, sampled=True, steps=1500)
    assert found.lengths == pytest.approx(best.singular, abs=0.03)
    assert (found.angles(best.axes)[:2] < 5).all()


def test_a_linear_autoencoder_finds_the_plane_but_not_the_axes() -> None:
    x = cloud([1.0, 0.5, 0.05, 0.02])
    _, axes = spectrum(x)
    angles = []
    for seed in range(3):
        found = train_linear_ae(x, 2, seed, steps=1500)
        outside = found.W - axes[:2].T @ (axes[:2] @ found.W)
        assert np.abs(outside).max() < 1e-4
        assert np.abs(found.V @ found.W - np.eye(2)).max() < 1e-4
        angles.append(found.angles(axes[:2]).max())
    assert min(angles) > 1
    assert max(angles) - min(angles) > 3  # the seed's, not the data's


def test_a_run_can_go_on_from_given_weights() -> None:
    data = load_dataset("digits")
    config = RunConfig(dataset="digits", epochs=1, lr=1e-9)
    start = initial_snapshot(RunConfig(dataset="digits", seed=5), data)
    (last,) = train(config, data, start=start.weights)
    for name, array in start.weights.items():
        assert last.weights[name] == pytest.approx(array, abs=1e-6)

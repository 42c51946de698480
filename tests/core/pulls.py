"""What pulls on the clouds of a VAE, by automatic differentiation: the oracle of the forces."""

import numpy as np
import torch

from ui.terrain import POINTS, quadrature
from vae_core import RunConfig
from vae_core.networks import Autoencoder
from vae_core.objectives import kl_to_prior, negative_log_likelihood


def pulls(
    config: RunConfig, weights: dict[str, np.ndarray], x: np.ndarray,
    mu: np.ndarray, std: np.ndarray, rule: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return minus the slopes of recon and of beta * kl, each (n, 4): in mu, then in log std.

    `rule`: points (q, k) and weights (q,) that average over a standard normal.
    """
    network = Autoencoder(config, x.shape[1]).load(weights)
    at = torch.from_numpy(np.concatenate([mu, np.log(std)], axis=1)).requires_grad_()
    images, k = torch.from_numpy(np.array(x)), mu.shape[1]
    recon = torch.zeros(at.shape)
    for point, weight in zip(*(rule or quadrature(POINTS)), strict=True):
        z = at[:, :k] + at[:, k:].exp() * torch.from_numpy(point.astype(np.float32))
        loss = negative_log_likelihood(network.decode(z), images, config).sum()
        recon -= weight * torch.autograd.grad(loss, at)[0]
    kl = config.beta * kl_to_prior(at[:, :k], 2 * at[:, k:]).sum()
    return recon.numpy(), -torch.autograd.grad(kl, at)[0].numpy()


def lengths(pull: np.ndarray) -> list[float]:
    """Return the mean length over images (n, 4) of the pull on mu and of that on log std."""
    return [float(np.linalg.norm(pull[:, part], axis=1).mean()) for part in (slice(2), slice(2, 4))]


def balance(residual: np.ndarray) -> list[float]:
    """Return the length of the mean residual (n, 4) on mu and on log std."""
    return lengths(residual.mean(0, keepdims=True))

"""The linear VAE trained by gradient, and the linear autoencoder beside it.

    mu = V x    z = mu + std * eps    x_hat = W z    (x centred)

Here the ELBO depends on the data through their covariance alone, and its expectation over eps has a
closed form: `expected_loss` is the loss of VAE training itself, averaged over all images and all
draws. `sampled_loss` draws. float64, because what comes out is compared to four digits.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from vae_core.spectrum import Array, spectrum

STEPS = 3000  # of Adam, every image in each
LR = 0.02  # falls to 0 along half a cosine
BETAS = (0.9, 0.99)
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]  # of W (d, k), V (k, d) and logvar (k,)


@dataclasses.dataclass(frozen=True, eq=False)
class Linear:
    """A trained linear network, its columns by falling length."""

    W: Array  # (d, k) decoder
    V: Array  # (k, d) encoder
    std: Array  # (k,) of q(z given x), the same for every x; zeros for an autoencoder
    kl: Array  # (k,) nats per example, by latent dimension; zeros for an autoencoder

    @property
    def lengths(self) -> Array:
        """The length (k,) of each column of W: its singular values, where columns are at right
        angles.
        """
        return np.asarray(np.linalg.norm(self.W, axis=0))

    def angles(self, axes: Array) -> Array:
        """Return the angle in degrees, [0, 90], between each column of W and the axis (k, d) in
        its place.
        """
        cosines = np.abs((self.W.T * axes).sum(1)) / np.maximum(self.lengths, 1e-300)
        return np.asarray(np.degrees(np.arccos(np.minimum(cosines, 1))))


def train_linear_vae(
    x: np.ndarray, c: float, k: int, seed: int = 0, *, sampled: bool = False, steps: int = STEPS
) -> Linear:
    """Train a linear VAE on x (n, d) with noise of variance c and k latent dimensions.

    sampled: one eps is drawn per image and step, in place of the mean over all.
    """
    centred = torch.from_numpy(x.astype(np.float64) - x.mean(0, dtype=np.float64))
    covariance = centred.T @ centred / len(centred)
    noise = torch.Generator().manual_seed(2 * seed + 1)

    def loss(w: Tensor, v: Tensor, logvar: Tensor) -> Tensor:
        if sampled:
            return sampled_loss(w, v, logvar, centred, c, noise)
        return expected_loss(w, v, logvar, covariance, c)

    w, v, logvar = _minimised(loss, len(covariance), k, seed, steps)
    return _sorted(w, v, logvar.exp().sqrt(), kl_terms(v, logvar, covariance))


def train_linear_ae(x: np.ndarray, k: int, seed: int = 0, *, steps: int = STEPS) -> Linear:
    """Train a linear autoencoder on x (n, d) in the same way: no noise in z, no KL term."""
    variances, axes = spectrum(x)
    covariance = torch.from_numpy(axes.T * variances @ axes)

    def loss(w: Tensor, v: Tensor, logvar: Tensor) -> Tensor:
        return squared_error(w, v, torch.zeros_like(logvar), covariance)

    w, v, logvar = _minimised(loss, len(covariance), k, seed, steps)
    return _sorted(w, v, torch.zeros_like(logvar), torch.zeros_like(logvar))


def expected_loss(w: Tensor, v: Tensor, logvar: Tensor, covariance: Tensor, c: float) -> Tensor:
    """Return recon + KL in nats per example, averaged over the data and over eps, in closed form.

    w (d, k), v (k, d), logvar (k,); covariance (d, d) of the centred data, with 1/n.
    """
    constant = 0.5 * len(covariance) * math.log(2 * math.pi * c)
    recon = squared_error(w, v, logvar.exp(), covariance) / (2 * c) + constant
    return recon + kl_terms(v, logvar, covariance).sum()


def sampled_loss(
    w: Tensor, v: Tensor, logvar: Tensor, x: Tensor, c: float, noise: torch.Generator
) -> Tensor:
    """Return the same with one eps per image x (n, d) in place of the mean over all."""
    mu = x @ v.T
    eps = torch.randn(mu.shape, generator=noise, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * logvar) * eps
    error = (x - z @ w.T).square().sum(1)
    recon = error / (2 * c) + 0.5 * x.shape[1] * math.log(2 * math.pi * c)
    kl = 0.5 * (mu.square() + logvar.exp() - logvar - 1).sum(1)
    return (recon + kl).mean()


def squared_error(w: Tensor, v: Tensor, variance: Tensor, covariance: Tensor) -> Tensor:
    """Return the mean of |x - W z|² over the data and over z ~ N(V x, diag variance)."""
    code = v @ covariance  # (k, d): covariance of z's mean with x
    gram = w.T @ w
    return (
        covariance.trace() - 2 * (code * w.T).sum() + (gram * (code @ v.T)).sum()
        + (gram.diagonal() * variance).sum()
    )  # fmt: skip


def kl_terms(v: Tensor, logvar: Tensor, covariance: Tensor) -> Tensor:
    """Return KL(q || p) by latent dimension (k,), nats per example, averaged over the data."""
    square = (v @ covariance * v).sum(1)  # (k,) mean of mu²
    return 0.5 * (square + logvar.exp() - logvar - 1)


def _minimised(
    loss: Loss, d: int, k: int, seed: int, steps: int
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    torch.set_num_threads(1)  # two threads are slower on matrices of this size
    generator = torch.Generator().manual_seed(2 * seed)
    small = 0.5 / math.sqrt(d)
    w, v = (small * torch.randn(s, generator=generator).double() for s in ((d, k), (k, d)))
    parts = [w, v, torch.zeros(k, dtype=torch.float64)]
    optimizer = torch.optim.Adam(
        [part.requires_grad_() for part in parts], lr=LR, betas=BETAS, fused=True
    )
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = LR * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.zero_grad(set_to_none=True)
        loss(*parts).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    w, v, logvar = (part.detach() for part in parts)
    return w, v, logvar


def _sorted(w: Tensor, v: Tensor, std: Tensor, kl: Tensor) -> Linear:
    order = w.square().sum(0).argsort(descending=True)
    return Linear(*(part.numpy() for part in (w[:, order], v[order], std[order], kl[order])))

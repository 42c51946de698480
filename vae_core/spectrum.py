"""What the linear VAE must learn, from the eigenvalues of the data's covariance alone.

x = W z + noise, noise ~ N(0, c I), z ~ N(0, I), and q(z given x) with a diagonal covariance. Where
the ELBO is highest, each direction of the data stands for itself: one of variance λ > c is learnt
with |w| = √(λ − c), all others are given up (Lucas et al. 2019).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Predicted(NamedTuple):
    """The best linear VAE of k latent dimensions, the widest direction first."""

    singular: Array  # (k,) lengths of W's columns; 0 where a direction is given up
    kl: Array  # (k,) nats per example
    axes: Array  # (k, d) unit vectors: the columns of W are singular * axes


def spectrum(x: np.ndarray) -> tuple[Array, Array]:
    """Return the variances (d,) of x (n, d) along its principal axes, with 1/n, and the axes as
    rows (d, d).

    The widest comes first. Of an axis's two signs, its largest entry is positive.
    """
    centred = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    variances, columns = np.linalg.eigh(centred.T @ centred / len(x))  # ascending
    axes = columns.T[::-1]
    largest = np.abs(axes).argmax(1)
    signs = np.sign(axes[np.arange(len(axes)), largest])
    return np.maximum(variances[::-1], 0), axes * signs[:, None]


def predicted(x: np.ndarray, c: float, k: int) -> Predicted:
    """Return what a linear VAE with noise of variance c and k latent dimensions learns of x."""
    variances, axes = (part[:k] for part in spectrum(x))
    singular = np.sqrt(np.maximum(variances - c, 0))
    kl = 0.5 * np.log(np.maximum(variances / c, 1))
    return Predicted(singular, kl, axes)

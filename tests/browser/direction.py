"""x = w z + noise of variance c, data N(0, variance): the oracle of the lock on f, by quadrature.

Every function takes w² and is a mean over the data, in nats.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(8)  # exact for these polynomials
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def code(square: float, c: float) -> tuple[float, float]:
    """Slope and variance of the exact posterior of z, by Bayes' rule for Gaussians."""
    precision = 1 + square / c
    return float(np.sqrt(square) / c / precision), float(1 / precision)


def likelihood(square: float, held: float, variance: float, c: float) -> float:
    """E_q[log p(x|z)] at w² = `square`, with the q that is best at w² = `held`."""
    slope, spread = code(held, c)
    x = np.sqrt(variance) * _NODES[:, None]
    z = slope * x + np.sqrt(spread) * _NODES
    logs = norm.logpdf(x, np.sqrt(square) * z, np.sqrt(c))
    return float(_WEIGHTS @ logs @ _WEIGHTS)


def kl(square: float, variance: float, c: float) -> float:
    """KL(q ‖ p(z)) of the best q."""
    slope, spread = code(square, c)
    x = np.sqrt(variance) * _NODES[:, None]
    z = slope * x + np.sqrt(spread) * _NODES
    logs = norm.logpdf(z, slope * x, np.sqrt(spread)) - norm.logpdf(z)
    return float(_WEIGHTS @ logs @ _WEIGHTS)


def evidence(square: float, variance: float, c: float) -> float:
    """Mean log p(x): the model's own density of x is N(0, w² + c)."""
    x = np.sqrt(variance) * _NODES
    return float(_WEIGHTS @ norm.logpdf(x, 0, np.sqrt(square + c)))

"""z ~ N(0, 1), x ~ N(z², c), by scipy's quadrature: the oracle of the posterior with two modes."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

FAR = 9.0


def _whole(function: Callable[[float], float], x: float, c: float) -> float:
    mode = np.sqrt(max(x - c / 2, 0))
    return float(quad(function, -FAR, FAR, points=[-mode, 0, mode], limit=500, epsabs=1e-11)[0])


@lru_cache(maxsize=64)
def evidence(x: float, c: float) -> float:
    """p(x)."""
    return _whole(lambda z: norm.pdf(z) * norm.pdf(x, z * z, np.sqrt(c)), x, c)


@lru_cache(maxsize=64)
def posterior(x: float, c: float) -> tuple[Callable[[float], float], float, float]:
    """p(z|x), its mean and its standard deviation."""

    def density(z: float) -> float:
        return float(norm.pdf(z) * norm.pdf(x, z * z, np.sqrt(c)) / evidence(x, c))

    mean = _whole(lambda z: z * density(z), x, c)
    square = _whole(lambda z: z * z * density(z), x, c)
    return density, mean, float(np.sqrt(square - mean**2))


def log_posterior(x: float, c: float, z: float) -> float:
    """log p(z|x), without underflow."""
    joint = norm.logpdf(z) + norm.logpdf(x, z * z, np.sqrt(c))
    return float(joint - np.log(evidence(x, c)))


def kl_from_q(x: float, c: float, mean: float, std: float) -> float:
    """KL(N(mean, std²) ‖ p(z|x)) by Gauss–Hermite: exact, since the integrand is a polynomial."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    z = mean + std * nodes
    logs = norm.logpdf(z, mean, std) - [log_posterior(x, c, each) for each in z]
    return float(weights @ logs / weights.sum())


def kl_from_posterior(x: float, c: float, mean: float, std: float) -> float:
    """KL(p(z|x) ‖ N(mean, std²))."""
    density, *_ = posterior(x, c)

    def integrand(z: float) -> float:
        p = density(z)
        return p * (log_posterior(x, c, z) - norm.logpdf(z, mean, std)) if p > 1e-300 else 0.0

    return _whole(integrand, x, c)

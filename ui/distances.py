"""How far images are from each other: Euclidean distances between rows of pixels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ui.shipped import builtin_data


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the distances (n, m) between the rows of a (n, d) and of b (m, d), in float64."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def mean_distance(x: np.ndarray) -> float:
    """Return the mean distance between two different rows of x (n, d)."""
    between = distances(x, x)
    np.fill_diagonal(between, 0)  # else the rounding of each square counts
    return float(between.sum() / (len(x) * (len(x) - 1)))


@lru_cache(maxsize=1)
def image_distances() -> tuple[float, float]:
    """Return the mean distance between two different training digits, and what half of the
    held-out ones exceed to the nearest training digit, in units of the first.
    """
    data = builtin_data("digits")
    pair = mean_distance(data.x_train)
    return pair, float(np.median(distances(data.x_val, data.x_train).min(1)) / pair)

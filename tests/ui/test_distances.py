"""Distances between images against a double loop."""

import numpy as np
import pytest

from ui.distances import distances, mean_distance


def test_distances_are_those_of_a_double_loop_in_double_precision():
    random = np.random.default_rng(0)
    a, b = (random.random((n, 12)).astype(np.float32) for n in (7, 5))
    loop = [[np.linalg.norm(p.astype(float) - q.astype(float)) for q in b] for p in a]
    found = distances(a, b)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, loop, rtol=1e-12)


def test_the_mean_distance_leaves_out_each_row_and_itself():
    x = np.random.default_rng(1).random((9, 12)).astype(np.float32)
    pairs = [
        np.linalg.norm(x[i].astype(float) - x[j].astype(float)) for i in range(9) for j in range(i)
    ]
    assert mean_distance(x) == pytest.approx(np.mean(pairs), rel=1e-12)

"""How many of 32 numbers are used: the table is made again, the theory's numbers from elsewhere."""

import json

import numpy as np
import pytest
import scipy.linalg
import torch
import torch.nn.functional as F

from benchmarks import units as benchmark
from ui.units import TABLE, eigenvalues
from vae_core import RunConfig, load_dataset


def table():
    return json.loads(TABLE.read_text())


def values(activation, beta, warmup):
    """Every measure of every seed, straight from the file."""
    setting = (activation, beta, warmup)
    rows = table()["rows"]
    (row,) = [r for r in rows if (r["activation"], r["beta"], r["warmup"]) == setting]
    return row["values"]


def test_the_file_holds_every_setting_and_five_seeds_of_it():
    found = table()
    assert found["command"] == "python -m benchmarks.units" == benchmark.COMMAND
    assert found["seeds"] == [0, 1, 2, 3, 4]
    assert found["latent_dim"] == 32 == benchmark.LATENT_DIM
    settings = [(r["activation"], r["beta"], r["warmup"]) for r in found["rows"]]
    assert settings == [
        (a, b, w) for a in benchmark.ACTIVATIONS for b in benchmark.BETAS for w in benchmark.WARMUPS
    ]
    for row in found["rows"]:
        assert tuple(row["values"]) == benchmark.MEASURES
        assert {len(each) for each in row["values"].values()} == {5}
        assert all(0 <= count <= 32 for count in row["values"]["active_units"])
    default = RunConfig(dataset="digits", latent_dim=32)
    assert default.activation == benchmark.ACTIVATIONS[0]
    assert max(benchmark.WARMUPS) < default.epochs == 130


@pytest.mark.parametrize(("activation", "beta", "warmup"), [("elu", 1.0, 60), ("relu", 3.0, 0)])
def test_a_setting_is_made_again(activation, beta, warmup):
    found, expected = (
        benchmark.measured(activation, beta, warmup, 0),
        values(activation, beta, warmup),
    )
    assert abs(found["active_units"] - expected["active_units"][0]) <= 1  # other machines round
    assert found["val_recon"] == pytest.approx(expected["val_recon"][0], rel=0.01)
    assert found["val_kl"] == pytest.approx(expected["val_kl"][0], rel=0.02, abs=0.01)


def test_the_eigenvalues_solve_the_generalised_problem():
    """Σ v = λ S v, by scipy, over the pixels that vary."""
    x = load_dataset("digits").x_train.astype(float)
    mean = x.mean(0)
    kept = (mean > 0) & (mean < 1)
    covariance = np.cov(x[:, kept].T, bias=True)
    spread = np.diag((mean * (1 - mean))[kept])
    expected = scipy.linalg.eigh(covariance, spread, eigvals_only=True)[::-1]
    found = eigenvalues(x)
    assert len(found) == kept.sum() < 64
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(found[:4], [3.28, 3.02, 2.74, 1.90], atol=0.006)


def test_an_eigenvalue_is_what_a_first_nat_of_kl_gains():
    """A code that begins to follow a direction, z = a t + eps: its recon by quadrature over eps."""
    x = torch.from_numpy(load_dataset("digits").x_train).double()
    mean = x.mean(0)
    kept = mean > 0
    x, mean = x[:, kept], mean[kept]
    root = (mean * (1 - mean)).sqrt()
    white = (x - mean) / root
    found, directions = torch.linalg.eigh(white.T @ white / len(x))
    points, weights = np.polynomial.hermite_e.hermegauss(9)
    a = 0.02

    def recon(code, loadings):
        """Mean over images and eps of the nats of x under logit(mean) + z loadings."""
        nodes = zip(points, weights / weights.sum(), strict=True)
        return sum(
            weight
            * F.binary_cross_entropy_with_logits(
                torch.logit(mean) + (code + eps)[:, None] * loadings, x, reduction="none"
            )
            .sum(1)
            .mean()
            for eps, weight in nodes
        )

    for place in (-1, -2, -7):
        value, direction = found[place], directions[:, place]
        code = a * (white @ direction) / value.sqrt()  # its variance over the images is a²
        best = a * value.sqrt() * direction / root
        gain = recon(0 * code, 0 * best) - recon(code, best)
        assert float(gain / (a**2 / 2)) == pytest.approx(float(value), rel=0.01)
        for other in (0.7 * best, 1.3 * best):  # no other loading of this direction gains as much
            assert recon(code, other) > recon(code, best)

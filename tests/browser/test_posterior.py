"""Bayes in the browser against the core: posterior.js and bound.js on one bare page."""

import dataclasses

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from ui.page import ROOT
from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import kl_to_prior_full
from vae_core.posterior import Gaussian, Grid, bound, gap_on_grid, gauss_hermite, posterior_on

PARTS = ("payload", "network", "objective", "posterior", "bound")
SOURCE = "\n".join((ROOT / f"ui/widgets/shared/{part}.js").read_text() for part in PARTS)
MODEL = shipped("digits-vae-gaussian-c0.1")
IMAGES = MODEL.data.x_val[:12]
FACTORS = ([[0.2, 0.0], [0.0, 0.12]], [[0.3, 0.0], [-0.2, 0.15]], [[0.15, 0.0], [0.1, 0.1]])


@pytest.fixture(scope="module")
def network() -> Autoencoder:
    built = Autoencoder(MODEL.config, IMAGES.shape[1]).load(MODEL.weights).double()
    return built.requires_grad_(False)


@pytest.fixture(scope="module")
def page(browser):
    """A page with the model's decoder, and its grids of 81² and 161² points by their side."""
    opened = browser.new_page()
    opened.add_script_tag(content=SOURCE)
    weights = {f"model/{k}": [v.shape, v.ravel().tolist()] for k, v in MODEL.weights.items()}
    opened.evaluate(
        """([weights, activation]) => {
          const tensors = {};
          for (const [name, [shape, data]] of Object.entries(weights)) {
            tensors[name] = { shape, data: Float32Array.from(data) };
          }
          window.network = new Network(tensors, "model/", { activation, output: "identity" });
          const coarse = new PosteriorGrid(network, { side: 41 });
          window.grids = { 81: new PosteriorGrid(network), 161: coarse };
          while (!grids[81].step(20));
          for (const side of [41, 81, 161]) {   // refined twice: as decoded at once
            while (!grids[161].step(20));
            if (side < 161) grids[161].refine();
          }
          window.bayes = (side, x, ...c) => grids[side].posterior(grids[side].errors(x), ...c);
        }""",
        [weights, MODEL.config.activation],
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("side", "c", "beta"),
    [(81, 0.1, 1.0), (161, 0.1, 1.0), (161, 0.02, 1.0), (161, 1.0, 1.0), (81, 0.1, 4.0)],
)  # fmt: skip
def test_evidence_error_moments_and_what_lies_outside_are_the_cores(
    page: Page, network, side, c, beta
):
    found = page.evaluate(
        """([side, images, c, beta]) => images.map((x) => {
          const { logConstant, error, mean, cov, border, outside, mass } = bayes(side, x, c, beta);
          const total = mass.reduce((a, b) => a + b, 0);
          return { logConstant, error, mean, cov, border, outside, total };
        })""",
        [side, IMAGES.tolist(), c, beta],
    )
    config = dataclasses.replace(MODEL.config, c=c)
    exact = posterior_on(Grid(network, side), torch.from_numpy(IMAGES.copy()), config, beta)
    for name, oracle in {
        "logConstant": exact.log_constant, "error": exact.error, "mean": exact.mean,
        "cov": exact.covariance, "border": exact.border, "outside": exact.outside,
    }.items():  # fmt: skip
        ours = np.array([each[name] for each in found])
        np.testing.assert_allclose(ours, oracle.numpy(), atol=2e-5 / min(c, 1), err_msg=name)
    np.testing.assert_allclose([each["total"] for each in found], 1, atol=1e-12)


@pytest.mark.parametrize("factor", FACTORS)
def test_the_elbo_and_the_gap_are_the_cores_and_add_up_to_the_evidence(page, network, factor):
    x = torch.from_numpy(IMAGES.copy())
    mean, leaning = MODEL.mu[:12].clip(-2, 2), np.array(factor)
    cov = (leaning @ leaning.T).tolist()
    found = page.evaluate(
        """([images, means, cov]) => images.map((x, i) => {
          const q = { mu: means[i], cov }, posterior = bayes(161, x, .1);
          const { gap, inside, expectedLogPosterior } = gapOnGrid(grids[161], posterior, q);
          const { elbo, expected, klPrior } = elboOf(network, x, q, .1, 24);
          const { logConstant: evidence } = posterior;
          return { gap, inside, expectedLogPosterior, elbo, expected, klPrior, evidence };
        })""",
        [IMAGES.tolist(), mean.tolist(), cov],
    )
    one = Gaussian(torch.from_numpy(mean).double(), torch.tensor(leaning).expand(12, 2, 2))
    exact = posterior_on(Grid(network, 161), x, MODEL.config)
    terms = bound(network, x, one, MODEL.config, 24)
    for name, oracle in {
        "gap": gap_on_grid(one, exact), "elbo": terms.elbo, "expected": -terms.recon,
        "klPrior": kl_to_prior_full(one.mean, one.factor),
    }.items():  # fmt: skip
        ours = np.array([each[name] for each in found])
        np.testing.assert_allclose(ours, oracle.numpy(), atol=2e-3, err_msg=name)
    entropy = np.log(2 * np.pi * np.e) + np.log(np.linalg.det(leaning))
    for each in found:
        assert each["inside"] == pytest.approx(1, abs=1e-6)
        assert each["gap"] == pytest.approx(-entropy - each["expectedLogPosterior"], abs=1e-5)
        assert each["elbo"] + each["gap"] == pytest.approx(each["evidence"], abs=0.01)
        assert each["gap"] > 0


def test_the_grid_keeps_an_images_errors_and_notices_another(page: Page):
    found = page.evaluate(
        """([a, b]) => {
          const x = Float32Array.from(a), first = Array.from(grids[81].errors(x));
          x.set(b);   // the pad draws into the same array
          const second = Array.from(grids[81].errors(x));
          return [first[1234], second[1234]];
        }""",
        [IMAGES[0].tolist(), IMAGES[1].tolist()],
    )
    assert abs(found[0] - found[1]) > 0.1


@pytest.mark.parametrize("count", [12, 16, 24, 40])
def test_nodes_integrate_as_numpys_do(page: Page, count):
    nodes, weights = page.evaluate(
        "n => { const { nodes, weights } = hermiteRule(n); return [nodes, weights]; }", count
    )
    oracle, theirs = np.polynomial.hermite_e.hermegauss(count)
    np.testing.assert_allclose(nodes, oracle, atol=1e-10)
    np.testing.assert_allclose(weights, theirs / theirs.sum(), rtol=1e-9, atol=1e-14)
    assert len(gauss_hermite(count)[1]) == count * count


def test_a_q_that_leaves_the_plane_is_told_by_its_mass(page: Page):
    inside = page.evaluate(
        """x => [[0, 0], [4.5, 0], [4.5, 4.5]].map((mu) =>
          gapOnGrid(grids[81], bayes(81, x, .1), { mu, cov: [[.04, 0], [0, .04]] }).inside)""",
        IMAGES[0].tolist(),
    )
    cells = 0.5 + 0.5 * 0.1125 / 0.2 / np.sqrt(
        2 * np.pi
    )  # the line of points on the edge counts whole
    np.testing.assert_allclose(inside, [1, cells, cells**2], atol=1e-3)


def test_a_grid_refines_up_to_its_finest(page: Page):
    assert page.evaluate(
        """() => { const grid = new PosteriorGrid(network, { side: 161 });
          const before = grid.ready; while (!grid.step(50));
          const first = grid.refine(); const busy = grid.ready && grid.level.side;
          while (!grid.step(50));
          return [before, first, busy, grid.level.side, grid.refine()]; }"""
    ) == [False, True, 161, 321, False]

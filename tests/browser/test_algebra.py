"""Linear algebra in the browser against numpy and scikit-learn: algebra.js on a bare page."""

import numpy as np
import pytest
from playwright.sync_api import Page
from sklearn.decomposition import PCA

from ui.page import ROOT
from vae_core import load_dataset

SOURCE = (ROOT / "ui/widgets/shared/algebra.js").read_text()
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def page(browser):
    opened = browser.new_page()
    opened.add_script_tag(content=SOURCE)
    yield opened
    opened.close()


def principal_axes(page: Page, x: np.ndarray, before: np.ndarray | None = None):
    n, d = x.shape
    found = page.evaluate(
        """([x, n, d, before]) => {
          const earlier = before && Float64Array.from(before);
          const { mean, values, axes } = principalAxes(Float64Array.from(x), n, d, earlier);
          return [[...mean], [...values], [...axes]];
        }""",
        [x.ravel().tolist(), n, d, None if before is None else before.ravel().tolist()],
    )
    mean, values, axes = (np.array(part) for part in found)
    return mean, values, axes.reshape(d, d)


@pytest.mark.parametrize(
    "x",
    [
        RNG.normal(size=(300, 2)) @ [[2, 0.6], [0.6, 0.8]] + [3, -1],
        RNG.normal(size=(200, 3)) @ np.diag([2, 1.2, 0.5]),
        load_dataset("digits").x_train.astype(np.float64),
    ],
    ids=["2-D", "3-D", "digits"],
)
def test_principal_axes_are_those_of_scikit_learn(page, x):
    mean, values, axes = principal_axes(page, x)
    oracle = PCA().fit(x)
    variances = oracle.explained_variance_ * (len(x) - 1) / len(x)  # 1/N, theirs is 1/(N − 1)
    np.testing.assert_allclose(mean, oracle.mean_, atol=1e-12)
    np.testing.assert_allclose(values, variances, atol=1e-12)
    np.testing.assert_allclose(axes @ axes.T, np.eye(x.shape[1]), atol=1e-12)
    apart = variances > 1e-9  # axes without variance are anyone's choice
    agreement = np.abs((axes * oracle.components_).sum(1))[apart]
    np.testing.assert_allclose(agreement, 1, atol=1e-9)


def test_an_axis_keeps_the_sign_it_had_a_moment_ago(page):
    x = RNG.normal(size=(50, 2)) @ np.diag([2, 1])
    before = None
    for angle in np.linspace(0, 2 * np.pi, 41):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        *_, axes = principal_axes(page, x @ turn, before)
        if before is not None:
            assert (axes * before).sum(1).min() > 0.9
        before = axes


@pytest.mark.parametrize(
    "x", [np.ones((5, 3)), np.zeros((1, 2)), np.outer(np.arange(4), [1.0, 2.0])]
)
def test_a_cloud_without_some_directions_still_has_axes(page, x):
    _, values, axes = principal_axes(page, x)
    variances = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    np.testing.assert_allclose(values, variances, atol=1e-12)
    np.testing.assert_allclose(axes @ axes.T, np.eye(x.shape[1]), atol=1e-12)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (20, 64)])
def test_a_system_is_solved_as_numpy_solves_it(page, n, m):
    a, b = RNG.normal(size=(n, n)), RNG.normal(size=(n, m))
    found = page.evaluate(
        "([a, b, n, m]) => [...solve(a, b, n, m)]", [a.ravel().tolist(), b.ravel().tolist(), n, m]
    )
    np.testing.assert_allclose(np.reshape(found, (n, m)), np.linalg.solve(a, b), atol=1e-9)


@pytest.mark.parametrize("a", [[1, 2, 2, 4], [0, 0, 0, 0], [1, 1, 1, 1 + 1e-15]])
def test_a_singular_system_has_no_answer(page, a):
    assert page.evaluate("a => solve(a, [1, 1], 2, 1)", a) is None


def correlation(page: Page, pairs: np.ndarray) -> float | None:
    found = page.evaluate("x => [correlationOf(Float64Array.from(x))]", pairs.ravel().tolist())[0]
    return None if found != found else found


def test_correlation_is_numpys_and_there_is_none_where_a_number_does_not_vary(page):
    x = RNG.normal(size=(400, 2)) @ [[2, 0.6], [0.1, 0.8]] + [30, -1]
    assert correlation(page, x) == pytest.approx(np.corrcoef(x.T)[0, 1], abs=1e-12)
    for column in (0, 1):
        still = x.copy()
        still[:, column] = 0.3 + 1e-16 * RNG.normal(size=len(x))
        assert correlation(page, still) is None
    assert correlation(page, np.empty((0, 2))) is None


def test_products_and_transposes(page):
    a, b = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
    found = page.evaluate(
        "([a, b]) => [[...product(a, b, 3, 4, 2)], [...transposeOf(a, 3, 4)]]",
        [a.ravel().tolist(), b.ravel().tolist()],
    )
    np.testing.assert_allclose(np.reshape(found[0], (3, 2)), a @ b, atol=1e-12)
    np.testing.assert_array_equal(np.reshape(found[1], (4, 3)), a.T)

"""The cloud in three dimensions: its numbers are scikit-learn's; plotly draws it when asked."""

import ast

import numpy as np
import pytest
from sklearn.decomposition import PCA
from streamlit.testing.v1 import AppTest

from ui.clouds import DEEP_COUNT as COUNT
from ui.figures.orbit import VIEWS, orbit_chart
from ui.orbit import TILT, _chart, cloud, error, principal, tilted
from ui.page import ROOT
from ui.prose import section, words


def test_the_axes_and_eigenvalues_are_scikit_learns():
    values, axes = principal()
    pca = PCA().fit(cloud())
    assert cloud().shape == (COUNT, 3)
    assert f"The {COUNT} points" in section("orbit", "orbit")
    assert values == pytest.approx(pca.explained_variance_ * (COUNT - 1) / COUNT, abs=1e-9)
    assert np.abs(np.diag(axes @ pca.components_.T)) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("k", [1, 2])
def test_the_untilted_error_is_the_eigenvalues_dropped_and_no_other_flat_beats_it(k):
    values, _ = principal()
    assert error(tilted(k, 0)) == pytest.approx(values[k:].sum(), abs=1e-12)
    assert error(tilted(k, 90)) == pytest.approx(values.sum() - np.delete(values, k - 1)[:k].sum())
    draw = np.random.default_rng(0)
    for _ in range(200):
        flat = np.linalg.qr(draw.normal(size=(3, k)))[0].T
        assert error(flat) >= values[k:].sum()
    tilts = [error(tilted(k, degrees)) for degrees in range(0, 91, 10)]
    assert tilts == sorted(tilts)


@pytest.mark.parametrize("degrees", [0, 37, 90])
@pytest.mark.parametrize("k", [1, 2])
def test_tilting_keeps_the_rows_orthonormal(k, degrees):
    rows = tilted(k, degrees)
    assert rows @ rows.T == pytest.approx(np.eye(k), abs=1e-12)


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("k", [1, 2])
def test_the_chart_draws_every_point_its_copy_and_the_way_between(k, view):
    values, axes = principal()
    chart = orbit_chart(cloud(), axes, np.sqrt(values), tilted(k, 20), view)
    flat, lost, x, x_hat, *thick = (
        np.array([trace[letter] for letter in "xyz"], dtype=float).T for trace in chart["data"]
    )
    assert x == pytest.approx(cloud(), abs=1e-4)
    assert x_hat == pytest.approx(cloud() @ tilted(k, 20).T @ tilted(k, 20), abs=1e-4)
    assert lost[0::3] == pytest.approx(x)
    assert lost[1::3] == pytest.approx(x_hat)
    assert np.isnan(lost[2::3]).all()
    assert ((x - x_hat) ** 2).sum(1).mean() == pytest.approx(error(tilted(k, 20)), abs=1e-3)
    assert len(flat) == (4 if k == 2 else 2)
    ends = [np.linalg.norm(axis[0] - axis[1]) / 2 for axis in thick]
    assert ends == pytest.approx(np.sqrt(values), abs=1e-3)


@pytest.mark.parametrize("degrees", [0, 30, 90])
def test_along_the_plane_it_is_an_edge_however_it_is_tilted(degrees):
    values, axes = principal()
    chart = orbit_chart(cloud(), axes, np.sqrt(values), tilted(2, degrees), "edge")
    camera = chart["layout"]["scene"]["camera"]
    eye = np.array([camera["eye"][letter] for letter in "xyz"])
    assert eye @ np.cross(*tilted(2, degrees)) == pytest.approx(0, abs=1e-12)
    assert camera["projection"] == {"type": "orthographic"}


def test_what_try_this_says_is_so():
    values, _ = principal()
    said = section("orbit", "try_orbit")
    assert TILT == 30
    assert f"from {error(tilted(2, 30)):.3f} to {values[2]:.3f}" in said
    assert f"({values[1:].sum():.3f}, ten times" in said
    assert round(values[1:].sum() / values[2]) == 10


def test_every_view_and_choice_has_words():
    said = words("orbit", "orbit_words")
    assert {f"view_{name}" for name in VIEWS} | {"keep_1", "keep_2"} < set(said)


def test_no_module_of_ours_imports_plotly():
    """Streamlit does, as soon as it is installed; here it costs nothing until the fold is open."""
    for path in [*ROOT.glob("ui/**/*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("engine/*.py")]:
        named = [
            node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert not any(name.startswith("plotly") for name in named), path


def test_the_chart_is_made_when_the_fold_is_opened_and_not_before():
    _chart.cache_clear()
    for is_open in (False, True):
        at = AppTest.from_function(_folded, default_timeout=60)
        if is_open:
            at.query_params["deeper_orbit"] = "true"
        at.run()
        assert not at.exception
        assert len(at.get("plotly_chart")) == is_open
        assert _chart.cache_info().misses == is_open


def _folded():
    from ui.orbit import orbit_figure
    from ui.page import deeper

    with deeper("2_pca", "orbit") as is_open:
        if is_open:
            orbit_figure()


@pytest.mark.parametrize(
    "link", [{"orbit_k": ""}, {"orbit_view": ""}, {"orbit_k": "7", "orbit_view": "up"}]
)
def test_a_bad_link_is_the_start(link):
    at = AppTest.from_function(_folded, default_timeout=60)
    at.query_params.update({"deeper_orbit": "true", **link})
    at.run()
    assert not at.exception
    assert f"<b>{error(tilted(2, TILT)):.3f}</b>" in at.get("html")[0].proto.body
    assert at.get("plotly_chart")


def test_tilt_and_k_move_the_numbers():
    at = AppTest.from_function(_folded, default_timeout=60)
    at.query_params["deeper_orbit"] = "true"
    at.run()
    values, _ = principal()
    said = words("orbit", "orbit_words")
    shown = at.get("html")[0].proto.body
    assert f"<b>{error(tilted(2, TILT)):.3f}</b>" in shown
    assert said["on_it"] not in shown
    at.slider(key="orbit_tilt").set_value(0).run()
    shown = at.get("html")[0].proto.body
    assert shown.count(f"<b>{values[2]:.3f}</b>") == 2
    assert said["on_it"] in shown
    at.segmented_control(key="orbit_k").set_value(1).run()
    shown = at.get("html")[0].proto.body
    assert shown.count(f"<b>{values[1:].sum():.3f}</b>") == 2
    assert not at.exception

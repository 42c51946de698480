"""Clouds under the hand: what they promise is exact, and what is said of them is true."""

import re

import numpy as np
import pytest

from ui import widgets
from ui.clouds import (
    ARC,
    IN_LINK,
    LONG_AXIS,
    VARIANCES,
    arc_cloud,
    long_cloud,
    point_sets,
    read,
    spelled,
)
from ui.prose import section, words
from ui.widgets.line import KEEPS, SHAPES
from ui.widgets.pca import WIDEST, PcaState, committed


def covariance(x):
    return np.cov(x.T, bias=True)


def line_share(x, degrees):
    u = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    return 100 * (1 - u @ covariance(x) @ u / np.trace(covariance(x)))


def test_the_cloud_has_its_long_axis_and_variances_exactly():
    on, off = long_cloud()
    u = np.array([np.cos(np.deg2rad(LONG_AXIS)), np.sin(np.deg2rad(LONG_AXIS))])
    v = np.array([-u[1], u[0]])
    for x in (on, off, on + off):
        assert x.mean(0) == pytest.approx([0, 0], abs=1e-12)
    assert [u @ covariance(on + off) @ u, v @ covariance(on + off) @ v] == pytest.approx(VARIANCES)
    assert u @ covariance(on + off) @ v == pytest.approx(0, abs=1e-12)
    assert np.linalg.matrix_rank(on, tol=1e-9) == 1


def test_the_arc_is_a_circles_and_keeps_its_mean():
    on, off, centre = arc_cloud()
    assert np.linalg.norm(on - centre, axis=1) == pytest.approx(ARC["radius"])
    for tight in (0.0, 0.4, 1.0):
        assert (on + tight * off).mean(0) == pytest.approx([0, 0], abs=1e-12)
    normals = (on - centre) / ARC["radius"]
    assert off[:, 0] * normals[:, 1] == pytest.approx(off[:, 1] * normals[:, 0], abs=1e-12)
    assert (np.linalg.norm(off, axis=1) < ARC["radius"]).all()


def test_every_point_is_on_the_plane():
    for x in (sum(long_cloud()), sum(arc_cloud()[:2]), *point_sets().values()):
        assert np.abs(x).max() < WIDEST - 0.05


def test_the_answers_of_try_this_are_true():
    x = sum(long_cloud())
    slope, intercept = np.polyfit(x[:, 0], x[:, 1], 1)
    text = section("clouds", "try_line")
    assert f"({np.rad2deg(np.arctan(slope)):.0f}°)" in text
    kept = 100 * np.mean((x[:, 1] - slope * x[:, 0] - intercept) ** 2) / x.var(0).sum()
    assert f"x₁ {kept:.1f} %" in text
    assert f"at its place {line_share(x, 32):.1f} %" in text
    assert f"at {LONG_AXIS}°, {line_share(x, LONG_AXIS):.1f} %" in text


def test_a_point_far_out_turns_the_axes_and_one_near_the_mean_does_not():
    x = point_sets()["cloud"]
    axis = np.linalg.eigh(covariance(x))[1][:, 1]
    along = (x - x.mean(0)) @ axis
    turns = []
    for row in (np.abs(along).argmax(), np.linalg.norm(x - x.mean(0), axis=1).argmin()):
        moved = x.copy()
        moved[row] += 1.5 * np.array([-axis[1], axis[0]])
        cosine = abs(np.linalg.eigh(covariance(moved))[1][:, 1] @ axis)
        turns.append(np.rad2deg(np.arccos(min(1.0, cosine))))
    assert turns[0] > 10
    assert turns[0] > 5 * turns[1]


def test_the_sets_are_what_they_are_called():
    sets = point_sets()
    assert {name: len(x) for name, x in sets.items()} == {
        "cloud": 20, "round": 20, "line": 20, "spot": 20, "parabola": 20, "many": 500,
    }  # fmt: skip
    for x in sets.values():
        assert x == pytest.approx(x.round(2), abs=1e-12)
    values = {name: np.linalg.eigvalsh(covariance(x)) for name, x in sets.items()}
    assert values["round"][0] == pytest.approx(values["round"][1], rel=1e-9)
    assert values["line"][0] == pytest.approx(0, abs=1e-12)
    assert values["spot"] == pytest.approx([0, 0], abs=1e-12)
    assert covariance(sets["parabola"])[0, 1] == pytest.approx(0, abs=1e-12)
    assert covariance(sets["parabola"])[0, 0] > covariance(sets["parabola"])[1, 1]


def test_points_survive_the_link():
    for name, x in point_sets().items():
        flat = tuple(float(value) for value in x.ravel())
        found = read(spelled(flat))
        if name == "many":
            assert found is None
        else:
            assert found == pytest.approx(flat, abs=1e-9)
    assert read(spelled(())) == ()
    assert len(spelled((0.0,) * 2 * IN_LINK)) < 400


@pytest.mark.parametrize("text", ["", "a", "abc", "zzzz", "ab-d", "0000", "ABCD", "²²²²"])
def test_nonsense_in_a_link_is_no_points(text):
    assert read(text) is None


@pytest.mark.parametrize(
    "points", ["12", [1.0], [1.0, float("nan")], [9.0, 0.0], [0.0] * 1002, {"a": 1}, [None, 1.0]]
)
def test_what_a_browser_may_not_say_is_ignored(points, monkeypatch):
    value = {"pca": {"state": {"set": "cloud", "points": points, "own": 300}}}
    monkeypatch.setattr("streamlit.session_state", value)
    assert committed("pca") == PcaState(set="cloud")


@pytest.mark.parametrize("widget", ["line", "pca"])
def test_every_word_a_figure_asks_for_is_in_the_content(widget):
    folder = widgets._HERE / widget
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))
    given = set(words("clouds", f"{widget}_words"))
    asked = set(re.findall(r"words\.(\w+)", source))
    for stem in re.findall(r"words\[`(\w+_)\$", source):
        some = {key for key in given if key.startswith(stem)}
        assert some, stem
        asked |= some
    if widget == "pca":
        asked |= {"add", "remove", "again"}
    assert asked == given


def test_every_choice_has_its_words():
    line, pca = words("clouds", "line_words"), words("clouds", "pca_words")
    for keep in KEEPS:
        assert {f"keep_{keep}", f"how_{keep}", f"said_{keep}", f"note_{keep}"} <= set(line)
    for shape in SHAPES:
        assert {f"shape_{shape}", f"thin_{shape}"} <= set(line)
    assert {f"set_{name}" for name in point_sets()} <= set(pca)

"""Where to draw: what five seeds measured, the balls, and what the caption says of them."""

import json

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from benchmarks import drawing as benchmark
from ui import drawing, evidence
from ui.prose import section
from ui.shipped import builtin_data

X = builtin_data("digits").x_train


def values(way, measure):
    table = json.loads(drawing.TABLE.read_text())
    return np.array(table["values"][way][measure])


def test_the_file_holds_both_measures_of_every_way_and_seed():
    table = json.loads(drawing.TABLE.read_text())
    assert table["command"] == benchmark.COMMAND
    assert (table["images"], table["draws"]) == (drawing.IMAGES, 1000)
    assert tuple(table["values"]) == benchmark.WAYS == drawing.WAYS
    for way in drawing.WAYS:
        for measure in ("precision", "coverage"):
            assert values(way, measure).shape == (5,)


@pytest.mark.parametrize(("way", "name"), [("prior", "coverage"), ("fitted", "coverage_fitted")])
def test_coverage_is_that_of_the_five_seed_table_within_sampling_error(way, name):
    """Other draws, other thousand digits, the same five runs: four standard errors of a share."""
    (entry,) = [e for e in evidence.recorded()["digits"] if e["model"] == "ae"]
    error = np.sqrt(2 * 0.25 / 1000)
    np.testing.assert_allclose(values(way, "coverage"), entry["values"][name], atol=4 * error)


@pytest.mark.parametrize("way", drawing.WAYS)
def test_intervals_are_scipys(way):
    for measure, found in drawing.recorded(way).items():
        five = values(way, measure)
        low, high = stats.t.interval(0.95, 4, five.mean(), stats.sem(five))
        assert found.mean == pytest.approx(five.mean())
        assert (found.mean - found.half, found.mean + found.half) == pytest.approx(
            (low, high), 1e-4
        )


def test_the_caption_says_what_was_measured():
    text = section("drawing", "drawing")
    precision = values("prior", "precision").mean()
    coverage = {way: values(way, "coverage").mean() for way in drawing.WAYS}
    assert "Almost every draw from N(0, I) comes near some digit" in text
    assert precision > 0.99
    assert "a thousand of them leave out about half" in text
    assert 0.4 < 1 - coverage["prior"] < 0.5
    assert 1 - values("prior", "coverage").min() < 0.55  # the shipped model's are among them
    assert "more than nine in ten" in text
    assert values("fitted", "coverage").min() > 0.9
    assert coverage["prior"] < coverage["box"] < coverage["fitted"]


def test_axes_are_sklearns_and_balls_reach_to_the_fifth_nearest_other_image():
    axes, ours = PCA(drawing.AXES, svd_solver="full").fit(X), drawing.principal_axes(X)
    overlap = np.abs(np.sum(axes.components_ * ours.T, axis=1))
    np.testing.assert_allclose(overlap, 1, atol=1e-6)
    some = X[:300]
    places = some @ axes.components_.T
    nearest = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(places)
    expected = nearest.kneighbors(places)[0][:, 5]
    np.testing.assert_allclose(drawing.radii(some, ours), expected, rtol=1e-5)


def test_duplicated_images_have_balls_of_no_size_but_no_nonsense():
    same = np.repeat(X[:1], 8, axis=0)
    np.testing.assert_array_equal(drawing.radii(same, drawing.principal_axes(X)), 0)


def test_another_probe_sends_the_same_balls_without_seeking_them_again(monkeypatch):
    drawing._payload((1.0, 2.0), "box", 1, 24)

    def never(*_):
        raise AssertionError("the balls of the same images were sought again")

    monkeypatch.setattr(drawing, "principal_axes", never)
    monkeypatch.setattr(drawing, "radii", never)
    drawing._payload((2.0, 1.0), "box", 1, 24)

"""Depth against latent dimension: the table, its words, and what a run of one's own is told."""

import json
import math

import numpy as np
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from benchmarks import depth as benchmark
from ui import depth
from ui.prose import section, words
from vae_core import RunConfig, load_dataset
from vae_core.neighbourhoods import NEIGHBOURS

SCRIPT = "import streamlit as st\nfrom ui.depth import depth_figure\ndepth_figure()"
ENDED = """
from types import SimpleNamespace
import streamlit as st
from ui import depth
if "depth_runs" not in st.session_state:
    measures = {"val_sse": 0.0, "trustworthiness": None}
    depth._keep(depth.config(3, 1, 5), SimpleNamespace(measures=measures))
depth.depth_figure()
"""
MEASURES = ("val_sse", "trustworthiness", "neighbour_continuity")


def table():
    return json.loads(depth.TABLE.read_text())


def values(hidden, dim, measure):
    """One measure of every seed, straight from the file."""
    (cell,) = [c for c in table()["cells"] if (len(c["hidden"]), c["latent_dim"]) == (hidden, dim)]
    return np.array(cell["values"][measure], float)


def mean(hidden, dim, measure):
    return values(hidden, dim, measure).mean()


def interval(hidden, dim, measure):
    found = values(hidden, dim, measure)
    half = stats.t.ppf(0.975, 4) * stats.sem(found)
    return found.mean() - half, found.mean() + half


def apart(measure, one, other):
    """Whether the first cell's interval lies wholly below the second's."""
    return interval(*one, measure)[1] < interval(*other, measure)[0]


# --- the file


def test_the_file_holds_every_cell_and_five_seeds_of_it():
    found = table()
    assert found["command"] == "python -m benchmarks.depth" == benchmark.COMMAND
    assert found["seeds"] == [0, 1, 2, 3, 4]
    assert (found["images"], found["neighbours"]) == (1000, NEIGHBOURS)
    cells = [(tuple(c["hidden"]), c["latent_dim"]) for c in found["cells"]]
    assert cells == [(h, k) for h in benchmark.HIDDEN for k in benchmark.LATENT_DIMS]
    for cell in found["cells"]:
        assert tuple(cell["values"]) == MEASURES == benchmark.MEASURES
        assert {len(each) for each in cell["values"].values()} == {5}
        for measure in MEASURES[1:]:
            assert all(0 <= value <= 1 for value in cell["values"][measure])


@pytest.mark.parametrize(("hidden", "dim"), [((), 8), ((128, 64, 32), 3)])
def test_a_cell_is_made_again(hidden, dim):
    found = benchmark.measured(hidden, dim, seed=0)
    for measure in MEASURES:
        expected = values(len(hidden), dim, measure)[0]
        assert found[measure] == pytest.approx(expected, rel=0.03, abs=0.002), measure


def test_the_linear_rows_error_is_that_of_principal_components_to_one_per_cent():
    """On held-out images, of the plane through the training images: numpy's own."""
    data = load_dataset("digits")
    x, held_out = (part.astype(float) - data.x_train.mean(0) for part in (data.x_train, data.x_val))
    axes = np.linalg.svd(x, full_matrices=False)[2]
    for dim in benchmark.LATENT_DIMS:
        rest = held_out - held_out @ axes[:dim].T @ axes[:dim]
        error = (rest**2).sum(1).mean()
        assert mean(0, dim, "val_sse") == pytest.approx(error, rel=0.01), dim


# --- rows, intervals, runs


def test_every_cell_shows_the_mean_over_its_seeds():
    for measure in MEASURES:
        rows = depth.measured(measure)
        for hidden, row in zip(depth.layers(), rows, strict=True):
            for dim, cell in zip(depth.dims(), row, strict=True):
                low, high = interval(len(hidden), dim, measure)
                assert cell.mean == pytest.approx(mean(len(hidden), dim, measure))
                assert (cell.mean - cell.half, cell.mean + cell.half) == pytest.approx(
                    (low, high), rel=1e-4
                )


def test_a_further_seed_is_expected_where_a_prediction_interval_says():
    found = values(2, 3, "val_sse")
    half = stats.t.ppf(0.975, 4) * found.std(ddof=1) * math.sqrt(1 + 1 / 5)
    row, column = 2, depth.dims().index(3)
    low, high = depth.expected(depth.measured("val_sse")[row][column])
    assert (low, high) == pytest.approx((found.mean() - half, found.mean() + half), rel=1e-4)


def test_the_run_of_a_cell_is_the_tables_with_another_seed():
    assert depth.config(0, 5, 7) == RunConfig(
        dataset="digits", model="linear", latent_dim=16, seed=7
    )
    assert depth.config(4, 0, 5) == RunConfig(
        dataset="digits", model="ae", hidden=(128, 96, 64, 32), latent_dim=1, seed=5
    )
    row, column = depth.layers().index((128, 64, 32)), depth.dims().index(2)
    assert depth.config(row, column, 0) == RunConfig(dataset="digits", model="ae")  # the app's own


def test_a_runs_values_stand_beside_what_five_seeds_led_to_expect():
    cells = [depth.measured(measure)[3][1] for measure in MEASURES]
    near = depth.Trained(3, 1, 5, tuple(cell.mean for cell in cells))
    far = depth.Trained(3, 1, 6, tuple(cell.mean + 9 * cell.half for cell in cells))
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    at.session_state["depth_runs"] = [near, far, depth.Trained(0, 0, 5, (1.0, 0.5, 0.5))]
    at.run()
    assert not at.exception
    (found,) = [text for text in at.markdown.values if "**Seed 5**" in text]
    first, second = found.split("\n")
    assert first.count("inside") == 3
    assert second.count("**outside**") == 3
    low, high = depth.expected(cells[0])
    assert f"squared error {cells[0].mean:.2f}, inside {low:.2f} … {high:.2f}" in first
    assert "**Seed 6**" in second
    assert "seed" not in at.button(key="depth_train").label


def test_what_a_run_did_not_measure_is_left_out_and_zero_is_a_value():
    """It stays null on the way to the grid, for which NaN is no value."""
    at = AppTest.from_string(ENDED, default_timeout=60).run()
    at.run()  # the run stays in the session
    assert not at.exception
    (run,) = at.session_state["depth_runs"]
    assert run == depth.Trained(3, 1, 5, (0.0, None, None))
    content = depth._payload((0, 3, 1), (run,))
    index = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(index["__metadata__"]["header"])["runs"][0]["values"] == [0.0, None, None]
    (found,) = [text for text in at.markdown.values if "**Seed 5**" in text]
    assert "squared error 0.00, **outside**" in found
    assert "nan" not in found
    assert "trustworthiness" not in found


def test_what_is_sent_holds_every_mean_and_the_readers_runs():
    run = depth.Trained(1, 2, 5, (1.0, 0.5, 0.5))
    content = depth._payload((1, 2, 3), (run,))
    index = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    header = json.loads(index["__metadata__"]["header"])
    assert header["state"] == {"reading": 1, "row": 2, "column": 3}
    assert header["dims"] == [1, 2, 3, 4, 8, 16]
    assert [len(row["layers"]) > 0 for row in header["depths"]] == [True] * 5
    assert header["runs"] == [{"row": 1, "column": 2, "seed": 5, "values": [1.0, 0.5, 0.5]}]
    for reading, measure in zip(header["readings"], MEASURES, strict=True):
        for row, means in enumerate(reading["mean"]):
            expected = [mean(row, dim, measure) for dim in depth.dims()]
            assert means == pytest.approx(expected)


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ({}, (0, 3, 1)),
        ({"depth": "continuity", "depth_cell": "0,16"}, (2, 0, 5)),
        ({"depth": "<script>" * 99, "depth_cell": "nan,2"}, (0, 3, 1)),
        ({"depth_cell": "9,2"}, (0, 3, 1)),
        ({"depth_cell": "2,5"}, (0, 3, 1)),
        ({"depth_cell": "-1,1e400"}, (0, 3, 1)),
        ({"depth_cell": "2.5,3"}, (0, 3, 1)),
    ],
)
def test_a_bad_link_is_as_if_it_were_not_there(query, state):
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert not at.warning
    assert tuple(at.session_state["depth_state"].values()) == state
    assert ("depth_cell" in at.query_params) == (state[1:] != (3, 1))


# --- the words: what the caption and the list say of the table

DIMS = benchmark.LATENT_DIMS
DEPTHS = range(5)


def better(measure, one, other):
    """Whether the first cell is better than the second beyond doubt: the intervals are apart."""
    return apart(measure, one, other) if measure == "val_sse" else apart(measure, other, one)


def test_more_numbers_improve_all_three_in_every_row():
    for measure in MEASURES:
        for layers in DEPTHS:
            means = [mean(layers, dim, measure) for dim in DIMS]
            assert means == sorted(means, reverse=measure == "val_sse")
            assert better(measure, (layers, 16), (layers, 1))


def test_with_two_numbers_depth_buys_trust_and_after_the_first_layer_no_continuity():
    assert mean(4, 2, "val_sse") / mean(0, 2, "val_sse") == pytest.approx(0.5, abs=0.03)
    assert mean(0, 2, "trustworthiness") == pytest.approx(0.82, abs=0.005)
    assert mean(4, 2, "trustworthiness") == pytest.approx(0.98, abs=0.005)
    assert better("trustworthiness", (4, 2), (1, 2))  # gains after the first layer too
    assert better("val_sse", (4, 2), (1, 2))
    assert better("neighbour_continuity", (1, 2), (0, 2))
    assert mean(1, 2, "neighbour_continuity") - mean(0, 2, "neighbour_continuity") < 0.025
    for layers in (2, 3, 4):  # but continuity does not
        assert not better("neighbour_continuity", (layers, 2), (1, 2))


def test_with_sixteen_no_network_keeps_neighbours_better_than_the_linear_one():
    for layers in (1, 2, 3, 4):
        for measure in MEASURES[1:]:
            assert mean(layers, 16, measure) < mean(0, 16, measure) + 1e-4
            assert not better(measure, (layers, 16), (0, 16))
            assert layers < 3 or better(measure, (0, 16), (layers, 16))
        assert mean(layers, 16, "val_sse") <= 0.6 * mean(0, 16, "val_sse")
        assert better("val_sse", (layers, 16), (0, 16))  # so a column holds such a pair


def test_the_seeds_agree_least_on_trust_with_one_number():
    for layers in (1, 2, 3, 4):
        spread = [values(layers, dim, "trustworthiness").std() for dim in DIMS]
        assert spread[0] == max(spread)


def test_the_list_answers_with_what_the_table_says():
    text = section("depth", "try_depth")
    for measure, four, linear in (
        ("val_sse", "0.44", "0.75"),
        ("trustworthiness", "0.996", "0.998"),
    ):
        for layers, shown in ((4, four), (0, linear)):
            digits = len(shown) - 2
            assert shown in text
            assert f"{mean(layers, 16, measure):.{digits}f}" == shown
    for column, shown in ((0, "0.735 … 0.847"), (1, "0.913 … 0.934")):
        low, high = depth.expected(depth.measured("trustworthiness")[1][column])
        assert f"{low:.3f} … {high:.3f}" == shown
        assert shown in text


def test_a_deeper_network_is_trained_as_long_with_the_same_settings():
    runs = [depth.config(row, 1, 0).to_dict() for row in (1, 2, 3, 4)]
    rest = [{name: run[name] for name in run if name != "hidden"} for run in runs]
    assert rest == [rest[0]] * 4


def test_the_words_name_the_number_of_neighbours_and_of_images():
    said = words("depth", "grid_words")
    for name in ("trustworthiness", "continuity"):
        assert f"{NEIGHBOURS} nearest" in said[f"{name}_meaning"].format(k=table()["neighbours"])
        assert "Venna & Kaski" in said[f"{name}_meaning"]
    assert f"among {table()['images']} training images" in said["gloss"]
    assert "64 pixels" in said["error_meaning"]
    assert len(load_dataset("digits").x_val[0]) == 64

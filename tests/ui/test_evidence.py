"""The five-seed table and its drawing: intervals, rows, positions and words from the values."""

import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from scipy import stats
from streamlit.testing.v1 import AppTest

from benchmarks import measures as benchmark
from benchmarks import mnist
from benchmarks.report import NotMeasured
from ui import evidence
from ui.figures.measures import BOTTOM, LEFT, RIGHT, TOP, Axis, Group, Line, height, panel, place
from ui.prose import CONTENT, section
from ui.shipped import builtin_data, manifest, shipped
from vae_core import RunConfig, load_dataset
from vae_core.data import bernoulli_entropy
from vae_core.networks import Autoencoder
from vae_core.regularity import evaluate, precision_and_coverage, principal_axes
from vae_core.training import train

DATASETS = ("digits", "shapes")


def table():
    return json.loads(evidence.TABLE.read_text())


def values(dataset, name, measure):
    """One measure of every seed, straight from the file."""
    wanted = ("ae", None) if name == "AE" else ("vae", float(name))
    (entry,) = [e for e in table()[dataset] if (e["model"], e["beta"]) == wanted]
    return np.array(entry["values"][measure], float)


# --- the file


def test_the_file_holds_every_model_and_five_seeds_of_it():
    found = table()
    assert found["command"] == "python -m benchmarks.measures" == benchmark.COMMAND
    assert found["seeds"] == [0, 1, 2, 3, 4]
    for dataset, betas in benchmark.BETAS.items():
        models = [(entry["model"], entry["beta"]) for entry in found[dataset]]
        assert models == [("ae", None), *(("vae", beta) for beta in betas)]
        for entry in found[dataset]:
            assert {len(each) for each in entry["values"].values()} == {5}


@pytest.mark.parametrize(
    "name", ["digits-ae", "digits-vae-beta0.1", "digits-vae-beta1", "shapes-ae"]
)
def test_seed_0_is_the_shipped_model_but_for_its_rounding(name):
    """Shipped weights are the same run's, rounded to half precision."""
    entry = manifest()[name]
    config, measured = entry["config"], entry["measures"]
    model = "AE" if config["model"] == "ae" else config["beta"]
    for measure, tolerance in (("val_recon", 0.02), ("coverage", 0.02), ("step_mean", 0.002)):
        found = values(config["dataset"], model, measure)[0]
        assert found == pytest.approx(measured[measure], abs=tolerance), measure


# --- intervals


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 10], [-1e-3, 1e-3, 0, 2e-3, 0]])
def test_an_interval_is_scipys(numbers):
    found = evidence.interval(numbers)
    low, high = stats.t.interval(0.95, 4, np.mean(numbers), stats.sem(numbers))
    assert found.mean == pytest.approx(np.mean(numbers))
    assert found.mean - found.half == pytest.approx(low, rel=1e-4)
    assert found.mean + found.half == pytest.approx(high, rel=1e-4)


def test_a_measure_that_has_no_value_for_a_seed_has_no_interval():
    assert evidence.interval([1, 2, None, 3, 4]) is None
    with pytest.raises(ValueError, match="found 4 values, expected one for each of 5 seeds"):
        evidence.interval([1, 2, 3, 4])


@pytest.mark.parametrize("dataset", DATASETS)
def test_rows_are_means_over_the_seeds_and_the_kl_term_is_its_two_parts(dataset):
    for row in evidence.rows(dataset):
        for measure in ("coverage", "precision", "mmd2", "step_p99", "val_recon", "active_units"):
            expected = values(dataset, row.name, measure)
            assert row.measured[measure].mean == pytest.approx(expected.mean())
            assert row.measured[measure].half == pytest.approx(
                stats.t.ppf(0.975, 4) * expected.std(ddof=1) / math.sqrt(5), rel=1e-4
            )
        if row.name == "AE":
            assert row.measured["kl"] is None
            continue
        parts = values(dataset, row.name, "mutual_information") + values(
            dataset, row.name, "kl_aggregate"
        )
        assert row.measured["kl"].mean == pytest.approx(parts.mean())
        # and it is near the term on images kept aside, which the network was not fitted to
        assert parts.mean() == pytest.approx(
            values(dataset, row.name, "val_kl").mean(), rel=0.15, abs=0.02
        )


# --- the table


class Cells(HTMLParser):
    """The texts of a table's cells, row by row."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_table_shows_mean_and_half_width_of_every_measure(dataset):
    parser = Cells()
    parser.feed(evidence._table(dataset))
    head, *body = parser.rows
    assert [h for h in head if h] == [c.heading + c.unit for c in evidence.COLUMNS]
    for row, cells in zip(evidence.rows(dataset), body, strict=True):
        assert cells[0] == ("AE" if row.name == "AE" else f"β = {row.name}")
        for column, cell in zip(evidence.COLUMNS, cells[1:], strict=True):
            found = row.measured[column.measure]
            if found is None:
                assert cell == "–"
                continue
            mean, half = (float(n.replace("−", "-")) for n in cell.split("± "))
            assert mean == pytest.approx(found.mean, abs=0.5001 * 10**-column.decimals)
            assert half == pytest.approx(found.half, abs=0.5001 * 10**-column.decimals)


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0004, "0.000"), (-0.0124, "−0.012"), (0.2, "0.200"), (-0.0, "0.000")]
)
def test_minus_is_a_minus_and_zero_has_none(value, text):
    assert evidence._number(value, 3) == text


# --- the drawing

AXIS = Axis(1, (0, 0.5, 1))
MODELS, GROUPS = ["AE", "0", "1", "30"], [Group(1, 2, "alive"), Group(3, 3, "collapsed")]


def attributes(svg, tag, kind):
    found = re.findall(rf'<{tag} class="{kind}" ([^>]*?)/?>', svg)
    return [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in found]


def test_marks_and_whiskers_stand_where_the_values_are():
    means, halves = [0.2, 0.5, 1.0, 0.0], [0.1, 0.0, 0.2, 0.3]
    svg = panel(MODELS, GROUPS, [Line("coverage", means, halves)], AXIS, "words")
    marks = attributes(svg, "circle", "mark")
    unit = BOTTOM - TOP
    for mark, mean in zip(marks, means, strict=True):
        assert float(mark["cy"]) == pytest.approx(BOTTOM - mean * unit, abs=0.06)
    whiskers = attributes(svg, "line", "whisker")
    for whisker, mark, mean, half in zip(whiskers, marks, means, halves, strict=True):
        assert whisker["x1"] == whisker["x2"] == mark["cx"]
        low, high = np.clip([mean - half, mean + half], 0, 1)  # cut where the axis ends
        assert float(whisker["y1"]) == pytest.approx(BOTTOM - low * unit, abs=0.06)
        assert float(whisker["y2"]) == pytest.approx(BOTTOM - high * unit, abs=0.06)
    (joined,) = attributes(svg, "polyline", "joined")
    assert joined["points"].split() == [f"{m['cx']},{m['cy']}" for m in marks[1:]]


def test_lines_are_told_apart_by_dash_and_mark_and_carry_their_names():
    lines = [Line("coverage", [0.1, 0.2], [0, 0]), Line("a < b", [0.8, 0.9], [0, 0], dashed=True)]
    svg = panel(["AE", "0"], [], lines, AXIS, 'says "this"')
    assert len(attributes(svg, "circle", "mark")) == 2
    squares = attributes(svg, "rect", "mark open")
    assert [float(s["y"]) + float(s["height"]) / 2 for s in squares] == pytest.approx(
        [height(0.8, AXIS), height(0.9, AXIS)], abs=0.06
    )
    assert len(attributes(svg, "polyline", "joined dashed")) == 1
    assert ">a &lt; b</text>" in svg
    assert 'aria-label="says &quot;this&quot;"' in svg


def test_models_stand_in_order_the_first_apart_and_none_leaves_the_plot():
    places = [place(i, 9) for i in range(9)]
    gaps = np.diff(places)
    assert places == sorted(places)
    assert (places[0] > LEFT, places[-1] < RIGHT) == (True, True)
    assert gaps[0] > 1.5 * gaps[1]
    np.testing.assert_allclose(gaps[1:], gaps[1])


def test_brackets_join_the_models_of_a_group():
    svg = panel(MODELS, GROUPS, [], AXIS, "words")
    brackets = [(float(b["x1"]), float(b["x2"])) for b in attributes(svg, "line", "bracket")]
    places = [place(i, 4) for i in range(4)]
    for (left, right), group in zip(brackets, GROUPS, strict=True):
        inside = [i for i, x in enumerate(places) if left < x < right]
        assert inside == list(range(group.first, group.last + 1))
        assert f">{group.name}</text>" in svg


@pytest.mark.parametrize("name", ["over", "under", "right"])
def test_a_name_stands_beside_the_mark_it_names(name):
    line = Line("here", [0.5, 0.2, 0.8, 0.4], [0] * 4, named=2, side=name)
    svg = panel(MODELS, [], [line], AXIS, "words")
    (text,) = attributes(svg, "text", "name")
    x, y = float(text["x"]) - place(2, 4), float(text["y"]) - height(0.8, AXIS)
    assert {"over": y < -5 < x, "under": y > 15, "right": x > 8}[name]
    assert text["text-anchor"] == ("start" if name == "right" else "middle")


def test_the_drawing_brackets_what_the_table_says_collapsed():
    alive, collapsed = evidence._groups()
    used = [row.measured["active_units"].mean for row in evidence.rows("digits")]
    assert all(used[i] == 0 for i in range(collapsed.first, collapsed.last + 1))
    assert all(used[i] > 0 for i in range(alive.first, alive.last + 1))
    assert (alive.first, collapsed.last) == (1, len(used) - 1)


def test_the_headline_draws_the_files_means():
    drawn = evidence._headline()
    assert "\n" not in drawn  # Markdown would end the block
    completeness, continuity = drawn.split("</figure>")[:2]
    pairs = [
        (completeness, "coverage", "circle", "mark", 1.0),
        (completeness, "precision", "rect", "mark open", 1.0),
        (continuity, "step_mean", "circle", "mark", 0.55),
        (continuity, "step_p99", "rect", "mark open", 0.55),
    ]
    names = [row.name for row in evidence.rows("digits")]
    for svg, measure, tag, kind, top in pairs:
        marks = attributes(svg, tag, kind)
        assert len(marks) == len(names) == 9
        for name, mark in zip(names, marks, strict=True):
            y = float(mark["cy"]) if tag == "circle" else float(mark["y"]) + 3.2
            mean = values("digits", name, measure).mean()
            assert (BOTTOM - y) / (BOTTOM - TOP) * top == pytest.approx(mean, abs=0.002)
            assert 0 <= mean <= top


# --- the words


def test_the_definitions_numbers_are_true():
    for name in evidence.DEFINITIONS:
        assert section("measures", f"define_{name}")
    assert "13.6 nats for these digits, 25.2 for these shapes" in section(
        "measures", "define_recon"
    )
    for name, floor in (("digits", 13.6), ("shapes", 25.2)):
        assert bernoulli_entropy(builtin_data(name).x_val) == pytest.approx(floor, abs=0.05)
    assert "7.3 nats for 1500 digits" in section("measures", "define_split")
    assert math.log(len(builtin_data("digits").x_train)) == pytest.approx(7.3, abs=0.05)
    assert "2.78" in section("measures", "define_interval")
    assert pytest.approx(stats.t.ppf(0.975, 4), abs=1e-4) == evidence.T
    errors = [e for d in DATASETS for n in benchmark.BETAS[d] for e in values(d, n, "split_error")]
    assert max(errors) < 0.015  # about a hundredth of a nat


def test_fresh_images_would_cover_as_much_as_the_definition_says():
    draws = torch.randn(2000, 30, generator=torch.Generator().manual_seed(0))
    _, coverage = precision_and_coverage(draws[:1000], draws[1000:])
    assert coverage == pytest.approx(1 - 2**-5, abs=0.015)


def test_noise_hides_in_coverage_and_shows_in_precision():
    model, generator = shipped("digits-vae-beta0.1"), torch.Generator().manual_seed(0)
    network = Autoencoder(model.config, 64).load(model.weights)
    x = torch.from_numpy(model.data.x_train.copy())
    with torch.no_grad():
        drawn = torch.sigmoid(network.decode(torch.randn(1000, 2, generator=generator)))
    spoilt = torch.cat([drawn[:500], torch.rand(500, 64, generator=generator)])
    axes = principal_axes(x)
    clean, noisy = (precision_and_coverage(x[:1000] @ axes, d @ axes) for d in (drawn, spoilt))
    assert noisy[1] > clean[1] - 0.05
    assert noisy[0] < 0.6 * clean[0]


def test_drawn_from_its_own_gaussian_an_autoencoder_reaches_as_many_digits_as_any_vae():
    own = values("digits", "AE", "coverage_fitted").mean()
    assert all(own > row.measured["coverage"].mean for row in evidence.rows("digits"))


def test_what_the_caption_says_of_the_drawing():
    found = {row.name: row.measured for row in evidence.rows("digits")}
    coverage = {name: measured["coverage"].mean for name, measured in found.items()}
    assert coverage["AE"] == pytest.approx(0.5, abs=0.05)
    assert coverage["0"] == pytest.approx(0.5, abs=0.05)
    assert coverage["0.1"] == pytest.approx(0.9, abs=0.03)
    assert coverage["0.3"] == pytest.approx(coverage["0.1"], abs=0.02)
    assert coverage["0.3"] > coverage["1"] > coverage["3"]
    steps = [found[name]["step_mean"].mean for name in ("0", "0.01", "0.1", "0.3", "1", "3")]
    assert steps == sorted(steps, reverse=True)


def test_what_is_said_of_collapse():
    collapsed = [row for row in evidence.rows("digits") if row.name in ("3", "10", "30")]
    others = [row for row in evidence.rows("digits") if row not in collapsed]
    for row in collapsed:
        measured = {name: found and found.mean for name, found in row.measured.items()}
        assert measured["active_units"] == 0
        assert measured["coverage"] < 0.01
        assert measured["precision"] == 1
        assert abs(measured["mmd2"]) < 0.0005
        assert measured["kl"] < 0.005
        assert measured["step_mean"] < min(o.measured["step_mean"].mean for o in others)
    assert {row.measured["active_units"].mean for row in others} == {2}


def test_the_best_coverage_of_the_four_asked_about_is_that_of_a_tenth():
    """The question of chapter 6: β = 0, 0.1, 1 or 10? Beyond doubt: the intervals are apart."""
    found = {row.name: row.measured["coverage"] for row in evidence.rows("digits")}
    best = found["0.1"]
    for other in ("0", "1", "10"):
        assert found[other].mean + found[other].half < best.mean - best.half


def test_the_balls_are_as_wide_as_the_note_says():
    text = section("measures", "note_shapes")
    for name, said in (("shapes", 0.03), ("digits", 0.44)):
        assert f"{said:g}" in text
        x = builtin_data(name).x_train.astype(float)
        axes = np.linalg.svd(x - x.mean(0), full_matrices=False)[2][:30].T
        x = x[:1000] @ axes
        apart = np.sqrt(np.maximum(0, (x**2).sum(1)[:, None] + (x**2).sum(1) - 2 * x @ x.T))
        ratio = np.sort(apart, 1)[:, 5].mean() / apart[np.triu_indices(1000, 1)].mean()
        assert ratio == pytest.approx(said, abs=0.006)


def test_on_mnist_an_autoencoder_covers_about_three_quarters():
    """Ten thousand official images, where there are any: see benchmarks/mnist.py."""
    try:
        data = load_dataset("mnist", mnist.folder())
    except NotMeasured as reason:
        pytest.skip(str(reason))
    config = RunConfig(dataset="mnist", model="ae")
    *_, last = train(config, data)
    assert evaluate(config, last.weights, data).coverage == pytest.approx(0.75, abs=0.05)


def test_every_source_named_stands_in_the_references():
    text = (CONTENT / "measures.md").read_text()
    references = (CONTENT / "references.md").read_text()
    for name, year in re.findall(
        r"([A-ZÀ-Ž][\wä-ÿ]+) (?:and others|and Johnson) \((\d{4})\)", text
    ):
        assert re.search(rf"{name}.*{year}", references), name


def test_the_evidence_opens_with_its_command_and_a_definition_for_each_press():
    def page():
        from ui.evidence import evidence, headline

        headline()
        evidence()

    at = AppTest.from_function(page, default_timeout=30).run()
    assert not at.exception
    assert any("python -m benchmarks.measures" in text for text in at.markdown.values)
    texts = {name: section("measures", f"define_{name}") for name in evidence.DEFINITIONS}
    assert not set(texts.values()) & set(at.markdown.values)
    for name, text in texts.items():
        at.button_group(key="definition").set_value(name).run()
        assert not at.exception
        assert text in at.markdown.values

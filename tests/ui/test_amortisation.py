"""The gaps of chapter 8: the file against the core, its figures and words against the file."""

import json
import re

import numpy as np
import pytest
import torch
from scipy import stats
from streamlit.testing.v1 import AppTest

from benchmarks import posterior as benchmark
from ui import amortisation
from ui.figures.sorted_gaps import BOTTOM, LEFT, RIGHT, TOP, Line, drawing, height, place, points
from ui.prose import section
from ui.shipped import builtin_data, shipped
from vae_core.amortisation import amortisation as measured
from vae_core.amortisation import encoder_q
from vae_core.networks import Autoencoder
from vae_core.posterior import Grid, exact_posterior, gap_on_grid

QS = ("encoder", "moved", "diagonal", "full")
SPLITS = {"validation": 297, "training": 500}


def gaps(split, q):
    return np.array(json.loads(amortisation.TABLE.read_text())[split]["gaps"][q])


def images(split, n):
    data = builtin_data("digits")
    x = data.x_val if split == "validation" else data.x_train
    return torch.from_numpy(x[:n].astype(float))


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


# --- the file


def test_the_file_holds_every_image_of_the_shipped_model():
    table = json.loads(amortisation.TABLE.read_text())
    assert table["command"] == "python -m benchmarks.posterior" == benchmark.COMMAND
    assert table["model"] == "digits-vae-gaussian-c0.1" == benchmark.MODEL
    assert 1e-8 < table["seconds_per_point"] < 1e-3
    for split, n in SPLITS.items():
        assert table[split]["n"] == len(table[split]["log_evidence"]) == n
        assert {q: len(each) for q, each in table[split]["gaps"].items()} == dict.fromkeys(QS, n)
        assert table[split]["error"] <= 0.01


def test_the_encoders_gaps_are_kl_on_the_grid_which_knows_no_elbo():
    n = 80
    model, x = shipped("digits-vae-gaussian-c0.1"), images("validation", n)
    network = Autoencoder(model.config, 64).load(model.weights).double().requires_grad_(False)
    posterior = exact_posterior(Grid(network), x, model.config)
    table = json.loads(amortisation.TABLE.read_text())["validation"]
    np.testing.assert_allclose(table["log_evidence"][:n], posterior.log_evidence, atol=6e-3)
    expected = gap_on_grid(encoder_q(network, x), posterior)
    np.testing.assert_allclose(gaps("validation", "encoder")[:n], expected, atol=6e-3)


@pytest.mark.parametrize("split", SPLITS)
def test_the_first_images_measure_the_same_today(split):
    model = shipped("digits-vae-gaussian-c0.1")
    found = measured(model.config, model.weights, images(split, 3))
    for q in QS:
        today = found.log_evidence - getattr(found, q)
        np.testing.assert_allclose(gaps(split, q)[:3], today, atol=6e-3)


# --- what it comes to


@pytest.mark.parametrize(("split", "q"), amortisation.ROWS)
def test_a_row_is_the_mean_its_interval_and_the_quantiles(split, q):
    values = gaps(split, q)
    found = amortisation.summary(amortisation.gaps(split, q))
    low, high = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert found.median == pytest.approx(np.median(values))
    assert found.p95 == pytest.approx(np.percentile(values, 95))
    assert found.largest == values.max()


def caption():
    at = AppTest.from_function(_shown).run(timeout=30)
    assert not at.exception
    return [markdown.value for markdown in at.markdown]


def _shown():
    from ui.amortisation import amortisation_figure, made

    amortisation_figure()
    made()


def test_the_page_says_these_numbers():
    figure, words, made = caption()
    encoder, moved, diagonal, full = (gaps("validation", q) for q in QS)
    for value in (encoder, moved, diagonal, full, encoder - diagonal, diagonal - full):
        assert f"{value.mean():.2f}" in words
    assert f"is smaller: {gaps('training', 'encoder').mean():.2f} nats" in words
    assert f"<td>{encoder.mean():.2f} ± " in figure
    assert f"<td>{full.max():.2f}</td>" in figure
    assert "\n" not in figure  # Markdown would end the block
    assert "python -m benchmarks.posterior" in made
    assert (
        f"known to {json.loads(amortisation.TABLE.read_text())['validation']['error']} nats" in made
    )
    assert "{" not in words + made


def test_what_the_caption_claims_holds():
    encoder, moved, diagonal, full = (gaps("validation", q) for q in QS)
    assert (full <= diagonal + 0.002).all()
    assert (diagonal < encoder).all()
    # "Most of it is place": of what the encoder loses, moving its mean brings back 85 %
    assert (encoder - moved).mean() > 0.85 * (encoder - diagonal).mean()
    # "costs little here"
    assert (diagonal - full).mean() < 0.05 * (encoder - diagonal).mean()
    # "smaller on images it was trained on": the intervals are apart
    ours, its = (amortisation.summary(gaps(s, "encoder")) for s in ("validation", "training"))
    assert its.mean + its.half < ours.mean - ours.half
    assert "Most of it is place" in section("amortisation", "caption")


# --- the drawing


def test_a_line_rises_over_the_images_on_a_logarithmic_axis():
    line = Line("q", [1.0, 0.01, 0.1], "", 0.5, "over")
    (x1, y1), (x2, y2), (x3, y3) = points(line)
    assert (x1, x2, x3) == pytest.approx((place(1 / 6), place(1 / 2), place(5 / 6)))
    assert LEFT < x1 < x3 < RIGHT
    assert y1 - y2 == pytest.approx(y2 - y3)
    assert (y1, y3) == pytest.approx((height(0.01), height(1)))
    assert BOTTOM == height(0) == height(0.001)
    assert height(1e9) == TOP


def test_lines_are_told_apart_by_dash_and_named():
    drawn = amortisation._figure()
    assert re.findall(r'class="joined"(?: stroke-dasharray="([\d. ]+)")?', drawn) == [
        "", "6 4", "1.5 3.5",
    ]  # fmt: skip
    for name in ("encoder’s q", "best diagonal\u00a0q", "best q, any covariance"):
        assert f">{name}</text>" in drawn
    assert "median 0.63 nats" in drawn  # to a screen reader


def test_words_cannot_break_out_of_the_drawing():
    drawn = drawing([Line("<b>", [1], "", 0, "over")], "&", '"><script>')
    assert "<b>" not in drawn
    assert "<script>" not in drawn

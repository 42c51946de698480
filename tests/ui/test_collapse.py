"""Collapse predicted: what is sent, its link, and that the table and all that is said are true."""

import re
from itertools import pairwise

import numpy as np
import pytest
import streamlit as st
from sklearn.decomposition import PCA

from ui import collapse
from ui.collapse import PLOTTED, START, recorded, stops
from ui.page import ROOT, source_of
from ui.prose import section, words
from ui.shipped import builtin_data

FOLDER = ROOT / "ui" / "widgets" / "collapse"


@pytest.fixture(scope="module")
def variances() -> np.ndarray:
    """λ of all 64 directions, by scikit-learn."""
    x = builtin_data("digits").x_train.astype(np.float64)
    return PCA().fit(x).explained_variance_ * (len(x) - 1) / len(x)


def test_every_word_the_figure_asks_for_is_in_the_content():
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source)) | {"images", "foreseen", "trained", "kl_of"}
    asked |= {"found_kl", "found_units", "raised", "scratch", "theory"}
    assert asked == set(words("collapse", "collapse_words"))


def test_the_variances_are_those_the_question_names(variances):
    """Chapter 11 asks: λ = .69 .64 .55 .40, c = .6: how many survive?"""
    assert recorded()["variances"] == pytest.approx(variances[:8], abs=1e-5)
    assert np.round(variances[:4], 2).tolist() == [0.69, 0.64, 0.55, 0.40]
    assert (variances > 0.6).sum() == 2


def test_every_trained_linear_vae_is_the_one_predicted(variances):
    """To four digits, all directions, all seeds, at every c of the handle; its axes are PCA's."""
    rows = recorded()["linear"]
    assert len(rows) > 30
    for row in rows:
        gain = np.maximum(variances[:8] - row["c"], 0)
        assert len(row["singular"]) == len(row["kl"]) == len(row["angle"]) == 3
        for singular, kl in zip(row["singular"], row["kl"], strict=True):
            assert singular == pytest.approx(np.sqrt(gain), abs=5e-5)
            exact = 0.5 * np.log(np.maximum(variances[:8] / row["c"], 1))
            assert kl == pytest.approx(exact, abs=5e-5)
        for angle in row["angle"]:
            assert (angle is None) == (row["c"] > variances[0])
            assert angle is None or angle < 1


def test_what_is_shown_as_trained_reads_as_what_was_predicted(variances):
    for row in recorded()["linear"]:
        predicted = np.sqrt(np.maximum(variances[:8] - row["c"], 0))
        for singular in row["singular"]:
            assert np.abs(np.array(singular) - predicted).max() < 1e-4


def test_a_linear_autoencoder_does_not_find_the_axes():
    angles = np.array(recorded()["autoencoder_angles"])
    assert angles.shape == (3, 8)
    assert np.median(angles) > 10
    assert (angles.max(1) > 20).all()


def test_the_stops_are_even_in_log_c_and_hold_the_questions_c():
    assert START == stops()[0] == 0.1
    assert 0.6 in stops()
    ratios = [high / low for low, high in pairwise(stops())]
    assert ratios == pytest.approx([(1 / 0.6) ** 0.125] * len(ratios), rel=0.01)
    for name in PLOTTED:
        assert {row["c"] for row in recorded()[name]} <= set(stops())


def test_the_deep_networks_do_what_is_said_of_them(variances):
    lots = {name: {row["c"]: row["values"] for row in recorded()[name]} for name in PLOTTED}
    for lot in lots.values():
        for c, values in lot.items():
            assert all(len(seeds) == 3 for seeds in values.values())
            if c > variances[0]:  # λ₁ marks the end
                assert max(values["val_kl"]) < 0.005
                assert values["active_units"] == [0, 0, 0]
    assert [min(lots["raised"][c]["active_units"]) >= 1 for c in (0.563, 0.6)] == [True, True]
    slow = {row["c"]: row["values"] for row in recorded()["scratch_small_steps"]}
    watched = [c for c in lots["raised"] if 0.495 <= c <= 0.6]
    assert len(watched) == 3
    for c in watched:  # the third thing to try; raised, whatever the steps from scratch
        for other in (lots["scratch"][c], slow.get(c, lots["scratch"][c])):
            assert np.mean(lots["raised"][c]["val_kl"]) > np.mean(other["val_kl"])
            assert loss(lots["raised"][c]) < loss(other)


def loss(values: dict[str, list[float]]) -> float:
    return float(np.mean(np.add(values["val_recon"], values["val_kl"])))


def test_the_other_answers_of_try_this_are_true(variances):
    text = section("collapse", "try_collapse")
    assert "c = 0.600" in text
    assert "variance of 0.55" in text
    assert round(variances[2], 2) == 0.55
    assert recorded()["linear"][stops().index(0.6)]["singular"][0][2] == 0
    before, after = stops().index(0.279), stops().index(0.262)
    assert before - after == 1
    assert [(variances > stops()[at]).sum() for at in (before, after)] == [4, 5]


def test_the_collapsed_state_is_stable_from_the_largest_variance_on(variances):
    """A small step out of it, of any encoder's mean: the loss falls below λ₁ only."""
    for c, falls in ((0.95 * variances[0], True), (1.05 * variances[0], False)):
        size = np.linspace(-0.05, 0.05, 41)
        w, v = np.meshgrid(size, size)
        lam = variances[0]  # x = u, the widest direction; z = v u + eps, x_hat = w z
        change = (-2 * w * v * lam + w**2 * (v**2 * lam + 1)) / (2 * c) + 0.5 * v**2 * lam
        assert (change.min() < -1e-9) == falls


@pytest.mark.parametrize("text", ["", "0.61", "nan", "inf", "1,2", "a", "-0.6", "1e400", "0.6,"])
def test_nonsense_in_a_link_is_the_opening(monkeypatch, text):
    monkeypatch.setattr(st, "query_params", {"collapse_c": text})
    assert collapse._linked() == START


def test_a_link_is_read_as_it_was_written(monkeypatch):
    for c in stops():
        monkeypatch.setattr(st, "query_params", {"collapse_c": f"{c:g}"})
        assert collapse._linked() == c


@pytest.mark.parametrize("sent", [None, 0.61, "0.6", float("nan"), [0.6], True])
def test_what_was_not_measured_is_not_remembered(monkeypatch, sent):
    state = {"collapse_state": 0.6, "collapse": {"state": {"c": sent}}}
    monkeypatch.setattr(st, "session_state", state)
    collapse._remember()
    assert state["collapse_state"] == 0.6


def test_the_code_that_ran_can_be_shown_and_is_short():
    assert len(source_of("vae_core/spectrum.py", "predicted").splitlines()) < 10
    assert len(source_of("vae_core/linear_vae.py", "expected_loss").splitlines()) < 12
    assert len(source_of("ui/widgets/collapse/foreseen.js", "foreseen").splitlines()) < 12


def test_the_prose_has_its_sections():
    for name in ("collapse", "try_collapse"):
        assert section("collapse", name)

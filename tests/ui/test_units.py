"""How many of 32 numbers are used: what the words claim, what is sent, what a link may say."""

import json
import re

import numpy as np
import pytest

from tests.ui.opening import header_of, opened
from ui import units
from ui.prose import prediction, section, words
from ui.shipped import builtin_data, manifest, shipped
from ui.widgets.units import UnitsState

SCRIPT = "import streamlit as st\nfrom ui.units import units_figure\nunits_figure()"


def counts(activation, beta, warmup):
    """The active units of every seed, straight from the file."""
    setting = (activation, beta, warmup)
    rows = json.loads(units.TABLE.read_text())["rows"]
    (row,) = [r for r in rows if (r["activation"], r["beta"], r["warmup"]) == setting]
    return row["values"]["active_units"]


def loss(activation, beta, warmup):
    """Their mean loss, as the figure shows it."""
    (row,) = [r for r in units._rows(activation) if r["beta"] == beta]
    (cell,) = [c for c in row["cells"] if c["warmup"] == warmup]
    return round(cell["loss"], 2)


def kept(beta):
    return int((units.eigenvalues(builtin_data("digits").x_train) > beta).sum())


# --- what the words claim


def test_the_prediction_is_what_five_seeds_did():
    question = prediction("units", "predict_units")
    assert "first 60 of 130 epochs" in question.question
    assert counts("elu", 1.0, 60) == [6, 7, 7, 7, 6]
    assert question.right.startswith("6 or 7")
    for text in (question.yes, question.no):
        assert "6, 7, 7, 7 and 6" in text


def test_the_caption_compares_theory_and_networks_as_they_are():
    text = section("units", "units")
    assert "at β = 1 it says 7, and they use 4 without a warm-up, 6 or 7 with one" in text
    assert kept(1) == 7
    assert set(counts("elu", 1.0, 0)) == {4}
    assert set(counts("elu", 1.0, 60)) == {6, 7}
    assert "at β = 0.1 it would keep all 32, and they use 12 to 19" in text
    assert kept(0.1) >= 32
    found = counts("elu", 0.1, 0) + counts("elu", 0.1, 60)
    assert (min(found), max(found)) == (12, 19)
    for activation in units.NETWORKS:  # both fall as β grows
        for warmup in (0, 60):
            means = [np.mean(counts(activation, beta, warmup)) for beta in (0.1, 0.3, 1.0, 3.0)]
            assert means == sorted(means, reverse=True)


def test_what_is_said_of_warm_up_is_what_was_measured():
    text = section("units", "warm_up")
    warm = [10, 30, 60, 100]
    assert "up to 9" in text
    assert max(max(counts("elu", 1.0, w)) for w in warm) == 9
    assert "(23.82 nats without, 23.83 to 24.00 with)" in text
    losses = [loss("elu", 1.0, w) for w in warm]
    assert (loss("elu", 1.0, 0), min(losses), max(losses)) == (23.82, 23.83, 24.00)
    assert set(counts("relu", 1.0, 0)) == {0}
    assert "3.3 nats" in text
    assert loss("relu", 1.0, 0) - loss("relu", 1.0, 10) == pytest.approx(3.3, abs=0.05)


def test_the_answers_of_try_this_are_right():
    text = section("units", "try_units")
    used = [int((shipped(file).mu.var(0) > 0.01).sum()) for file in units.MODELS.values()]
    assert used == [4, 6]
    assert "Without warm-up the 5th, with it the 7th" in text
    assert (loss("relu", 1.0, 0), loss("relu", 1.0, 10)) == (27.24, 23.92)
    assert min(counts("relu", 1.0, 10)) > 0
    assert "from 27.24 to 23.92" in text
    assert units.eigenvalues(builtin_data("digits").x_train)[0] == pytest.approx(3.28, abs=0.005)
    assert kept(3) == 2
    assert set(counts("elu", 3.0, 0) + counts("relu", 3.0, 0)) == {0}
    means = [np.mean(counts("elu", 1.0, w)) for w in (0, 10, 30, 60, 100)]
    assert means == sorted(means)
    assert (loss("elu", 1.0, 0), loss("elu", 1.0, 100)) == (23.82, 24.00)
    assert "from 23.82 to 24.00" in text


def test_the_words_of_the_bernoulli_loss_are_not_those_of_a_density():
    text = (units.TABLE.parent / "en" / "units.md").read_text()
    assert not re.search(r"ELBO|evidence|log p\(x\)", text)


# --- what is sent


def test_the_payload_says_of_each_model_what_the_manifest_does():
    content = units._payload(*units.START)
    header = header_of(content)
    assert header["shown"] == [0, 60]
    for model, file in zip(header["models"], units.MODELS.values(), strict=True):
        measures = manifest()[file]["measures"]
        assert float(model["loss"]) == pytest.approx(
            measures["val_recon"] + measures["val_kl"], abs=0.0051
        )
        assert measures["active_units"] == (shipped(file).mu.var(0) > units.THRESHOLD).sum()
    assert header["models"][1]["title"] == "Warm-up over 60 epochs"
    assert set(words("units", "units_words")) == set(header["words"])
    assert len(content) < 120_000


# --- what a link may say


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ({}, units.START),
        ({"unit": "1", "units_beta": "0.05", "units_of": "relu"}, (0, 0.05, 1)),
        ({"unit": "32", "units_beta": "5"}, (31, 5.0, 0)),
        ({"unit": "0", "units_beta": "0.01", "units_of": "tanh"}, units.START),
        ({"unit": "33", "units_beta": "inf", "units_of": ""}, units.START),
        ({"unit": "1e400", "units_beta": "1,2"}, units.START),
    ],
)
def test_a_link_opens_the_figure_as_it_was_or_is_ignored(query, state):
    app = opened(SCRIPT, **query)
    assert app.session_state["units_state"] == state
    kept_in_the_link = {key: "".join(value) for key, value in app.query_params.items()}
    assert opened(SCRIPT, **kept_in_the_link).session_state["units_state"] == state


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        (UnitsState(rank=3, beta=2.0, measured=1), (3, 2.0, 1)),
        (UnitsState(rank=32, beta=5.1, measured=2), units.START),
        (UnitsState(), units.START),
    ],
)
def test_what_cannot_be_is_not_remembered(monkeypatch, sent, state):
    memory = {"units_state": units.START}
    monkeypatch.setattr(units, "committed", lambda key: sent)
    monkeypatch.setattr(units.st, "session_state", memory)
    units._remember()
    assert memory["units_state"] == state

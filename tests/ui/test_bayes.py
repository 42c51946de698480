"""An affine f and its posterior: words, links, and that what is said of them is true."""

import re

import numpy as np
import pytest
import streamlit as st

from ui import bayes
from ui.bayes import FUNCTIONS, OPENING, Bayes
from ui.page import ROOT, source_of
from ui.prose import section, words
from ui.widgets.bayes import BayesState

FOLDER = ROOT / "ui" / "widgets" / "bayes"


def covariance(name: str, c: float) -> np.ndarray:
    w = np.reshape(FUNCTIONS[name][:4], (2, 2))
    return np.linalg.inv(np.eye(2) + w.T @ w / c)


def test_every_word_the_figure_asks_for_is_in_the_content():
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source)) | set(FUNCTIONS) | {"arrow", "origin"}
    assert len(asked) > 20
    assert asked == set(words("bayes", "bayes_words"))


def test_the_answers_of_try_this_are_true():
    text = section("bayes", "try_bayes")
    assert "variance 0.04 against 0.29" in text
    assert np.diag(covariance("stretch", 0.1)) == pytest.approx([0.04, 0.29], abs=0.005)
    assert "keeps the prior’s variance, 1" in text
    w = np.reshape(FUNCTIONS["flat"][:4], (2, 2))
    assert np.linalg.det(w) == 0
    assert np.linalg.eigvalsh(covariance("flat", 0.1))[1] == pytest.approx(1)
    turned = np.reshape(FUNCTIONS["rotation"][:4], (2, 2))
    assert turned @ turned.T == pytest.approx(np.eye(2))


def test_the_opening_moves_as_the_caption_says():
    assert (OPENING.c, OPENING.f) == (0.1, FUNCTIONS["identity"])
    assert "$x/1.1$ to $x/2$" in section("bayes", "bayes")
    for c, part in [(0.1, 1.1), (1, 2)]:
        gain = covariance("identity", c) / c
        assert gain @ np.array(OPENING.x) == pytest.approx(np.array(OPENING.x) / part)


@pytest.mark.parametrize(
    "link",
    [
        {"bayes_x": "3.31,0"}, {"bayes_x": "1"}, {"bayes_x": "nan,0"}, {"bayes_x": "a,b"},
        {"bayes_c": "0"}, {"bayes_c": "-1"}, {"bayes_c": "0.009"}, {"bayes_c": "10.1"},
        {"bayes_c": "inf"}, {"bayes_f": "1,0,0,1"}, {"bayes_f": "1,0,0,1,2,0"},
        {"bayes_f": "2,0,0.1,1,0,0"}, {"bayes_f": "1,0,0,1,0,nan"}, {"bayes_f": ""},
    ],
)  # fmt: skip
def test_nonsense_in_a_link_is_the_opening(monkeypatch, link):
    monkeypatch.setattr(st, "query_params", link)
    assert bayes._linked() == OPENING


def test_of_a_link_the_part_that_makes_sense_is_taken(monkeypatch):
    monkeypatch.setattr(st, "query_params", {"bayes_x": "1,-2", "bayes_c": "99"})
    assert bayes._linked() == OPENING._replace(x=(1, -2))


def test_a_link_is_read_as_it_was_written(monkeypatch):
    state = Bayes((3.3, -3.3), 0.0123, (1.2, -1.6, 1.6, 1.2, -1.3, 1.3))
    joined = bayes.link.joined
    link = {
        "bayes_x": joined(list(state.x)),
        "bayes_c": joined([state.c]),
        "bayes_f": joined(list(state.f)),
    }
    monkeypatch.setattr(st, "query_params", link)
    assert bayes._linked() == state


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (BayesState(), OPENING),
        (BayesState(c=1.0), OPENING._replace(c=1.0)),
        (BayesState(x=(9.0, 0.0)), OPENING),
        (BayesState(f=FUNCTIONS["flat"]), OPENING._replace(f=FUNCTIONS["flat"])),
    ],
)
def test_what_the_browser_commits_is_kept_if_it_can_be(monkeypatch, sent, kept):
    monkeypatch.setattr(st, "session_state", {"bayes_state": OPENING})
    monkeypatch.setattr(bayes, "committed", lambda _: sent)
    bayes._remember()
    assert st.session_state["bayes_state"] == kept


def test_what_is_made_once_is_not_made_again():
    assert bayes._payload(OPENING) is bayes._payload(OPENING)


def test_the_code_that_ran_can_be_shown_and_is_short():
    shown = {
        "closed_form.js": ("closedForm", "logNormal"),
        "on_a_grid.js": ("bayesOnGrid", "bayesFineEnough"),
    }
    for file, names in shown.items():
        for name in names:
            assert len(source_of(f"ui/widgets/bayes/{file}", name).splitlines()) <= 26

"""Chapter 3's linear figures: their words are there, their links are safe, what is said is true."""

import re

import numpy as np
import pytest
import streamlit as st
from sklearn.decomposition import PCA

from ui import recode, widgets
from ui.prose import section, words
from ui.shipped import builtin_data
from ui.widgets.recode import RecodeState

HEADS = ("seed", "arrival", "ratio", "angle")
BUILT = {
    "recode": {"error", "floor", "correlation", "passage_seed", "passage_pca"},
    "race": {"cloud2", "cloud3", "digits"} | {f"head_{x}" for x in HEADS},
}


@pytest.mark.parametrize("topic", list(BUILT))
def test_every_word_a_figure_asks_for_is_in_the_content(topic):
    sources = sorted((widgets._HERE / topic).glob("*.js"))
    asked = {
        word
        for path in sources
        for word in re.findall(r"words\.([a-z]\w*)", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 10
    assert asked | BUILT[topic] == set(words(topic, f"{topic}_words"))


class Link(dict):
    """Query parameters without a page."""


@pytest.fixture
def link(monkeypatch):
    def say(**texts: str) -> None:
        monkeypatch.setattr("streamlit.query_params", Link(texts), raising=False)

    return say


@pytest.mark.parametrize(
    "m", ["nan,0,0,1", "1,0,0", "11,0,0,1", "inf,1,1,1", "a,b,c,d", "1e400,0,0,1", ""]
)
def test_a_matrix_that_is_none_is_the_identity(link, m):
    link(m=m, bend="2", digit="-1", probe="x,1")
    assert recode._linked() == {
        "m": list(recode.IDENTITY),
        "bend": 0.0,
        "picked": recode.FIRST,
        "u": None,
    }


def test_a_singular_matrix_is_a_matrix(link):
    link(m="1,0.5,0.6,0.3", bend="0.25", probe="0.5,-0.25")
    assert recode._linked() == {
        "m": [1, 0.5, 0.6, 0.3],
        "bend": 0.25,
        "picked": None,
        "u": [0.5, -0.25],
    }


@pytest.mark.parametrize(("u", "kept"), [((-91.6667, 100.0), True), ((-264.0, 288.0), False)])
def test_a_probe_is_kept_where_a_link_can_say_it(link, monkeypatch, u, kept):
    before = {"m": [1, 0, 0, 1], "bend": 0.0, "picked": None, "u": [0.5, 0.25]}
    monkeypatch.setattr("streamlit.session_state", {"recode_state": before})
    monkeypatch.setattr(recode, "committed", lambda _: RecodeState(u=u))
    recode._remember()
    assert st.session_state["recode_state"]["u"] == (list(u) if kept else before["u"])
    link(probe=recode.link.joined(list(u)))
    assert recode._linked()["u"] == (list(u) if kept else None)


@pytest.mark.parametrize("bend", ["-0.5", "1.2"])
def test_a_bend_off_its_handle_is_none(link, bend):
    link(bend=bend)
    assert recode._linked()["bend"] == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"race_data": "cats"},
        {"race_data": "cloud2", "race_k": "3"},
        {"race_k": "0"},
        {"race_k": "1.5"},
        {"race_block": "10"},
    ],
)
def test_a_race_that_is_none_is_the_first(link, asked):
    link(**asked)
    assert recode._linked_race() == recode.RACE_START


def test_a_race_in_the_link_is_run(link):
    link(race_data="digits", race_k="4", race_block="9", race_done="1")
    assert recode._linked_race() == {"data": "digits", "k": 4, "block": 9, "done": True}


@pytest.mark.parametrize("name", list(recode.clouds()))
def test_the_covariance_sent_is_numpys(name):
    points = recode.clouds()[name]
    assert recode.covariance(points) == pytest.approx(np.cov(points.T, bias=True), abs=1e-12)


def test_what_is_made_once_is_not_made_again():
    assert recode._payload(recode.IDENTITY, 0.0, 1, None) is recode._payload(
        recode.IDENTITY, 0.0, 1, None
    )
    assert recode._race_payload(*recode.RACE_START.values()) is recode._race_payload(
        *recode.RACE_START.values()
    )


def test_the_first_digit_is_one_that_two_numbers_copy_well():
    x = builtin_data("digits").x_train.astype(np.float64)
    pca = PCA(2).fit(x)
    error = ((x - pca.inverse_transform(pca.transform(x))) ** 2).sum(1)
    relative = error / ((x - x.mean(0)) ** 2).sum(1)
    assert builtin_data("digits").y_train[recode.FIRST] == 3
    assert relative[recode.FIRST] < np.quantile(relative, 0.01)


def test_the_answers_of_try_this_are_true():
    text = section("race", "try_race")
    digits = recode.clouds()["digits"]
    values = np.linalg.eigvalsh(recode.covariance(digits))[::-1]
    floors = [values[k:].sum() for k in (2, 3, 4)]
    assert "(it falls: " + ", then ".join(f"{floor:.2f}" for floor in floors) in text

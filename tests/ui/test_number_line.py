"""The number line: its words are there, what is said of it is true, what it remembers is usable."""

import re

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from ui import widgets
from ui.number_line import _START, FEWEST, MOST, _payload, _usable, nearest_distance
from ui.prose import section, words
from ui.shipped import builtin_data
from ui.widgets.number_line import LineState

X = builtin_data("digits").x_train


def source(file: str) -> str:
    return (widgets._HERE / "number_line" / file).read_text(encoding="utf-8")


def test_every_word_the_figure_asks_for_is_in_the_content():
    script = source("number_line.js")
    asked = set(re.findall(r"words\.(\w+)", script))
    for stem in re.findall(r"words\[`(\w+_)\$", script):
        asked |= {stem + name for name in ("hats", "waves")}
    assert "recovered_hats" in asked
    assert asked == set(words("number_line", "words"))


def test_what_is_said_of_the_networks_and_the_data_is_so():
    said = section("number_line", "line") + section("number_line", "words")
    assert "128 sines" in said
    assert re.search(r"WAVES = 128\b", source("lesson.js"))
    assert f"nearest of {len(X)} digits" in said
    assert f"grey levels of {builtin_data('digits').levels}" in said
    assert f"fewer than {FEWEST} there" in section("number_line", "few")
    assert f"room for {MOST}:" in section("number_line", "many")
    html = source("number_line.html")
    assert f'min="{FEWEST}" max="{MOST}"' in html


def test_the_nearest_other_digit_is_as_far_as_brute_force_says():
    between = torch.cdist(torch.tensor(X).double(), torch.tensor(X).double())
    mean = between.sum() / (len(X) * (len(X) - 1))
    between.fill_diagonal_(np.inf)
    assert nearest_distance() == pytest.approx(float(between.min(1).values.mean() / mean), rel=1e-6)


def test_a_rerun_makes_no_new_payload():
    assert _payload(_START, "") is _payload(LineState(*vars(_START).values()), "")
    assert len(_payload(_START, "")) < 120_000


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (LineState(), _START),
        (LineState(n=1, t=1.0), LineState(8, 0, 0, 1.0)),
        (LineState(n=2), _START),
        (LineState(n=31, seed=1000, draw=1000, t=0.9), _START),
        (LineState(n=3, seed=7, draw=8, t=3.0), LineState(3, 7, 8, 3.0)),
        (LineState(n=30, t=30.01), LineState(30, 0, 0, 2.5)),
    ],
)
def test_what_no_line_has_is_left_out(state, expected):
    assert _usable(state, _START) == expected


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ({"line_n": "20", "line_seed": "4", "line_digits": "3", "line_t": "7.5"}, (20, 4, 3, 7.5)),
        ({"n": "20", "seed": "4", "digits": "3", "t": "7.5"}, (8, 0, 0, 2.5)),
    ],
)
def test_the_link_has_keys_of_its_own_and_leaves_a_runs_seed_alone(query, state):
    script = "from ui.number_line import number_line_figure\nnumber_line_figure()"
    at = AppTest.from_string(script, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert at.session_state["number_line_state"] == LineState(*state)
    assert {name: at.query_params[name] for name in query} == query

"""Gaussians to drag: their words are there, and what is said of them is true."""

import re

import numpy as np
import pytest

from ui.gaussians import ABC, START, cheat, three_images
from ui.prose import section, words
from ui.widgets import floats

WIDGETS = {"gaussian_kl": "kl_words", "best_response": "response_words"}


@pytest.mark.parametrize(("widget", "name"), list(WIDGETS.items()))
def test_every_word_a_figure_asks_for_is_in_the_content(widget, name):
    from ui import widgets

    source = (widgets._HERE / widget / f"{widget}.js").read_text(encoding="utf-8")
    asked = set(re.findall(r"words\.(\w+)", source))
    asked |= {
        f"{stem}{way}" for stem in re.findall(r"words\[`(\w+_)\$", source) for way in ("qp", "pq")
    }
    if widget == "best_response":
        asked |= {"tiny", "far", "vae", "best", "start"}
    assert len(asked) > 5
    assert asked == set(words("gaussians", name))


def kl(q):
    mu, std = np.array(q[:2]), np.array(q[2:])
    forward = 0.5 * (mu**2 + std**2 - np.log(std**2) - 1).sum()
    backward = 0.5 * (1 / std**2 + mu**2 / std**2 + np.log(std**2) - 1).sum()
    return forward, backward


def test_the_answers_of_try_this_are_true():
    text = section("gaussians", "try_kl")
    assert "1.8 against 47 nats" in text
    assert kl([0, 0, 0.1, 1]) == pytest.approx((1.8, 47.2), abs=0.05)
    assert "2 nats; 200 if you pull along the narrow axis" in text
    narrow = np.array(kl([0, 0, 0.1, 1]))
    along, across = np.array(kl([2, 0, 0.1, 1])) - narrow, np.array(kl([0, 2, 0.1, 1])) - narrow
    assert along == pytest.approx([2, 200])
    assert across == pytest.approx([2, 2])


def test_the_start_is_worth_moving_away_from():
    assert kl(START)[0] == pytest.approx(1.91, abs=0.005)
    assert len(ABC) == 12


def test_the_cheats_are_one_arrangement_at_two_sizes():
    large, small = np.array(cheat(6.0, 0.6)), np.array(cheat(0.2, 0.02))
    assert large / 30 == pytest.approx(small, abs=1e-4)


def test_every_set_has_three_images_and_two_marks():
    sets = three_images()
    assert len(sets) == 3
    for entry in sets:
        assert len(entry["rows"]) == len(entry["classes"]) == 3
        assert entry["best"]["loss"] < entry["vae"]["loss"]


@pytest.mark.parametrize(
    "value", [None, "1,2", [1], [1, float("nan")], [1, True], [1, "2"], [1, 1e9]]
)
def test_what_is_not_two_numbers_is_none(value):
    assert floats(value, 2) is None


def test_two_numbers_are_a_tuple():
    assert floats([1, 2.5], 2) == (1.0, 2.5)

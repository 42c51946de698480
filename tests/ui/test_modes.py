"""A posterior with two modes: what is sent, its link, and that what is said of it is true."""

import re

import numpy as np
import pytest
import streamlit as st
from scipy.integrate import quad
from scipy.optimize import minimize

from tests.browser.bell import kl_from_q, posterior
from ui import modes
from ui.modes import MEANS, OPENING, VARIANCES, WIDTHS, Modes
from ui.page import ROOT, source_of
from ui.prose import section, words

FOLDER = ROOT / "ui" / "widgets" / "modes"


def descend(x: float, c: float, mean: float, std: float) -> tuple[float, float, float]:
    """The nearest local minimum of KL(q ‖ p): its mean, width and value."""
    found = minimize(lambda v: kl_from_q(x, c, v[0], np.exp(v[1])), [mean, np.log(std)], tol=1e-10)
    return found.x[0], float(np.exp(found.x[1])), found.fun


def test_every_word_the_figure_asks_for_is_in_the_content():
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source))
    asked |= {f"{stem}{way}" for stem in re.findall(r"words\[`(\w+_)\$", source) for way in WAYS}
    assert len(asked) > 12
    assert asked == set(words("modes", "modes_words"))


WAYS = ("qp", "pq")


def test_the_answers_of_try_this_are_true():
    text = section("modes", "try_modes")
    left, right = descend(2, 0.3, -0.4, 0.5), descend(2, 0.3, 0.4, 0.5)
    assert "0.72 nats each time; log 2 = 0.69" in text
    assert [left[2], right[2]] == pytest.approx([0.718, 0.718], abs=0.001)
    assert left[0] == pytest.approx(-right[0], abs=1e-4)
    assert np.log(2) == pytest.approx(0.69, abs=0.005)
    assert "Between the bumps, at 2.65 nats" in text
    mean, _, value = descend(2, 0.3, *posterior(2, 0.3)[1:])
    assert [mean, value] == pytest.approx([0, 2.648], abs=0.001)
    assert "at 0.72, is a bump’s" in text
    assert "One; both have q nearly the same" in text
    p, mean, std = posterior(0.1, 0.3)
    below = descend(0.1, 0.3, 0.4, 0.5)
    assert np.abs(np.array(below[:2]) - [mean, std]).max() < 0.05
    heights = np.array([p(z) for z in np.linspace(-3, 3, 601)])
    assert (np.diff(np.sign(np.diff(heights))) < 0).sum() == 1
    assert "so close that one q over both is cheaper" in text
    for start in (0.3, 0.9, 1.5):
        assert abs(descend(1, 0.3, start, 0.3)[0]) < 1e-3
    p, *_ = posterior(1, 0.3)
    assert p(0) < p(np.sqrt(1 - 0.15))


def test_the_opening_has_two_bumps_and_q_falls_into_the_nearer():
    p, *_ = posterior(OPENING.x, OPENING.c)
    assert p(0) < 0.1 * p(np.sqrt(OPENING.x - OPENING.c / 2))
    assert descend(*OPENING)[0] > 1


def test_the_grid_of_the_browser_holds_the_posterior():
    source = (FOLDER / "two_modes.js").read_text(encoding="utf-8")
    half = float(re.search(r"GRID_HALF = ([\d.]+)", source)[1])
    outside = quad(lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi), half, np.inf)[0]
    assert 2 * outside < 2.1e-9


@pytest.mark.parametrize(
    "text",
    ["", "1,2", "2,0.3,0.4,nan", "2,0.31,0.4,0.6", "4.1,0.3,0.4,0.6", "2,0.3,3.1,0.6",
     "2,0.3,0.4,0.01", "2,0.3,0.4,2.1", "inf,0.3,0.4,0.6", "a,b,c,d"],
)  # fmt: skip
def test_nonsense_in_a_link_is_the_opening(monkeypatch, text):
    monkeypatch.setattr(st, "query_params", {"modes": text})
    assert modes._linked() == OPENING


def test_a_link_is_read_as_it_was_written(monkeypatch):
    state = Modes(1.5, VARIANCES[0], -MEANS, WIDTHS[1])
    monkeypatch.setattr(st, "query_params", {"modes": modes.link.joined(list(state))})
    assert modes._linked() == state


def test_the_code_that_ran_can_be_shown_and_is_short():
    for name in ("klFromQ", "klFromPosterior", "oneStep"):
        assert len(source_of("ui/widgets/modes/two_modes.js", name).splitlines()) < 20

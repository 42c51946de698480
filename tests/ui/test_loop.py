"""The loop on four weights: what is sent, and that what is said of it is true."""

import re

import numpy as np
import pytest
import streamlit as st
from sklearn.decomposition import PCA

from ui import loop
from ui.loop import FED, MOST_ROUNDS, OPENING, RATES, STAGES, cloud, starts
from ui.page import ROOT, source_of
from ui.prose import section, words

FOLDER = ROOT / "ui" / "widgets" / "loop"
STILL, DIVERGED = 1e-5, 1000


def javascript() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))


def descend(start: int, rate: float) -> tuple[str, np.ndarray, list[float]]:
    """Gradient descent by matrices: how it ends, the weights, the loss before every update."""
    x, w, losses = cloud() / 100, starts()[start] / 100, []
    for _ in range(MOST_ROUNDS + 1):
        z = x @ w[:2]
        miss = np.outer(z, w[2:]) - x
        losses.append((miss**2).sum(1).mean())
        slope = 2 / len(x) * np.concatenate([x.T @ miss @ w[2:], miss.T @ z])
        if losses[-1] > DIVERGED:
            return "diverged", w, losses
        if np.abs(slope).max() < STILL:
            return "still", w, losses
        w = w - rate * slope
    return "restless", w, losses


def pca() -> tuple[np.ndarray, float]:
    """Its first axis and its floor: the discarded eigenvalue of the 1/N covariance."""
    fitted = PCA().fit(cloud() / 100)
    return fitted.components_[0], fitted.explained_variance_[1] * 23 / 24


def degrees_off(w: np.ndarray) -> float:
    cosine = abs(w[2:] @ pca()[0]) / np.linalg.norm(w[2:])
    return float(np.degrees(np.arccos(min(1, cosine))))


def test_every_word_the_figure_asks_for_is_in_the_content():
    asked = set(re.findall(r"words\.(\w+)", javascript()))
    asked |= {"next", "ten", "again", "other"}  # buttons, in a list
    asked |= set(re.findall(r'\["(\w+)", [^,]+, "(?:start|middle|end)"\]', javascript()))
    assert len(asked) > 15
    assert asked == set(words("loop", "loop_words"))
    assert tuple(words("loop", "stages")) == tuple(words("loop", "sayings")) == STAGES
    assert tuple(re.findall(r"\bid: \"(\w+)\"", javascript())) == STAGES


def test_the_constants_the_browser_uses_are_those_told():
    source = javascript()
    for name, value in {
        "MOST_ROUNDS": MOST_ROUNDS, "STILL_BELOW": STILL, "DIVERGED_ABOVE": DIVERGED,
    }.items():  # fmt: skip
        assert float(re.search(rf"const {name} = ([\d.e-]+);", source)[1]) == value
    assert f" {MOST_ROUNDS} rounds" in words("loop", "loop_words")["restless"]
    assert f" {DIVERGED}:" in words("loop", "loop_words")["diverged"]


def test_the_cloud_is_centred_and_in_whole_hundredths():
    assert cloud().shape == (24, 2)
    assert cloud().dtype == np.int32
    assert cloud().sum(0).tolist() == [0, 0]
    assert (np.diff(cloud()[:, 0]) >= 0).all()
    assert np.abs(cloud()).max() < 260  # the plane's half-width in hundredths
    assert 0 <= FED < 24


def test_from_every_start_the_line_ends_on_the_axis_and_the_loss_on_the_floor():
    _, floor = pca()
    ends = [descend(start, 0.1) for start in range(len(starts()))]
    assert {how for how, _, _ in ends} == {"still"}
    assert max(losses[-1] / floor for _, _, losses in ends) < 1.001
    assert max(degrees_off(w) for _, w, _ in ends) < 1


def test_the_answers_of_try_this_are_true():
    text = section("loop", "try_loop")
    how, weights, losses = descend(0, 0.1)
    assert "Less than 0.1°, and nothing in the first three decimals" in text
    assert how == "still"
    assert degrees_off(weights) < 0.1
    assert round(losses[-1], 3) == round(pca()[1], 3)
    others = [descend(start, 0.1)[1] for start in (1, 2)]
    assert "not the four weights" in text
    assert all(np.abs(other - weights).max() > 0.05 for other in others)
    assert "From 0.6 on; at 2 the first few rounds" in text
    for rate in RATES:
        for start in range(len(starts())):
            how, _, losses = descend(start, rate)
            assert (how == "still") == (rate < 0.6), (rate, start)
            assert rate != 2 or (how == "diverged" and len(losses) <= 7)


@pytest.mark.parametrize(
    "text",
    ["", "1", "0,0.1,1,0,22", "20,0.1,1,0,22,0", "0,0.11,1,0,22,0", "0,0.1,0,0,22,0",
     "0,0.1,2001,0,22,0", "0,0.1,1.5,0,22,0", "0,0.1,1,6,22,0", "0,0.1,1,0,24,0",
     "0,nan,1,0,22,0", "-1,0.1,1,0,22,0", "a,b,c,d,e,f"],
)  # fmt: skip
def test_nonsense_in_a_link_is_the_opening(monkeypatch, text):
    monkeypatch.setattr(st, "query_params", {"loop": text})
    assert loop._linked() == OPENING


def test_a_link_is_read_as_it_was_written(monkeypatch):
    state = (3, 0.05, 120, 4, 7, True)
    written = loop.link.joined([float(part) for part in state])
    monkeypatch.setattr(st, "query_params", {"loop": written})
    assert loop._linked() == state


def test_the_code_that_ran_can_be_shown_and_is_short():
    for name in ("onePass", "oneRound"):
        source = source_of("ui/widgets/loop/round.js", name)
        assert source.endswith("}")
        assert len(source.splitlines()) < 20

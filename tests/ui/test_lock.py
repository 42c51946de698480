"""The lock on f: what is sent, its link, and that what is said of it is true."""

import re

import numpy as np
import pytest
import streamlit as st
from sklearn.decomposition import PCA

from tests.browser.direction import evidence, kl, likelihood
from ui import lock
from ui.lock import DIRECTIONS, MOST, OPENING, VARIANCES, Lock, along
from ui.page import ROOT, source_of
from ui.prose import section, words
from ui.shipped import builtin_data

FOLDER = ROOT / "ui" / "widgets" / "lock"
SQUARES = np.linspace(0, 2, 20001)


def best(function, variance: float, c: float) -> float:
    """The w² of a fine scan where a function of w² is highest."""
    return float(SQUARES[np.argmax([function(square, variance, c) for square in SQUARES])])


def naive(square: float, variance: float, c: float) -> float:
    return likelihood(square, square, variance, c)


def test_every_word_the_figure_asks_for_is_in_the_content():
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source)) | {"rule_held", "rule_naive", "rule_joint"}
    assert len(asked) > 15
    assert asked == set(words("lock", "lock_words"))


def test_the_directions_are_pcas():
    data = builtin_data("digits").x_train.astype(np.float64)
    fitted = PCA().fit(data)
    codes = fitted.transform(data).T[[which - 1 for which in DIRECTIONS]]
    signs = np.sign((codes * along()).sum(1, keepdims=True))
    assert along() == pytest.approx(signs * codes, abs=1e-5)
    variances = (along().astype(np.float64) ** 2).mean(1)
    exact = fitted.explained_variance_ * (len(data) - 1) / len(data)
    assert variances == pytest.approx([exact[which - 1] for which in DIRECTIONS], abs=1e-6)
    assert np.round(variances, 2).tolist() == [0.69, 0.55, 0.14]


@pytest.mark.parametrize(("variance", "c"), [(0.69, 0.1), (0.14, 0.1), (0.69, 0.7), (0.14, 0.3)])
def test_each_rule_picks_what_its_name_says(variance, c):
    assert best(naive, variance, c) == pytest.approx(max(0, 2 * variance - c), abs=1e-4)
    assert best(evidence, variance, c) == pytest.approx(max(0, variance - c), abs=1e-4)


def test_the_answers_of_try_this_are_true():
    text = section("lock", "try_lock")
    variance, c = float((along()[0].astype(np.float64) ** 2).mean()), OPENING.c
    square = OPENING.square
    for _ in range(200):
        scan = [likelihood(other, square, variance, c) for other in SQUARES]
        square, before = float(SQUARES[np.argmax(scan)]), square
        if abs(square - before) < 1e-4:
            break
    assert "where mean log p(x) is highest" in text
    assert square == pytest.approx(variance - c, abs=2e-3)
    assert "($E_q[\\log p(x|z)]$ is higher there, but KL takes more than that away" in text
    far, near = 2 * variance - c, variance - c
    gain = naive(far, variance, c) - naive(near, variance, c)
    assert 0 < gain < kl(far, variance, c) - kl(near, variance, c)
    assert "The naive rule still picks 2λ − c" in text
    for c in (variance_c for variance_c in VARIANCES if variance_c >= variance):
        assert best(evidence, variance, c) == 0
        assert best(naive, variance, c) == pytest.approx(2 * variance - c, abs=1e-4)


def test_every_place_a_rule_points_to_is_on_the_axis():
    most = max(2 * float((row.astype(np.float64) ** 2).mean()) for row in along())
    assert most - min(VARIANCES) <= MOST


@pytest.mark.parametrize(
    "text",
    ["", "1,2", "0,0.1,nan", "3,0.1,0.2", "0.5,0.1,0.2", "0,0.11,0.2", "0,0.1,1.7", "0,0.1,-0.1",
     "-1,0.1,0.2", "inf,0.1,0.2", "a,b,c"],
)  # fmt: skip
def test_nonsense_in_a_link_is_the_opening(monkeypatch, text):
    monkeypatch.setattr(st, "query_params", {"lock": text})
    assert lock._linked() == OPENING


def test_a_link_is_read_as_it_was_written(monkeypatch):
    state = Lock(2, 0.05, 0.321)
    monkeypatch.setattr(st, "query_params", {"lock": lock.link.joined(list(state))})
    assert lock._linked() == state


def test_the_code_that_ran_can_be_shown_and_is_short():
    for name in ("bestCode", "meanLogLikelihood", "meanLogEvidence"):
        assert len(source_of("ui/widgets/lock/rules.js", name).splitlines()) < 12

"""The quiz: well-formed, true, meeting every misconception; its link, its score, its reset."""

import json
import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.feature_selection import mutual_info_regression
from torch.distributions import Normal, kl_divergence

from tests.ui.opening import opened
from ui.page import chapters
from ui.prose import CONTENT
from ui.quiz import COUNT, LETTERS, question, questions, read, spelled
from vae_core import load_dataset

SCRIPT = "from ui.quiz import quiz\nquiz()"
MEASURES = json.loads((CONTENT.parent / "measures.json").read_text())["digits"]
RIGHT = "".join(LETTERS[q.right] for q in questions())
MISCONCEPTIONS = {  # what the lesson must meet: the question that does, and the answer that falls
    "an ellipse is a class, σ the width of a cluster": (4, "86 % of the codes of all 3s"),
    "2σ hold 95 %": (4, "95 % of the draws from this image’s cloud"),
    "each ellipse should be N(0, I)": (6, "The KL of every single image"),
    "a larger β is better": (7, "It is the best one"),
    "KL is a distance": (5, "0.64 nats"),
    "the decoder's output is a sample": (8, "Like f(z): that is what the decoder draws"),
    "the ELBO is the likelihood": (9, "Yes, by 2 nats"),
    "an autoencoder cannot generate": (3, "A better decoder"),
    "PCA's features are independent": (1, "Nothing: they are independent"),
    "a linear autoencoder finds PCA's axes": (2, "PCA’s first component"),
    "the trick removes the noise": (10, "z is no longer random"),
    "nothing learns without the trick": (10, "Everything: before, nothing could learn"),
}


def said(number: int, answer: str) -> str:
    """What is said to whoever chose the answer that begins with these words."""
    asked = questions()[number - 1]
    [place] = [k for k, words in enumerate(asked.answers) if words.startswith(answer)]
    return asked.feedback[place]


def right_answer(number: int) -> str:
    asked = questions()[number - 1]
    return asked.answers[asked.right]


def measured(beta: float | None, measure: str) -> float:
    """The mean over five seeds, straight from the file."""
    [row] = [r for r in MEASURES if r.get("beta") == beta]
    return float(np.mean(row["values"][measure]))


# ---- well-formed


def test_every_question_answers_every_answer():
    assert len(questions()) == COUNT
    for asked in questions():
        assert asked.chapter in {chapter.number for chapter in chapters()}
        assert 3 <= len(asked.answers) == len(set(asked.answers)) == len(set(asked.feedback))
        assert not re.search(r"chapter:|\[", asked.question)
        assert asked.question.endswith("?")
    assert len({asked.right for asked in questions()}) > 2  # the place gives nothing away


@pytest.mark.parametrize(
    "text",
    [
        "Why?\n\n- [x] so\n  yes\n- [ ] or so\n  no",
        "chapter: 2\n\nWhy?\n\n- [ ] so\n  no\n- [ ] or so\n  no",
        "chapter: 2\n\nWhy?\n\n- [x] so\n  yes\n- [x] or so\n  yes",
        "chapter: 2\n\nWhy?\n\n- [x] so\n  yes\n- [ ] or so",
        "chapter: 2\n\nWhy?\n\n- [x] so\n  yes\n" + "- [ ] or so\n  no\n" * 4,
    ],
)
def test_a_question_that_lacks_something_is_refused_by_name(monkeypatch, text):
    monkeypatch.setattr("ui.quiz.section", lambda page, name: text)
    with pytest.raises(ValueError, match=r"question_3 in content/en/quiz\.md needs"):
        question(3)


@pytest.mark.parametrize("belief", MISCONCEPTIONS)
def test_every_misconception_is_a_wrong_answer_with_its_own_reply(belief):
    number, answer = MISCONCEPTIONS[belief]
    assert said(number, answer)
    assert not right_answer(number).startswith(answer)


# ---- true


def test_uncorrelated_components_still_share_a_quarter_of_a_nat():
    first, second = PCA(2).fit_transform(load_dataset("digits").x_train).T
    assert abs(np.corrcoef(first, second)[0, 1]) < 1e-5
    nats = mutual_info_regression(first[:, None], second, n_neighbors=3, random_state=0)[0]
    for answer in ("Nothing", "Perhaps"):
        assert float(re.search(r"([\d.]+) nats", said(1, answer))[1]) == pytest.approx(
            nats, abs=0.02
        )


def test_what_an_autoencoder_lacks_is_measured():
    fitted = measured(None, "coverage_fitted")
    for answer in ("A better decoder", "A distribution"):
        assert f"{100 * fitted:.0f} %" in said(3, answer)
    assert 0.4 < 1 - measured(None, "coverage") < 0.5  # "leave out almost half"
    assert "almost half" in said(3, "Nothing")
    assert measured(0.0, "coverage") <= measured(None, "coverage")  # "no more of the digits"


def test_two_sigma_hold_86_per_cent_in_two_dimensions():
    inside = {r: -math.expm1(-r * r / 2) for r in (1, 2)}
    draws = np.random.default_rng(0).normal(size=(200_000, 2))
    assert (np.hypot(*draws.T) < 2).mean() == pytest.approx(inside[2], abs=0.005)
    assert right_answer(4).startswith(f"{100 * inside[2]:.0f} %")
    assert f"{100 * inside[1]:.0f} %" in said(4, "95 % of the draws")
    assert math.erf(2 / math.sqrt(2)) == pytest.approx(0.95, abs=0.005)  # of a single number


def test_kl_is_not_the_same_both_ways():
    q, p = Normal(torch.zeros(2), torch.full((2,), 0.5)), Normal(torch.zeros(2), torch.ones(2))
    there, back = (float(kl_divergence(*pair).sum()) for pair in ((q, p), (p, q)))
    asked = questions()[4]
    assert f"KL(q ‖ p) to p = N(0, I) is {there:.2f} nats" in asked.question
    assert "width of ½ in both" in asked.question
    assert asked.answers == (f"{there:.2f} nats", f"−{there:.2f} nats", f"{back:.2f} nats")
    assert asked.right == 2


def test_only_a_small_part_of_the_kl_has_to_vanish():
    tells, apart = measured(1.0, "mutual_information"), measured(1.0, "kl_aggregate")
    assert f"{apart:.2f} nats of {tells + apart:.2f}" in said(6, "KL(q(z)")
    errors = {row.get("beta"): np.mean(row["values"]["val_recon"]) for row in MEASURES}
    aways = {beta: measured(beta, "kl_aggregate") for beta in errors if beta is not None}
    assert min(errors, key=errors.get) == max(aways, key=aways.get) == 0  # "at β = 0 it is lowest"


def test_the_collapsed_network_is_one_that_was_measured():
    names = ("precision", "step_mean", "val_kl")
    precision, step, kl = (measured(10.0, name) for name in names)
    asked = questions()[6].question
    assert f"a precision of {precision:.2f}, steps of {step:.3f} and a KL of {kl:.2f}" in asked
    assert measured(10.0, "coverage") < 0.01
    assert all("below 0.01" in said(7, answer) for answer in ("It is the best", "It has collapsed"))
    assert f"{measured(0.1, 'val_kl'):.1f} nats at β = 0.1" in said(7, "Its β is too small")


def test_a_sample_strays_by_the_root_of_c():
    c = float(re.search(r"N\(f\(z\), ([\d.]+) I\)", questions()[7].question)[1])
    assert f"about {math.sqrt(c):.2f} in every pixel" in right_answer(8)


# ---- the link


@given(st.text(max_size=30))
def test_any_text_in_a_link_gives_answers_that_exist(text):
    answers = read(text)
    assert len(answers) == COUNT
    for answer, asked in zip(answers, questions(), strict=True):
        assert answer is None or 0 <= answer < len(asked.answers)
    assert read(spelled(answers)) == answers


def test_a_letter_that_is_no_answer_counts_as_none():
    assert read("d-") == (None,) * COUNT  # the first question has three answers
    assert read("a")[:2] == (0, None)
    assert spelled((None,) * COUNT) == ""
    assert spelled((0, None, 2, *[None] * 7)) == "a-c"


# ---- asked and answered


def test_an_answer_is_answered_at_once_and_kept_in_the_link():
    app = opened(SCRIPT)
    assert [radio.value for radio in app.radio] == [None] * COUNT
    assert "0 of 10 answered." in [text.value for text in app.markdown]
    app.radio(key="quiz_4").set_value(0).run()
    assert app.query_params["quiz"] == "---a"
    shown = "\n".join(text.value for text in app.markdown)
    assert f"**Not quite.** {questions()[3].feedback[0]}" in shown
    assert "1 of 10 answered." in shown
    app.radio(key="quiz_4").set_value(questions()[3].right).run()
    shown = "\n".join(text.value for text in app.markdown)
    assert f"**Yes.** {questions()[3].feedback[1]}" in shown
    assert questions()[3].feedback[0] not in shown


def test_start_again_forgets_every_answer():
    app = opened(SCRIPT, quiz=RIGHT)
    assert "10 of 10 right." in [text.value for text in app.markdown]
    app.button(key="quiz_again").click().run()
    assert [radio.value for radio in app.radio] == [None] * COUNT
    assert "quiz" not in app.query_params
    assert not app.button

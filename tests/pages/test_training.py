"""The training panel through AppTest: the film of a run, shared, recorded, paused, stopped."""

import itertools
import re
import threading

import pytest
from streamlit.testing.v1 import AppTest

SHORT = {"epochs": "12", "seed": "41"}
_seeds = itertools.count(100)


def status(at) -> str:
    return next(
        text for text in at.markdown.values
        if re.match(r"(ready|queued|training|paused|done|stopped|diverged)\b", text)
    )  # fmt: skip


def until(at, pattern: str, seconds: float = 30.0) -> str:
    """Rerun the page, as its poll does, until the status matches."""
    pause, seen = threading.Event(), []
    for _ in range(int(seconds / 0.05)):
        at.run()
        assert not at.exception
        seen.append(status(at))
        if re.search(pattern, seen[-1]):
            return seen[-1]
        pause.wait(0.05)
    raise AssertionError(f"no {pattern!r} in {list(dict.fromkeys(seen))[-8:]}")


@pytest.fixture
def fresh(open_page):
    """A page for a run nobody has asked for."""
    return open_page(epochs="12", seed=str(next(_seeds)))


def test_a_run_plays_from_ready_to_done_and_its_keyframes_pass_by(fresh):
    assert status(fresh) == "ready"
    fresh.button(key="train").click().run()
    assert re.match(r"queued \(1st\)$|training · epoch 0 of 12", status(fresh))
    middle = until(fresh, r"training · epoch [1-9]\d? of 12 · recon \d+\.\d · KL \d+\.\d$")
    assert "recorded" not in middle
    assert re.fullmatch(
        r"done · epoch 12 of 12 · recon \d+\.\d · KL \d+\.\d", until(fresh, "^done")
    )


def test_a_finished_run_plays_again_from_epoch_0_and_says_it_is_recorded(open_page):
    at = open_page(**SHORT)
    at.button(key="train").click().run()
    until(at, "^done")
    again = open_page(**SHORT)
    assert re.match(r"training · epoch [0-2] of 12 .* · recorded$", status(again))
    assert until(again, "^done").endswith(" · recorded")


def test_pause_holds_the_film_and_resume_goes_on(fresh):
    fresh.button(key="train").click().run()
    until(fresh, r"training · epoch [1-9]")
    fresh.button(key="pause").click().run()
    held = status(fresh)
    assert held.startswith("paused · epoch")
    for _ in range(3):
        assert status(fresh.run()) == held
    fresh.button(key="step").click().run()
    assert status(fresh) != held
    fresh.button(key="resume").click().run()
    until(fresh, "^done")


def test_stop_leaves_the_run(fresh):
    fresh.number_input(key="epochs").set_value(2000).run()
    fresh.button(key="train").click().run()
    until(fresh, r"training · epoch [1-9]")
    fresh.button(key="stop").click().run()
    assert status(fresh).startswith("stopped · epoch")
    assert status(fresh.run()) == status(fresh)
    assert not fresh.button(key="train").disabled


def test_two_sessions_share_a_run_and_cannot_disturb_each_other(open_page):
    seed = str(next(_seeds))
    one, two = (open_page(epochs="400", seed=seed) for _ in range(2))
    one.button(key="train").click().run()
    until(one, r"training · epoch")
    two.button(key="train").click().run()
    until(two, r"training · epoch [1-9]")
    one.button(key="stop").click().run()
    assert status(one).startswith("stopped")
    before = status(two)
    until(two, rf"^(?!{re.escape(before)}).*training · epoch")
    two.button(key="stop").click().run()


def test_another_run_waits_its_turn_and_says_so(open_page):
    first, second = (open_page(epochs="2000", seed=str(next(_seeds))) for _ in range(2))
    first.button(key="train").click().run()
    until(first, "training · epoch")
    second.button(key="train").click().run()
    assert status(second) == "queued (1st)"
    second.button(key="stop").click().run()
    first.button(key="stop").click().run()


def test_an_autoencoder_has_no_kl_to_show(open_page):
    at = open_page(epochs="3", seed=str(next(_seeds)), model="ae")
    at.button(key="train").click().run()
    assert "KL" not in until(at, "^done")


@pytest.mark.parametrize("model", ["linear", "vae"])
def test_a_gaussian_run_plays_too(open_page, model):
    at = open_page(epochs="3", seed=str(next(_seeds)), model=model, likelihood="gaussian", c="0.05")
    at.button(key="train").click().run()
    until(at, "^done · epoch 3 of 3 · recon −?")


def test_changing_a_setting_leaves_the_run_and_is_ready_for_another(fresh):
    fresh.number_input(key="epochs").set_value(2000).run()
    fresh.button(key="train").click().run()
    until(fresh, "training · epoch")
    fresh.number_input(key="seed").set_value(next(_seeds)).run()
    assert status(fresh) == "ready"


@pytest.mark.parametrize("missing", [(), ("step_mean", "step_p99"), ("mutual_information",)])
def test_a_measure_that_could_not_be_taken_costs_its_sentence_only(missing):
    def show(names: tuple[str, ...]) -> None:
        from ui.runs import _measures

        values = dict.fromkeys(
            (
                "coverage",
                "precision",
                "step_mean",
                "step_p99",
                "mutual_information",
                "kl_aggregate",
            ),
            0.25,
        )
        _measures({**values, **dict.fromkeys(names)})

    at = AppTest.from_function(show, args=(missing,)).run()
    assert not at.exception
    (text,) = at.markdown.values
    assert "0.25 of the real images" in text
    assert ("A small step" in text) == ("step_mean" not in missing)
    assert ("tell images apart" in text) == ("mutual_information" not in missing)

"""The lab through AppTest: runs are made, named, kept, replaced, deleted and linked to."""

import itertools
import threading

import numpy as np
import pytest

from ui.lab_runs import MOST, LabRun, read_runs
from vae_core import RunConfig
from vae_core.data import Dataset, load_dataset

LAB = "pages/10_lab.py"
QUICK = {"epochs": "2", "hidden": "4"}
_seeds = itertools.count(5000)


def runs(at) -> list[LabRun]:
    return list(at.session_state["lab_runs"])


def names(at) -> list[str]:
    return [run.name for run in runs(at)]


def until(at, states: set[str], seconds: float = 60.0) -> None:
    """Rerun the page, as its poll does, until every run of the session is in one of these."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        at.run()
        assert not at.exception
        if all(run.word in states for run in runs(at) if run.run):
            at.run()  # it may have come there after the page was drawn
            return
        pause.wait(0.05)
    raise AssertionError([run.status for run in runs(at)])


def train(at, **settings: object) -> None:
    """Set a seed nobody has used, then whatever is named, and press Train."""
    at.number_input(key="seed").set_value(next(_seeds)).run()
    for key, value in settings.items():
        at.number_input(key=key).set_value(value).run()
    at.button(key="train").click().run()
    assert not at.exception


@pytest.fixture
def lab(open_page):
    """The lab, set to a small quick run."""
    return open_page(LAB, **QUICK)


def test_two_shipped_networks_are_there_to_begin_with_and_not_in_the_link(lab):
    assert [run.config.latent_dim for run in runs(lab)] == [2, 32]
    assert [run.word for run in runs(lab)] == ["ready", "ready"]
    assert all(run.picture() is not None for run in runs(lab))
    assert "runs" not in lab.query_params


def test_a_run_stands_beside_the_others_and_its_measures_in_the_table(lab):
    train(lab, beta=0.5)
    until(lab, {"done"})
    new = runs(lab)[-1]
    assert (len(runs(lab)), new.config.beta, new.epoch) == (3, 0.5, 2)
    picture = new.picture()
    assert picture is not None and picture.mu.shape == (1500, 2)
    assert picture.losses is not None and picture.losses.shape == (101,)
    table = next(html.proto.body for html in lab.get("html") if "<table" in html.proto.body)
    assert new.name == f"C VAE digits 4 β 0.5 2 epochs seed {new.config.seed}"
    assert new.name in table


def test_the_same_run_is_not_asked_for_twice(lab):
    train(lab)
    lab.button(key="train").click().run()
    assert len(runs(lab)) == 3
    assert "is here already, as" in lab.warning[0].value


def test_a_fifth_run_takes_the_place_of_the_oldest_that_is_not_kept(lab):
    first, second = runs(lab)
    first.kept = True
    for _ in range(3):
        train(lab)
    assert len(runs(lab)) == MOST
    assert first in runs(lab) and second not in runs(lab)
    assert sorted(run.number for run in runs(lab)) == [0, 1, 2, 3]
    for run in runs(lab):
        run.kept = True
    before = names(lab)
    train(lab)
    assert names(lab) == before
    assert f"All {MOST} runs are kept" in lab.warning[0].value


def test_a_run_can_be_named_and_its_name_is_in_the_link(lab):
    train(lab)
    at = lab.text_input(key=f"name_{runs(lab)[-1].key}").set_value("  mine; (a=b)  ").run()
    assert names(at)[-1] == "mine; (a=b)"
    assert read_runs(str(at.query_params["runs"]))[-1].name == "mine; (a=b)"
    at.text_input(key=f"name_{runs(at)[-1].key}").set_value("").run()
    assert names(at)[-1].startswith("C VAE digits")


def test_a_link_brings_runs_back_under_their_names_and_recorded_ones_at_once(lab, open_page):
    train(lab)
    lab.text_input(key=f"name_{runs(lab)[-1].key}").set_value("the third").run()
    until(lab, {"done"})
    again = open_page(LAB, runs=str(lab.query_params["runs"]))
    assert names(again) == names(lab)
    assert [run.config for run in runs(again)] == [run.config for run in runs(lab)]
    assert runs(again)[-1].word == "done"


def test_a_stopped_run_keeps_what_it_has_learnt(lab):
    train(lab, epochs=2000)
    until(lab, {"training"})
    for _ in range(600):
        lab.run()
        if runs(lab)[-1].epoch > 1:
            break
        threading.Event().wait(0.05)
    lab.button(key="stop").click().run()
    stopped = runs(lab)[-1]
    assert stopped.status.startswith("stopped · epoch")
    picture = stopped.picture()
    assert picture is not None and not picture.live
    assert stopped.run is not None and stopped.run.ended


def test_a_run_that_diverges_says_what_to_do(lab):
    lab.selectbox(key="optimizer").set_value("sgd").run()
    train(lab, lr=10.0)
    until(lab, {"diverged"})
    assert any("is too large here; try a tenth of it" in text for text in lab.markdown.values)


def test_runs_outlast_another_page(lab):
    train(lab)
    until(lab, {"done"})
    before = names(lab)
    lab.switch_page("pages/2_pca.py").run()
    lab.switch_page(LAB).run()
    assert names(lab) == before
    assert not lab.exception


def own_data() -> Dataset:
    digits = load_dataset("digits")
    return Dataset("own", digits.x_train[:60], digits.y_train[:60] * 0, digits.x_val[:20],
                   digits.y_val[:20] * 0, (8, 8), ("all",))  # fmt: skip


def test_own_data_train_for_this_session_alone(open_page, monkeypatch, warm_engine):
    data = own_data()
    for module in ("lab_settings", "lab_runs"):
        monkeypatch.setattr(f"ui.{module}.own_dataset", lambda: data)
    at = open_page(LAB, dataset="own", **QUICK)
    train(at)
    until(at, {"done"})
    mine = runs(at)[-1]
    picture = mine.picture()
    assert picture is not None
    np.testing.assert_array_equal(picture.images["x"], np.rint(data.x_train * 255))
    other = open_page(LAB, dataset="own", runs=str(at.query_params["runs"]))
    assert runs(other)[-1].picture() is None
    assert any("never leave their session" in text for text in other.markdown.values)
    other.number_input(key="seed").set_value(mine.config.seed).run()
    other.button(key="train").click().run()
    assert runs(other)[-1].job_id != mine.job_id
    assert warm_engine.poll(str(mine.job_id), "somebody") is not None
    from ui.lab_runs import delete

    with monkeypatch.context() as patched:
        patched.setattr("ui.lab_runs.lab_runs", lambda: [mine])
        patched.setattr("ui.lab_runs.viewer", lambda: at.session_state["viewer"])
        patched.setattr("ui.lab_runs.st.session_state", {})
        patched.setattr("ui.lab_runs.forget", lambda slot: None)
        warm_engine.cancel(str(mine.job_id), "somebody")
        delete(mine)
    assert warm_engine.poll(str(mine.job_id), "somebody") is None


def test_the_opening_is_made_of_shipped_runs():
    assert read_runs("") == []
    again = read_runs("()")
    assert [run.config for run in again] == [RunConfig()]


def test_a_kept_run_is_kept_in_the_link_and_a_run_of_the_link_can_be_trained_in_its_place(
    open_page,
):
    at = open_page(LAB, runs="!mine(epochs=2,hidden=4,seed=77001)")
    run = runs(at)[0]
    assert (run.name, run.kept, run.word) == ("mine", True, "ready")
    assert run.picture() is None
    at.button(key="train_0").click().run()
    until(at, {"done"})
    assert names(at) == ["mine"]
    assert str(at.query_params["runs"]).startswith("!mine(")


def test_take_makes_a_runs_settings_those_of_the_page_at_once(open_page):
    at = open_page(LAB)
    at.session_state["more_1"] = True
    at.run()
    at.button(key="take_1").click().run()
    assert at.number_input(key="latent_dim").value == 32
    at.number_input(key="epochs").set_value(40).run()
    assert at.number_input(key="latent_dim").value == 32
    assert at.session_state["lab_settings"]["epochs"] == 40


def test_what_a_new_run_will_take_the_place_of_is_said_before(lab):
    assert any("beside the others" in text for text in lab.markdown.values)
    train(lab)
    train(lab)
    lab.number_input(key="seed").set_value(next(_seeds)).run()
    assert any("in place of **A VAE digits" in text for text in lab.markdown.values)
    for run in runs(lab):
        run.kept = True
    lab.run()
    assert any("finds no room" in text for text in lab.markdown.values)

"""The lab's settings: link and widgets say the same run, and what suits a data set is not said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui.lab_runs import LabRun, read_runs, spelled_runs
from ui.lab_settings import DEFAULTS, describe
from vae_core import RunConfig

SCRIPT = """
import streamlit as st
from ui.lab_settings import lab_controls
config = lab_controls()
st.session_state["made"] = config
"""


def opened(**query: str) -> AppTest:
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def link_of(at: AppTest) -> dict[str, str]:
    return {key: str(at.query_params[key]) for key in DEFAULTS if key in at.query_params}


def test_the_bare_link_is_the_digits_default_run():
    at = opened()
    assert at.session_state["made"] == RunConfig()
    assert link_of(at) == {}
    assert not at.warning


QUERIES = [
    ({"beta": "0.1", "seed": "7"}, {"beta": 0.1, "seed": 7}),
    ({"hidden": "64-32", "activation": "tanh"}, {"hidden": (64, 32), "activation": "tanh"}),
    ({"latent_dim": "32", "warmup": "40"}, {"latent_dim": 32, "warmup": 40}),
    ({"optimizer": "sgd", "lr": "1e-05"}, {"optimizer": "sgd", "lr": 1e-5}),
    ({"likelihood": "gaussian", "c": "0.5"}, {"likelihood": "gaussian", "c": 0.5}),
    ({"dataset": "shapes", "model": "ae"}, {"dataset": "shapes", "model": "ae"}),
    ({"model": "linear"}, {"model": "linear"}),
    ({"dataset": "shapes", "architecture": "conv"}, {"dataset": "shapes", "architecture": "conv"}),
    ({"batch_size": "32", "epochs": "5", "schedule": "cosine"},
     {"batch_size": 32, "epochs": 5, "schedule": "cosine"}),
]  # fmt: skip


@pytest.mark.parametrize("query, fields", QUERIES)
def test_a_link_is_the_run_it_says_and_says_itself_again(query, fields):
    at = opened(**query)
    assert at.session_state["made"] == RunConfig(**fields)
    assert link_of(at) == query
    assert not at.warning


@pytest.mark.parametrize(
    "key, text",
    [("hidden", "64-x"), ("hidden", "99999"), ("latent_dim", "33"), ("latent_dim", "nan"),
     ("lr", "0"), ("lr", "1e400"), ("batch_size", "0"), ("warmup", "-1"), ("epochs", "2.5"),
     ("optimizer", "<b>"), ("architecture", "transformer"), ("dataset", "../..")],
)  # fmt: skip
def test_what_a_link_may_not_say_is_told_in_one_sentence(key, text):
    at = opened(**{key: text})
    assert at.session_state["made"] == RunConfig()
    assert len(at.warning) == 1
    assert key.replace("_", r"\_") in at.warning[0].value


def test_a_setting_moved_by_hand_is_in_the_link_and_moved_back_it_is_not():
    at = opened()
    at.number_input(key="lr").set_value(0.01).run()
    assert at.session_state["made"] == RunConfig(lr=0.01)
    assert link_of(at) == {"lr": "0.01"}
    at.number_input(key="lr").set_value(0.003).run()
    assert link_of(at) == {}


def test_another_data_set_brings_what_suits_it_unless_the_reader_chose():
    at = opened()
    at.number_input(key="batch_size").set_value(100).run()
    at.selectbox(key="dataset").set_value("shapes").run()
    assert at.session_state["made"] == RunConfig(dataset="shapes", batch_size=100)
    assert at.text_input(key="hidden").value == "128, 64"


def test_the_linear_model_has_no_layers_to_set_and_gives_them_back():
    at = opened()
    at.selectbox(key="model").set_value("linear").run()
    assert at.session_state["made"] == RunConfig(model="linear")
    assert "hidden" not in [field.key for field in at.text_input]
    at.selectbox(key="model").set_value("vae").run()
    assert at.session_state["made"] == RunConfig()


@pytest.mark.parametrize("text", ["", "a, b", "1,,2", "0", "4096", "1,2,3,4,5,6,7"])
def test_widths_that_are_none_are_told_and_kept_for_mending(text):
    at = opened()
    at.text_input(key="hidden").set_value(text).run()
    assert not at.exception
    if text:
        assert at.session_state["made"] is None
        assert "hidden" in at.warning[0].value
    at.text_input(key="hidden").set_value("32").run()
    assert at.session_state["made"] == RunConfig(hidden=(32,))


def test_every_setting_is_explained():
    at = opened(likelihood="gaussian")
    text = " ".join(mark.value for mark in at.markdown)
    from ui.prose import section

    for key in DEFAULTS:
        assert section("lab_settings", key)[:30] in text


CONFIGS = st.builds(
    RunConfig,
    dataset=st.sampled_from(["digits", "shapes", "mnist"]),
    model=st.sampled_from(["ae", "vae"]),
    beta=st.floats(0, 100),
    seed=st.integers(0, 2**32 - 1),
    latent_dim=st.integers(1, 32),
    hidden=st.lists(st.integers(1, 1024), min_size=1, max_size=6).map(tuple),
    lr=st.floats(1e-9, 10),
    warmup=st.integers(0, 2000),
    optimizer=st.sampled_from(["adam", "rmsprop", "sgd"]),
)
NAMES = st.text(min_size=1, max_size=40).map(lambda text: " ".join(text.split())).filter(bool)


@given(st.lists(st.tuples(NAMES, CONFIGS), min_size=1, max_size=4))
def test_runs_survive_the_link(parts):
    runs = [LabRun(i, name[:40], config) for i, (name, config) in enumerate(parts)]
    again = read_runs(spelled_runs(runs))
    assert [(run.name, run.config) for run in again] == [(run.name, run.config) for run in runs]


@given(st.text(max_size=300))
def test_nonsense_in_the_link_is_no_runs(text):
    for run in read_runs(text):
        assert isinstance(run.config, RunConfig)


def test_a_run_is_described_by_what_sets_it_apart():
    assert describe(RunConfig()) == "digits · VAE · β 1 · k 2"
    config = RunConfig(dataset="shapes", model="ae", latent_dim=3, seed=4)
    assert describe(config) == "shapes · AE · k 3 · seed 4"

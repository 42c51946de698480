"""The lab's settings: link and widgets say the same run, and what suits a data set is not said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.ui.opening import opened
from ui.lab_names import describe, settings_line
from ui.lab_runs import LabRun, read_runs, spelled_runs
from ui.lab_settings import DEFAULTS, effect, extent, lab_datasets, size_words
from ui.settings import config_of, datasets
from vae_core import RunConfig, idx, load_dataset
from vae_core.config import ConfigError

SCRIPT = """
import streamlit as st
from ui.lab_settings import lab_controls
config, complaints = lab_controls()
st.session_state["made"] = config
for complaint in complaints:
    st.warning(complaint)
"""


def link_of(at: AppTest) -> dict[str, str]:
    return {key: str(at.query_params[key]) for key in DEFAULTS if key in at.query_params}


def test_the_bare_link_is_the_digits_default_run():
    at = opened(SCRIPT)
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
    at = opened(SCRIPT, **query)
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
    at = opened(SCRIPT, **{key: text})
    assert at.session_state["made"] == RunConfig()
    assert len(at.warning) == 1
    assert "found" in at.warning[0].value


def test_a_setting_moved_by_hand_is_in_the_link_and_moved_back_it_is_not():
    at = opened(SCRIPT)
    at.number_input(key="lr").set_value(0.01).run()
    assert at.session_state["made"] == RunConfig(lr=0.01)
    assert link_of(at) == {"lr": "0.01"}
    at.number_input(key="lr").set_value(0.003).run()
    assert link_of(at) == {}


def test_another_data_set_brings_what_suits_it_unless_the_reader_chose():
    at = opened(SCRIPT)
    at.number_input(key="batch_size").set_value(100).run()
    at.selectbox(key="dataset").set_value("shapes").run()
    assert at.session_state["made"] == RunConfig(dataset="shapes", batch_size=100)
    assert at.text_input(key="hidden").value == "128, 64"


def test_the_linear_model_has_no_layers_to_set_and_gives_them_back():
    at = opened(SCRIPT)
    at.selectbox(key="model").set_value("linear").run()
    assert at.session_state["made"] == RunConfig(model="linear")
    assert "hidden" not in [field.key for field in at.text_input]
    at.selectbox(key="model").set_value("vae").run()
    assert at.session_state["made"] == RunConfig()


@pytest.mark.parametrize("text", ["", "a, b", "1,,2", "0", "4096", "1,2,3,4,5,6,7"])
def test_widths_that_are_none_are_told_and_kept_for_mending(text):
    at = opened(SCRIPT)
    at.text_input(key="hidden").set_value(text).run()
    assert not at.exception
    if text:
        assert at.session_state["made"] is None
        assert "Widths of the hidden layers" in at.warning[0].value
    at.text_input(key="hidden").set_value("(32, 16)").run()
    assert at.session_state["made"] == RunConfig(hidden=(32, 16))


def test_every_setting_is_explained():
    at = opened(SCRIPT, likelihood="gaussian")
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
    assert describe(RunConfig()) == "VAE digits β 1"
    config = RunConfig(dataset="shapes", model="ae", latent_dim=3, seed=4, lr=0.01)
    assert describe(config) == "AE shapes k 3 lr 0.01 seed 4"
    gaussian = RunConfig(likelihood="gaussian", c=0.5, hidden=(8, 4), warmup=9)
    assert describe(gaussian) == "VAE digits 8–4 gaussian β 1 c 0.5 warm-up 9"
    assert settings_line(gaussian) == "VAE · k 2 · β 1 · c 0.5 · 8–4 elu"
    assert settings_line(RunConfig(model="linear")) == "linear · k 2 · c 0.1"


def test_a_name_is_escaped_only_where_the_link_has_a_mark_of_its_own():
    run = LabRun(0, "ä ! (b;c) 5%", RunConfig(), kept=True)
    text = spelled_runs([run])
    assert text == "!ä %21 %28b%3Bc%29 5%25()"
    again = read_runs(text)[0]
    assert (again.name, again.kept) == (run.name, True)


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_the_sizes_told_are_those_of_the_data(name):
    data = load_dataset(name)
    assert extent(RunConfig(dataset=name)) == (len(data.x_train), data.image_shape)


def test_the_size_of_a_folder_is_what_will_be_trained_on(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    folder = tmp_path / "faces"
    folder.mkdir()
    images = np.random.default_rng(0).integers(0, 256, (50, 4, 4)).astype(np.uint8)
    idx.write(folder / "t10k-images-idx3-ubyte.gz", images)
    config = RunConfig(dataset=str(folder))
    assert extent(config) == (45, (4, 4)) == (len(load_dataset(folder).x_train), (4, 4))
    idx.write(folder / "train-images-idx3-ubyte.gz", images[:30])
    assert extent(config) == (30, (4, 4)) == (len(load_dataset(folder).x_train), (4, 4))
    assert extent(RunConfig(dataset="mnist")) == (60000, (28, 28))


def test_work_is_told_against_the_default_run_and_a_setting_against_what_suits():
    size = (1500, (8, 8))
    assert "**1 × the work**" in size_words(RunConfig(), size)
    assert f"{37_572:,} weights" in size_words(RunConfig(), size)  # test_cost has torch's count
    assert "**2 × the work**" in size_words(RunConfig(epochs=260), size)
    assert effect("epochs", RunConfig(epochs=260), size) == " **× 2 work**"
    assert effect("epochs", RunConfig(epochs=13), size) == " **× 0.1 work**"
    for key in DEFAULTS:
        assert effect(key, RunConfig(), size) == ""
    factor = effect("batch_size", RunConfig(batch_size=1), size)
    assert float(factor.split()[1]) > 20
    assert effect("epochs", None, None) == ""


def test_a_folder_called_own_is_not_taken_for_a_readers_own_data(tmp_path, monkeypatch):
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    assert datasets() == ["digits", "shapes"]
    assert lab_datasets().count("own") == 1
    with pytest.raises(ConfigError):
        config_of({"dataset": "own", "model": "vae"})

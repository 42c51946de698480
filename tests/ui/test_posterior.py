"""The posterior's server side: what is sent, what a link may say, what its sentences claim."""

import re

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from tests.ui.opening import header_of, opened
from ui import widgets
from ui.posterior import LEAST, MODELS, RANGE, _payload, _possible
from ui.prose import words
from ui.shipped import builtin_data, shipped
from vae_core.networks import Autoencoder
from vae_core.posterior import Grid, exact_posterior

SCRIPT = "from ui.posterior import posterior_figure\nposterior_figure()"


def test_every_word_the_figure_asks_for_is_in_the_content():
    folder = widgets._HERE / "posterior_map"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source)) | {f"model_{name}" for name in MODELS}
    assert asked == set(words("posterior", "posterior_words"))


def test_both_models_are_sent_as_they_are_with_one_image():
    content = _payload((None, None, "trained"))
    tensors, header = load(content), header_of(content)
    for name, file in MODELS.items():
        model, facts = shipped(file), header["models"][name]
        assert facts["c"] == model.config.c
        assert facts["likelihood"] == "gaussian"
        for key, weight in model.weights.items():
            np.testing.assert_array_equal(tensors[f"{name}/{key}"].astype(np.float32), weight)
    data = builtin_data("digits")
    row = int(re.search(r"\d+", header["image"])[0])
    np.testing.assert_array_equal(tensors["x"][0] / data.levels, data.x_train[row])
    assert header["image"].endswith(f"a {data.classes[data.y_train[row]]}")
    assert header["state"] == {"z": None, "c": 0.1, "model": "trained"}
    assert header_of(_payload((None, None, "collapsed")))["state"]["c"] == 1
    assert _payload((None, None, "trained")) is content


@pytest.mark.parametrize("name", MODELS)
def test_no_training_image_is_less_likely_than_it_says(name):
    model = shipped(MODELS[name])
    made = Autoencoder(model.config, model.data.x_train.shape[1]).load(model.weights).double()
    grid, x, c = Grid(made), torch.tensor(model.data.x_train).double(), model.config.c
    joint = -torch.cdist(x, grid.output).square() / (2 * c) - grid.points.square().sum(1) / 2
    constant = 32 * np.log(2 * np.pi * c) + np.log(2 * np.pi) - 2 * np.log(grid.spacing)
    rough = joint.logsumexp(1) - constant
    lowest = rough.argsort()[:10]
    assert float(rough[lowest[-1]]) > LEAST[name] + 0.2  # the others cannot be lower
    least = float(exact_posterior(grid, x[lowest], model.config).log_evidence.min())
    assert LEAST[name] == pytest.approx(least, abs=1e-3)


def test_a_link_is_the_state():
    app = opened(
        SCRIPT, posterior_z="1.23456,-2", posterior_c="0.03333", posterior_model="collapsed"
    )
    assert app.session_state["posterior_state"] == ((1.235, -2.0), 0.0333, "collapsed")
    assert app.query_params["posterior_c"] == "0.0333"


@pytest.mark.parametrize(
    "query",
    [
        {"posterior_z": "nan,0"},
        {"posterior_z": "5,0"},
        {"posterior_c": "0"},
        {"posterior_c": "inf"},
        {"posterior_c": "0.1"},  # the model's own
        {"posterior_model": "other"},
        {"posterior_model": ""},
    ],
)
def test_a_useless_link_is_the_start(query):
    app = opened(SCRIPT, **query)
    assert app.session_state["posterior_state"] == (None, None, "trained")
    assert not app.query_params


def test_what_the_browser_may_send_is_checked():
    assert _possible(((0.0, 4.6), None, "trained")) is None
    assert _possible((None, 2 * RANGE[1], "trained")) is None
    assert _possible((None, 0.1, "other")) is None
    assert _possible((None, 1.0, "collapsed")) == (None, None, "collapsed")

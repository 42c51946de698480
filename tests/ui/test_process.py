"""The process's server side: what is sent, what a link may say, what its captions claim."""

import re

import numpy as np
import pytest
from safetensors.numpy import load

from tests.ui.opening import header_of, opened
from ui import widgets
from ui.process import MODEL, OPENING, _payload, _possible
from ui.prose import section, words
from ui.shipped import shipped

SCRIPT = "from ui.process import process_figure\nprocess_figure()"


def test_every_word_the_figure_asks_for_is_in_the_content():
    folder = widgets._HERE / "process"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source))
    page = (folder / "process.html").read_text(encoding="utf-8")
    graph = (folder / "graph.js").read_text(encoding="utf-8")
    parts = set(re.findall(r'data-part="(\w+)"', page)) | set(re.findall(r'group\("(\w+)"', graph))
    named = set(re.findall(r'group\("(\w+)"', graph))
    assert named == {"z", "x", "f", "c", "likelihood", "bayes"}
    assert asked | named | {f"told_{part}" for part in parts} == set(
        words("process", "process_words")
    )


def test_the_decoder_is_sent_as_it_is_and_only_once():
    content, model = _payload(OPENING), shipped(MODEL)
    tensors, header = load(content), header_of(content)
    assert tensors.keys() == {f"model/{n}" for n in model.weights if n.startswith("decoder.")}
    for name, weight in tensors.items():
        np.testing.assert_array_equal(
            weight.astype(np.float32), model.weights[name.removeprefix("model/")]
        )
    assert header["c"] == model.config.c == OPENING[2]
    assert header["likelihood"] == "gaussian"
    assert header["output"] == "identity"
    assert _payload(OPENING) is content


def test_a_link_is_the_state():
    app = opened(SCRIPT, process_z="1.23456,-2", process_draws="7,9", process_c="0.03333")
    assert app.session_state["process_state"] == ((1.235, -2.0), 7, 0.0333, 9)
    assert app.query_params["process_c"] == "0.0333"


@pytest.mark.parametrize(
    "query",
    [
        {"process_z": "nan,0"},
        {"process_z": "1"},
        {"process_z": "99,0"},
        {"process_c": "0"},
        {"process_c": "inf"},
        {"process_c": "-1"},
        {"process_draws": "0,5"},
        {"process_draws": "1.5,2"},
        {"process_draws": "1e99,2"},
    ],
)
def test_a_useless_link_is_the_start(query):
    app = opened(SCRIPT, **query)
    assert app.session_state["process_state"] == OPENING
    assert not app.query_params


def test_what_the_browser_may_send_is_checked():
    assert _possible(((0.0, 11.0), 1, 0.1, 2)) is None
    assert _possible(((0.0, 1.0), 1, 2.0, 2)) is None
    assert _possible(((0.0, 1.0), 10**6, 0.1, 2)) is None
    assert _possible(OPENING) == OPENING


def test_the_answer_of_try_this_is_true():
    assert "by 4.5 nats" in section("process", "try_process")
    assert -0.5 * 3**2 == -4.5

"""Chapter 9's graph: the source beside it is the real one, what is sent is true."""

import ast
import re

import numpy as np
import pytest
import streamlit as st
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest

from tests.ui.opening import header_of
from ui import networks
from ui.networks import (
    FIELDS,
    LISTING,
    MODEL,
    OPENING,
    PARTS,
    Function,
    bare_source,
    lines_of,
    sizes,
)
from ui.pad import first_row
from ui.page import ROOT
from ui.prose import section, words
from ui.shipped import shipped

FOLDER = ROOT / "ui" / "widgets" / "networks"
PARTS_SET = set(PARTS)


def javascript() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))


def pieces(function: Function) -> list[tuple[str, list[str]]]:
    lines = lines_of(function)
    return [(piece["text"], piece["parts"]) for line in lines for piece in line["pieces"]]


def bare(code: str, name: str) -> str:
    """A function of a file as Python understands it: without decorators, docstring, layout."""
    nodes = {node.name: node for node in ast.walk(ast.parse(code)) if hasattr(node, "name")}
    node = nodes[name]
    node.decorator_list = []
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return ast.unparse(node)


@pytest.mark.parametrize("function", LISTING, ids=lambda function: function.name)
def test_the_lines_shown_are_the_source(function):
    shown = "\n".join(
        " " * line["indent"] + "".join(piece["text"] for piece in line["pieces"])
        for line in lines_of(function)
    )
    name = function.name.rpartition(".")[2]
    real = (ROOT / function.file).read_text(encoding="utf-8")
    assert bare(shown, name) == bare(real, name)
    assert shown == "\n".join(bare_source(function.file, function.name))


def test_every_part_has_its_line_and_every_line_a_part_of_the_graph():
    computed = {part for function in LISTING for _, parts in pieces(function) for part in parts}
    assert computed == set(PARTS)


def test_a_piece_inside_another_is_its_own_part_first():
    [draw] = [function for function in LISTING if function.name.endswith("reparameterize")]
    found = dict(pieces(draw))
    assert found["torch.exp(0.5 * logvar)"] == ["std", "z"]
    assert found["torch.randn(mu.shape, generator=generator)"] == ["eps", "z"]
    assert found["mu + "] == ["z"]


@pytest.mark.parametrize("text", ["mu = self.mean(x)", "self"])
def test_a_source_that_has_changed_is_noticed(text):
    changed = Function("vae_core/networks.py", "Autoencoder.encode", ((text, ("mu",)),))
    with pytest.raises(LookupError, match=r"Autoencoder.encode in .* must say '.*' once"):
        lines_of(changed)


def test_weights_and_first_image_are_sent_as_they_are():
    content, model = networks._payload(OPENING), shipped(MODEL)
    tensors, header = load(content), header_of(content)
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(tensors[f"model/{name}"].astype(np.float32), weight)
    row = first_row(model.data)
    x = tensors["x"].astype(np.float32) / np.float32(header["levels"])
    np.testing.assert_array_equal(x, model.data.x_train[row])
    assert header["first"] == {"row": row, "name": "3"}
    assert (header["likelihood"], header["c"], header["beta"]) == ("gaussian", 0.1, 1)
    assert header["state"] == dict(zip(FIELDS, OPENING, strict=True))
    assert networks._payload(OPENING) is content


def test_sizes_are_those_of_the_weights():
    model = shipped(MODEL)
    biases = {name: len(w) for name, w in model.weights.items() if name.endswith(".bias")}
    found = sizes(model)
    for k in (1, 2, 3):
        assert found[f"e{k}"] == biases[f"encoder.{k - 1}.bias"]
        assert found[f"d{k}"] == biases[f"decoder.{k - 1}.bias"]
    assert found["x_hat"] == biases["decoder.3.bias"]
    assert found["mu"] == found["logvar"] == biases["mu.bias"] == biases["logvar.bias"]


def test_every_word_the_figure_asks_for_is_in_the_content():
    source = javascript()
    asked = set(re.findall(r"words\.(\w+)", source))
    for literals in re.findall(r"words\[([^\[\]]*(?:\? )?\"[^\[\]]*)\]", source):
        asked |= set(re.findall(r"\"(\w+)\"", literals)) - PARTS_SET
    asked |= {"forward", "backward", "outside", "inside", "ways", "dice"}  # radios, by name
    asked |= {"nats", "negative"}  # taken out of `words` where a line is written
    assert asked == set(words("networks", "networks_words"))
    assert set(words("networks", "names")) == set(words("networks", "sayings")) == PARTS_SET


def test_what_the_caption_says_of_the_model_is_true():
    config = shipped(MODEL).config
    assert "C = 5 (c = 0.1) and a KL weight of 1" in section("networks", "networks")
    assert (1 / (2 * config.c), config.beta) == (5, 1)


@pytest.mark.parametrize(
    "text",
    ["", "1", "1,1,6,0", "0,1,6,0,0", "10000,1,6,0,0", "1,17,0,0,0", "1,1,128,0,0", "1,8,1,0,0",
     "1,1,6,2,0", "1,1,6,0,0.5", "1,-1,6,0,0", "nan,1,6,0,0", "a,b,c,d,e"],
)  # fmt: skip
def test_nonsense_in_a_link_is_the_opening(monkeypatch, text):
    monkeypatch.setattr(st, "query_params", {"net": text})
    assert networks._linked() == OPENING


def test_a_link_is_read_as_it_was_written(monkeypatch):
    state = (37, PARTS.index("d3"), 99, True, True)
    written = networks.link.joined([float(part) for part in state])
    monkeypatch.setattr(st, "query_params", {"net": written})
    assert networks._linked() == state


def test_a_bad_link_opens_the_figure_and_leaves_the_link():
    app = AppTest.from_string(
        "from ui.networks import networks_figure\nnetworks_figure()", default_timeout=30
    )
    app.query_params["net"] = "1,2,3,<script>,1"
    app.run()
    assert not app.exception
    assert not app.warning
    assert "net" not in app.query_params

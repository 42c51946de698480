"""The input to try: what is sent to its widget, what a link may put in, what the reader brings."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load

from tests.ui.opening import header_of, opened
from ui import widgets
from ui.lab_input import MOST, Own, input_payload
from ui.payloads import grey
from ui.prose import words
from ui.shipped import builtin_data
from ui.widgets.lab_input import SOURCES, TURNS, InputState

DIGITS = """
import numpy as np
import streamlit as st
from ui.lab_input import lab_input_figure
from ui.lab_picture import Picture
from ui.payloads import grey
from ui.shipped import builtin_data
from vae_core import RunConfig

data = builtin_data("digits")
images = {"x": grey(data.x_train, 16), "y": data.y_train.astype(np.uint8), "levels": 16,
          "image_shape": (8, 8), "classes": data.classes, "table": None}
codes = np.zeros((len(data.x_train), 2), np.float32)
config = RunConfig(dataset="digits")
lab_input_figure([("one", Picture("one", config, {}, codes, codes, images))])
"""
TABLE = DIGITS.replace(
    "codes =",
    """columns = {"names": ("a", "b"), "low": (-10.0, 0.0), "high": (10.0, 1.0)}
images |= {"x": images["x"][:, :2], "image_shape": (1, 2), "table": columns, "levels": 255}
codes =""",
)
TWO = f"""{DIGITS.rpartition("lab_input_figure")[0]}
data = builtin_data("shapes")
other = {{"x": grey(data.x_train, 255), "y": data.y_train.astype(np.uint8), "levels": 255,
         "image_shape": (28, 28), "classes": data.classes, "table": None}}
lab_input_figure([
    ("one", Picture("one", config, {{}}, codes, codes, images)),
    ("two", Picture("two", RunConfig(dataset="shapes"), {{}}, codes, codes, other)),
])
"""


def images_of(name):
    data = builtin_data(name)
    return {
        "x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8),
        "levels": data.levels, "image_shape": data.image_shape, "classes": data.classes,
        "table": None,
    }  # fmt: skip


def sent(app):
    """What the widget was sent last."""
    return app.session_state["lab_input_sent"][1]


def test_the_first_images_are_sent_as_they_are_and_the_readers_own_with_them():
    own = Own("id", np.linspace(0, 1, 64, dtype=np.float32), "mine.png", "greyed")
    content = input_payload("digits", images_of("digits"), own, InputState("own", 3), "key")
    tensors, header, data = load(content), header_of(content), builtin_data("digits")
    assert len(tensors["x"]) == MOST
    np.testing.assert_array_equal(tensors["x"] / np.float32(16), data.x_train[:MOST])
    np.testing.assert_array_equal(tensors["y"], data.y_train[:MOST])
    np.testing.assert_array_equal(tensors["own"], own.x)
    assert header["own"] == {"id": "id", "name": "mine.png", "words": "greyed"}
    assert header["state"] == {"source": "own", "row": 3, "turn": "as_is"}
    assert len(content) < 40_000  # of 28 × 28: 300 × 784 bytes more, sent once


def test_every_word_the_widget_asks_for_is_in_the_content():
    source = (widgets._HERE / "lab_input" / "lab_input.js").read_text(encoding="utf-8")
    said = set(words("lab_input", "words"))
    asked = set(re.findall(r"words\.(\w+)", source)) | {*SOURCES, *TURNS}
    asked |= {f"{stem}_{of}" for stem in ("row", "shuffled") for of in ("pixels", "columns")}
    asked |= {f"what_{turn}" for turn in TURNS if turn != "as_is"}
    assert asked - {"length"} == said


def test_off_at_first_and_a_link_puts_an_image_in():
    app = opened(DIGITS)
    assert header_of(sent(app))["state"]["source"] == "off"
    assert "input" not in app.query_params
    app = opened(DIGITS, input="12", turn="upside")
    assert header_of(sent(app))["state"] == {"source": "row", "row": 12, "turn": "upside"}
    content = sent(app)
    assert sent(app.run()) is content  # a rerun costs nothing
    assert app.query_params["input"] == "12"


@pytest.mark.parametrize("row", ["-1", "1.5", "300", "nan", "1e400", "", "own", "1,2"])
def test_a_row_that_is_none_is_off(row):
    app = opened(DIGITS, input=row, turn="sideways")
    assert header_of(sent(app))["state"] == {"source": "off", "row": 0, "turn": "as_is"}
    assert not app.warning


def test_the_newest_runs_images_are_offered_first_and_the_others_too():
    app = opened(TWO, input="2")
    data = builtin_data("shapes")
    tensors = load(sent(app))
    np.testing.assert_array_equal(tensors["x"] / np.float32(255), data.x_train[:MOST])
    assert app.radio[0].options == ["digits, 8 × 8", "shapes, 28 × 28"]
    app.radio[0].set_value("digits-8x8").run()
    assert load(sent(app))["x"].shape == (MOST, 64)
    assert app.query_params["input_data"] == "digits-8x8"
    app = opened(TWO, input="2", input_data="digits-8x8")
    assert load(sent(app))["x"].shape == (MOST, 64)
    app = opened(TWO, input="2", input_data="mnist-28x28")  # not among these runs
    assert load(sent(app))["x"].shape == (MOST, 784)
    assert "input_data" not in app.query_params


def bring(script, name, content):
    """The app with the reader's own input brought."""
    app = opened(script)
    app.session_state["lab_input_state"] = InputState("own")
    app.run()
    app.file_uploader[0].set_value((name, content, ""))
    app.run()
    assert not app.exception
    return app


def test_an_image_of_ones_own_is_greyed_and_resized():
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[:32] = 255, 255, 255
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "png")
    app = bring(DIGITS, "mine.png", file.getvalue())
    x = load(sent(app))["own"].reshape(8, 8)
    assert x[:3] == pytest.approx(1)
    assert x[5:] == pytest.approx(0)
    own = header_of(sent(app))["own"]
    assert own["name"] == "mine.png"
    assert "8" in own["words"]
    assert "input" not in app.query_params  # not in the link


def test_a_row_of_ones_own_is_read_with_the_models_columns():
    app = bring(TABLE, "row.csv", b"a,b\n5,0.25\n")
    assert load(sent(app))["own"] == pytest.approx([0.75, 0.25])


def test_what_is_no_input_is_refused_in_a_sentence_and_the_next_one_is_taken():
    app = bring(DIGITS, "a*b*.png", b"plainly no image")
    (warning,) = app.warning
    assert r"\*" in warning.value
    assert header_of(sent(app))["own"] is None
    file = io.BytesIO()
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(file, "png")
    app.file_uploader[0].set_value(("eye.png", file.getvalue(), "image/png"))
    app.run()
    assert not app.warning
    assert load(sent(app))["own"].reshape(8, 8) == pytest.approx(np.eye(8))

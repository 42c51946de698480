"""The drawing pad's server side: what is sent, what a link may say."""

import numpy as np
import pytest
from safetensors.numpy import load
from sklearn.neighbors import NearestNeighbors
from streamlit.testing.v1 import AppTest

from tests.ui.opening import header_of
from ui.pad import EVERY, far_distance, first_row, pad_payload
from ui.shipped import builtin_data, shipped
from ui.widgets.draw_pad import drawing

SCRIPT = "from ui.pad import draw_pad_figure\ndraw_pad_figure({dataset!r})"


@pytest.mark.parametrize("dataset", ["digits", "shapes"])
def test_the_images_and_the_autoencoder_are_sent_as_they_are(dataset):
    content, data = pad_payload(dataset, "", None), builtin_data(dataset)
    tensors, header = load(content), header_of(content)
    rows = tensors["rows"]
    assert rows.tolist() == list(range(0, len(data.x_train), EVERY[dataset]))
    x = tensors["x"].astype(np.float32) / np.float32(header["levels"])
    np.testing.assert_array_equal(x, data.x_train[rows])
    np.testing.assert_array_equal(tensors["y"], data.y_train[rows])
    for name, weight in shipped(f"{dataset}-ae").weights.items():
        np.testing.assert_array_equal(tensors[f"ae/{name}"].astype(np.float32), weight)
    assert header["first"] == first_row(data)
    assert header["first"] in rows
    assert data.classes[data.y_train[header["first"]]] == ("3" if dataset == "digits" else "square")
    assert pad_payload(dataset, "", None) is content


def test_99_of_100_digits_kept_aside_are_not_far():
    data = builtin_data("digits")
    distances, _ = NearestNeighbors(n_neighbors=1).fit(data.x_train).kneighbors(data.x_val)
    assert far_distance("digits") == pytest.approx(np.percentile(distances, 99), rel=1e-6)
    assert (distances <= far_distance("digits")).mean() == pytest.approx(0.99, abs=0.004)
    assert (
        f"{far_distance('digits'):.2f}"
        in header_of(pad_payload("digits", "", None))["words"]["limit"]
    )


def test_a_shape_is_far_where_another_kind_would_be():
    data = builtin_data("shapes")
    nearest = []
    for kind in range(3):
        others = data.x_train[:: EVERY["shapes"]][data.y_train[:: EVERY["shapes"]] != kind]
        search = NearestNeighbors(n_neighbors=1).fit(others)
        nearest.append(search.kneighbors(data.x_val[data.y_val == kind])[0])
    assert far_distance("shapes") == pytest.approx(np.median(np.concatenate(nearest)), rel=1e-6)


@pytest.mark.parametrize("text", ["AAA", "AAAzzz", "AAA.zzz-_9", "A" * 300])
def test_the_text_of_a_drawing_is_taken(text):
    assert drawing(text) == text


@pytest.mark.parametrize(
    "text", ["", "A", "AA", "AAAA", ".AAA", "AAA.", "AAA..AAA", "AA$", "ÄÄÄ", "AAA\n", "A" * 399,
             None, 3, ["AAA"]]
)  # fmt: skip
def test_anything_else_is_not(text):
    assert drawing(text) == ""


@pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist", "/somewhere"])
def test_other_images_get_one_sentence(dataset):
    app = AppTest.from_string(SCRIPT.format(dataset=dataset), default_timeout=30).run()
    assert not app.exception
    assert [caption.value for caption in app.caption] == [
        "The pad reads drawings of digits and of shapes; for other images, train, then pick a dot "
        "on the map."
    ]


@pytest.mark.parametrize(
    ("image", "ink"),
    [("nan", "AA"), ("-1", "..."), ("1e400", "A" * 5000), ("1500", "<b>"), ("7.5", "AAA."),
     ("7,8", "%00"), ("", "")],
)  # fmt: skip
def test_a_bad_link_is_ignored_and_leaves_the_link(image, ink):
    app = AppTest.from_string(SCRIPT.format(dataset="digits"), default_timeout=30)
    app.query_params["image"], app.query_params["ink"] = image, ink
    app.run()
    assert not app.exception
    assert app.session_state["pad_state"] == {"dataset": "digits", "ink": "", "image": None}
    assert "ink" not in app.query_params
    assert "image" not in app.query_params


def test_a_good_link_opens_the_pad_and_stays():
    app = AppTest.from_string(SCRIPT.format(dataset="shapes"), default_timeout=30)
    app.query_params["image"], app.query_params["ink"] = "16", "AAAzzz.AAA"
    app.run()
    assert app.session_state["pad_opened"] == ("shapes", ("AAAzzz.AAA", 16))
    assert app.query_params["ink"] == "AAAzzz.AAA"
    assert app.query_params["image"] == "16"

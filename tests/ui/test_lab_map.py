"""The lab's maps: what is sent while a network trains and afterwards, and what a link may say."""

import dataclasses
import json

import numpy as np
import pytest
from safetensors.numpy import load

from tests.browser.lab_maps import TABLE, digits, four, large, picture, training
from tests.ui.opening import header_of, opened
from ui.lab_map import _PAYLOADS, CLOUDS, LIVE_BYTES, eight_bits, lab_payload
from ui.lab_picture import content_id
from ui.widgets.lab_map import LabMapState, _read

STATE = {"u": (0.0, 0.0), "picked": None, "data": "", "axes": None, "hold": None}
SCRIPT = """
from tests.browser.lab_maps import digits, picture
from ui.lab_map import lab_map_figure
import streamlit as st
lab_map_figure(0, "Run", "done", picture(5, 5, digits()))
"""


def sent(shown, row=None):
    return lab_payload(shown, "Run", "settings", 0, STATE, row)


def test_a_keyframe_of_mnists_network_stays_within_its_bytes_with_2000_codes():
    live = picture(1, 2, large(2000), hidden=(256, 128), live=True)
    content = sent(live, row=77)
    assert 200_000 < len(content) <= LIVE_BYTES
    tensors = load(content)
    assert header_of(content)["coarse"] is True
    assert not any(name.startswith(("model/encoder", "model/mu")) for name in tensors)
    assert len(tensors["mu"]) == 2000
    assert set(tensors["std_rows"]) == {77, *(np.arange(CLOUDS) * 2000 // CLOUDS)}


def test_eight_bits_are_within_half_a_step_of_every_weight():
    weights = training()[0][1].weights
    for name, array in weights.items():
        if not name.startswith("decoder."):
            continue
        tensors = eight_bits(weights)
        if name.endswith("bias"):
            assert (tensors[f"model/{name}"] == array).all()
            continue
        scale = tensors[f"scale/{name}"][:, None]
        again = (tensors[f"model/{name}"].astype(float) - 128) * scale
        assert tensors[f"model/{name}"].dtype == np.uint8
        assert (np.abs(again - array) <= scale / 2 + 1e-7).all()


def test_filters_of_a_convolution_keep_their_shape_and_a_diverged_row_is_no_error():
    filters = np.arange(32, dtype=np.float32).reshape(2, 1, 4, 4)
    filters[1] = np.nan
    tensors = eight_bits({"decoder.1.weight": filters})
    assert tensors["model/decoder.1.weight"].shape == (2, 1, 4, 4)
    assert tensors["scale/decoder.1.weight"].shape == (2,)


def test_a_small_network_is_sent_whole_while_it_trains():
    live = picture(5, 5, digits(), live=True)
    tensors, header = load(sent(live)), header_of(sent(live))
    assert header["coarse"] is False
    for name, array in live.weights.items():
        assert (tensors[f"model/{name}"] == array).all()
    assert "losses" not in tensors


def test_a_finished_network_is_sent_exactly_with_every_code():
    done = training()[1][1]
    tensors = load(sent(done))
    for name, array in done.weights.items():
        assert (tensors[f"model/{name}"] == array).all()
    assert (tensors["mu"] == done.mu).all()
    assert (tensors["std"] == done.std).all()
    assert (tensors["all_mu"] == done.all_mu).all()
    assert tensors["losses"] == pytest.approx(done.losses)


def test_a_table_sends_the_first_eight_columns_in_their_own_units():
    shown = four()[3][1]
    assert header_of(sent(shown))["table"] == {key: list(values) for key, values in TABLE.items()}
    wide = {key: list(values) * 4 for key, values in TABLE.items()}
    many = dataclasses.replace(shown, images={**shown.images, "table": wide})
    assert [len(part) for part in header_of(sent(many))["table"].values()] == [8, 8, 8]


def test_maps_of_the_same_images_have_the_same_key_and_others_not():
    images = digits()
    assert content_id(images) == content_id(digits())
    assert content_id(images) != content_id({**images, "y": images["y"][::-1].copy()})


@pytest.mark.parametrize(
    "query",
    [
        {"u": "nan,0"}, {"u": "1e9,0"}, {"u": "x"}, {"picked": "-1"}, {"picked": "1999"},
        {"axes1": "2,2"}, {"axes1": "0,1"}, {"axes1": "1,6"}, {"axes1": "1"}, {"hold1": "nan"},
        {"hold1": "1,2,3"}, {"hold1": "a,b,c,d,e"}, {"hold1": "-4"},
    ],
)  # fmt: skip
def test_nonsense_in_a_link_counts_as_not_there(query):
    app = opened(SCRIPT, **query)
    saved = app.session_state["lab_map_0_opened"][1]
    assert saved[0] == (0.0, 0.0)
    assert saved[3:] == (None, None)


def test_a_link_says_probe_image_plane_and_what_is_held():
    query = {"u": "0.5,-1.25", "picked": "17", "axes1": "4,2", "hold1": "0.1,0.2,0.3,0.4,0.5"}
    app = opened(SCRIPT, **query)
    u, picked, data, axes, hold = app.session_state["lab_map_0_opened"][1]
    assert (u, picked, data) == ((0.5, -1.25), 17, content_id(digits()))
    assert (axes, hold) == ((3, 1), (0.1, 0.2, 0.3, 0.4, 0.5))
    assert {key: app.query_params[key] for key in query} == query


def test_own_data_stay_in_their_session():
    script = SCRIPT.replace("import streamlit", "import dataclasses\nimport streamlit").replace(
        "picture(5, 5, digits())",
        "dataclasses.replace(p := picture(5, 5, digits()), "
        "config=dataclasses.replace(p.config, dataset='own'))",
    )
    before = _PAYLOADS.bytes
    app = opened(script)
    assert _PAYLOADS.bytes == before
    assert "lab_payload_0" in app.session_state


def test_what_a_browser_may_send_is_checked():
    assert _read(None) == LabMapState()
    nonsense = {"u": [1], "picked": True, "data": 3, "axes": [1, 1], "hold": [1, "x", 2]}
    assert _read(nonsense) == LabMapState()
    good = {"u": [1, 2], "picked": 3, "data": "k", "axes": [0, 31], "hold": [1, 2, 3]}
    assert _read(json.loads(json.dumps(good))) == LabMapState(
        (1, 2), 3, "k", (0, 31), (1.0, 2.0, 3.0)
    )
    assert _read({"hold": "mean"}).hold == "mean"

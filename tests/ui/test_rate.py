"""The β figure's server side: the curve between its points, links, findings."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ui.rate import _payload, at_beta
from ui.shipped import Point, shipped_family

SCRIPT = "import streamlit as st\nfrom ui.rate import rate_figure\nrate_figure()"
CHECK = Point(beta=0.5, val_recon=21.0, val_kl=4.0)


def test_the_curve_is_straight_in_log_beta_between_measured_points():
    curve = [
        Point(beta=0.1, val_recon=20.0, val_kl=6.0),
        Point(beta=1.0, val_recon=22.0, val_kl=4.0),
        Point(beta=10.0, val_recon=30.0, val_kl=0.0),
    ]
    assert at_beta(curve, 1.0) == curve[1]
    middle = at_beta(curve, 10**-0.5)
    assert (middle.val_recon, middle.val_kl) == pytest.approx((21, 5))
    last = at_beta(curve, 10**0.75)
    assert (last.val_recon, last.val_kl) == pytest.approx((28, 1))


@pytest.mark.parametrize("dataset", ["digits", "shapes"])
def test_what_is_sent_holds_every_point_and_image_once(dataset):
    content = _payload(f"{dataset}-family", (1.0, None, None, False), (CHECK,))
    length = int.from_bytes(content[:8], "little")
    index = json.loads(content[8 : 8 + length])
    header = json.loads(index["__metadata__"]["header"])
    model = shipped_family(dataset)
    assert len(header["curve"]) == 41
    assert len(header["individual"]) + (header["beyond"] is not None) == len(model.individual)
    assert header["checks"] == [{"beta": 0.5, "kl": 4.0, "recon": 21.0}]
    x = model.data.x_val.astype(float)  # x log x + (1 - x) log(1 - x), 0 at both ends
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log1p(-x))
    assert header["floor"] == pytest.approx(entropy.sum(1).mean(), rel=1e-6)
    assert index["x"]["shape"] == list(model.data.x_train.shape)
    assert index["x"]["dtype"] == "U8"
    assert index["model/encoder.0.film"]["dtype"] == "F16"


def test_a_finished_check_says_both_losses_and_their_difference():
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    mark = Point(beta=1.0, val_recon=20.5, val_kl=3.25)
    at.session_state["rate_checks"] = {"digits": [mark]}
    at.run()
    assert not at.exception
    ours = at_beta(shipped_family("digits").curve, 1.0)
    family = ours.val_recon + ours.val_kl
    words = next(text for text in at.markdown.values if "trained on its own" in text)
    assert "20.50 + 1 · 3.25 = **23.75 nats**" in words
    assert (
        f"has {family:.2f}, {abs(family - 23.75):.2f} {'more' if family > 23.75 else 'less'}"
        in words
    )


@pytest.mark.parametrize(
    ("query", "beta", "warns"),
    [
        ({}, 0.3, False),
        ({"beta": "0.1234567"}, 0.123, False),
        ({"beta": "0"}, 0.05, False),
        ({"beta": "30"}, 0.3, True),
        ({"beta": "inf"}, 0.3, True),
        ({"beta": "-1"}, 0.3, True),
        ({"beta": "nan"}, 0.3, True),
        ({"beta": "1e400"}, 0.3, True),
        ({"beta": "a"}, 0.3, True),
        ({"beta": "<script>" * 99}, 0.3, True),
        ({"rate": "../x", "rate_z": "1", "rate_image": "-1"}, 0.3, False),
    ],
)
def test_a_bad_link_costs_at_most_one_sentence(query, beta, warns):
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert len(at.warning) == warns
    if warns:
        assert f"β = {query['beta'][:6]}" in at.warning[0].value.replace("\\", "")
    assert at.session_state["rate_state"]["beta"] == beta
    assert at.session_state["rate_state"]["dataset"] == "digits"


def test_the_complaint_goes_with_the_images_it_was_about():
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    at.query_params["beta"] = "30"
    assert len(at.run().warning) == 1
    assert len(at.run().warning) == 1  # it stands while the figure does
    at.segmented_control(key="rate_dataset").set_value("shapes").run()
    assert at.session_state["rate_state"]["dataset"] == "shapes"
    assert not at.warning
    at.segmented_control(key="rate_dataset").set_value("digits").run()
    assert not at.warning


def test_a_complaint_is_not_repeated_to_a_reader_who_comes_back():
    at = AppTest.from_string(
        f"{SCRIPT} if 'here' in st.session_state else None", default_timeout=60
    )
    at.session_state["here"] = True
    at.query_params["beta"] = "30"
    assert len(at.run().warning) == 1
    del at.session_state["here"]
    at.run()
    at.session_state["here"] = True
    assert not at.run().warning
    assert at.session_state["rate_state"]["beta"] == 0.3


@pytest.mark.parametrize("moved", [{"z": [0.5, 1.0]}, {"picked": 3}])
def test_the_beta_that_one_starts_with_stays_out_of_the_link(moved):
    at = AppTest.from_string(SCRIPT, default_timeout=60).run()
    at.session_state["rate_state"] |= moved
    at.run()
    assert "beta" not in at.query_params
    at.session_state["rate_state"] |= {"beta": 1.0}
    at.run()
    assert at.query_params["beta"] == "1"

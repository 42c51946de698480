"""The cut path on the server's side: links, what is read off a run, what is sent, what is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest

from engine import Job, Run
from engine.recording import prepare
from engine.tasks import keyframe_epochs, run
from tests.core import oracles
from ui.cut import AFTER, CHOICES, SHIPPED, Choice, _cell, _payload, band, config_of, film
from ui.prose import section
from ui.shipped import builtin_data, shipped

SCRIPT = "import streamlit as st\nfrom ui.cut import cut_figure\ncut_figure()"


def made(choice: Choice, folder: Path) -> Run:
    """A run of the figure, made here instead of in a worker."""
    prepare(folder)
    job = Job(config=config_of(choice))
    assert run(job, folder).state == "done"
    return Run.load(job.id, folder)


@pytest.fixture(scope="module")
def dead(tmp_path_factory) -> Run:
    return made(Choice("cut-z", True), tmp_path_factory.mktemp("dead"))


@pytest.fixture(scope="module")
def still(tmp_path_factory) -> Run:
    return made(Choice("cut-z", False), tmp_path_factory.mktemp("still"))


def header_of(content: bytes) -> tuple[dict, dict]:
    length = int.from_bytes(content[:8], "little")
    index = json.loads(content[8 : 8 + length])
    return json.loads(index.pop("__metadata__")["header"]), index


def opened(**query: str) -> AppTest:
    at = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize(
    "query, choice",
    [
        ({}, Choice("pathwise", True)),
        ({"cut": "cut-std"}, Choice("cut-std", True)),
        ({"cut": "cut-z", "cut_kl": "off"}, Choice("cut-z", False)),
        ({"cut": "<script>" * 99, "cut_kl": "nan"}, Choice("pathwise", True)),
        ({"cut": "cut at z", "cut_kl": "off"}, Choice("pathwise", False)),
    ],
)
def test_a_link_chooses_one_of_the_six_and_nonsense_none(query, choice):
    at = opened(**query)
    assert at.session_state["cut_state"] == choice
    expected = {} if choice.gradient == "pathwise" else {"cut": choice.gradient}
    expected |= {} if choice.kl else {"cut_kl": "off"}
    found = {key: value for key, value in at.query_params.items() if key in ("cut", "cut_kl")}
    assert found == expected


def test_the_shipped_model_is_the_run_of_the_whole_path():
    whole = config_of(Choice())
    assert shipped(SHIPPED).config.essence() == whole.essence()
    assert len({json.dumps(config_of(choice).essence()) for choice in CHOICES}) == 6


def test_the_cut_is_a_frame_of_the_film_and_so_are_both_ends():
    for choice in CHOICES:
        keyframes = keyframe_epochs(config_of(choice))
        frames = film(keyframes)
        at = frames.index(AFTER)
        assert (frames[0], frames[-1]) == (0, 130)
        assert frames[at : at + 4] == keyframes[keyframes.index(AFTER) :][:4]
        assert set(frames) <= set(keyframes)
        assert len(frames) <= 18  # each has its weights sent
    assert [AFTER + k in frames for k in range(4)] == [True] * 4  # of a cut, the last choice
    assert film([0]) == [0]


def test_before_any_run_the_shipped_model_is_sent_and_nothing_for_a_cut():
    header, index = header_of(_payload(Choice(), None, ()))
    model = shipped(SHIPPED)
    assert (header["id"], header["frames"]) == (model.sha256[:16], [130])
    assert header["band"][0] == pytest.approx(np.percentile(model.std, (5, 50, 95)), rel=1e-6)
    assert index["0/mu"]["shape"] == [500, 2]
    header, index = header_of(_payload(Choice("cut-z", False), None, ()))
    assert (header["id"], header["frames"], header["kl"]) == ("", [], False)
    assert not any(name.startswith("0/") for name in index)


def test_what_is_sent_of_a_run_is_what_was_recorded(dead):
    choice = Choice("cut-z", True)
    content = _payload(choice, dead, (_cell(choice, dead),))
    header, index = header_of(content)
    tensors, last = load(content), load(dead.keyframe(130))
    place = header["frames"].index(130)
    assert index[f"{place}/decoder.3.weight"]["dtype"] == "F16"
    np.testing.assert_allclose(
        tensors[f"{place}/mu"].astype(float), last["mu"][::3], rtol=1e-3, atol=1e-4
    )
    data = builtin_data("digits")
    np.testing.assert_array_equal(tensors["y"], data.y_train[::3])
    followed = data.x_train[::3][header["followed"]]
    np.testing.assert_array_equal(tensors["x"], np.rint(followed * 16))
    assert [int(data.y_train[::3][row]) for row in header["followed"]] == [0, 1, 3, 4, 8]
    assert header["recon"] == [losses["val_recon"] for losses in dead.losses]
    assert [bool(cell.get("band")) for cell in header["cells"]].count(True) == 1
    assert len(content) < 900_000


def test_the_band_is_that_of_std_as_an_independent_forward_pass_has_it(dead):
    weights = load(dead.keyframe(130))
    _, logvar = oracles.forward(
        config_of(Choice("cut-z", True)), weights, builtin_data("digits").x_train
    )
    expected = np.percentile(np.exp(logvar / 2), (5, 50, 95))
    assert band(dead, 130) == pytest.approx(expected, rel=1e-4)


def test_cut_at_z_with_the_kl_every_cloud_is_the_prior_and_every_picture_the_same(dead):
    cell = _cell(Choice("cut-z", True), dead)
    low, middle, high = cell.band[cell.epochs.index(130)]
    assert 0.9 < low < middle < high < 1.1
    before = cell.band[cell.epochs.index(AFTER)][1]
    assert before < 0.3
    assert f"from {before:.2f} to **{middle:.2f}**" in cell.said
    assert f"from {dead.losses[AFTER]['val_recon']:.1f}".replace("-", "−") in cell.said
    assert "0 of 2 numbers in use" in cell.said
    weights = load(dead.keyframe(130))
    x_hat = oracles.decoded(config_of(Choice("cut-z", True)), weights, weights["mu"])
    assert x_hat.std(0).max() < 0.02  # grey levels from 0 to 1


def test_cut_at_z_without_the_kl_the_encoder_coasts_and_stands_while_the_decoder_learns(still):
    at = {epoch: load(still.keyframe(epoch)) for epoch in (AFTER, 28, 68, 130)}

    def moved(since: int, until: int, part: str) -> float:
        return max(
            float(np.abs(array - at[until][name]).max())
            for name, array in at[since].items() if name.startswith(part)
        )  # fmt: skip

    for part in ("encoder.", "mu.", "logvar."):
        assert moved(AFTER, 28, part) > 1e-4
        assert moved(68, 130, part) < 1e-6
    assert moved(68, 130, "decoder.") > 1e-2
    said = _cell(Choice("cut-z", False), still).said
    assert f"to **{band(still, 130)[1]:.4f}**" in said
    assert "{" not in said


@pytest.mark.parametrize("choice", CHOICES)
def test_every_combination_has_its_sentence(choice, dead):
    said = _cell(choice, dead).said  # the words of each, filled with one run's numbers
    assert "{" not in said and len(said) < 260
    assert section("cut", "cut").count("{after}") == 1

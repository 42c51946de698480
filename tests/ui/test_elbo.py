"""Chapter 8's core as Python sees it: links, what a browser may send back, the payload."""

import json
import re

import numpy as np
import pytest
import torch

from tests.ui.opening import header_of, opened
from ui.elbo import MODEL, PICKS, RANGE, START, _payload, _placed
from ui.page import ROOT
from ui.prose import section, words
from ui.shipped import shipped
from ui.widgets.elbo_gap import GapState, committed
from vae_core.amortisation import amortisation
from vae_core.networks import Autoencoder
from vae_core.posterior import Gaussian, Grid, exact_posterior, gap_on_grid

SCRIPT = "from ui.elbo import elbo_figure\nelbo_figure()"


def test_the_figure_opens_on_the_ordinary_image_with_nothing_in_the_link():
    app = opened(SCRIPT)
    state = app.session_state["elbo_state"]
    c = shipped(MODEL).config.c
    assert state == {"image": PICKS[0], "pad": False, "q": [*START], "c": c, "full": True}
    assert dict(app.query_params) == {}


def test_a_link_is_read_and_written_back_as_it_was():
    link = {"elbo_image": "21", "elbo_q": "0.1,-0.2,0.3,0.15,1.2", "elbo_c": "0.3"}
    app = opened(SCRIPT, **link, elbo_full="0")
    assert app.session_state["elbo_state"] == {
        "image": 21, "pad": False, "q": [0.1, -0.2, 0.3, 0.15, 1.2], "c": 0.3, "full": False,
    }  # fmt: skip
    assert dict(app.query_params) == link | {"elbo_full": "0"}


def test_another_image_without_a_q_is_met_by_its_encoders():
    assert opened(SCRIPT, elbo_image="21").session_state["elbo_state"]["q"] is None
    state = opened(SCRIPT, elbo_image="pad").session_state["elbo_state"]
    assert (state["pad"], state["q"], state["image"]) == (True, None, PICKS[0])


@pytest.mark.parametrize(
    "link",
    [
        {"elbo_image": "297"},
        {"elbo_image": "-1"},
        {"elbo_image": "1.5"},
        {"elbo_q": "1,2,3"},
        {"elbo_q": "nan,0,0.2,0.2,0"},
        {"elbo_q": "9,0,0.2,0.2,0"},
        {"elbo_q": "0,0,0.2,5,0"},
        {"elbo_q": "0,0,0.001,0.2,0"},
        {"elbo_q": "0,0,0.2,0.2,4"},
        {"elbo_c": "0"},
        {"elbo_c": "inf"},
        {"elbo_c": "-0.1"},
        {"elbo_c": "2"},
        {"elbo_full": "no"},
        {"elbo_image": "<b>"},
    ],
)
def test_nonsense_in_a_link_counts_as_not_there(link):
    app = opened(SCRIPT, **link)
    assert app.session_state["elbo_state"] == opened(SCRIPT).session_state["elbo_state"]


@pytest.mark.parametrize(
    "sent",
    [None, 3, {"q": [1, 2]}, {"q": "12345"}, {"image": -1}, {"c": "0.1"}, {"full": 1}, {"pad": []}],
)
def test_what_a_browser_sends_is_checked(monkeypatch, sent):
    monkeypatch.setattr("streamlit.session_state", {"figure": {"state": sent}})
    assert committed("figure") == GapState()


def test_what_is_sent_is_the_model_its_images_and_every_word():
    payload = _payload(PICKS[0], False, START, 0.1, True)
    assert _payload(PICKS[0], False, START, 0.1, True) is payload
    header = header_of(payload)
    assert header["likelihood"] == "gaussian"
    assert header["range"][0] <= header["c"] <= header["range"][1]
    assert header["range"] == [*RANGE]
    count = len(shipped(MODEL).data.x_val)
    assert all(0 <= row < count for row in header["picks"])
    assert len(payload) < 200_000


def test_the_first_q_can_be_placed():
    assert _placed(START)
    assert not _placed((*START[:2], 0.0, 0.1, 0.0))
    assert not _placed((*START[:4], np.inf))


def test_the_words_about_the_first_images_are_measured():
    model = shipped(MODEL)
    rows = torch.from_numpy(model.data.x_val[list(PICKS)].copy())
    found = amortisation(model.config, model.weights, rows)
    gaps = {
        name: found.log_evidence - getattr(found, name) for name in ("encoder", "diagonal", "full")
    }
    ordinary, missed, leaning, humps = range(4)
    encoders = json.loads((ROOT / "content" / "posterior.json").read_text())["validation"]["gaps"]
    assert gaps["encoder"][ordinary].item() == pytest.approx(
        np.median(encoders["encoder"]), abs=0.05
    )
    assert gaps["full"][ordinary].item() < 0.1  # one hump
    tried = section("elbo", "try_elbo")
    assert "(7.6 and 0.02 nats" in tried
    assert gaps["encoder"][missed].item() == pytest.approx(7.6, abs=0.05)
    assert gaps["full"][missed].item() == pytest.approx(0.02, abs=0.005)
    assert "(0.25 nats against 0.02.)" in tried
    assert gaps["diagonal"][leaning].item() == pytest.approx(0.25, abs=0.01)
    assert gaps["full"][leaning].item() == pytest.approx(0.02, abs=0.005)
    assert gaps["full"][humps].item() > 0.3  # one hump is all that a Gaussian can have


def test_the_ordinary_image_decodes_to_what_it_is_and_meets_a_q_far_from_it():
    model, row = shipped(MODEL), PICKS[0]
    data, network = model.data, Autoencoder(model.config, 64).load(model.weights).double()
    x = torch.from_numpy(data.x_val[row : row + 1].copy()).double()
    posterior = exact_posterior(Grid(network, 161), x, model.config)
    with torch.no_grad():
        away = np.square(data.x_train - network.decode(posterior.mean).numpy()).sum(1)
    alike = data.y_train[away.argsort()[:15]]
    assert set(alike) == {data.y_val[row]}
    mean, (a, b), turn = START[:2], START[2:4], START[4]
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    factor = np.linalg.cholesky(axes @ np.diag([a * a, b * b]) @ axes.T)
    q = Gaussian(torch.tensor([mean], dtype=torch.float64), torch.from_numpy(factor)[None])
    assert 5 < gap_on_grid(q, posterior).item() < 7


def test_every_word_the_figure_asks_for_is_in_the_content():
    folder = ROOT / "ui" / "widgets" / "elbo_gap"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source))
    known = set(words("elbo", "elbo_words"))
    assert asked <= known
    named = {word for word in known - asked if not re.search(rf"\b{word}\b", source)}
    assert named == {f"pick_{k}" for k in range(len(PICKS))}

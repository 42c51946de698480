"""Two estimators: what is sent, the link, and that what is said of them is true."""

import re

import numpy as np
import pytest
import streamlit as st
import torch
from scipy.optimize import brentq
from torch.func import functional_call, grad, vmap

from ui import estimators
from ui.estimators import FUNCTIONS, MODEL, OPENING, ROW, Estimators
from ui.page import ROOT, source_of
from ui.prose import section, words
from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import terms
from vae_core.training import initialise

FOLDER = ROOT / "ui" / "widgets" / "estimators"
EPS, STEP = np.linspace(-9, 9, 4001, retstep=True)
WEIGHT = np.exp(-(EPS**2) / 2) / np.sqrt(2 * np.pi) * STEP


def test_every_word_the_figure_asks_for_is_in_the_content():
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    asked = set(re.findall(r"words\.(\w+)", source)) | set(FUNCTIONS) | {"mu", "std"}
    assert "words[value]" in source
    assert len(asked) > 20
    assert asked == set(words("estimators", "estimators_words"))


def test_both_estimators_are_shown_as_they_ran():
    file = "ui/widgets/estimators/gradients.js"
    assert source_of(file, "scoreFunction").endswith("* score;\n}")
    assert source_of(file, "pathwise").startswith("/** Path-wise")
    assert source_of(file, "pathwise").endswith("* moved;\n}")


@pytest.mark.parametrize("asked", [
    {"slope_r": "sine"}, {"slope_q": "3,0.3"}, {"slope_q": "0,0"}, {"slope_q": "0,nan"},
    {"slope_q": "a,b"}, {"slope_q": "1"}, {"slope_w": "0"}, {"slope_w": "inf"},
    {"slope_in": "z"}, {"slope_b": "yes"},
])  # fmt: skip
def test_nonsense_in_the_link_is_the_opening(monkeypatch, asked):
    monkeypatch.setattr(st, "query_params", asked)
    assert estimators._linked() == OPENING


def test_the_link_says_what_it_reads(monkeypatch):
    asked: dict[str, str] = {}
    monkeypatch.setattr(st, "query_params", asked)
    estimators._write_link(OPENING)
    assert asked == {}
    state = Estimators("cosine", -1.25, 0.07, 7.5, "std", True)
    estimators._write_link(state)
    assert estimators._linked() == state


@pytest.mark.parametrize("sent", [
    None, [], {}, {"r": 3, "q": [0, "1"], "omega": True, "of": "x", "baseline": 1},
    {"r": "sine"}, {"q": [9, 0.3]}, {"q": [0, 5]}, {"omega": 80},
])  # fmt: skip
def test_nonsense_from_a_browser_changes_nothing(monkeypatch, sent):
    state = Estimators("parabola", 0.1, 0.2, 3.0, "std", True)
    session = {"estimators": {"state": sent}, "estimators_state": state}
    monkeypatch.setattr(st, "session_state", session)
    estimators._remember()
    assert session["estimators_state"] == state


def test_a_commit_is_kept(monkeypatch):
    sent = {"r": "cosine", "q": [1, 0.5], "omega": 2, "of": "std", "baseline": True}
    session = {"estimators": {"state": sent}, "estimators_state": OPENING}
    monkeypatch.setattr(st, "session_state", session)
    estimators._remember()
    assert session["estimators_state"] == Estimators("cosine", 1, 0.5, 2, "std", True)


def test_a_rerun_packs_nothing_anew_and_only_a_decoder_is_sent():
    assert estimators._payload(OPENING) is estimators._payload(OPENING)
    assert len(estimators._payload(OPENING)) < 50_000
    assert shipped(MODEL).data.y_train[ROW] == 4


def excess(turn, at, of):
    """Second moment of the score function's value less the path-wise one's, r = cos ωz, σ = 1."""
    z = at / turn + EPS
    score, moved = (EPS, 1) if of == "mu" else (EPS**2 - 1, EPS)
    return WEIGHT @ ((np.cos(turn * z) * score) ** 2 - (turn * np.sin(turn * z) * moved) ** 2)


def test_the_crossing_is_where_try_this_says():
    text = section("estimators", "try_estimators")
    assert "between 0.85 and 1.11" in text
    assert "for the slope in σ between 1.28 and 1.52" in text
    places = np.linspace(0, np.pi, 25)
    crossings = [brentq(excess, 0.3, 2, args=(at, "mu")) for at in places]
    assert [min(crossings), max(crossings)] == pytest.approx([0.85, 1.11], abs=0.005)
    crossings = [brentq(excess, 0.8, 2, args=(at, "std")) for at in places]
    assert [min(crossings), max(crossings)] == pytest.approx([1.28, 1.52], abs=0.005)


def test_the_parabolas_path_wise_variance_is_four_times_sigma_squared():
    assert "it is 4σ²" in section("estimators", "try_estimators")
    for mean, std in ((0.3, 0.5), (-2, 0.1)):
        slopes = 2 * (mean + std * EPS - 1)
        assert WEIGHT @ slopes**2 - (WEIGHT @ slopes) ** 2 == pytest.approx(4 * std**2)


def test_the_decoders_constant_is_what_try_this_says():
    assert "(d/2) log 2πc = −14.9 nats" in section("estimators", "try_estimators")
    config, pixels = shipped(MODEL).config, shipped(MODEL).data.x_train.shape[1]
    assert pixels / 2 * np.log(2 * np.pi * config.c) == pytest.approx(-14.9, abs=0.05)


def noise(network: Autoencoder, images: int, draws: int) -> tuple[float, float]:
    """Variance of one image's gradient, summed over weights: its draw's share, the image's."""
    config, x = shipped(MODEL).config, torch.tensor(shipped(MODEL).data.x_train[:images])
    weights = {name: weight.detach() for name, weight in network.named_parameters()}

    class Loss(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
            mu, logvar = network.encode(x[None])
            assert logvar is not None
            output = network.decode(mu + torch.exp(0.5 * logvar) * eps)
            recon, kl = terms(output, x[None], mu, logvar, config)
            return recon + config.beta * kl

    loss, generator = Loss(), torch.Generator().manual_seed(0)

    def one(weights: dict[str, torch.Tensor], x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
        named = {f"network.{name}": weight for name, weight in weights.items()}
        return functional_call(loss, named, (x, eps))

    gradients = []
    for _ in range(draws):
        eps = torch.randn(images, config.latent_dim, generator=generator)
        found = vmap(grad(one), in_dims=(None, 0, 0))(weights, x, eps)
        gradients.append(torch.cat([each.flatten(1) for each in found.values()], 1))
    stacked = torch.stack(gradients)  # (draws, images, weights)
    within = float(stacked.var(0).sum(-1).mean())
    means = stacked.mean(0)
    return within, float(means.var(0).sum()) - within / draws


def test_eight_draws_halve_what_eight_times_the_images_divide_by_eight():
    text = section("estimators", "batch")
    assert "halve the variance of a batch’s gradient (−49\u00a0%)" in text
    assert "more images still win, only by less" in text
    assert "the draw is most of the noise (94\u00a0%)" in text
    model = shipped(MODEL)
    trained = Autoencoder(model.config, 64).load(model.weights)
    draw, image = noise(trained, 500, 3)
    assert 7 / 8 * draw / (draw + image) == pytest.approx(0.49, abs=0.05)
    fresh = Autoencoder(model.config, 64)
    initialise(fresh, model.config, torch.tensor(model.data.x_train.mean(0)))
    draw, image = noise(fresh, 500, 3)
    assert draw / (draw + image) == pytest.approx(0.94, abs=0.03)
    assert 1 / 8 < (draw / 8 + image) / (draw + image) < 0.25

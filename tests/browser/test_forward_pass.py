"""The browser's forward pass against torch, on every shipped model, in the page that ships it."""

import json

import numpy as np
import pytest
import torch

from tests.browser.conftest import CHAPTER, maps
from ui.shipped import manifest, shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean
from vae_core.training import encode

IN_PAGE = """(canvas, [images, codes]) => ({
  encoded: images.map(x => { const {mu, std} = canvas.btp.encode(x);
                             return [[...mu], std ? [...std] : mu.map(() => 0)]; }),
  decoded: codes.map(z => [...canvas.btp.decode(z)]),
})"""


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Within 1e-5 × max(1, |value|), the contract between torch and its copy."""
    assert np.all(np.abs(ours - theirs) <= 1e-5 * np.maximum(1, np.abs(theirs)))


SEEDS = "-seed"  # of one model, on the page of chapter 4: test_seeds.py


@pytest.mark.parametrize("name", [name for name in sorted(manifest()) if SEEDS not in name])
def test_mu_sigma_and_x_hat_are_torchs(open_page, name):
    model = shipped(name)
    config = model.config
    page = open_page(
        f"{CHAPTER}?dataset={config.dataset}&model={config.model}&beta={config.beta:g}"
    )
    images = np.concatenate([model.data.x_val[:12], np.zeros_like(model.data.x_val[:1])])
    spread = model.mu.std(0) + 1
    codes = np.random.default_rng(0).normal(size=(12, 2)) * 2 * spread + model.mu.mean(0)
    codes = codes.astype(np.float32)
    answer = maps(page).first.evaluate(
        IN_PAGE, [json.loads(json.dumps(images.tolist())), codes.tolist()]
    )
    mu, std = encode(config, model.weights, images)
    with torch.no_grad():
        output = (
            Autoencoder(config, images.shape[1]).load(model.weights).decode(torch.from_numpy(codes))
        )
        x_hat = likelihood_mean(output, config).numpy()
    close(np.array([pair[0] for pair in answer["encoded"]]), mu)
    close(np.array([pair[1] for pair in answer["encoded"]]), std)
    close(np.array(answer["decoded"]), x_hat)


@pytest.mark.parametrize("name", sorted(manifest()))
def test_the_codes_shipped_beside_a_model_are_its_encoders(name):
    model = shipped(name)
    mu, std = encode(model.config, model.weights, model.data.x_train.copy())
    close(model.mu, mu)
    close(model.std, std)

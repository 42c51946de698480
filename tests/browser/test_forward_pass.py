"""The browser's forward pass against torch: every shipped model, read as a page is sent it."""

import base64

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page

from tests.browser.conftest import CHAPTER, maps
from ui.payloads import halves, network_header
from ui.shipped import Shipped, manifest, shipped
from ui.widgets import pack
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean
from vae_core.training import encode

ANSWER = """([images, codes]) => ({
  encoded: images.map(x => { const {mu, std} = network.encode(x);
                             return [[...mu], std ? [...std] : mu.map(() => 0)]; }),
  decoded: codes.map(z => [...network.decode(z)]),
})"""


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Within 1e-5 × max(1, |value|), the contract between torch and its copy."""
    assert np.all(np.abs(ours - theirs) <= 1e-5 * np.maximum(1, np.abs(theirs)))


def compare(model: Shipped, where: Page | Locator, script: str) -> None:
    """Ask the browser about twelve images kept aside, a blank one and twelve codes."""
    images = np.concatenate([model.data.x_val[:12], np.zeros_like(model.data.x_val[:1])])
    spread = model.mu.std(0) + 1
    normal = np.random.default_rng(0).normal(size=(12, model.config.latent_dim))
    codes = normal * 2 * spread + model.mu.mean(0)
    codes = codes.astype(np.float32)
    answer = where.evaluate(script, [images.tolist(), codes.tolist()])
    mu, std = encode(model.config, model.weights, images)
    with torch.no_grad():
        network = Autoencoder(model.config, images.shape[1]).load(model.weights)
        output = network.decode(torch.from_numpy(codes))
        x_hat = likelihood_mean(output, model.config).numpy()
    close(np.array([pair[0] for pair in answer["encoded"]]), mu)
    close(np.array([pair[1] for pair in answer["encoded"]]), std)
    close(np.array(answer["decoded"]), x_hat)


@pytest.mark.parametrize("name", sorted(manifest()))
def test_mu_sigma_and_x_hat_are_torchs(bare, name):
    model = shipped(name)
    tensors = {f"model/{part}": array for part, array in halves(model.weights).items()}
    content = base64.b64encode(pack(tensors, network_header(model.config))).decode()
    bare.evaluate(
        """content => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const { header, tensors } = readPayload(bytes);
          window.network = new Network(tensors, "model/", header);
        }""",
        content,
    )
    compare(model, bare, ANSWER)


@pytest.mark.parametrize("name", ["digits-vae-beta1", "shapes-ae"])
def test_in_the_page_that_ships_a_model_they_are_too(open_page, name):
    config = shipped(name).config
    page = open_page(
        f"{CHAPTER}?dataset={config.dataset}&model={config.model}&beta={config.beta:g}"
    )
    script = f"(canvas, asked) => {{ const network = canvas.btp; return ({ANSWER})(asked); }}"
    compare(shipped(name), maps(page).first, script)


@pytest.mark.parametrize("name", sorted(manifest()))
def test_the_codes_shipped_beside_a_model_are_its_encoders(name):
    model = shipped(name)
    mu, std = encode(model.config, model.weights, model.data.x_train.copy())
    close(model.mu, mu)
    close(model.std, std)

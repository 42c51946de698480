"""Convolutions in the browser against torch, and what a shape that does not fit is answered."""

import base64
import math

import numpy as np
import pytest
import torch
from playwright.sync_api import Error

from tests.browser.test_forward_pass import close
from ui.payloads import network_header
from ui.widgets import pack
from vae_core import RunConfig
from vae_core.networks import Autoencoder, weights_of
from vae_core.objectives import likelihood_mean

READ = """content => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const { header, tensors } = readPayload(bytes);
  window.network = new Network(tensors, "model/", header);
}"""
ANSWER = """([images, codes]) => {
  const { pixels } = network, many = Float32Array.from(codes.flat());
  return {
    encoded: images.map((x) => Object.values(network.encode(x)).map((part) => [...part])),
    decoded: codes.map((z) => [...network.decode(z)]),
    together: [...network.decodeMany(many, codes.length).subarray(0, codes.length * pixels)],
  };
}"""
NETWORKS = [  # shape of an image and what else is not the default
    ((28, 28), {}),
    ((28, 28), {"hidden": (64, 64), "likelihood": "gaussian", "activation": "tanh"}),
    ((8, 8), {"latent_dim": 5, "hidden": (3, 5, 7)}),
    ((12, 20), {"model": "ae", "hidden": (6,)}),  # sides that differ
    ((2, 4), {"hidden": (1,)}),
]


def made(shape, **settings) -> tuple[RunConfig, Autoencoder]:
    """A network whose every weight has a say."""
    config = RunConfig(dataset="digits", architecture="conv", **settings)
    random = torch.Generator().manual_seed(0)
    network = Autoencoder(config, shape).initialise(random)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=random)
    return config, network


def payload(config: RunConfig, network: Autoencoder, shape, **changes) -> str:
    tensors = {f"model/{name}": array for name, array in weights_of(network).items()}
    header = {**network_header(config), "shape": shape, **changes}
    return base64.b64encode(pack(tensors, header)).decode()


def test_mu_sigma_and_x_hat_of_convolutions_are_torchs(bare):
    random = np.random.default_rng(0)
    for shape, settings in NETWORKS:
        config, network = made(shape, **settings)
        bare.evaluate(READ, payload(config, network, shape))
        images = random.random((4, math.prod(shape)), np.float32)
        codes = 2 * random.normal(size=(5, config.latent_dim)).astype(np.float32)
        answer = bare.evaluate(ANSWER, [images.tolist(), codes.tolist()])
        with torch.no_grad():
            mu, logvar = network.encode(torch.from_numpy(images))
            std = torch.zeros_like(mu) if logvar is None else torch.exp(logvar / 2)
            x_hat = likelihood_mean(network.decode(torch.from_numpy(codes)), config).numpy()
        assert x_hat.std() > 0.01
        close(np.array([pair[0] for pair in answer["encoded"]]), mu.numpy())
        close(np.array([pair[1] for pair in answer["encoded"]]), std.numpy())
        close(np.array(answer["decoded"]), x_hat)
        close(np.array(answer["together"]).reshape(x_hat.shape), x_hat)


@pytest.mark.parametrize("shape", [[6, 8], [16], None, [16, 16]])
def test_images_that_do_not_fit_the_weights_are_told_in_a_sentence(bare, shape):
    config, network = made((8, 8))
    with pytest.raises(Error, match=r"Convolutions cannot halve|where .* was expected"):
        bare.evaluate(READ, payload(config, network, shape))

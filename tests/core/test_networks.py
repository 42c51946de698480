"""Layers, initial weights, the forward pass and where the randomness comes from."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.core import oracles
from vae_core import RunConfig
from vae_core.networks import LOGVAR_LIMIT, Autoencoder, weights_of
from vae_core.training import encode, initial_snapshot, train

MODELS = ("linear", "ae", "vae")


def fresh(config: RunConfig, d: int, seed: int = 0) -> Autoencoder:
    return Autoencoder(config, d).initialise(torch.Generator().manual_seed(seed))


def expected_shapes(model: str, d: int, hidden: tuple[int, ...], k: int) -> dict[str, tuple]:
    """Names and shapes from the contract: torch's layout (out, in), the decoder mirrored."""
    layers = {}
    widths = [d, *hidden]
    for i in range(len(hidden)):
        layers[f"encoder.{i}"] = (widths[i + 1], widths[i])
    layers["mu"] = (k, widths[-1])
    if model == "vae":
        layers["logvar"] = (k, widths[-1])
    back = [k, *hidden[::-1], d]
    for i in range(len(back) - 1):
        layers[f"decoder.{i}"] = (back[i + 1], back[i])
    weights = {f"{name}.weight": shape for name, shape in layers.items()}
    return weights | {f"{name}.bias": shape[:1] for name, shape in layers.items()}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("hidden, k", [((128, 64, 32), 2), ((5,), 1), ((7, 7, 7, 7, 7, 7), 32)])
def test_weights_have_the_names_and_shapes_of_the_contract(
    model: str, hidden: tuple[int, ...], k: int
) -> None:
    config = oracles.small_config(model=model, hidden=hidden, latent_dim=k)
    found = {name: array.shape for name, array in weights_of(fresh(config, 64)).items()}
    assert found == expected_shapes(model, 64, config.hidden, k)


@pytest.mark.parametrize("model", MODELS)
def test_encode_and_decode_have_one_row_per_image(model: str) -> None:
    network = fresh(oracles.small_config(model=model, latent_dim=3), 16)
    mu, logvar = network.encode(torch.rand(5, 16, generator=torch.Generator()))
    assert mu.shape == (5, 3)
    assert (logvar is not None) == (model == "vae")
    assert logvar is None or logvar.shape == (5, 3)
    assert network.decode(mu).shape == (5, 16)


@pytest.mark.parametrize("activation", ["relu", "elu", "tanh"])
@pytest.mark.parametrize("model", ["ae", "vae"])
def test_forward_pass_is_that_of_plain_numpy(model: str, activation: str) -> None:
    config = oracles.small_config(model=model, activation=activation, hidden=(9, 7))
    network = fresh(config, 16)
    with torch.no_grad():
        for parameter in network.parameters():  # biases start at zero: give them a say
            parameter += 0.1 * torch.randn(parameter.shape, generator=torch.Generator())
        x = 3 * torch.randn(20, 16, generator=torch.Generator().manual_seed(1))
        mu, logvar = network.encode(x)
        output = network.decode(mu)
    expected_mu, expected_logvar = oracles.forward(config, weights_of(network), x.numpy())
    np.testing.assert_allclose(mu.numpy(), expected_mu, rtol=1e-4, atol=1e-5)
    if logvar is not None:
        np.testing.assert_allclose(logvar.numpy(), expected_logvar, rtol=1e-4, atol=1e-5)
    expected = oracles.decoded(config, weights_of(network), mu.numpy())
    np.testing.assert_allclose(output.numpy(), expected, rtol=1e-4, atol=1e-5)


# --- log σ²


def test_logvar_stays_within_ten_and_reaches_it() -> None:
    network = fresh(oracles.small_config(), 16)
    x = 1e6 * torch.randn(200, 16, generator=torch.Generator())
    _, logvar = network.encode(x)
    assert logvar is not None
    assert LOGVAR_LIMIT == 10
    assert logvar.min().item() == -10
    assert logvar.max().item() == 10


def test_logvar_inside_the_bounds_is_left_alone() -> None:
    config = oracles.small_config()
    network = fresh(config, 16)
    assert network.logvar is not None
    with torch.no_grad():
        network.logvar.weight.zero_()
        network.logvar.bias.copy_(torch.tensor([9.5, -9.5]))
    _, logvar = network.encode(torch.rand(3, 16, generator=torch.Generator()))
    assert logvar is not None
    assert logvar.tolist() == [[9.5, -9.5]] * 3


# --- the noise


def test_reparameterize_adds_std_times_the_generators_noise() -> None:
    mu, logvar = torch.tensor([[1.0, -2.0]]), torch.tensor([[math.log(4), math.log(0.25)]])
    z = Autoencoder.reparameterize(mu, logvar, torch.Generator().manual_seed(3))
    eps = torch.randn(1, 2, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(z, mu + torch.tensor([[2.0, 0.5]]) * eps)


def test_reparameterized_codes_have_the_posteriors_mean_and_standard_deviation() -> None:
    mu = torch.tensor([3.0, -1.0]).expand(200_000, 2)
    logvar = torch.tensor([math.log(9.0), math.log(0.04)]).expand(200_000, 2)
    z = Autoencoder.reparameterize(mu, logvar, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(z.mean(0), [3, -1], atol=0.03)
    np.testing.assert_allclose(z.std(0), [3, 0.2], rtol=0.01)


def test_an_autoencoders_code_is_its_point() -> None:
    mu, generator = torch.rand(4, 2, generator=torch.Generator()), torch.Generator()
    before = generator.get_state()
    assert Autoencoder.reparameterize(mu, None, generator) is mu
    assert torch.equal(generator.get_state(), before)


# --- initial weights


def test_hidden_layers_start_with_he_and_outputs_with_one_over_the_root_of_their_inputs() -> None:
    config = oracles.small_config(hidden=(400, 300))
    weights = weights_of(fresh(config, 200))
    for name, array in weights.items():
        if name.endswith("bias"):
            assert not array.any(), name
            continue
        hidden = name in ("encoder.0.weight", "encoder.1.weight", "decoder.0.weight",
                          "decoder.1.weight")  # fmt: skip
        bound = math.sqrt((6 if hidden else 1) / array.shape[1])
        assert np.abs(array).max() <= bound, name
        assert np.abs(array).max() > 0.98 * bound, name
        if hidden and array.size > 10_000:  # He: a variance of two over the inputs
            assert array.std() == pytest.approx(math.sqrt(2 / array.shape[1]), rel=0.02), name


def test_a_linear_decoder_starts_as_small_as_its_encoder() -> None:
    weights = weights_of(fresh(oracles.small_config(model="linear"), 784))
    bound = 1 / math.sqrt(784)
    for name in ("mu.weight", "decoder.0.weight"):
        assert 0.98 * bound < np.abs(weights[name]).max() <= bound


# --- twins


@pytest.mark.parametrize("seed", [0, 7])
def test_twins_share_every_weight_they_have_in_common(seed: int) -> None:
    data = oracles.toy_dataset()
    ae, vae = (
        initial_snapshot(oracles.small_config(model=model, seed=seed), data).weights
        for model in ("ae", "vae")
    )
    assert set(vae) - set(ae) == {"logvar.weight", "logvar.bias"}
    assert set(ae) < set(vae)
    for name, array in ae.items():
        np.testing.assert_array_equal(array, vae[name], err_msg=name)


def test_another_seed_starts_from_other_weights() -> None:
    data = oracles.toy_dataset()
    first, second = (
        initial_snapshot(oracles.small_config(seed=seed), data).weights for seed in (0, 1)
    )
    assert all(not np.array_equal(first[n], second[n]) for n in first if n.endswith("weight"))


def batches_of(config: RunConfig, monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Every batch of images that training encodes, in order."""
    seen: list[Tensor] = []
    original = Autoencoder.encode

    def spy(self: Autoencoder, x: Tensor) -> tuple[Tensor, Tensor | None]:
        if torch.is_grad_enabled():  # validation encodes without
            seen.append(x.clone())
        return original(self, x)

    with monkeypatch.context() as patch:
        patch.setattr(Autoencoder, "encode", spy)
        list(train(config, oracles.toy_dataset()))
    return seen


def test_twins_see_the_same_batches_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    ae = batches_of(oracles.small_config(model="ae", epochs=2), monkeypatch)
    vae = batches_of(oracles.small_config(model="vae", epochs=2, beta=3.0), monkeypatch)
    assert [len(x) for x in vae] == [16, 16, 16, 2] * 2
    assert len(ae) == len(vae)
    assert all(torch.equal(a, b) for a, b in zip(ae, vae, strict=True))
    other = batches_of(oracles.small_config(model="vae", epochs=2, seed=1), monkeypatch)
    assert not torch.equal(other[0], vae[0])


def test_every_epoch_shows_every_image_once_in_a_new_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = batches_of(oracles.small_config(epochs=2), monkeypatch)
    first, second = torch.cat(seen[:4]), torch.cat(seen[4:])
    assert not torch.equal(first, second)
    expected = sorted(map(tuple, oracles.toy_dataset().x_train.tolist()))
    assert sorted(map(tuple, first.tolist())) == expected
    assert sorted(map(tuple, second.tolist())) == expected


# --- whose randomness


@pytest.mark.parametrize("model", MODELS)
def test_training_neither_reads_nor_moves_the_global_generators(model: str) -> None:
    config, data = oracles.small_config(model=model), oracles.toy_dataset()

    def run(global_seed: int) -> dict[str, np.ndarray]:
        torch.manual_seed(global_seed)
        state, legacy = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        initial_snapshot(config, data)
        *_, last = train(config, data)
        assert last.mu.shape == (50, 2)
        assert torch.equal(torch.get_rng_state(), state)
        np.testing.assert_array_equal(np.random.get_state()[1], legacy)  # noqa: NPY002
        return last.weights

    first, second = run(1), run(2)
    assert all(np.array_equal(first[name], second[name]) for name in first)


# --- weights in and out


def test_weights_are_copies_that_training_on_cannot_change() -> None:
    network = fresh(oracles.small_config(), 16)
    weights = weights_of(network)
    before = weights["mu.weight"].copy()
    with torch.no_grad():
        network.mu.weight.add_(1)
    np.testing.assert_array_equal(weights["mu.weight"], before)
    network.load(weights)
    np.testing.assert_array_equal(weights_of(network)["mu.weight"], before)
    with torch.no_grad():
        network.mu.weight.add_(1)
    np.testing.assert_array_equal(weights["mu.weight"], before)


def test_weights_of_another_network_are_refused() -> None:
    network = fresh(oracles.small_config(), 16)
    for other in (oracles.small_config(model="ae"), oracles.small_config(hidden=(5, 4))):
        with pytest.raises(RuntimeError):
            network.load(weights_of(fresh(other, 16)))


def test_codes_of_many_images_are_those_of_each_alone() -> None:
    config = oracles.small_config()
    weights = weights_of(fresh(config, 16))
    x = np.random.default_rng(0).random((9000, 16), np.float32)  # more than one part of 4096
    mu, std = encode(config, weights, x)
    expected_mu, expected_logvar = oracles.forward(config, weights, x)
    assert expected_logvar is not None
    np.testing.assert_allclose(mu, expected_mu, atol=1e-5)
    np.testing.assert_allclose(std, np.exp(expected_logvar / 2), atol=1e-5)
    assert mu.dtype == std.dtype == np.float32

"""The gradient's path through the draw, whole or cut: what reaches the encoder and what it does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.core import oracles
from vae_core import Dataset, RunConfig, training
from vae_core.networks import Autoencoder
from vae_core.objectives import Terms, terms
from vae_core.training import initial_snapshot, seen_by_the_draw, train

DATA = oracles.toy_dataset()
ENCODER = ("encoder.", "mu.", "logvar.")


def slopes(gradient: str, which: str) -> dict[str, Tensor | None]:
    """The gradient of recon or kl in mu and logvar, taken with the draw as `gradient` has it."""
    config = oracles.small_config(likelihood="gaussian")
    network = Autoencoder(config, 16).initialise(torch.Generator().manual_seed(1))
    x = torch.from_numpy(DATA.x_train)
    mu, logvar = (part.detach().requires_grad_() for part in network.encode(x) if part is not None)
    z = network.reparameterize(
        *seen_by_the_draw(mu, logvar, gradient), torch.Generator().manual_seed(2)
    )
    loss: Terms = terms(network.decode(z), x, mu, logvar, config)
    found = torch.autograd.grad(getattr(loss, which), (mu, logvar), allow_unused=True)
    return dict(zip(("mu", "logvar"), found, strict=True))


def test_the_cut_at_std_lets_nothing_of_recon_reach_std_and_all_of_it_reach_mu() -> None:
    whole, cut = slopes("pathwise", "recon"), slopes("cut-std", "recon")
    assert cut["logvar"] is None
    assert whole["logvar"] is not None and whole["logvar"].abs().max() > 0.01
    assert whole["mu"] is not None and cut["mu"] is not None
    assert torch.equal(cut["mu"], whole["mu"])


def test_the_cut_at_z_lets_nothing_of_recon_reach_the_encoder() -> None:
    config = oracles.small_config()
    network = Autoencoder(config, 16).initialise(torch.Generator().manual_seed(1))
    x = torch.from_numpy(DATA.x_train)
    mu, logvar = network.encode(x)
    z = network.reparameterize(*seen_by_the_draw(mu, logvar, "cut-z"), torch.Generator())
    terms(network.decode(z), x, mu, logvar, config).recon.backward()  # type: ignore[no-untyped-call]
    reached = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert reached == {f"decoder.{k}.{part}" for k in range(3) for part in ("weight", "bias")}


@pytest.mark.parametrize("gradient", ["cut-std", "cut-z"])
def test_no_cut_stops_the_kl_nor_changes_a_value(gradient: str) -> None:
    whole, cut = slopes("pathwise", "kl"), slopes(gradient, "kl")
    for name, slope in whole.items():
        assert slope is not None and slope.abs().max() > 1e-3
        assert torch.equal(slope, cut[name])  # type: ignore[arg-type]
    mu, logvar = torch.randn(5, 2), torch.randn(5, 2)
    seen = seen_by_the_draw(mu, logvar, gradient)
    assert torch.equal(seen[0], mu)
    assert seen[1] is not None and torch.equal(seen[1], logvar)


def test_an_autoencoder_has_no_draw_to_cut() -> None:
    mu = torch.randn(5, 2, requires_grad=True)
    assert seen_by_the_draw(mu, None, "cut-z") == (mu, None)


def test_a_whole_path_is_the_training_there_was_before_bit_for_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = oracles.small_config()
    *_, whole = train(config, DATA)
    *_, late = train(oracles.small_config(gradient="cut-z", cut_after=config.epochs), DATA)
    monkeypatch.setattr(training, "seen_by_the_draw", lambda mu, logvar, gradient: (mu, logvar))
    *_, before = train(config, DATA)
    for name, array in before.weights.items():
        np.testing.assert_array_equal(whole.weights[name], array)
        np.testing.assert_array_equal(late.weights[name], array)


def moved(config: RunConfig) -> set[str]:
    """The weights that training changed."""
    first = initial_snapshot(config, DATA).weights
    *_, last = train(config, DATA)
    return {name for name in first if not np.array_equal(first[name], last.weights[name])}


def test_without_the_kl_a_cut_at_z_moves_the_decoder_only() -> None:
    names = moved(oracles.small_config(gradient="cut-z", beta=0.0))
    assert names and all(name.startswith("decoder.") for name in names)


def test_without_the_kl_a_cut_at_std_trains_all_but_stds_own_head_and_still_moves_std() -> None:
    config = oracles.small_config(gradient="cut-std", beta=0.0)
    every = set(initial_snapshot(config, DATA).weights)
    assert every - moved(config) == {"logvar.weight", "logvar.bias"}
    first = initial_snapshot(config, DATA).std
    *_, last = train(config, DATA)
    assert np.abs(last.std - first).max() > 1e-3


def test_under_a_cut_at_z_the_encoder_does_not_know_what_recon_is() -> None:
    """Another c changes recon, so the decoder; the encoder's steps come from the KL alone."""
    ends = {}
    for gradient in ("cut-std", "cut-z"):
        for c in (0.1, 0.5):
            config = oracles.small_config(gradient=gradient, likelihood="gaussian", c=c)
            *_, last = train(config, DATA)
            ends[gradient, c] = last.weights
    for name in (n for n in ends["cut-z", 0.1] if n.startswith(ENCODER)):
        np.testing.assert_array_equal(ends["cut-z", 0.1][name], ends["cut-z", 0.5][name])
    assert not np.array_equal(ends["cut-std", 0.1]["mu.weight"], ends["cut-std", 0.5]["mu.weight"])


def test_the_cut_falls_after_the_epochs_asked_for() -> None:
    whole = [s.weights for s in train(oracles.small_config(epochs=4), DATA)]
    cut = [
        s.weights
        for s in train(oracles.small_config(epochs=4, gradient="cut-z", cut_after=2), DATA)
    ]
    same = [np.array_equal(a["mu.weight"], b["mu.weight"]) for a, b in zip(whole, cut, strict=True)]
    assert same == [True, True, False, False]


@pytest.mark.parametrize("seed", [0, 1])
def test_cut_from_a_trained_network_the_kl_takes_std_to_1_and_kills_the_code_only_at_z(
    digits: Dataset, seed: int
) -> None:
    """What chapter 9 says of the cuts, with the settings of its figure and fewer epochs."""
    ends = {}
    for gradient in ("pathwise", "cut-std", "cut-z"):
        config = RunConfig(
            likelihood="gaussian", seed=seed, gradient=gradient, cut_after=12, epochs=24
        )
        *_, ends[gradient] = train(config, digits)
    median = {name: float(np.median(end.std)) for name, end in ends.items()}
    assert median["pathwise"] < 0.3
    assert abs(median["cut-std"] - 1) < 0.05
    assert abs(median["cut-z"] - 1) < 0.05
    kl = {name: end.val_kl or 0.0 for name, end in ends.items()}
    assert kl["cut-z"] < 0.1 < 1 < kl["cut-std"]
    assert ends["pathwise"].val_recon < ends["cut-std"].val_recon < ends["cut-z"].val_recon

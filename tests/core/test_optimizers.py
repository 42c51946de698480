"""Optimizers and the KL warm-up: what a step does, against the same steps taken by hand."""

import numpy as np
import pytest
import torch

from tests.core import oracles
from vae_core.networks import Autoencoder
from vae_core.objectives import terms
from vae_core.training import initial_snapshot, initialise, train, warmth

DATA = oracles.toy_dataset()


def test_the_weight_of_the_kl_term_rises_in_a_line_and_stays() -> None:
    assert [warmth(step, 4) for step in range(7)] == [0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert warmth(0, 0) == 1


def test_a_warm_up_longer_than_the_run_never_reaches_beta() -> None:
    """The first of many steps has no KL term at all: beta cannot matter to it."""
    ends = []
    for beta in (0.5, 5.0):
        config = oracles.small_config(
            beta=beta, warmup=2000, epochs=1, batch_size=len(DATA.x_train)
        )
        *_, last = train(config, DATA)
        ends.append(last)
    for name, array in ends[0].weights.items():
        np.testing.assert_array_equal(array, ends[1].weights[name])
    assert ends[0].loss == pytest.approx(ends[0].recon + 0.5 * (ends[0].kl or 0))


def test_after_the_warm_up_beta_counts_in_full() -> None:
    kept = oracles.small_config(beta=30.0, epochs=20)
    *_, cold = train(kept, DATA)
    *_, warm = train(oracles.small_config(beta=30.0, epochs=20, warmup=10), DATA)
    assert warm.kl is not None and cold.kl is not None
    first = next(iter(train(oracles.small_config(beta=30.0, epochs=20, warmup=10), DATA)))
    assert first.kl is not None and first.kl > warm.kl


@pytest.mark.parametrize("name", ["adam", "rmsprop", "sgd"])
def test_one_full_batch_step_is_the_rule_of_the_optimizer(name: str) -> None:
    """Each rule's first step, written out: m and v start at zero."""
    config = oracles.small_config(
        model="ae", optimizer=name, epochs=1, batch_size=len(DATA.x_train), schedule="constant",
        lr=1e-3,
    )  # fmt: skip
    x = torch.from_numpy(DATA.x_train)
    network = Autoencoder(config, x.shape[1])
    initialise(network, config, x.mean(0))
    mu, logvar = network.encode(x)
    terms(network.decode(mu), x, mu, logvar, config).recon.backward()  # type: ignore[no-untyped-call]
    start = initial_snapshot(config, DATA).weights
    *_, last = train(config, DATA)
    rules = {
        "sgd": lambda g: g,
        "rmsprop": lambda g: g / (torch.sqrt(0.01 * g**2) + 1e-8),
        "adam": lambda g: g / (g.abs() + 1e-8),
    }
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None
        expected = start[key] - config.lr * rules[name](parameter.grad).numpy()
        np.testing.assert_allclose(last.weights[key], expected, atol=2e-6)

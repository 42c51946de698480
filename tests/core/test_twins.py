"""The shipped digits models that stand side by side are twins: they differ in their loss alone."""

from __future__ import annotations

import dataclasses
from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor

from ui.shipped import shipped
from ui.twins import MODELS
from vae_core import Dataset, RunConfig, load_dataset
from vae_core.networks import Autoencoder
from vae_core.training import initial_snapshot, train

EPOCHS = 2  # of the shipped runs that are watched
CONFIGS = {name: shipped(file).config for name, file in MODELS.items()}
VAES = [name for name in CONFIGS if CONFIGS[name].model == "vae"]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits")


@dataclasses.dataclass
class Watched:
    """What the first epochs of a run took in: its batches and its noise."""

    batches: list[Tensor]
    noise: list[Tensor]


@pytest.fixture(scope="module")
def watched(digits: Dataset) -> dict[str, Watched]:
    return {name: watch(config, digits) for name, config in CONFIGS.items()}


def watch(config: RunConfig, data: Dataset) -> Watched:
    """The first epochs of a run; what is drawn for validation, without gradients, is left out."""
    seen = Watched([], [])
    encode, randn = Autoencoder.encode, torch.randn

    def spy_encode(self: Autoencoder, x: Tensor) -> tuple[Tensor, Tensor | None]:
        if torch.is_grad_enabled():
            seen.batches.append(x.clone())
        return encode(self, x)

    def spy_randn(*size: object, **options: object) -> Tensor:
        drawn = randn(*size, **options)
        if torch.is_grad_enabled():
            seen.noise.append(drawn.clone())
        return drawn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Autoencoder, "encode", spy_encode)
        patch.setattr(torch, "randn", spy_randn)
        for _ in islice(train(config, data), EPOCHS):
            pass
    return seen


def test_their_settings_differ_in_the_model_and_in_beta_alone() -> None:
    assert [config.model for config in CONFIGS.values()] == ["ae", "vae", "vae", "vae"]
    assert [CONFIGS[name].beta for name in VAES] == [0, 0.1, 1]
    same = {dataclasses.replace(config, model="vae", beta=1.0) for config in CONFIGS.values()}
    assert len(same) == 1


@pytest.mark.parametrize("name", VAES)
def test_they_start_from_the_same_weights_wherever_they_have_the_same(
    name: str, digits: Dataset
) -> None:
    ae, vae = (initial_snapshot(CONFIGS[each], digits).weights for each in ("ae", name))
    assert set(vae) - set(ae) == {"logvar.weight", "logvar.bias"}
    for weight, array in ae.items():
        np.testing.assert_array_equal(array, vae[weight], err_msg=weight)
    first = initial_snapshot(CONFIGS[VAES[0]], digits).weights
    np.testing.assert_array_equal(first["logvar.weight"], vae["logvar.weight"])


@pytest.mark.parametrize("name", VAES)
def test_they_see_the_same_batches_in_the_same_order(
    name: str, watched: dict[str, Watched], digits: Dataset
) -> None:
    ae, vae = watched["ae"].batches, watched[name].batches
    steps = EPOCHS * -(-len(digits.x_train) // (CONFIGS["ae"].batch_size or 1))
    assert len(ae) >= steps
    assert len(ae) == len(vae)
    assert all(torch.equal(a, b) for a, b in zip(ae, vae, strict=True))
    assert not torch.equal(ae[0], ae[steps // EPOCHS])  # every epoch has an order of its own


@pytest.mark.parametrize("name", VAES)
def test_the_vaes_draw_the_same_noise(name: str, watched: dict[str, Watched]) -> None:
    first, noise = watched[VAES[0]].noise, watched[name].noise
    assert len(noise) == len(watched[name].batches)
    assert all(torch.equal(a, b) for a, b in zip(first, noise, strict=True))
    assert not torch.equal(noise[0], noise[1])
    assert watched["ae"].noise == []


def test_another_seed_would_be_noticed(watched: dict[str, Watched], digits: Dataset) -> None:
    other = watch(dataclasses.replace(CONFIGS["beta1"], seed=1), digits)
    assert not torch.equal(other.batches[0], watched["beta1"].batches[0])
    assert not torch.equal(other.noise[0], watched["beta1"].noise[0])

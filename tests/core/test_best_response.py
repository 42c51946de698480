"""Best response: the closed form against gradient descent, the quadrature against brute force."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from scripts import three_images
from scripts.three_images import study, trained_clouds
from vae_core import RunConfig, load_dataset
from vae_core.best_response import _descend, best_loss, best_response

SHIPPED = json.loads((Path(__file__).parents[2] / "models" / "three-images.json").read_text())
DRAWS = 200_000

pytestmark = pytest.mark.usefixtures("one_thread")


def clouds(seed: int, spread: float, widths: tuple[float, float]) -> tuple[Tensor, Tensor]:
    random = np.random.default_rng(seed)
    mu = random.normal(size=(3, 2)) * spread
    std = np.exp(random.uniform(*np.log(widths), size=(3, 2)))
    return torch.from_numpy(mu), torch.from_numpy(std)


def images(name: str = "three-unlike") -> Tensor:
    return torch.from_numpy(load_dataset("digits").x_train[SHIPPED[name]["rows"]]).double()


def entropy(x: np.ndarray) -> np.ndarray:
    p = np.clip(x, 1e-12, 1 - 1e-12)
    return -(p * np.log(p) + (1 - p) * np.log1p(-p)).sum(-1)


def log_densities(z: np.ndarray, mu: np.ndarray, std: np.ndarray) -> np.ndarray:
    """log q_j(z), (draws, clouds), in full, from the definition."""
    away = (z[:, None] - mu) / std
    return -(0.5 * away**2 + np.log(std * math.sqrt(2 * math.pi))).sum(-1)


def sampled(mu: Tensor, std: Tensor, x: Tensor) -> dict[str, tuple[float, float]]:
    """recon above the floor, KL and overlap with their standard errors: 2e5 draws per cloud."""
    m, s, images = mu.numpy(), std.numpy(), x.numpy()
    random, values = np.random.default_rng(0), {"recon": [], "kl": [], "overlap": []}
    for i in range(3):
        z = m[i] + s[i] * random.normal(size=(DRAWS, 2))
        log_q = log_densities(z, m, s)
        share = np.exp(log_q - log_q.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        f = np.clip(share @ images, 1e-12, 1 - 1e-12)
        cost = -(np.log(f) @ images[i] + np.log1p(-f) @ (1 - images[i]))
        log_p = log_densities(z, np.zeros((1, 2)), np.ones((1, 2)))[:, 0]
        values["recon"].append(cost - entropy(images[i]))
        values["kl"].append(log_q[:, i] - log_p)
        values["overlap"].append(-np.log(np.maximum(share[:, i], 1e-300)) / math.log(3))
    return {
        name: (
            float(np.mean([part.mean() for part in parts])),
            float(np.sqrt(sum(part.var() for part in parts) / DRAWS) / 3),
        )
        for name, parts in values.items()
    }


# --- the closed form


def test_no_free_decoder_does_better_than_the_best_response() -> None:
    """A decoder that is a table over 80 places of a line, its 64 pixels each free to move."""
    x, mu = images(), torch.tensor([[-1.0], [0.5], [0.8]]).double()
    std = torch.tensor([[0.5], [0.9], [0.3]]).double()
    places = torch.linspace(-3, 3, 80, dtype=torch.float64).unsqueeze(1)
    weight = torch.exp(-0.5 * ((places - mu.T) / std.T) ** 2) / std.T  # (80, 3) in proportion
    table = torch.zeros(80, 64, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([table], max_iter=800, line_search_fn="strong_wolfe")

    def loss(logits: Tensor) -> Tensor:
        plus, minus = (
            torch.nn.functional.logsigmoid(logits),
            torch.nn.functional.logsigmoid(-logits),
        )
        each = -(torch.einsum("zp,ip->zi", plus, x) + torch.einsum("zp,ip->zi", minus, 1 - x))
        return (weight * each).sum() / weight.sum()

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss(table)
        value.backward()
        return value

    optimizer.step(closure)
    f = best_response(places, mu, std, x)
    exact = float(loss(torch.logit(f, eps=1e-12)))
    assert exact <= float(loss(table.detach())) + 1e-9
    assert exact == pytest.approx(float(loss(table.detach())), abs=1e-4)
    seen = (weight / weight.sum()).sum(1) > 1e-3  # where no draw falls, nothing is learnt
    torch.testing.assert_close(torch.sigmoid(table.detach())[seen], f[seen], atol=2e-3, rtol=0)


def test_where_two_clouds_are_the_same_their_images_blend_half_and_half() -> None:
    x = images()
    mu = torch.tensor([[0.3, 0.1], [0.3, 0.1], [40.0, 0.0]]).double()
    std = torch.full((3, 2), 0.2).double()
    f = best_response(torch.tensor([[0.3, 0.1], [0.9, -0.4]]).double(), mu, std, x)
    torch.testing.assert_close(f, ((x[0] + x[1]) / 2).expand(2, 64))


def test_far_from_all_clouds_the_answer_is_still_an_image() -> None:
    mu, std = clouds(0, 0.5, (0.02, 0.1))
    f = best_response(torch.tensor([[1e4, -1e4]]).double(), mu, std, images())
    assert bool(torch.isfinite(f).all())
    assert 0 <= float(f.min()) <= float(f.max()) <= 1


# --- the loss


@pytest.mark.parametrize(
    ("seed", "spread", "widths"),
    [(0, 1.0, (0.3, 1.2)), (1, 0.5, (0.1, 1.0)), (2, 0.3, (0.3, 2.0)), (3, 2.0, (0.5, 0.6))],
)
def test_the_loss_is_that_of_two_hundred_thousand_draws(
    seed: int, spread: float, widths: tuple[float, float]
) -> None:
    mu, std = clouds(seed, spread, widths)
    found = best_loss(mu, std, images())
    for term, (mean, error) in sampled(mu, std, images()).items():
        assert float(getattr(found, term)) == pytest.approx(mean, abs=4.5 * error + 1e-9), term


@pytest.mark.parametrize("seed", range(4))
def test_needles_inside_wide_clouds_are_measured_to_a_tenth_of_a_nat(seed: int) -> None:
    mu, std = clouds(seed, 0.5, (0.02, 3.0))
    expected, error = sampled(mu, std, images())["recon"]
    assert float(best_loss(mu, std, images()).recon) == pytest.approx(expected, abs=0.1 + 4 * error)


def test_three_equal_clouds_cost_the_entropy_of_the_average_image() -> None:
    x = images()
    found = best_loss(torch.zeros(3, 2).double(), torch.ones(3, 2).double(), x)
    mean = x.numpy().mean(0)
    assert float(found.recon) == pytest.approx(entropy(mean) - entropy(x.numpy()).mean(), abs=1e-6)
    assert float(found.kl) == pytest.approx(0, abs=1e-12)
    assert float(found.overlap) == pytest.approx(1)


def test_clouds_apart_cost_no_reconstruction_however_it_is_done() -> None:
    angles = torch.tensor([150.0, 30.0, 270.0]).double().deg2rad()
    circle = torch.stack([angles.cos(), angles.sin()], 1)
    for radius, width in ((6.0, 0.6), (0.2, 0.02)):
        found = best_loss(radius * circle, torch.full((3, 2), width).double(), images())
        assert float(found.recon) == pytest.approx(0, abs=1e-6)
        assert float(found.overlap) == pytest.approx(0, abs=1e-9)
        assert float(found.kl) == pytest.approx(18.38 if radius > 1 else 6.84, abs=0.006)


@pytest.mark.parametrize("factor", [0.05, 0.5, 3.0])
def test_rescaling_leaves_reconstruction_and_overlap_alone_but_not_kl(factor: float) -> None:
    mu, std = clouds(5, 0.7, (0.2, 1.0))
    before, after = (best_loss(s * mu, s * std, images()) for s in (1.0, factor))
    torch.testing.assert_close(after.recon, before.recon)
    torch.testing.assert_close(after.overlap, before.overlap)
    size = float(torch.cat([mu, std]).square().sum() / 6) ** 0.5
    change = size**2 * (factor**2 - 1) - 2 * math.log(factor)  # as the page's curve has it
    assert float(after.kl - before.kl) == pytest.approx(change)


def test_kl_is_least_at_size_one() -> None:
    mu, std = clouds(6, 0.7, (0.2, 1.0))
    size = float(torch.cat([mu, std]).square().sum() / 6) ** 0.5
    kl = [float(best_loss(s / size * mu, s / size * std, images()).kl) for s in (0.99, 1, 1.01)]
    assert kl[1] < min(kl[0], kl[2])


# --- what is shipped


def shipped_clouds(entry: dict[str, Any], which: str) -> tuple[Tensor, Tensor]:
    return tuple(torch.tensor(entry[which][part]).double() for part in ("mu", "std"))  # type: ignore[return-value]


@pytest.mark.parametrize("name", list(SHIPPED))
@pytest.mark.parametrize("which", ["vae", "best"])
def test_a_shipped_loss_is_that_of_its_clouds(name: str, which: str) -> None:
    entry = SHIPPED[name]
    mu, std = shipped_clouds(entry, which)
    total = sum(sampled(mu, std, images(name))[term][0] for term in ("recon", "kl"))
    assert entry[which]["loss"] == pytest.approx(total, abs=0.02)
    assert entry["best"]["loss"] < entry["vae"]["loss"]


@pytest.mark.parametrize("name", list(SHIPPED))
def test_the_images_are_of_their_classes_and_the_settings_are_a_run(name: str) -> None:
    entry = SHIPPED[name]
    data = load_dataset("digits")
    assert data.y_train[entry["rows"]].tolist() == entry["classes"] == list(three_images.SETS[name])
    assert len(set(entry["rows"])) == 3
    assert RunConfig.from_dict(entry["config"]) == three_images.VAE
    assert entry["command"] == f"python scripts/train_models.py {name}"


@pytest.mark.parametrize("name", list(SHIPPED))
def test_no_small_change_of_the_best_clouds_lowers_the_loss_much(name: str) -> None:
    mu, std = shipped_clouds(SHIPPED[name], "best")
    x, random = images(name), torch.Generator().manual_seed(0)
    best = float(best_loss(mu, std, x).loss)
    for _ in range(20):
        noise = torch.randn(2, 3, 2, generator=random, dtype=torch.float64)
        near = best_loss(mu + 0.05 * noise[0], std * torch.exp(0.05 * noise[1]), x)
        assert float(near.loss) > best - 1e-3


@pytest.mark.parametrize("name", list(SHIPPED))
def test_the_best_clouds_use_one_direction_only(name: str) -> None:
    mu, std = shipped_clouds(SHIPPED[name], "best")
    idle = 0 if float(mu[:, 0].abs().max()) < 0.01 else 1
    torch.testing.assert_close(std[:, idle], torch.ones(3).double(), atol=0.01, rtol=0)
    assert float(mu[:, idle].abs().max()) < 0.01
    assert float(mu[:, 1 - idle].abs().max()) > 1


def test_study_trains_and_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(three_images, "VAE", dataclasses.replace(three_images.VAE, epochs=40))
    monkeypatch.setattr(three_images, "best_clouds", lambda x: _descend(x, 0, 60))
    found = study("three-unlike", (0, 1, 7))
    assert found["rows"] == SHIPPED["three-unlike"]["rows"]
    assert found["best"]["loss"] < 2.5
    assert np.shape(found["vae"]["mu"]) == (3, 2)


def test_training_longer_answers_with_better_clouds() -> None:
    x, shape = images(), (8, 8)
    losses = [
        float(
            best_loss(
                *trained_clouds(x, shape, dataclasses.replace(three_images.VAE, epochs=n)), x
            ).loss
        )
        for n in (5, 300)
    ]
    assert losses[1] < losses[0] - 0.5

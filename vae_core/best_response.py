"""Be the encoder: a few images, one Gaussian each, and the decoder that answers them best.

With the clouds q_i(z) held fixed, the loss averaged over the images is least, place by place, for

    f*(z) = sum_i q_i(z) x_i / sum_i q_i(z),

the images blended by who claims the place. So the loss depends on the clouds alone: no decoder has
to be trained. It holds for the Bernoulli and the gaussian likelihood; here it is Bernoulli.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.data import Dataset, bernoulli_entropy, load_dataset
from vae_core.objectives import kl_to_prior, negative_log_likelihood
from vae_core.training import encode, train

REACH: Final = 4.55  # of the quadrature, in standard deviations: all but 3e-5 of a cloud
NODES: Final = 61  # per axis: .15 standard deviations apart; recon to .01 nats, the thinnest to .1
COPIES: Final = 64  # of each image in a training batch, so that a step averages over many draws
SETS: Final = {  # classes of digits
    "three-unlike": (0, 1, 7),
    "three-alike": (3, 8, 5),
    "three-twins": (4, 4, 9),
}
VAE: Final = RunConfig(
    dataset="digits", hidden=(32,), activation="tanh", epochs=2000, batch_size=3 * COPIES,
    lr=5e-3, schedule="cosine",
)  # fmt: skip


class Loss(NamedTuple):
    """What the clouds cost with the best decoder, means over the images, in nats per image.

    recon: E_q[-log p(x given z)] above the images' own entropy, which no decoder can undercut.
    overlap: H(image given z) / log n in [0, 1]: how far a drawn z leaves open which image it came
    from; 0: never in doubt, 1: the clouds are the same.
    """

    recon: Tensor
    kl: Tensor
    overlap: Tensor

    @property
    def loss(self) -> Tensor:
        """recon + kl: beta is 1."""
        return self.recon + self.kl


def log_shares(z: Tensor, mu: Tensor, std: Tensor) -> Tensor:
    """Return the log of each cloud's share of z (..., n): log q_i(z) - log sum_j q_j(z).

    z (..., k); mu, std (n, k).
    """
    away = (z.unsqueeze(-2) - mu) / std  # (..., n, k)
    return torch.log_softmax(-(0.5 * away.square() + std.log()).sum(-1), -1)


def best_response(z: Tensor, mu: Tensor, std: Tensor, x: Tensor) -> Tensor:
    """Return f*(z) (..., d), the best decoder's image at z (..., k); mu, std (n, k), x (n, d)."""
    return log_shares(z, mu, std).exp() @ x


def best_loss(mu: Tensor, std: Tensor, x: Tensor, nodes: int = NODES) -> Loss:
    """Return the loss of the clouds N(mu_i, std_i) of the images x under their best decoder.

    mu, std (n, 2), x (n, d), float64. At z the images expect a loss of -log p(f*(z) given z), the
    entropy of their blend. It is bounded, so quadrature does well even where one cloud is a needle
    inside another.
    """
    eps, weight = quadrature(nodes)
    z = mu.unsqueeze(1) + std.unsqueeze(1) * eps  # (n, nodes, 2)
    log_share = log_shares(z, mu, std)  # (n, nodes, n)
    share = log_share.exp()
    logits = torch.logit(share @ x, eps=1e-12)
    doubt = -(share * log_share).sum(-1)  # H(image given this z)
    blend = logits.flatten(0, 1)
    cost = negative_log_likelihood(blend, torch.sigmoid(blend), VAE)
    recon = (cost.reshape(len(x), -1) @ weight).mean() - bernoulli_entropy(x.numpy())
    overlap = (doubt @ weight).mean() / math.log(len(x))
    return Loss(recon, kl_to_prior(mu, 2 * std.log()).mean(), overlap)


def quadrature(nodes: int) -> tuple[Tensor, Tensor]:
    """Return points (m, 2) and weights (m,) for expectations under N(0, I): the trapezoid rule
    with `nodes` per axis, on a disc.
    """
    axis = torch.linspace(-REACH, REACH, nodes, dtype=torch.float64)
    eps = torch.cartesian_prod(axis, axis)
    eps = eps[eps.square().sum(1) <= REACH**2]
    weight = torch.exp(-0.5 * eps.square().sum(1))
    return eps, weight / weight.sum()


def best_clouds(x: Tensor, starts: int = 10, steps: int = 400) -> tuple[Tensor, Tensor]:
    """Return mu, std (n, 2) of the least loss found by gradient descent from several starts."""
    found = [_descend(x, seed, steps) for seed in range(starts)]
    return min(found, key=lambda clouds: float(best_loss(clouds[0], clouds[1], x).loss))


def _descend(x: Tensor, seed: int, steps: int) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    mu = torch.randn(len(x), 2, generator=random, dtype=torch.float64).requires_grad_()
    log_std = torch.full((len(x), 2), -1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([mu, log_std], lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        best_loss(mu, log_std.exp(), x, nodes=27).loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return mu.detach(), log_std.detach().exp()


def trained_clouds(x: Tensor, shape: tuple[int, int], config: RunConfig) -> tuple[Tensor, Tensor]:
    """Return mu, std (n, 2) of an ordinary VAE trained on the images x (n, d) and nothing else."""
    images = x.numpy().astype(np.float32)
    many = np.repeat(images, COPIES, 0)
    labels = np.repeat(np.arange(len(x)), COPIES)
    names = tuple("ABC"[: len(x)])
    data = Dataset("digits", many, labels, images, labels[::COPIES], shape, names)
    *_, last = train(config, data)
    mu, std = encode(config, last.weights, images)
    return torch.from_numpy(mu).double(), torch.from_numpy(std).double()


def study(name: str, classes: tuple[int, ...]) -> dict[str, Any]:
    """Return, for the digits most typical of `classes`, a trained VAE's clouds and the best found.

    JSON values: rows of digits' x_train, their classes, and for "vae" and "best" mu, std (n, 2)
    and the loss in nats per image.
    """
    data = load_dataset("digits")
    rows = _typical(data, classes)
    x = torch.from_numpy(data.x_train[rows]).double()
    vae = trained_clouds(x, data.image_shape, VAE)
    return {
        "command": f"python scripts/train_models.py {name}",
        "classes": list(classes), "rows": rows, "config": VAE.to_dict(),
        "vae": _report(vae, x), "best": _report(best_clouds(x), x),
    }  # fmt: skip


def _typical(data: Dataset, classes: tuple[int, ...]) -> list[int]:
    """Return a row of x_train per class: nearest to its mean; a class's second time, the next."""
    rows: list[int] = []
    for digit in classes:
        own = np.flatnonzero(data.y_train == digit)
        away = np.square(data.x_train[own] - data.x_train[own].mean(0)).sum(1)
        nearest = (int(row) for row in own[np.argsort(away, kind="stable")])
        rows.append(next(row for row in nearest if row not in rows))
    return rows


def _report(clouds: tuple[Tensor, Tensor], x: Tensor) -> dict[str, Any]:
    """Return clouds, rounded to what the page draws, and their loss as rounded."""
    mu, std = (torch.round(part, decimals=3) for part in clouds)
    loss = float(best_loss(mu, std, x).loss)
    return {"mu": mu.tolist(), "std": std.tolist(), "loss": round(loss, 4)}

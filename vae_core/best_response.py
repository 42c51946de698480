"""Be the encoder: a few images, one Gaussian each, and the decoder that answers them best.

With the clouds q_i(z) held fixed, the loss averaged over the images is least, place by place, for

    f*(z) = sum_i q_i(z) x_i / sum_i q_i(z),

the images blended by who claims the place. So the loss depends on the clouds alone: no decoder has
to be trained. It holds for the Bernoulli and the gaussian likelihood; here it is Bernoulli.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.data import bernoulli_entropy
from vae_core.objectives import kl_to_prior, negative_log_likelihood

REACH: Final = 4.55  # of the quadrature, in standard deviations: all but 3e-5 of a cloud
NODES: Final = 61  # per axis: .15 standard deviations apart; recon to .01 nats, the thinnest to .1
BERNOULLI: Final = RunConfig(likelihood="bernoulli")


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
    cost = negative_log_likelihood(blend, torch.sigmoid(blend), BERNOULLI)
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

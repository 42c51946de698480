"""Training as a generator: one frozen snapshot per epoch; who stops iterating stops the
training.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.data import Dataset
from vae_core.networks import Autoencoder, weights_of
from vae_core.objectives import likelihood_output, terms

VALIDATION_DRAWS = 8  # codes drawn per validation image, always the same ones
_ABSURD = 1e6  # nats per pixel: no image needs as many, so a loss beyond is on its way to infinity


class DivergedError(RuntimeError):
    """The loss became infinite, undefined or absurd in `epoch`. A result, not a fault."""

    def __init__(self, epoch: int, config: RunConfig) -> None:
        """Explain, from the settings, what a reader can do."""
        super().__init__(
            f"The loss grew beyond all bounds in epoch {epoch}: "
            f"a step of lr = {config.lr:g} is too large here; try a tenth of it."
        )
        self.epoch = epoch


@dataclasses.dataclass(frozen=True, eq=False)
class Snapshot:
    """A network after an epoch. Losses in nats per example; kl and val_kl are None for ae and
    linear.

    recon, kl: mean over the epoch's training batches, so they trail the weights. val_recon:
    mean of 8 fixed draws per validation image (ae: its one code).
    """

    step: int
    epoch: int
    recon: float
    kl: float | None
    loss: float
    val_recon: float
    val_kl: float | None
    weights: dict[str, np.ndarray]
    config: RunConfig
    data: Dataset

    @property
    def mu(self) -> np.ndarray:
        """Codes of x_train in order, (n, latent_dim) float32; encoded when first asked for."""
        return self._codes[0]

    @property
    def std(self) -> np.ndarray:
        """Standard deviations of q(z given x), (n, latent_dim) float32; zeros for ae and linear."""
        return self._codes[1]

    @cached_property
    def _codes(self) -> tuple[np.ndarray, np.ndarray]:
        return encode(self.config, self.weights, self.data.x_train)


def train(
    config: RunConfig, data: Dataset, stop: Callable[[], bool] | None = None
) -> Iterator[Snapshot]:
    """Train as `config` says and yield a snapshot after each epoch.

    `stop` is asked before every step; True ends the generator early. The same seed gives the same
    curve (relative tolerance 1e-5 between machines). Raises `DivergedError` when the loss explodes.
    """
    torch.set_num_threads(1)  # two threads are slower on networks of this size
    network, centre = _start(config, data)
    x_train, x_val = (torch.from_numpy(x) - centre for x in (data.x_train, data.x_val))
    order, noise = generator(config, 1), generator(config, 2)
    batch_size = config.batch_size or len(x_train)
    per_epoch = math.ceil(len(x_train) / batch_size)
    steps = config.epochs * per_epoch
    optimizer = _optimizer(_trained(network, config), config)
    step = 0
    for epoch in range(1, config.epochs + 1):
        sums = torch.zeros(2)
        for rows in torch.split(torch.randperm(len(x_train), generator=order), batch_size):
            if stop is not None and stop():
                return
            if config.schedule == "cosine":
                optimizer.param_groups[0]["lr"] = config.lr * cosine(step / steps)
            x = x_train[rows]
            mu, logvar = network.encode(x)
            gradient = config.gradient if epoch > config.cut_after else "pathwise"
            z = network.reparameterize(*seen_by_the_draw(mu, logvar, gradient), noise)
            output = network.decode(z)
            recon, kl = batch = terms(output, x, mu, logvar, config)
            optimizer.zero_grad(set_to_none=True)
            beta = config.beta * warmth(step, config.warmup * per_epoch)
            batch.loss(beta).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            step += 1
            sums[0] += len(rows) * recon.detach()
            if kl is not None:
                sums[1] += len(rows) * kl.detach()
        means = (sums / len(x_train)).tolist()
        yield _snapshot(config, data, network, centre, x_val, epoch, step, means)


def seen_by_the_draw(
    mu: Tensor, logvar: Tensor | None, gradient: str
) -> tuple[Tensor, Tensor | None]:
    """Return mu and logvar, the same values, cut off from the encoder as `gradient` says.

    No gradient of recon passes what is detached: cut-std leaves the way through mu, cut-z none, as
    if z came out of a sampler (torch's `Normal(mu, std).sample()`). The KL term is not affected.
    """
    if logvar is None or gradient == "pathwise":
        return mu, logvar
    return (mu.detach() if gradient == "cut-z" else mu), logvar.detach()


def initial_snapshot(config: RunConfig, data: Dataset) -> Snapshot:
    """Return epoch 0: the untrained network that `train` starts from, its losses measured over
    x_train.
    """
    network, centre = _start(config, data)
    x_train, x_val = (torch.from_numpy(x) - centre for x in (data.x_train, data.x_val))
    recon, kl = _evaluate(network, x_train, config, draws=1)
    return _snapshot(config, data, network, centre, x_val, 0, 0, [recon, kl or 0.0])


@torch.no_grad()
def encode(
    config: RunConfig, weights: Mapping[str, np.ndarray], x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mu and std, (n, latent_dim) float32, of images x (n, d); std zeros for ae and
    linear.
    """
    network = Autoencoder(config, x.shape[1]).load(weights)
    parts = [network.encode(part) for part in torch.split(torch.from_numpy(x), 4096)]
    mu = torch.cat([mu for mu, _ in parts])
    std = [
        torch.zeros_like(m) if logvar is None else torch.exp(0.5 * logvar) for m, logvar in parts
    ]
    return mu.numpy(), torch.cat(std).numpy()


def validate(
    config: RunConfig, weights: Mapping[str, np.ndarray], data: Dataset
) -> tuple[float, float | None]:
    """Return val_recon and val_kl of a network as a snapshot has them, nats per example."""
    network = Autoencoder(config, data.x_val.shape[1]).load(weights)
    return _evaluate(network, torch.from_numpy(data.x_val), config, VALIDATION_DRAWS)


def _start(config: RunConfig, data: Dataset) -> tuple[Autoencoder, Tensor]:
    """Return the initialised network and what is subtracted from images: their mean if linear."""
    network = Autoencoder(config, data.x_train.shape[1])
    mean = torch.from_numpy(data.x_train.mean(0))
    if config.model == "linear":
        return network.initialise(generator(config, 0)), mean
    initialise(network, config, mean)
    return network, torch.zeros(1)


def initialise(network: Autoencoder, config: RunConfig, mean: Tensor) -> None:
    """Draw the seed's initial weights; `mean` (d,) is the mean of the training images."""
    network.initialise(generator(config, 0))
    with torch.no_grad():  # the first thing drawn is the mean image: the rest is learnt sooner
        network.output.bias.copy_(likelihood_output(mean, config))


def generator(config: RunConfig, stream: int) -> torch.Generator:
    """Return one of a seed's three generators: weights, batch order, noise."""
    return torch.Generator().manual_seed(3 * config.seed + stream)


def _trained(network: Autoencoder, config: RunConfig) -> list[torch.nn.Parameter]:
    """Return what the optimiser moves: everything, but no bias where the data are centred
    (linear).
    """
    named = network.named_parameters()
    return [p for name, p in named if config.model != "linear" or name.endswith("weight")]


def _optimizer(parameters: list[torch.nn.Parameter], config: RunConfig) -> torch.optim.Optimizer:
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=config.lr, momentum=0.9)
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=config.lr)
    return torch.optim.Adam(parameters, lr=config.lr, betas=(0.9, config.beta2), fused=True)


def warmth(step: int, steps: int) -> float:
    """Return the share of beta that counts in a step (0, 1, …) of a warm-up of so many steps."""
    return min(1.0, step / steps) if steps else 1.0


def cosine(progress: float) -> float:
    """Return the share of lr at a share of the run, both in [0, 1]: from 1 down to a fiftieth."""
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress))


def _snapshot(
    config: RunConfig, data: Dataset, network: Autoencoder, centre: Tensor, x_val: Tensor,
    epoch: int, step: int, means: list[float],
) -> Snapshot:  # fmt: skip
    recon, kl = means[0], means[1] if config.model == "vae" else None
    val_recon, val_kl = _evaluate(network, x_val, config, VALIDATION_DRAWS)
    bound = _ABSURD * x_val.shape[1]
    if not all(
        abs(value or 0.0) < bound for value in (recon, kl, val_recon, val_kl)
    ):  # false for nan too
        raise DivergedError(epoch, config)
    weights = weights_of(network)
    if config.model == "linear":  # the mean image back: encode and decode take images as they are
        weights["mu.bias"] = -weights["mu.weight"] @ centre.numpy()
        weights["decoder.0.bias"] = centre.numpy().copy()
    loss = recon + config.beta * (kl or 0.0)
    return Snapshot(step, epoch, recon, kl, loss, val_recon, val_kl, weights, config, data)


@torch.no_grad()
def _evaluate(
    network: Autoencoder, x: Tensor, config: RunConfig, draws: int
) -> tuple[float, float | None]:
    """Return mean recon and kl over x, nats per example, with `draws` codes per image, always
    the same.
    """
    generator = torch.Generator().manual_seed(0)
    mu, logvar = network.encode(x)
    recons = []
    for _ in range(draws if logvar is not None else 1):
        output = network.decode(network.reparameterize(mu, logvar, generator))
        recon, kl = terms(output, x, mu, logvar, config)
        recons.append(recon.item())
    return sum(recons) / len(recons), None if kl is None else kl.item()

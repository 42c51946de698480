"""Training as a generator: one frozen snapshot per epoch; who stops iterating stops the
training.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import cast

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.cost import Shape
from vae_core.data import Dataset
from vae_core.networks import Autoencoder, weights_of
from vae_core.objectives import kl_to_prior, likelihood_output, negative_log_likelihood, terms

VALIDATION_DRAWS = 8  # codes drawn per validation image, always the same ones
_AT_ONCE = 512  # images in the network at a time when it is judged: memory, and a stop obeyed soon
Weights = Mapping[str, np.ndarray]
Stop = Callable[[], bool]  # asked again and again; once True, it stays True
_ABSURD = 1e6  # nats per pixel: no image needs as many, so a loss beyond is on its way to infinity


class StoppedError(RuntimeError):
    """`stop` said so. `train` ends without it; `initial_snapshot` has nothing to return."""


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
        return encode(self.config, self.weights, self.data.x_train, self.data.image_shape)


def _never() -> bool:
    return False


def train(
    config: RunConfig, data: Dataset, stop: Stop = _never, start: Weights | None = None
) -> Iterator[Snapshot]:
    """Train as `config` says and yield a snapshot after each epoch.

    `stop`, once it says True, ends the generator early. `start`: weights of an ae or vae to go on
    from, in place of the seed's. The same seed gives the same curve (relative tolerance 1e-5
    between machines). Raises `DivergedError` when the loss explodes.
    """
    torch.set_num_threads(1)  # two threads are slower on networks of this size
    network, centre = _start(config, data, start)
    x_train, x_val = _centred(data, centre)
    order, noise = generator(config, 1), generator(config, 2)
    batch_size = config.batch_size or len(x_train)
    per_epoch = math.ceil(len(x_train) / batch_size)
    optimizer = _optimizer(_trained(network, config), config)
    step = 0
    for epoch in range(1, config.epochs + 1):
        sums = torch.zeros(2)
        for rows in torch.split(torch.randperm(len(x_train), generator=order), batch_size):
            if stop():
                return
            if config.schedule == "cosine":
                optimizer.param_groups[0]["lr"] = config.lr * cosine(
                    step / (config.epochs * per_epoch)
                )
            x = x_train[rows]
            mu, logvar = network.encode(x)
            gradient = config.gradient if epoch > config.cut_after else "pathwise"
            z = network.reparameterize(*seen_by_the_draw(mu, logvar, gradient), noise)
            recon, kl = batch = terms(network.decode(z), x, mu, logvar, config)
            optimizer.zero_grad(set_to_none=True)
            beta = config.beta * warmth(step, config.warmup * per_epoch)
            batch.loss(beta).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            step += 1
            sums += len(rows) * torch.tensor([recon.item(), 0.0 if kl is None else kl.item()])
        means = (sums / len(x_train)).tolist()
        with suppress(StoppedError):
            yield _snapshot(config, data, network, centre, x_val, epoch, step, means, stop)


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


def initial_snapshot(config: RunConfig, data: Dataset, stop: Stop = _never) -> Snapshot:
    """Return epoch 0: the untrained network that `train` starts from, its losses measured over
    x_train. Raises `StoppedError` when `stop`, asked every now and then, says True.
    """
    network, centre = _start(config, data)
    x_train, x_val = _centred(data, centre)
    recon, kl = _evaluate(network, x_train, config, 1, stop)
    return _snapshot(config, data, network, centre, x_val, 0, 0, [recon, kl or 0.0], stop)


@torch.no_grad()
def encode(
    config: RunConfig, weights: Weights, x: np.ndarray, shape: Shape | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return mu and std, (n, latent_dim) float32, of images x (n, d); std zeros for ae and
    linear. `shape` of an image is needed by convolutions only.
    """
    network = Autoencoder(config, shape or x.shape[1]).load(weights)
    mu, logvar = encode_parts(network, torch.from_numpy(x))
    std = torch.zeros_like(mu) if logvar is None else torch.exp(0.5 * logvar)
    return mu.numpy(), std.numpy()


def validate(config: RunConfig, weights: Weights, data: Dataset) -> tuple[float, float | None]:
    """Return val_recon and val_kl of a network as a snapshot has them, nats per example."""
    network = Autoencoder(config, data.image_shape).load(weights)
    return _evaluate(network, torch.from_numpy(data.x_val), config, VALIDATION_DRAWS)


@torch.no_grad()
def losses_at_mean(
    config: RunConfig, weights: Weights, x: np.ndarray, shape: Shape | None = None
) -> np.ndarray:
    """Return the loss of each image x (n, d) at its mean code: (n,) float32, nats.

    -log p(x given z = mu(x)) + beta KL(q || p); for ae and linear the first term alone. Nothing is
    drawn, so an image has one loss, by which it can be told how usual it is. `shape` of an image is
    needed by convolutions only.
    """
    network = Autoencoder(config, shape or x.shape[1]).load(weights)
    losses = []
    for (some,) in parts(torch.from_numpy(x)):
        mu, logvar = network.encode(some)
        recon = negative_log_likelihood(network.decode(mu), some, config)
        losses.append(recon if logvar is None else recon + config.beta * kl_to_prior(mu, logvar))
    return torch.cat(losses).numpy()


def _start(
    config: RunConfig, data: Dataset, weights: Weights | None = None
) -> tuple[Autoencoder, Tensor]:
    """Return the network, initialised or with these weights, and what is subtracted from images:
    their mean if linear.
    """
    network = Autoencoder(config, data.image_shape)
    mean = torch.from_numpy(data.x_train.mean(0))
    if config.model == "linear":
        return network.initialise(generator(config, 0)), mean
    initialise(network, config, mean)
    return network.load(weights) if weights else network, torch.zeros(1)


def _centred(data: Dataset, centre: Tensor) -> tuple[Tensor, Tensor]:
    x_train, x_val = torch.from_numpy(data.x_train), torch.from_numpy(data.x_val)
    return (x_train - centre, x_val - centre) if centre.any() else (x_train, x_val)  # 188 MB: MNIST


def initialise(network: Autoencoder, config: RunConfig, mean: Tensor) -> None:
    """Draw the seed's initial weights; `mean` (d,) is the mean of the training images."""
    network.initialise(generator(config, 0))
    with torch.no_grad():  # the first thing drawn is the mean image: the rest is learnt sooner
        bias = cast("Tensor", network.output.bias)  # one for each pixel, or one for all of them
        bias.copy_(likelihood_output(mean.view(len(bias), -1).mean(1), config))


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
    epoch: int, step: int, means: list[float], stop: Stop,
) -> Snapshot:  # fmt: skip
    recon, kl = means[0], means[1] if config.model == "vae" else None
    val_recon, val_kl = _evaluate(network, x_val, config, VALIDATION_DRAWS, stop)
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
    network: Autoencoder, x: Tensor, config: RunConfig, draws: int, stop: Stop = _never
) -> tuple[float, float | None]:
    """Return mean recon and kl over x, nats per example, with `draws` codes per image, always
    the same.
    """
    generator = torch.Generator().manual_seed(0)
    mu, logvar = encode_parts(network, x, stop)
    recons = []
    for _ in range(draws if logvar is not None else 1):
        z = network.reparameterize(mu, logvar, generator)
        losses = [
            negative_log_likelihood(network.decode(some_z), some, config)
            for some_z, some in parts(z, x, stop=stop)
        ]
        recons.append(torch.cat(losses).mean().item())
    kl = None if logvar is None else kl_to_prior(mu, logvar).mean().item()
    return sum(recons) / len(recons), kl


def encode_parts(
    network: Autoencoder, x: Tensor, stop: Stop = _never
) -> tuple[Tensor, Tensor | None]:
    """Return mu and logvar of all images x (n, d) as `network.encode` does, some at a time."""
    mu, logvar = zip(*(network.encode(some) for (some,) in parts(x, stop=stop)), strict=True)
    return torch.cat(mu), None if logvar[0] is None else torch.cat(logvar)


def parts(*tensors: Tensor, stop: Stop = _never) -> Iterator[tuple[Tensor, ...]]:
    """Yield the same rows of each tensor, few at a time; raise `StoppedError` if told to."""
    for i, rows in enumerate(zip(*(torch.split(t, _AT_ONCE) for t in tensors), strict=True)):
        if i and stop():
            raise StoppedError
        yield rows

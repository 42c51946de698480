"""Does training reach its goal sooner than the usual loop?

Digits, β = 1, until recon + KL on the validation images is 24.2 nats. Ours: `vae_core.training`
with ReLU 128-64, He initialisation, lr 4e-3 and β₂ .99. Theirs: a plain loop in the style of
pytorch/examples `vae` (torch's default initialisation, Adam at 1e-3, a DataLoader) on the same
network, objective, batch size and single thread. Both are judged after every epoch by 8 fixed draws
per validation image, and that time counts for both. A seed that does not arrive counts as its whole
budget. Seeds take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.report import Figure, spread
from vae_core import RunConfig, load_dataset
from vae_core.data import Dataset
from vae_core.training import VALIDATION_DRAWS, train

QUESTION = "Does training reach its goal sooner than the usual loop?"
GOAL = 24.2  # nats
BUDGET = 400  # epochs
SEEDS = range(5)
BATCH, LATENT = 128, 2

Losses = Iterator[tuple[int, float]]  # after each epoch: steps so far, validation loss


class Race(NamedTuple):
    """How one seed did."""

    seconds: float  # until the goal, or for the whole budget
    steps: int
    arrived: bool


def ours(data: Dataset, seed: int) -> Losses:
    """Train as the project does."""
    config = RunConfig(
        dataset="digits", beta=1, seed=seed, hidden=(128, 64), activation="relu",
        lr=4e-3, beta2=0.99, batch_size=BATCH, epochs=BUDGET,
    )  # fmt: skip
    for snapshot in train(config, data):
        assert snapshot.val_kl is not None
        yield snapshot.step, snapshot.val_recon + snapshot.val_kl


class PlainVAE(nn.Module):
    """The same network, as one would write it."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(pixels, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
        self.mu, self.logvar = nn.Linear(64, LATENT), nn.Linear(64, LATENT)
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, 64), nn.ReLU(), nn.Linear(64, 128), nn.ReLU(),
            nn.Linear(128, pixels), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.body(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.decoder(z), mu, logvar


def loss_function(x_hat: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Return recon + KL in nats, summed over the batch."""
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum")
    return recon - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def plain(data: Dataset, seed: int) -> Losses:
    """Train as the examples do."""
    torch.manual_seed(seed)
    model = PlainVAE(data.x_train.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(torch.from_numpy(data.x_train)), BATCH, shuffle=True)
    x_val, steps = torch.from_numpy(data.x_val), 0
    for _ in range(BUDGET):
        model.train()
        total = 0.0
        for (x,) in loader:
            optimizer.zero_grad()
            loss = loss_function(*_and(model(x), x))
            loss.backward()
            total += loss.item()
            optimizer.step()
            steps += 1
        yield steps, judged(model, x_val)


def _and(output: tuple[Tensor, Tensor, Tensor], x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    x_hat, mu, logvar = output
    return x_hat, x, mu, logvar


@torch.no_grad()
def judged(model: nn.Module, x: Tensor) -> float:
    """Return the validation loss, mean of the same draws every time."""
    model.eval()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        losses = [loss_function(*_and(model(x), x)) for _ in range(VALIDATION_DRAWS)]
    return float(sum(losses)) / len(losses) / len(x)


def race(losses: Losses) -> Race:
    """Run until the goal or the end of the budget."""
    begun, steps = time.perf_counter(), 0
    for steps, loss in losses:
        if loss <= GOAL:
            return Race(time.perf_counter() - begun, steps, True)
    return Race(time.perf_counter() - begun, steps, False)


def measure() -> list[Figure]:
    """Race both, seed by seed."""
    torch.set_num_threads(1)
    data = load_dataset("digits")
    loops: dict[str, Callable[[Dataset, int], Losses]] = {"ours": ours, "plain": plain}
    for loop in loops.values():
        next(loop(data, 0))  # the first optimiser of a process imports for seconds
    races = {name: [] for name in loops}
    for seed in SEEDS:
        for name, loop in loops.items():
            races[name].append(race(loop(data, seed)))
    what = "time to the goal, ours over plain"
    ratios = [a.seconds / b.seconds for a, b in zip(races["ours"], races["plain"], strict=True)]
    return [
        *(figure for name, runs in races.items() for figure in told(name, runs)),
        Figure(what, median(ratios), at_most=0.5, note=spread(ratios)),
    ]


def told(name: str, runs: list[Race]) -> list[Figure]:
    """Figures of one loop."""
    seconds, steps = [run.seconds for run in runs], [run.steps for run in runs]
    each = [1000 * run.seconds / run.steps for run in runs]
    late = sum(not run.arrived for run in runs)
    note = f"{spread(seconds)}; {late} of {len(runs)} seeds never arrived"
    return [
        Figure(f"{name}: time to {GOAL} nats", median(seconds), "s", note=note),
        Figure(f"{name}: steps to it", median(steps), note=spread(steps)),
        Figure(f"{name}: time per step, judging included", median(each), "ms", note=spread(each)),
    ]

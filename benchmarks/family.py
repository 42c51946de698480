"""Does one network for every β keep up with networks trained one by one?

A family and ten ordinary VAEs of its size, steps and seed, three seeds. *Behind* is recon + β KL on
the validation images, the family's minus the ordinary one's, the mean of the seeds: what a single
network costs at that β. The family is measured as it is shipped, its weights rounded to float16.
*Codes move* is the mean distance that the codes of the training images move from one of the ten β
to the next, over the codes' rms radius at the first: what a reader sees while dragging; every seed
has to keep to it.
"""

from __future__ import annotations

import dataclasses
import time
from itertools import pairwise
from statistics import mean, median

import numpy as np

from benchmarks.report import Figure, rounded
from scripts.train_models import FAMILIES, FamilyPlan, individual
from vae_core import Dataset, load_dataset
from vae_core.rate_family import fold, train_family
from vae_core.training import encode, validate

QUESTION = "Does one network for every β keep up with networks trained one by one?"
SEEDS = range(3)
BEHIND = 0.35  # nats, at the worst of the ten β
MOVE = 0.25  # of the codes' radius

Line = list[float]  # one number for each β


def measure() -> list[Figure]:
    """Train both data sets' families and everything they are compared with."""
    return [figure for plan in FAMILIES.values() for figure in told(plan)]


def told(plan: FamilyPlan) -> list[Figure]:
    """Figures of one data set."""
    data = load_dataset(plan.config.dataset)
    betas = [beta for beta in plan.compared if beta <= plan.shown[1]]
    behind, moves, together, alone = [], [], [], []
    for seed in SEEDS:
        seeded = plan._replace(config=dataclasses.replace(plan.config, seed=seed))
        begun = time.process_time()
        weights = train_family(seeded.config, seeded.trained, data)
        together.append(time.process_time() - begun)
        losses, steps = along(seeded, weights, betas, data)
        begun = time.process_time()
        points = [individual(seeded.config, beta, data) for beta in betas]
        alone.append(time.process_time() - begun)
        own = [point["val_recon"] + point["beta"] * point["val_kl"] for point in points]
        behind.append([ours - theirs for ours, theirs in zip(losses, own, strict=True)])
        moves.append(steps)
    return figures(plan.config.dataset, betas, behind, moves, (together, alone))


def along(
    plan: FamilyPlan, weights: dict[str, np.ndarray], betas: Line, data: Dataset
) -> tuple[Line, Line]:
    """Return a family's recon + β KL at each β, and how far codes move from each to the next."""
    halves = {name: array.astype(np.float16) for name, array in weights.items()}
    losses, codes = [], []
    for beta in betas:
        folded = fold(halves, beta, plan.trained)
        recon, kl = validate(plan.config, folded, data)
        losses.append(recon + beta * (kl or 0.0))
        codes.append(encode(plan.config, folded, data.x_train)[0])
    return losses, [moved(here, there) for here, there in pairwise(codes)]


def moved(here: np.ndarray, there: np.ndarray) -> float:
    """Return the mean distance between codes (n, k), as a share of the rms radius of `here`."""
    radius = np.sqrt(np.square(here - here.mean(0)).sum(1).mean())
    return float(np.linalg.norm(there - here, axis=1).mean() / radius)


def figures(
    name: str, betas: Line, behind: list[Line], moves: list[Line], seconds: tuple[Line, Line]
) -> list[Figure]:
    """Say how far behind, how far codes move, and what each way costs."""
    means = [mean(column) for column in zip(*behind, strict=True)]
    steps = [max(column) for column in zip(*moves, strict=True)]
    places = ", ".join(f"{value:.2f} at {beta:g}" for beta, value in zip(betas, means, strict=True))
    turns = ", ".join(f"{value:.2f}" for value in steps)
    together, alone = (median(times) for times in seconds)
    note = f"{len(betas)} β in one run: {rounded(together)} s; one by one: {rounded(alone)} s"
    worst = f"{name}: behind in recon + β KL, at the worst β"
    return [
        Figure(worst, max(means), "nats", at_most=BEHIND, note=places),
        Figure(f"{name}: single seeds, at the worst β", max(map(max, behind)), "nats"),
        Figure(f"{name}: codes move per step of β, at most", max(steps), at_most=MOVE, note=turns),
        Figure(f"{name}: CPU, one network over ten", together / alone, note=note),
    ]

"""Do the figures of chapters 1 to 4 and 7 to 9 follow the hand?

Each core figure is dragged over its whole plane, a handle over its whole track; the figures take
turns. *Handler*: every listener of the move plus every animation callback of the frame that shows
it: for chapter 2 that is PCA of 500 points, their residuals and both axes; for chapter 3 all 1500
codes under M and the error of all images; for chapter 4 two decoders of 30 images; for k, what is
lost of all digits and ten of them put back; for chapter 7 Bayes by formula and on 121 × 121 places,
or a real image's posterior on 161 × 161; for chapter 8 the ELBO by quadrature and the gap on that
grid. *Frames* are counted while the pointer is down and
moves. Percentiles are taken within a round, then the median over rounds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from playwright.sync_api import Page

from benchmarks.browser import (
    browser,
    drag,
    new_page,
    paint_times,
    sent_while_down,
    take,
    until_quiet,
)
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import serving

QUESTION = "Do the figures of chapters 1 to 4 and 7 to 9 follow the hand?"
ROUNDS, MOVES = 5, 90


class Hand(NamedTuple):
    """What is dragged: on which page, which element, and how long its handler may take."""

    path: str
    target: str
    at_most: float  # ms, p95


HANDS = {
    "1: the line": Hand("/dimensionality_reduction", '[data-testid="cloud"]', 4),
    "1: k pixels": Hand("/dimensionality_reduction", ".st-key-figure_pixels .range", 8),
    "2: a point of 500": Hand("/pca?set=many", '[data-testid="cloud"]', 4),
    "2: k components": Hand("/pca", ".st-key-figure_components .range", 8),
    "2: two axes turned": Hand("/pca", ".st-key-figure_rotation .range", 8),
    "3: the probe under M": Hand("/autoencoders", '[data-testid="latent-map"]', 8),
    "4: between the integers": Hand(
        "/too_much_freedom?line_n=30", '[data-testid="number-line"]', 4
    ),
    "7: x, f affine": Hand("/probabilistic_model", '[data-testid="bayes"]', 5),
    "7: c of a real posterior": Hand("/probabilistic_model", ".st-key-figure_posterior .range", 5),
    "8: q": Hand("/variational_inference", '[data-testid="posterior"]', 8),
    "8: c": Hand("/variational_inference", ".st-key-figure_elbo .range", 5),
}

Rounds = dict[str, list[list[float]]]  # what was measured -> one list per round


def measure() -> list[Figure]:
    """Drag every figure in turn."""
    rounds: Rounds = defaultdict(list)
    with serving() as ours, browser() as opened:
        pages = {name: new_page(opened) for name in HANDS}
        for name, page in pages.items():
            page.goto(ours.url + HANDS[name].path)
            page.locator("canvas[data-ready=true]").first.wait_for()
            until_quiet(page, 2000)  # what is computed after the first paint is over
        for round_ in range(-1, ROUNDS):  # the first one warms up
            if round_ == 0:
                rounds.clear()
            for name, page in pages.items():
                page.bring_to_front()
                keep(rounds, name, page, round_)
    return [figure for name in HANDS for figure in figures(rounds, name)]


def keep(rounds: Rounds, name: str, page: Page, phase: float) -> None:
    """Drag one figure once and note what it took."""
    drag(page, page.locator(HANDS[name].target).first, MOVES, phase=phase)
    noted = take(page)
    moves = noted["moves"]
    painted = sorted({move["painted"] for move in moves})
    rate = 1000 * (len(painted) - 1) / (painted[-1] - painted[0])
    rounds[f"{name} handler"].append([move["listener"] + move["frame"] for move in moves])
    rounds[f"{name} paint"].append(paint_times(noted))
    rounds[f"{name} rate"].append([rate])
    rounds[f"{name} frames"].append([sent_while_down(noted)])


def figures(rounds: Rounds, name: str) -> list[Figure]:
    """Figures of one of them."""
    handler, paint = rounds[f"{name} handler"], rounds[f"{name} paint"]
    half = f"p50 {rounded(over_rounds(handler, 0.5))} ms"
    note = f"{half}; {spread([percentile(v, 0.95) for v in handler])}"
    p95, limit = over_rounds(handler, 0.95), HANDS[name].at_most
    return [
        Figure(f"{name}: handler, p95", p95, "ms", at_most=limit, note=note),
        Figure(f"{name}: event to paint, p95", over_rounds(paint, 0.95), "ms", at_most=20),
        Figure(f"{name}: frames", over_rounds(rounds[f"{name} rate"], 0.5), "per s"),
        Figure(
            f"{name}: websocket frames between pointer down and up",
            sum(value for values in rounds[f"{name} frames"] for value in values), at_most=0,
        ),
    ]  # fmt: skip

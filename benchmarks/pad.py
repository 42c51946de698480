"""Does the pad keep up with the pen?

Chapter 5's pad is drawn on, digits and shapes in turn, in one long stroke that is cleared after
each round. *Pad event*: the `pointermove` listener, which turns the whole path into the network's
input, looks for the nearest real image, asks the autoencoder and tells the map, which encodes it.
*All of it* adds every animation callback of the frame that shows it: pad, pictures and map.
Percentiles are taken within a round, then the median over rounds.
"""

from __future__ import annotations

from collections import defaultdict

from playwright.sync_api import Page

from benchmarks.browser import (
    READY,
    browser,
    drag,
    new_page,
    sent_while_down,
    take,
    until_quiet,
    until_sent,
)
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import serving

QUESTION = "Does the pad keep up with the pen?"
ROUNDS, MOVES = 7, 80
PATH = "/variational_autoencoders?dataset={dataset}"
PAD = '[data-testid="draw-pad"]'

Rounds = dict[str, list[list[float]]]  # what was measured -> one list per round


def measure() -> list[Figure]:
    """Draw on both pads in turn."""
    rounds: Rounds = defaultdict(list)
    with serving() as ours, browser() as opened:
        pages = {name: new_page(opened) for name in ("digits", "shapes")}
        for name, page in pages.items():
            page.goto(ours.url + PATH.format(dataset=name))
            page.wait_for_selector(READY)
            page.wait_for_selector(f'{PAD}[data-ready="true"]')
        for round_ in range(-1, ROUNDS):  # the first one warms up
            if round_ == 0:
                rounds.clear()
            for name, page in pages.items():
                page.bring_to_front()
                until_quiet(page)
                keep(rounds, name, page, round_)
    return [figure for name in pages for figure in figures(rounds, name)]


def keep(rounds: Rounds, name: str, page: Page, phase: float) -> None:
    """Draw one stroke, add it to the rounds and clear the pad."""
    drag(page, page.locator(PAD), MOVES, phase)
    until_sent(page)
    noted = take(page)
    rounds[f"{name} event"].append([move["listener"] for move in noted["moves"]])
    rounds[f"{name} all"].append([move["listener"] + move["frame"] for move in noted["moves"]])
    rounds[f"{name} frames"].append([sent_while_down(noted)])
    page.get_by_role("button", name="Clear", exact=True).click()
    until_quiet(page)


def figures(rounds: Rounds, name: str) -> list[Figure]:
    """Figures of one data set."""
    found = []
    for key, what, goal in (("event", "pad event", 4), ("all", "all of it", None)):
        values = rounds[f"{name} {key}"]
        half = f"p50 {rounded(over_rounds(values, 0.5))} ms"
        note = f"{half}; {spread([percentile(v, 0.95) for v in values])}"
        p95 = over_rounds(values, 0.95)
        found.append(Figure(f"{name}: {what}, p95", p95, "ms", at_most=goal, note=note))
    frames = sum(value for values in rounds[f"{name} frames"] for value in values)
    what = f"{name}: websocket frames between pointer down and up"
    return [*found, Figure(what, frames, at_most=0, note=f"{ROUNDS} strokes of {MOVES} moves")]

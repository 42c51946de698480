"""Does everything follow a dragged β?

Chapter 6's handle is dragged to and fro over its whole track, with digits (1500 codes, 8 × 8) and
with shapes (2000 codes, 28 × 28). *Handler*: the `input` listener plus every animation callback of
the frame that shows it: the weights folded for the new β, every image encoded, dots, ellipses, the
image at the probe, the 10 × 10 grid, the losses. *Event to paint* also holds the wait for that
frame. The *whole grid* is there when all 20 × 20 images are decoded after the release. Percentiles
are taken within a round, then the median over rounds.
"""

from __future__ import annotations

import math
from collections import defaultdict

from playwright.sync_api import Page

from benchmarks.browser import (
    browser,
    new_page,
    paint_times,
    sent_while_down,
    take,
    until_quiet,
    until_sent,
)
from benchmarks.report import Figure, over_rounds, percentile, spread
from benchmarks.server import serving

QUESTION = "Does everything follow a dragged β?"
ROUNDS, MOVES = 7, 80
PATH = "/continuity_and_completeness?rate={dataset}"
READY = '.st-key-rate [data-testid="latent-map"][data-ready="true"]'
UNTIL_FINE = """async (grid) => {
  while (grid.dataset.across !== "20") await new Promise(requestAnimationFrame);
  return performance.now();
}"""

Rounds = dict[str, list[list[float]]]  # what was measured -> one list per round


def measure() -> list[Figure]:
    """Drag β on both data sets in turn."""
    rounds: Rounds = defaultdict(list)
    with serving() as ours, browser() as opened:
        pages = {name: new_page(opened) for name in ("digits", "shapes")}
        for name, page in pages.items():
            page.goto(ours.url + PATH.format(dataset=name))
            page.wait_for_selector(READY)
        for round_ in range(-1, ROUNDS):  # the first one warms up
            if round_ == 0:
                rounds.clear()
            for name, page in pages.items():
                page.bring_to_front()
                until_quiet(page)
                keep(rounds, name, page, round_)
    return [figure for name in pages for figure in figures(rounds, name)]


def keep(rounds: Rounds, name: str, page: Page, phase: float) -> None:
    """Drag once, wait for what follows the release, and add it to the rounds."""
    drag_handle(page, phase)
    grid = page.locator(".st-key-rate canvas.plane").nth(1)
    fine = grid.evaluate(UNTIL_FINE)
    until_sent(page)
    noted = take(page)
    rounds[f"{name} handler"].append([move["listener"] + move["frame"] for move in noted["moves"]])
    rounds[f"{name} paint"].append(paint_times(noted))
    rounds[f"{name} frames"].append([sent_while_down(noted)])
    rounds[f"{name} fine"].append([fine - noted["releases"][-1]])


def drag_handle(page: Page, phase: float) -> None:
    """Take hold of the thumb and pull it over the whole track and back; forget earlier notes."""
    handle = page.get_by_label("KL weight β", exact=True)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    left, length, y = box["x"] + 10, box["width"] - 20, box["y"] + box["height"] / 2
    page.mouse.move(left + length * float(handle.input_value()) / 1000, y)
    take(page)
    page.mouse.down()
    for k in range(1, MOVES + 1):
        share = 0.5 + 0.48 * math.sin(0.2 * phase + 2 * math.pi * k / MOVES)
        page.mouse.move(left + length * share, y)
    page.mouse.up()


def figures(rounds: Rounds, name: str) -> list[Figure]:
    """Figures of one data set."""
    found = []
    for key, what, shares in (
        ("handler", "handler", ((0.5, 10), (0.95, 16))),
        ("paint", "event to paint", ((0.95, None),)),
    ):
        for share, goal in shares:
            values = rounds[f"{name} {key}"]
            note = spread([percentile(one, share) for one in values])
            words = f"{name}: {what}, p{100 * share:.0f}"
            found.append(Figure(words, over_rounds(values, share), "ms", at_most=goal, note=note))
    fine = [value for values in rounds[f"{name} fine"] for value in values]
    what = f"{name}: release to the whole 20 × 20 grid, p50"
    found.append(Figure(what, percentile(fine, 0.5), "ms", at_most=150, note=spread(fine)))
    frames = sum(value for values in rounds[f"{name} frames"] for value in values)
    note = f"{ROUNDS} drags of {MOVES} moves"
    what = f"{name}: websocket frames while β is held"
    return [*found, Figure(what, frames, at_most=0, note=note)]

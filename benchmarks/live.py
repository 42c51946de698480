"""Does the page stay alive while a network trains?

Chapter 5 in a real browser, with a worker that has already run something. *First picture*: from the
click on Train until the map shows the run's own weights. Frames are counted over 3 seconds with the
page at rest (what this machine can show at all), then as long while the film plays, then the probe
is dragged through the map that training is moving. Digits are the page's default run; shapes decode
to 28 × 28 and train for so long that the worker is busy throughout. A new seed each round, so that
nothing comes from the cache.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from playwright.sync_api import Page, expect

from benchmarks.browser import (
    MAP,
    READY,
    browser,
    drag,
    new_page,
    paint_times,
    take,
    until_quiet,
)
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import PATIENCE, serving

QUESTION = "Does the page stay alive while a network trains?"
ROUNDS, COUNTED, MOVES = 4, 3000, 60  # COUNTED: ms of frames
PAGE = "/variational_autoencoders"
RUNS = {"digits": "", "shapes": "dataset=shapes&epochs=400&"}
STATUS = ".st-key-run_status"


def measure() -> list[Figure]:
    """Train again and again, and watch."""
    rounds: dict[str, list[float]] = defaultdict(list)
    drags: dict[str, list[list[float]]] = defaultdict(list)
    with serving() as server, browser() as opened:
        page = new_page(opened)
        warm_up(page, server.url)
        for round_ in range(ROUNDS):
            for name, settings in RUNS.items():
                page.goto(f"{server.url}{PAGE}?{settings}seed={100 + round_}")
                page.wait_for_selector(READY)
                until_quiet(page)
                rounds[f"{name} at rest"].append(frame_rate(page))
                rounds[f"{name} first"].append(first_picture(page))
                rounds[f"{name} playing"].append(frame_rate(page))
                stood = page.locator(MAP).last.get_attribute("data-z")
                drag(page, page.locator(MAP).last, MOVES, phase=round_)
                expect(page.locator(MAP).last).not_to_have_attribute("data-z", stood or "")
                expect(page.locator(STATUS)).to_contain_text("training")
                drags[name].append(paint_times(take(page)))
                page.get_by_role("button", name="Stop").click()
                expect(page.locator(STATUS)).to_contain_text("stopped")
    return [figure for name in RUNS for figure in told(name, rounds, drags[name])]


def warm_up(page: Page, url: str) -> None:
    """Let the worker finish a short run."""
    page.goto(f"{url}{PAGE}?epochs=2&seed=99")
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Train").click()
    expect(page.locator(STATUS)).to_contain_text("done", timeout=1000 * PATIENCE)


def first_picture(page: Page) -> float:
    """Press Train; return ms until other weights are on screen."""
    shown = page.locator(MAP).last.get_attribute("data-model")
    take(page)
    page.get_by_role("button", name="Train").click()
    page.wait_for_selector(f'{MAP}:not([data-model="{shown}"])')
    noted = take(page)
    return float(noted["maps"][0]["at"] - noted["clicks"][-1])


def frame_rate(page: Page) -> float:
    """Return frames per second."""
    rate: float = page.evaluate(f"bench.frameRate({COUNTED})")
    return rate


def told(name: str, rounds: dict[str, list[float]], drags: list[list[float]]) -> list[Figure]:
    """Figures of one kind of run."""
    first, rest, playing = (rounds[f"{name} {key}"] for key in ("first", "at rest", "playing"))
    ends = [percentile(values, 0.95) for values in drags]
    half = f"p50 {rounded(over_rounds(drags, 0.5))} ms"
    return [
        Figure(
            f"{name}: Train pressed to first picture", median(first), "ms",
            at_most=1000, note=spread(first),
        ),
        Figure(f"{name}: page at rest", median(rest), "fps", note=spread(rest)),
        Figure(
            f"{name}: page while training", median(playing), "fps",
            at_least=50, note=spread(playing),
        ),
        Figure(
            f"{name}: probe dragged while training, event to paint, p95",
            median(ends), "ms", note=f"{half}; {spread(ends)}",
        ),
    ]  # fmt: skip

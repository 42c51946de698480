"""Is another image painted in time? (chapters 7 to 9)

Sixty training images are told to the page one after the other, a frame each, as the drawing pad
tells a drawing. What is timed is the figure's own work for one of them, from the image to the last
stroke on the canvas: in chapter 7 its posterior on 161 × 161 places, evidence and outlines; in
chapter 8 the ELBO of q and the gap besides; in chapter 9 the way through the network and back to
the loss. The grid was decoded before. Percentiles within a round, then the median over rounds.
"""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

from benchmarks.browser import browser, new_page, until_quiet
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import serving
from ui.shipped import builtin_data

QUESTION = "Is another image painted in time? (chapters 7 to 9)"
ROUNDS, IMAGES = 5, 60


class Place(NamedTuple):
    """A figure that hears of images: its page, its canvas, and where it writes the time, in ms."""

    path: str
    target: str
    spent: str


PLACES = {
    "7: the posterior": Place("/probabilistic_model", '[data-testid="latent-map"]', "paintMs"),
    "8: q and the posterior": Place(
        "/variational_inference?elbo_image=pad", '[data-testid="posterior"]', "paintMs"
    ),
    "9: the networks": Place("/reparametrisation", '[data-testid="networks"]', "spentMs"),
}
TELL = """async (canvas, [images, spent]) => {
  const bus = window[Symbol.for("between-the-points.bus")];
  const frame = () => new Promise(requestAnimationFrame), times = [];
  for (const x of images) {
    const detail = { x: Float32Array.from(x), words: "", dataset: "digits" };
    bus.dispatchEvent(new CustomEvent("input", { detail }));
    await frame();
    await frame();
    times.push(Number(canvas.dataset[spent]));
  }
  return times;
}"""


def measure() -> list[Figure]:
    """Tell every figure sixty images in turn."""
    images = builtin_data("digits").x_train[:IMAGES].tolist()
    rounds: dict[str, list[list[float]]] = {name: [] for name in PLACES}
    with serving() as ours, browser() as opened:
        pages = {name: new_page(opened) for name in PLACES}
        for name, page in pages.items():
            page.goto(ours.url + PLACES[name].path)
            page.locator(f"{PLACES[name].target}[data-ready=true]").first.wait_for()
            until_quiet(page, 3000)  # the grid is decoded in slices after the first paint
        for round_ in range(-1, ROUNDS):  # the first one warms up
            for name, page in pages.items():
                page.bring_to_front()
                times = tell(page, PLACES[name], images)
                if round_ >= 0:
                    rounds[name].append(times)
    return [figure(name, times) for name, times in rounds.items()]


def tell(page: Page, place: Place, images: list[list[float]]) -> list[float]:
    """How long each image took, in ms."""
    canvas = page.locator(place.target).first
    times: list[float] = canvas.evaluate(TELL, [images, place.spent])
    return times


def figure(name: str, rounds: list[list[float]]) -> Figure:
    """The 95th percentile of one of them."""
    half = f"p50 {rounded(over_rounds(rounds, 0.5))} ms"
    note = f"{half}; {spread([percentile(times, 0.95) for times in rounds])}"
    return Figure(f"{name}: p95", over_rounds(rounds, 0.95), "ms", at_most=10, note=note)

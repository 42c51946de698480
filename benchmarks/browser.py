"""A real browser with instruments in it, and what a reader's hand does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks.report import NotMeasured
from tests.browser.find_browser import FLAGS, find

MAP = '[data-testid="latent-map"]'
READY = f'{MAP}[data-ready="true"]'
_INSTRUMENTS = Path(__file__).with_name("instruments.js")
_WINDOW = {"width": 1280, "height": 900}


@contextmanager
def browser() -> Iterator[Browser]:
    """Open the browser that the tests use, without a window and without a GPU."""
    path = find()
    if path is None:
        raise NotMeasured("There is no Chromium or Chrome here.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


def new_page(opened: Browser) -> Page:
    """Return an instrumented page in a context of its own: no cache, no cookies."""
    page = opened.new_context(viewport=_WINDOW).new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(path=_INSTRUMENTS)
    return page


def take(page: Page) -> dict[str, list[Any]]:
    """Return what the instruments noted since the last call (`instruments.js` has the list)."""
    noted: dict[str, list[Any]] = page.evaluate("bench.take()")
    return noted


def until_quiet(page: Page, ms: int = 600) -> None:
    """Wait until the page has had nothing to animate for `ms`."""
    page.wait_for_function(f"performance.now() - bench.lastFrame > {ms}", polling=50)


def drag(page: Page, target: Locator, moves: int, phase: float = 0.0) -> None:
    """Press on `target` and move on a curve that fills it, then let go; forgets earlier notes."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None

    def place(k: int) -> tuple[float, float]:
        angle = phase + 2 * math.pi * k / moves
        x, y = 0.5 + 0.4 * math.sin(2 * angle), 0.5 + 0.4 * math.cos(3 * angle)
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*place(0))
    take(page)
    page.mouse.down()
    for k in range(1, moves + 1):
        page.mouse.move(*place(k))
    page.mouse.up()


def until_sent(page: Page) -> None:
    """Wait until the page has told Python that the pointer was let go."""
    page.wait_for_function("bench.sent.some((at) => at >= bench.releases.at(-1))", polling=20)


def paint_times(noted: dict[str, list[Any]]) -> list[float]:
    """Return ms from each move's input to the frame that shows it."""
    return [move["painted"] - move["at"] for move in noted["moves"]]


def sent_while_down(noted: dict[str, list[Any]]) -> int:
    """Return how many websocket frames left between the first press and the last release."""
    down, up = noted["presses"][0], noted["releases"][-1]
    return sum(down <= at < up for at in noted["sent"])

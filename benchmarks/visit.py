"""How long until a chapter's first figure is there, beside home's?

Each round starts a fresh server for every page, waits until it listens and opens the page by its
own address in a fresh browser context. *First paint* runs from the start of navigation until the
page's first figure says on itself that it is drawn, and its frame is handed over. The pages take
turns; a ratio is the median of those within a round.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from playwright.sync_api import Browser

from benchmarks.browser import browser, new_page, take
from benchmarks.report import Figure, spread
from benchmarks.server import serving

QUESTION = "How long until a chapter's first figure is there?"
ROUNDS = 3
PAGES = {  # path, and the test id of its first figure
    "home": ("/", "latent-map"),
    "chapter 1": ("/dimensionality_reduction", "cloud"),
    "chapter 2": ("/pca", "cloud"),
    "chapter 3": ("/autoencoders", "latent-map"),
    "chapter 4": ("/too_much_freedom", "number-line"),
    "chapter 5": ("/variational_autoencoders", "draw-pad"),
    "chapter 6": ("/continuity_and_completeness", "latent-map"),
}
AT_MOST = 1.5  # times home


def measure() -> list[Figure]:
    """Visit all pages in turn."""
    rounds: dict[str, list[float]] = defaultdict(list)
    with browser() as opened:
        for _ in range(ROUNDS):
            for name, (path, first) in PAGES.items():
                rounds[name].append(first_paint(opened, path, first))
    home = rounds["home"]
    figures = []
    for name, times in rounds.items():
        what = f"{name}: first paint"
        figures.append(Figure(what, median(times), "ms", note=spread(times)))
        if name != "home":
            pairs = [a / b for a, b in zip(times, home, strict=True)]
            what = f"{name} over home"
            figures.append(Figure(what, median(pairs), at_most=AT_MOST, note=spread(pairs)))
    return figures


def first_paint(opened: Browser, path: str, first: str) -> float:
    """Open a page on a cold server; return ms until its first figure is painted."""
    with serving() as server:
        page = new_page(opened)
        page.goto(server.url + path, wait_until="commit")
        page.locator(f'[data-testid="{first}"][data-ready="true"]').first.wait_for()
        page.wait_for_load_state("networkidle")
        ready = take(page)["ready"]
        page.context.close()
    return float(next(one["at"] for one in ready if one["testid"] == first))

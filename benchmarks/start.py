"""How long until the home page is there, and what does it cost?

Each round starts a fresh server, waits until it listens, and opens the page in a fresh browser
context (nothing cached); the home page takes turns with a page that holds one title, under the same
settings. *First paint* runs from the start of navigation until the first map is drawn (or the title
stands there). The server imports the page's modules during that visit, so they count. Memory is
that of the server process alone while the page is open. The payload is what the server sends over
the websocket on a first visit, each message compressed on its own.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from playwright.sync_api import Browser

from benchmarks.browser import READY, browser, new_page, take
from benchmarks.report import Figure, spread
from benchmarks.server import APP, EMPTY_PAGE, serving
from benchmarks.wire import megabytes, visiting

QUESTION = "How long until the home page is there?"
ROUNDS = 7
PAGES = {"home": (APP, READY), "empty": (EMPTY_PAGE, "h1")}  # script, what to wait for


def measure() -> list[Figure]:
    """Visit both pages in turn."""
    rounds: dict[str, list[float]] = defaultdict(list)
    with browser() as opened:
        for _ in range(ROUNDS):
            for name, (script, ready) in PAGES.items():
                for key, value in visit(opened, script, ready).items():
                    rounds[f"{name} {key}"].append(value)
    with serving() as server, visiting(server) as session:
        raw, packed = megabytes(session.run())
    return [*paint(rounds), *memory(rounds), *payload(raw, packed)]


def visit(opened: Browser, script: str, ready: str) -> dict[str, float]:
    """Open `script` on a cold server; return ms and, as "memory", MB (10⁶ bytes)."""
    with serving(script) as server:
        page = new_page(opened)
        page.goto(server.url, wait_until="commit")
        page.wait_for_selector(ready)
        page.wait_for_load_state("networkidle")
        noted = take(page)
        painted = noted["maps"][0]["at"] if script == APP else noted["titles"][0]
        used = server.memory()
        page.context.close()
        return {
            "paint": painted,
            "total": 1000 * server.started + painted,
            "answer": noted["received"][-1] - noted["sent"][0],
            "memory": used,
        }


def paint(rounds: dict[str, list[float]]) -> list[Figure]:
    """Figures of time."""
    home, empty = median(rounds["home paint"]), median(rounds["empty paint"])
    total = median(rounds["home total"]) / median(rounds["empty total"])
    pairs = [a / b for a, b in zip(rounds["home paint"], rounds["empty paint"], strict=True)]
    note, within = f"pairs: {spread(pairs)}", "within the first paint"
    answers = [median(rounds[f"{name} answer"]) for name in PAGES]
    return [
        Figure("home: first paint", home, "ms", note=spread(rounds["home paint"])),
        Figure("empty page: first paint", empty, "ms", note=spread(rounds["empty paint"])),
        Figure("first paint, home over empty page", home / empty, at_most=1.3, note=note),
        Figure("the same, from the start of the server's process", total),
        Figure("home: the server's answer, first to last message", answers[0], "ms", note=within),
        Figure("empty page: the same", answers[1], "ms", note=within),
    ]


def memory(rounds: dict[str, list[float]]) -> list[Figure]:
    """Figures of memory."""
    home, empty = rounds["home memory"], rounds["empty memory"]
    what = "server memory with home open"
    return [
        Figure(what, median(home), "MB", at_most=170, note=spread(home)),
        Figure("the same with the empty page", median(empty), "MB", note=spread(empty)),
    ]


def payload(raw: float, packed: float) -> list[Figure]:
    """Figures of size."""
    what = "home: widget code, weights, codes and text"
    return [
        Figure(f"{what}, compressed", packed, "MB", at_most=1.1),
        Figure("the same, raw", raw, "MB"),
    ]

"""Do the maps of the lab follow the finger?

Four maps of networks of MNIST's size, 1 800 codes each, are dragged in a real browser; then one map
that shows 60 000 codes (seeded weights: nothing here depends on what a network has learnt).
*Handler*: every pointermove listener plus every animation callback of that frame, of all four maps
together. Frames are counted by the page itself, at rest and while the probe is dragged. The
payloads are weighed as they are sent, and so is the component's own JavaScript.
"""

from __future__ import annotations

from collections import defaultdict

from playwright.sync_api import Page

from benchmarks.browser import MAP, READY, browser, drag, new_page, paint_times, take, until_quiet
from benchmarks.compared.lab_maps import SHOWN, untrained
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import ROOT, serving
from ui.lab_map import lab_payload

QUESTION = "Do the maps of the lab follow the finger?"
PAGE = "benchmarks/compared/lab_maps.py"
ROUNDS, MOVES, MANY, COUNTED = 5, 80, 60_000, 1500  # COUNTED: ms of frames


def measure() -> list[Figure]:
    """Drag four maps, then one with every code of a large set."""
    handlers: list[list[float]] = []
    paints: list[list[float]] = []
    rates: dict[str, list[float]] = defaultdict(list)
    with serving(PAGE) as server, browser() as opened:
        four, many = (shown(new_page(opened), url) for url in (
            server.url, f"{server.url}?codes={MANY}",
        ))  # fmt: skip
        many.get_by_role("switch").click()
        for round_ in range(-1, ROUNDS):
            four.bring_to_front()
            until_quiet(four)
            drag(four, four.locator(MAP).first, MOVES, phase=round_)
            until_quiet(four)
            noted = take(four)
            many.bring_to_front()
            until_quiet(many)
            at_rest, dragged = frame_rate(many, None), frame_rate(many, round_)
            if round_ < 0:
                continue  # the first one warms up
            handlers.append([move["listener"] + move["frame"] for move in noted["moves"]])
            paints.append(paint_times(noted))
            rates["rest"].append(at_rest)
            rates["drag"].append(dragged)
    return [*followed(handlers, paints, rates), *weighed()]


def shown(page: Page, url: str) -> Page:
    """Open a page and wait for its maps."""
    page.goto(url)
    page.wait_for_selector(READY)
    until_quiet(page)
    return page


def frame_rate(page: Page, phase: int | None) -> float:
    """Return frames per second over `COUNTED` ms, at rest (None) or while the probe is dragged."""
    page.evaluate(f"() => {{ window.rate = bench.frameRate({COUNTED}); }}")
    if phase is not None:
        for part in range(4):  # longer than what is counted
            drag(page, page.locator(MAP).first, 2 * MOVES, phase=phase + part)
    return float(page.evaluate("() => window.rate"))


def followed(
    handlers: list[list[float]], paints: list[list[float]], rates: dict[str, list[float]]
) -> list[Figure]:
    """Figures of the drags."""
    p95 = [percentile(values, 0.95) for values in handlers]
    note = f"p50 {rounded(over_rounds(handlers, 0.5))} ms; {spread(p95)}"
    paint = f"p50 {rounded(over_rounds(paints, 0.5))} ms"
    rest, dragged = (over_rounds([rates[name]], 0.5) for name in ("rest", "drag"))
    return [
        Figure("four maps: handler of all, p95", over_rounds(handlers, 0.95), "ms", 4, note=note),
        Figure("four maps: event to paint, p95", over_rounds(paints, 0.95), "ms", note=paint),
        Figure("60 000 codes: frames per second, dragged", dragged, "", at_least=50,
               note=f"{rounded(rest)} at rest; {spread(rates['drag'])}"),
    ]  # fmt: skip


def weighed() -> list[Figure]:
    """Figures of what travels."""
    state = {"u": (0.0, 0.0), "picked": None, "data": "", "axes": None, "hold": None}
    live = len(lab_payload(untrained(0, SHOWN, live=True), "Run 1", "", 0, state))
    done = len(lab_payload(untrained(0, MANY), "Run 1", "", 0, state))
    folder = ROOT / "ui" / "widgets" / "lab_map"
    script = sum(path.stat().st_size for path in folder.glob("*.js"))
    return [
        Figure("live keyframe of MNIST, 784-256-128-2", live / 1000, "kB", at_most=300),
        Figure("done, with every code", done / 1000, "kB", note="once; 32-bit weights, encoder"),
        Figure("the map's own JavaScript", script / 1000, "kB", note="without what it shares"),
    ]

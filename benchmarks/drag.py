"""Does the picture follow the finger?

Home, chapter 5 (shapes, a 28 × 28 decoder) and chapter 6 (four maps that all decode) are dragged in
a real browser, in turn with a bare canvas and with a page that shows chapter 5's decoder behind
`st.slider`. *Event to paint*: from the moment the browser got the input until the frame that shows
it is handed to the compositor, so the wait for that frame (up to 16.7 ms at 60 Hz) is in it; the
bare canvas, on which only a square moves, says what this machine can do at all. *Handler*: every
pointermove listener plus every animation callback of that frame. A slider commits when it is let
go: its time runs from the release to the new picture. Percentiles are taken within a round, then
the median over rounds.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import (
    MAP,
    browser,
    drag,
    new_page,
    paint_times,
    sent_while_down,
    take,
    until_quiet,
    until_sent,
)
from benchmarks.report import Figure, over_rounds, percentile, rounded, spread
from benchmarks.server import SLIDER_PAGE, Server, serving

QUESTION = "Does the picture follow the finger?"
ROUNDS, MOVES, SLIDES, ZOOMS = 7, 80, 4, 8
PAGES = {  # path, and the map that is dragged
    "home": ("/", MAP),
    "page 5": ("/variational_autoencoders?dataset=shapes", MAP),
    "page 6": ("/continuity_and_completeness", f".st-key-figure_twins {MAP}"),
}
BARE = Path(__file__).parent / "compared" / "bare_canvas.html"
GOALS = (  # key, words, ms at most
    ("paint", "event to paint", 20), ("handler", "handler", 4), ("forward", "forward pass", 1),
)  # fmt: skip
FRAME = "callbacks, layout, paint, hand-over"

Rounds = dict[str, list[list[float]]]  # what was measured -> one list per round


def measure() -> list[Figure]:
    """Drag all pages in turn, then zoom the map of page 5."""
    rounds: Rounds = defaultdict(list)
    with serving() as ours, serving(SLIDER_PAGE) as theirs, browser() as opened:
        pages = open_pages(opened, ours, theirs)
        for round_ in range(-1, ROUNDS):  # the first one warms up
            if round_ == 0:
                rounds.clear()
            for name, page in pages.items():
                page.bring_to_front()
                if name == "slider":
                    rounds[name].append([slide(page, k) for k in range(SLIDES)])
                elif name == "bare":
                    drag(page, page.locator("canvas"), MOVES, phase=round_)
                    keep(rounds, name, take(page))
                else:
                    until_quiet(page)
                    drag(page, page.locator(PAGES[name][1]).last, MOVES, phase=round_)
                    until_sent(page)
                    keep(rounds, name, take(page))
        zooms = [zoom(pages["page 5"], k) for k in range(ZOOMS)]
    return [*dragging(rounds), *compared(rounds), *refining(zooms)]


def open_pages(opened: Browser, ours: Server, theirs: Server) -> dict[str, Page]:
    """Open every page in a tab of its own."""
    pages = {name: new_page(opened) for name in (*PAGES, "bare", "slider")}
    for name, (path, target) in PAGES.items():
        pages[name].goto(ours.url + path)
        pages[name].wait_for_selector(f'{target}[data-ready="true"]')
    pages["bare"].goto(BARE.as_uri())
    pages["slider"].goto(theirs.url)
    pages["slider"].wait_for_selector("img")
    return pages


def keep(rounds: Rounds, name: str, noted: dict[str, list[Any]]) -> None:
    """Add one drag to the rounds of a page."""
    moves = noted["moves"]
    rounds[f"{name} paint"].append(paint_times(noted))
    rounds[f"{name} handler"].append([move["listener"] + move["frame"] for move in moves])
    rounds[f"{name} work"].append([move["painted"] - move["framed"] for move in moves])
    rounds[f"{name} forward"].append([move["forward"] for move in moves])
    rounds[f"{name} frames"].append([sent_while_down(noted)])


def slide(page: Page, k: int) -> float:
    """Drag a slider to a place it was not at; return ms from its release to the new picture."""
    track = page.locator('[data-testid="stSlider"]').nth(k % 2).bounding_box()
    thumb = page.get_by_role("slider").nth(k % 2).bounding_box()
    assert track is not None and thumb is not None
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    middle = track["x"] + track["width"] / 2
    goal = middle + (0.2 if x < middle else -0.2) * track["width"] * (1 + k / SLIDES)
    page.mouse.move(x, y)
    take(page)
    page.mouse.down()
    page.mouse.move(goal, y, steps=8)
    page.mouse.up()
    page.wait_for_function("bench.pictures.length > 0", polling=20)
    noted = take(page)
    return float(noted["pictures"][0] - noted["releases"][-1])


def zoom(page: Page, k: int) -> dict[str, list[Any]]:
    """Zoom in or fit, and wait until the grid is as fine as it gets; return notes."""
    page.bring_to_front()
    until_quiet(page)
    take(page)
    button = page.get_by_role("button", name="Fit") if k % 2 else page.get_by_label("Zoom in")
    button.click()
    page.wait_for_function("bench.slices.length > 0", polling=20)
    until_quiet(page)
    return take(page)


def dragging(rounds: Rounds) -> list[Figure]:
    """Figures of the pages that decode in the browser."""
    figures = []
    for name in PAGES:
        for key, what, goal in GOALS:
            values = rounds[f"{name} {key}"]
            half = f"p50 {rounded(over_rounds(values, 0.5))} ms"
            note = f"{half}; {spread([percentile(v, 0.95) for v in values])}"
            p95 = over_rounds(values, 0.95)
            figures.append(Figure(f"{name}: {what}, p95", p95, "ms", at_most=goal, note=note))
        frames = sum(value for values in rounds[f"{name} frames"] for value in values)
        what = f"{name}: websocket frames between pointer down and up"
        note = f"{ROUNDS} drags of {MOVES} moves, each of which sent its frame after the release"
        figures.append(Figure(what, frames, at_most=0, note=note))
    return figures


def compared(rounds: Rounds) -> list[Figure]:
    """Figures of the bare canvas and of the slider."""
    figures = []
    for name in (*PAGES, "bare"):
        what = "bare canvas" if name == "bare" else name
        work = over_rounds(rounds[f"{name} work"], 0.5)
        figures.append(Figure(f"{what}: the frame alone, p50", work, "ms", note=FRAME))
    least, half = (over_rounds(rounds["bare paint"], share) for share in (0.95, 0.5))
    note = f"p50 {rounded(half)} ms"
    figures.append(Figure("bare canvas: event to paint, p95", least, "ms", note=note))
    theirs = [median(values) for values in rounds["slider"]]
    note = "one rerun per release; while it is held the picture stays"
    figures.append(
        Figure("st.slider: release to new picture, p50", median(theirs), "ms", note=note)
    )
    ours = [median(values) for values in rounds["page 5 paint"]]
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    what = "page 5's event to paint over the slider's"
    figures.append(Figure(what, ratio, at_most=1, note="paired rounds, p50"))
    return figures


def refining(zooms: list[dict[str, list[Any]]]) -> list[Figure]:
    """Figures of the decoded grid: 10 × 10, then 20 × 20, in slices."""
    tasks = [len(noted["longTasks"]) for noted in zooms]
    longest = [max(noted["slices"]) for noted in zooms]
    worst = max((task["ms"] for noted in zooms for task in noted["longTasks"]), default=0)
    note = f"{sum(tasks)} in {len(zooms)} zooms" + f", the longest {worst:.0f} ms" * bool(worst)
    what = "page 5: tasks over 50 ms while the grid refines"
    return [
        Figure(what, median(tasks), at_most=0, note=note),
        Figure(
            "page 5: its longest animation callback", median(longest), "ms", note=spread(longest)
        ),
    ]

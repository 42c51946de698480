"""Collapse predicted (chapter 11): c through the variances, by handle, line, key and finger."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import painted, sent
from ui.collapse import recorded, stops
from ui.shipped import builtin_data
from vae_core.spectrum import predicted

PATH = "/takeaways"
READY = '[data-testid="collapse"]'


def chart(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_collapse")


def handle(page: Page) -> Locator:
    return page.get_by_role("slider", name="Noise variance c")


def table(page: Page, name: str) -> list[list[str]]:
    """The cells of a table's body, row by row."""
    rows = figure(page).locator(f".{name} tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def test_what_is_drawn_is_predicted_and_measured(open_page):
    page = open_page(PATH, ready=READY, height=1300)
    x = builtin_data("digits").x_train
    tried = [0.1, 0.297, 0.6, 0.682, 1.0]
    found = chart(page).evaluate(
        "(canvas, all) => all.map((c) => [canvas.btp.foreseen(c), canvas.btp.images(c)])", tried
    )
    for c, (rows, images) in zip(tried, found, strict=True):
        best = predicted(x, c, 8)
        assert [row["singular"] for row in rows] == pytest.approx(best.singular, abs=1e-9)
        assert [row["kl"] for row in rows] == pytest.approx(best.kl, abs=1e-9)
        step = 2 * best.singular[:, None] * best.axes
        exact = np.stack([x.mean(0) - step, x.mean(0) + step], axis=1)
        assert np.array(images) == pytest.approx(exact, abs=1e-5)

    handle(page).fill(str(stops().index(0.6)))
    expect(page).to_have_url(re.compile(r"[?&]collapse_c=0\.6(&|$)"))
    expect(chart(page)).to_have_attribute("data-survivors", "2")
    expect(figure(page).locator(".kept")).to_have_text("2 of 8 directions survive")
    expect(figure(page).locator(".spoken")).to_contain_text("2 of 8")
    best, row = predicted(x, 0.6, 8), recorded()["linear"][stops().index(0.6)]
    for k, (number, _, hoped, trained, kl) in enumerate(table(page, "directions")):
        assert int(number) == k + 1
        assert float(hoped) == pytest.approx(best.singular[k], abs=6e-5)
        assert float(kl) == pytest.approx(best.kl[k], abs=6e-4)
        seeds = [singular[k] for singular in row["singular"]]
        far = max(seeds, key=lambda one, k=k: abs(one - best.singular[k]))
        assert float(trained) == pytest.approx(far, abs=6e-5)
    expect(figure(page).locator("tr.gone")).to_have_count(6)
    deep = {name: next(r for r in recorded()[name] if r["c"] == 0.6)["values"]
            for name in ("raised", "scratch")}  # fmt: skip
    raised, scratch, theory = table(page, "found")
    for cells, values in ((raised, deep["raised"]), (scratch, deep["scratch"])):
        ends = [float(part) for part in cells[1].split(" … ")]
        assert ends[0] == pytest.approx(min(values["val_kl"]), abs=6e-3)
        assert ends[-1] == pytest.approx(max(values["val_kl"]), abs=6e-3)
    assert theory[1:] == [f"{predicted(x, 0.6, 2).kl.sum():.2f}", "2"]
    handle(page).focus()
    handle(page).press("ArrowRight")
    handle(page).press("ArrowRight")
    expect(page).to_have_url(re.compile(r"collapse_c=0\.682(&|$)"))
    expect(chart(page)).to_have_attribute("data-survivors", "1")


def test_the_line_is_dragged_in_silence_and_the_thumb_stands_under_it(open_page):
    page = open_page(f"{PATH}?collapse_c=0.61", ready=READY, height=1300)
    expect(chart(page)).to_have_attribute("data-c", "0.1")  # not a c that was measured
    chart(page).scroll_into_view_if_needed()
    box, at = chart(page).bounding_box(), "(canvas, c) => canvas.btp.x(c)"
    y = box["y"] + 60
    page.mouse.move(box["x"] + chart(page).evaluate(at, 0.2), y)
    page.mouse.down()
    counted = sent(page)
    goal = box["x"] + chart(page).evaluate(at, 0.563)
    page.mouse.move(goal, y, steps=10)
    painted(page)
    expect(chart(page)).to_have_attribute("data-c", "0.563")
    thumb, last = handle(page).bounding_box(), len(stops()) - 1
    share = stops().index(0.563) / last
    assert thumb["x"] + 10 + share * (thumb["width"] - 20) == pytest.approx(goal, abs=1.5)
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"collapse_c=0\.563(&|$)"))

    phone = open_page(
        page.url[page.url.index("/", 8) :], width=390, height=844, has_touch=True, is_mobile=True,
        ready=READY,
    )  # fmt: skip
    expect(chart(phone)).to_have_attribute("data-c", "0.563")
    assert figure(phone).locator(".widget").evaluate("e => e.scrollWidth <= e.clientWidth")
    at = chart(phone).evaluate("(canvas, c) => canvas.btp.x(c)", 0.727)
    chart(phone).tap(position={"x": at, "y": 40})
    expect(chart(phone)).to_have_attribute("data-survivors", "0")
    expect(phone).to_have_url(re.compile(r"collapse_c=0\.727(&|$)"))

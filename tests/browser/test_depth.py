"""Depth against latent dimension in a real browser: choose a cell, switch, train it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import key, sent
from ui import depth

CHAPTER = "/too_much_freedom"
GRID = '[data-testid="depth-grid"]'
OpenPage = Callable[..., Page]


def opened(open_page: OpenPage, query: str = "", **options: object) -> Page:
    join = "&" if query else "?"
    page = open_page(f"{CHAPTER}{query}{join}deeper_depth=true", ready=GRID, **options)
    expect(grid(page)).to_have_attribute("data-ready", "true")
    grid(page).scroll_into_view_if_needed()
    return page


def grid(page: Page) -> Locator:
    return page.locator(GRID)


def cell(page: Page, row: int, column: int) -> Locator:
    return grid(page).get_by_role("row").nth(1 + row).get_by_role("gridcell").nth(column)


def facts(page: Page) -> list[list[str]]:
    """The chosen network's numbers: a row per reading, each "mean ± half"."""
    rows = grid(page).locator(".facts tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def numbers(text: str) -> list[float]:
    return [float(part) for part in re.findall(r"[\d.]+", text)]


def test_every_cell_shows_its_mean_in_every_reading(open_page: OpenPage) -> None:
    page = opened(open_page)
    for name, reading in zip(
        ("error", "trustworthiness", "continuity"), depth.READINGS, strict=True
    ):
        grid(page).get_by_role("radio", name=name).check()
        expect(grid(page)).to_have_attribute("data-reading", str(depth.READINGS.index(reading)))
        found = depth.measured(reading.measure)
        for row, means in enumerate(found):
            shown = grid(page).get_by_role("row").nth(1 + row).get_by_role("gridcell")
            texts = [float(text) for text in shown.all_inner_texts()]
            expected = [each.mean for each in means]
            assert texts == pytest.approx(expected, abs=0.501 * 10**-reading.decimals)
        ends = [each.mean for means in found for each in means]
        shades = grid(page).evaluate(
            "grid => [...grid.querySelectorAll('[role=gridcell]')]"
            ".map(cell => Number(cell.style.getPropertyValue('--share')))"
        )
        best = min(ends) if reading.better == "low" else max(ends)
        assert (min(shades), max(shades)) == (0, 1)
        assert ends[shades.index(1)] == best


def test_a_click_shows_a_network_in_full_beside_the_linear_one(open_page: OpenPage) -> None:
    page = opened(open_page)
    cell(page, 2, 4).click()
    expect(grid(page)).to_have_attribute("data-cell", "2,4")
    expect(grid(page).locator(".chosen")).to_have_text("2 hidden layers, 8 numbers per code")
    for texts, reading in zip(facts(page), depth.READINGS, strict=True):
        for text, row in zip(texts, (2, 0), strict=True):
            expected = depth.measured(reading.measure)[row][4]
            assert numbers(text) == pytest.approx(
                [expected.mean, expected.half], abs=0.501 * 10**-reading.decimals
            )
    expect(page).to_have_url(re.compile(r"[?&]depth_cell=2(,|%2C)8"))
    expect(page.locator(".st-key-depth_train")).to_contain_text("2 hidden layers, 8 numbers")
    cell(page, 0, 0).click()  # the linear network has nothing to stand beside
    expect(grid(page).locator(".chosen")).to_have_text("linear, 1 number per code")
    assert [len(texts) for texts in facts(page)] == [1, 1, 1]


def test_arrow_keys_move_the_choice_and_stop_at_the_edges(open_page: OpenPage) -> None:
    page = opened(open_page)
    chosen = grid(page).locator("[role=gridcell][tabindex='0']")
    chosen.focus()
    counted = sent(page)
    for name, place in (
        ("ArrowRight", "3,2"), ("ArrowUp", "2,2"), ("End", "2,5"), ("ArrowRight", "2,5"),
        ("ArrowDown", "3,5"), ("ArrowDown", "4,5"), ("ArrowDown", "4,5"), ("Home", "4,0"),
    ):  # fmt: skip
        page.keyboard.press(name)
        expect(grid(page)).to_have_attribute("data-cell", place)
        assert chosen.count() == 1
    expect(page).to_have_url(re.compile(r"depth_cell=4(,|%2C)1(&|$)"))
    assert sent(page) - counted < 8  # not one message per key
    expect(grid(page).locator(".spoken")).to_contain_text(
        "4 hidden layers, 1 number per code: error"
    )


def test_a_link_opens_the_same_cell_and_reading(open_page: OpenPage) -> None:
    page = opened(open_page)
    grid(page).get_by_role("radio", name="continuity").check()
    cell(page, 1, 3).click()
    expect(page).to_have_url(re.compile(r"depth_cell=1(,|%2C)4"))
    expect(page).to_have_url(re.compile("depth=continuity"))
    page.reload()
    expect(grid(page)).to_have_attribute("data-cell", "1,3")
    expect(grid(page)).to_have_attribute("data-reading", "2")
    expect(grid(page).get_by_role("radio", name="continuity")).to_be_checked()


def test_nonsense_in_a_link_is_ignored(open_page: OpenPage) -> None:
    page = opened(open_page, "?depth=worst&depth_cell=7,nan")
    expect(grid(page)).to_have_attribute("data-cell", "3,1")
    expect(grid(page)).to_have_attribute("data-reading", "0")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_finger_chooses_on_a_phone(open_page: OpenPage) -> None:
    page = opened(open_page, width=360, height=844, has_touch=True, is_mobile=True)
    for width in (360, 390):
        page.set_viewport_size({"width": width, "height": 844})
        cell(page, 4, 5).tap()
        expect(grid(page)).to_have_attribute("data-cell", "4,5")
        box = cell(page, 4, 5).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
        assert box["width"] >= 38
        assert box["height"] >= 44
        cut = (
            "grid => [...grid.querySelectorAll('.cells td, .cells th')]"
            ".filter(each => each.scrollWidth > each.clientWidth + 1).length"
        )
        grid(page).get_by_role("radio", name="trustworthiness").tap()
        assert grid(page).evaluate(cut) == 0


@pytest.mark.parametrize(("asked", "row", "column"), [("2,8", 2, 4), ("0,16", 0, 5)])
def test_training_a_cell_measures_a_sixth_seed(
    open_page: OpenPage, asked: str, row: int, column: int
) -> None:
    page = opened(open_page, f"?depth_cell={asked}")
    page.locator(".st-key-depth_train button").click()
    finding = page.get_by_text("Seed 5").locator("xpath=ancestor::li")
    expect(finding).to_be_visible(timeout=120_000)
    found = re.findall(r"([\d.]+), (inside|outside) ([\d.]+) … ([\d.]+)", finding.inner_text())
    assert len(found) == 3
    for (value, word, low, high), reading in zip(found, depth.READINGS, strict=True):
        assert (float(low) <= float(value) <= float(high)) == (word == "inside")
        # another seed of the same network: not far from the five
        assert float(value) == pytest.approx(
            depth.measured(reading.measure)[row][column].mean, rel=0.1
        )
    shown = [texts[-1] for texts in facts(page)]
    assert shown == [value for value, *_ in found]
    expect(cell(page, row, column).locator(".own")).to_have_text(found[0][0])
    expect(grid(page).locator(".facts thead")).to_contain_text("seed 5, yours")
    expect(grid(page).locator(".mine")).to_be_visible()
    expect(page.locator(".st-key-depth_train button")).to_be_enabled()


def test_the_choice_follows_the_finger_at_once(open_page: OpenPage) -> None:
    """Nothing is sent while the button is down: a cell is chosen when it is let go."""
    page = opened(open_page)
    box = cell(page, 1, 1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    assert grid(page).get_attribute("data-cell") == "3,1"
    page.mouse.up()
    expect(grid(page)).to_have_attribute("data-cell", "1,1")
    key(page, "ArrowDown")
    expect(grid(page)).to_have_attribute("data-cell", "2,1")

"""The measures of chapter 6: drawn in the theme's ink, tables within the page, names explained."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

CHAPTER = "/continuity_and_completeness"
OPEN = f"{CHAPTER}?deeper_evidence=true"


def ink(page: Page, mark: str) -> str:
    return str(page.locator(mark).first.evaluate("e => getComputedStyle(e).fill"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_panels_are_drawn_in_the_ink_of_the_theme(
    open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page(CHAPTER, color_scheme=scheme)
    panels = page.locator(".measures svg")
    expect(panels).to_have_count(2)
    expect(panels.first).to_have_attribute("aria-label", re.compile(r"coverage: AE 0\.\d\d, β 0 "))
    assert ink(page, ".measures circle.mark") == (
        "rgb(34, 38, 43)" if scheme == "light" else "rgb(232, 230, 225)"
    )
    for panel in panels.all():
        box = panel.bounding_box()
        assert box is not None
        for text in panel.locator("text").all():
            inside = text.bounding_box()
            assert inside is not None
            assert inside["x"] >= box["x"] - 1
            assert inside["x"] + inside["width"] <= box["x"] + box["width"] + 1


def test_on_a_phone_the_tables_scroll_and_the_page_does_not(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(OPEN, width=390, height=844, has_touch=True)
    table = page.locator(".measured").first
    expect(table).to_be_visible()
    assert table.evaluate("e => e.scrollWidth > e.clientWidth + 300")
    assert page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"
    )
    name = table.locator("tbody th").first
    left = name.evaluate("e => e.getBoundingClientRect().left")
    table.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(table).not_to_have_js_property("scrollLeft", 0)
    assert name.evaluate("e => e.getBoundingClientRect().left") == left  # it stays in sight


def test_a_name_says_what_its_number_is(open_page: Callable[..., Page]) -> None:
    page = open_page(OPEN)
    explained = page.get_by_text("is the mixture of all their clouds")
    expect(explained).to_have_count(0)
    page.get_by_role("radio", name="KL = I + KL").click()
    expect(explained).to_be_visible()
    page.get_by_role("radio", name="KL = I + KL").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("entropy of the grey pixels")).to_be_visible()

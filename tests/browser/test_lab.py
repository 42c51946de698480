"""The lab in a real browser: train beside the others, one probe for all, share the whole bench."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    at_rest,
    beyond,
    decoded,
    drag,
    maps,
    pixels,
    press,
    status,
    z_of,
)  # fmt: skip

QUICK = "/lab?epochs=3&hidden=8&seed=7301"


def trained(page: Page) -> None:
    press(page, "train")
    expect(status(page)).to_have_text(re.compile(r"^done · epoch 3 of 3 · recon \d+\.\d · KL \d"))
    expect(maps(page)).to_have_count(3)
    expect(maps(page).nth(2)).to_have_attribute("data-ready", "true")


def test_a_new_run_joins_the_probe_and_a_link_opens_the_same_bench(open_page):
    page = open_page(QUICK)
    expect(status(page)).to_have_text("ready")
    expect(maps(page)).to_have_count(2)
    trained(page)
    before = [z_of(maps(page).nth(k)) for k in range(3)]
    drag(page, maps(page).first, (0.5, 0.5), (0.7, 0.3))
    after = [z_of(maps(page).nth(k)) for k in range(3)]
    assert all(a != b for a, b in zip(after, before, strict=True))
    name = page.locator("[class*=st-key-name_] input").nth(2)
    name.fill("<b>mine</b> & yours")
    name.press("Enter")
    expect(page.locator(".st-key-figure_lab")).to_contain_text("<b>mine</b> & yours")
    at_rest(page)
    expect(page).to_have_url(re.compile("u=.*mine|mine.*u="))
    shown = [pixels(decoded(page).nth(k)) for k in range(3)]

    other = open_page(page.url.partition("/lab")[2].join(["/lab", ""]))
    expect(maps(other)).to_have_count(3)
    expect(maps(other).nth(2)).to_have_attribute("data-ready", "true")
    expect(other.locator("[class*=st-key-name_] input").nth(2)).to_have_value("<b>mine</b> & yours")
    assert [pixels(decoded(other).nth(k)) for k in range(3)] == shown
    assert beyond(other, 360) <= 0


def test_settings_and_runs_stay_in_sight_together(open_page):
    page = open_page("/lab")
    rail, first = page.locator(".st-key-lab_rail"), maps(page).first
    left, right = rail.bounding_box(), first.bounding_box()
    assert left and right
    assert left["x"] + left["width"] < right["x"]
    assert right["y"] < left["y"] + left["height"]

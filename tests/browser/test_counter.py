"""The cost of a grid (chapter 7): places, time and memory follow k."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import key, sent
from ui.counter import seconds_per_place

YEAR, UNIVERSE = 365.25 * 86400, 13.8e9 * 365.25 * 86400
UNITS = {
    "ms": 1e-3, "s": 1, "minutes": 60, "hours": 3600, "days": 86400, "years": YEAR,
    "ages of the universe": UNIVERSE, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15,
    "EB": 1e18, "ZB": 1e21, "YB": 1e24,
}  # fmt: skip
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def quantity(text: str) -> float:
    """What is meant by “35 ms”, “1.1 days”, “10²² YB”."""
    found = re.fullmatch(r"(?:([\d.\u202f]+)(?: · )?)?(?:10([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?: (\D+))?", text)
    assert found, text
    digits, power, unit = found.groups()
    value = (
        float(digits.replace("\u202f", ""))
        if digits and not text.startswith("10" + (power or " "))
        else 1.0
    )
    return value * 10.0 ** int((power or "0").translate(RAISED)) * UNITS.get(unit or "", 1)


def test_places_time_and_memory_follow_k_and_the_link_keeps_it(open_page):
    page = open_page("/probabilistic_model", ready="[data-testid=counter]")
    handle, costs = page.get_by_test_id("counter"), page.locator(".st-key-figure_counter dd")
    handle.focus()
    before = sent(page)
    for k in range(2, 21):
        expect(handle).to_have_attribute("data-k", str(k))
        places, time, memory = (quantity(text) for text in costs.all_inner_texts())
        assert places == pytest.approx(100.0**k, rel=1e-9)
        assert time == pytest.approx(seconds_per_place() * 100.0**k, rel=0.5)
        assert memory == pytest.approx(8 * 100.0**k, rel=0.5)
        if k == 5:
            assert sent(page) == before
        key(page, "ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]k=20"))
    again = open_page(page.url[page.url.index("/", 8) :], ready="[data-testid=counter]")
    expect(again.get_by_test_id("counter")).to_have_attribute("data-k", "20")

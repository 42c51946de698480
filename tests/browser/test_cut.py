"""The cut path in a real browser: choose a cut, train, scrub through the film, compare."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from engine.tasks import keyframe_epochs
from tests.browser.conftest import at_rest, key, painted, sent
from tests.core import oracles
from ui import cut
from ui.shipped import manifest, shipped

CHAPTER = "/reparametrisation"
MAP = '[data-testid="cut-map"]'
FILM = cut.film(keyframe_epochs(cut.config_of(cut.Choice("cut-z"))))
TRAINED = 180_000  # ms: a run takes three seconds alone, and more beside others
OpenPage = Callable[..., Page]


def opened(open_page: OpenPage, query: str = "", **options: object) -> Page:
    page = open_page(f"{CHAPTER}{query}", ready=MAP, reduced_motion="reduce", **options)
    plot(page).scroll_into_view_if_needed()
    return page


def plot(page: Page) -> Locator:
    return page.locator(MAP)


def part(page: Page, selector: str) -> Locator:
    return page.locator(".st-key-figure_cut").locator(selector)


def choose(page: Page, group: str, name: str) -> None:
    page.locator(f".st-key-cut_{group}").get_by_role("radio", name=name, exact=True).click()


def trained(page: Page) -> None:
    page.locator(".st-key-cut_train button").click()
    expect(plot(page)).to_have_attribute("data-frames", re.compile(r"\d\d"), timeout=TRAINED)
    expect(plot(page)).to_have_attribute("data-epoch", "130")
    at_rest(page)


def test_the_shipped_run_is_there_at_first_and_a_cut_waits_for_its_training(
    open_page: OpenPage,
) -> None:
    page = opened(open_page)
    model = shipped(cut.SHIPPED)
    assert plot(page).get_attribute("data-run") == model.sha256[:16]
    low, middle, high = np.percentile(model.std, cut.BAND)
    assert part(page, ".trace.sigma .now").inner_text() == f"{middle:.2f} ({low:.2f} … {high:.2f})"
    measures = manifest()[cut.SHIPPED]["measures"]
    shown = part(page, ".trace.recon .now").inner_text().replace("−", "-")
    assert float(shown) == pytest.approx(measures["val_recon"], abs=0.051)
    z = np.array([[0.3, -1.2], [2.0, 0.1]])
    decoded = plot(page).evaluate("(c, z) => z.map((at) => [...c.btp.decode(at)])", z.tolist())
    expected = oracles.decoded(model.config, model.weights, z)
    np.testing.assert_allclose(decoded, expected, atol=2e-5)
    assert part(page, ".cell.unmade").count() == 6

    choose(page, "gradient", "cut at z")
    expect(plot(page)).to_have_attribute("data-gradient", "cut-z")
    choose(page, "kl", "off")
    expect(plot(page)).to_have_attribute("data-kl", "off")
    expect(plot(page)).to_have_attribute("data-run", "")
    expect(part(page, ".nothing")).to_be_visible()
    expect(part(page, ".scissors.at-z")).to_be_visible()
    expect(page).to_have_url(re.compile("cut=cut-z"))
    expect(page).to_have_url(re.compile("cut_kl=off"))
    page.reload()
    expect(plot(page)).to_have_attribute("data-gradient", "cut-z")
    expect(plot(page)).to_have_attribute("data-kl", "off")


def test_a_cut_run_becomes_a_film_that_is_scrubbed_without_the_server(
    open_page: OpenPage,
) -> None:
    page = opened(open_page, "?cut=cut-z")
    page.locator(".st-key-cut_train button").click()
    expect(page.locator(".st-key-cut_stop button")).to_be_visible()
    expect(plot(page)).to_have_attribute("data-frames", re.compile(r"\d\d"), timeout=TRAINED)
    expect(page.locator(".st-key-cut_train button")).to_be_enabled()
    expect(page.locator(".st-key-cut_stop")).to_have_count(0)
    said = part(page, ".said")
    expect(said).to_contain_text("The code is dead")
    assert said.locator("b").inner_text() == "1.00"
    assert part(page, ".cell:not(.unmade)").all_inner_texts()[0].startswith("cut at z · KL on")

    before, handle = sent(page), part(page, ".film .range")
    expect(plot(page)).to_have_attribute("data-epoch", "130")
    handle.focus()
    key(page, "Home")
    expect(plot(page)).to_have_attribute("data-epoch", "0")
    frames = {}
    assert plot(page).get_attribute("data-frames") == str(len(FILM))
    for _ in FILM:
        epoch = int(plot(page).get_attribute("data-epoch") or "-1")
        frames[epoch] = (
            part(page, ".path").get_attribute("data-gradient"),
            plot(page).evaluate(
                "c => [[...c.btp.cloud().std], c.btp.draws(), [...c.btp.cloud().points]]"
            ),
            part(page, ".trace.sigma .now").inner_text(),
        )  # fmt: skip
        key(page, "ArrowRight")
    assert sent(page) == before
    eps = np.random.default_rng(0).standard_normal((5, 2))
    for epoch, (path, (std, draws, mu), now) in frames.items():
        assert path == ("cut-z" if epoch > cut.AFTER else "pathwise"), epoch
        codes, widths = np.reshape(mu, (-1, 2)), np.reshape(std, (-1, 2))
        noise = np.array(draws) - codes[(rows := followed(page))]
        np.testing.assert_allclose(noise, widths[rows] * eps, rtol=2e-3, atol=2e-4)
        # 500 of the 1500 codes are on the map, and the number is of them all
        assert float(now.split()[0]) == pytest.approx(np.median(widths), rel=0.05)
    assert np.median(frames[cut.AFTER][1][0]) < 0.3
    assert np.median(frames[130][1][0]) == pytest.approx(1, abs=0.02)


def followed(page: Page) -> list[int]:
    """The rows on the map of the five images that are followed: the first of their classes."""
    y = shipped(cut.SHIPPED).data.y_train[:: cut.EVERY]
    return [int(np.argmax(y == name)) for name in cut.CLASSES]


def test_two_runs_stand_side_by_side_and_stop_keeps_none(open_page: OpenPage) -> None:
    page = opened(open_page, "?cut=cut-std&cut_kl=off")
    trained(page)
    choose(page, "gradient", "whole")
    expect(plot(page)).to_have_attribute("data-gradient", "pathwise")
    expect(plot(page)).to_have_attribute("data-run", "")
    trained(page)
    made = part(page, ".cell:not(.unmade)")
    expect(made).to_have_count(2)
    whole, drifting = (float(made.nth(k).locator("b").inner_text()) for k in (0, 1))
    assert whole < 0.02 < drifting  # no term speaks to σ after the cut, and still it grows
    expect(part(page, ".cell.chosen")).to_contain_text("whole · KL off")

    choose(page, "kl", "on")
    choose(page, "gradient", "cut at σ")
    expect(plot(page)).to_have_attribute("data-gradient", "cut-std")
    page.locator(".st-key-cut_train button").click()
    page.locator(".st-key-cut_stop button").click()
    expect(page.locator(".st-key-cut_train button")).to_be_enabled()
    at_rest(page)
    expect(made).to_have_count(2)


def test_on_a_phone_all_fits_and_a_finger_plays_the_film(open_page: OpenPage) -> None:
    page = opened(open_page, "?cut=cut-std&cut_kl=off", width=390, height=844, has_touch=True)
    trained(page)  # from the cache, or anew
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(part(page, ".play")).to_have_text("Play")
    before = sent(page)
    part(page, ".play").tap()
    expect(part(page, ".play")).to_have_text("Pause")
    part(page, ".play").tap()
    expect(part(page, ".play")).to_have_text("Play")
    painted(page)
    assert int(plot(page).get_attribute("data-epoch") or "130") < 130
    assert sent(page) == before
    expect(part(page, ".spoken")).to_contain_text("Width σ")

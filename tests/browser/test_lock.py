"""The lock on f (chapter 8): what each rule would raise, what it picks, and the handle."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import painted, sent
from tests.browser.direction import evidence, kl, likelihood
from ui.lock import OPENING, along

PATH = "/variational_inference"
READY = '[data-testid="lock"]'
VARIANCE = float((along()[0].astype(np.float64) ** 2).mean())
SETTINGS = [(0.0, 0.69, 0.1), (0.3, 0.69, 0.1), (1.28, 0.69, 0.1), (0.2, 0.14, 0.5), (1.6, 0.55, 1)]


def chart(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_lock")


def square(page: Page) -> float:
    return float(chart(page).get_attribute("data-square"))


def shown(page: Page, name: str) -> float:
    return float(figure(page).locator(name).inner_text().replace("−", "-"))


def follow(page: Page, name: str) -> None:
    """Press a rule and wait until w has come to rest."""
    figure(page).get_by_role("button", name=name).click()
    painted(page)
    expect(chart(page)).to_have_attribute("data-moving", "false")
    painted(page)


def test_the_lines_are_quadratures_and_each_rule_picks_the_top_of_its_own(open_page):
    page = open_page(PATH, ready=READY)
    found = chart(page).evaluate(
        """(canvas, all) => all.map(([square, lambda, c]) => {
          const { likelihood, kl, evidence, elbo } = canvas.btp.at(square, lambda, c);
          const held = (other) => canvas.btp.held(square, other, lambda, c);
          const rules = canvas.btp.rules(square, lambda, c);
          return { likelihood, kl, evidence, elbo, others: [0, 0.1, 0.5, 1.2].map(held), rules };
        })""",
        SETTINGS,
    )
    scan = np.linspace(0, 2, 4001)
    for (place, variance, c), here in zip(SETTINGS, found, strict=True):
        exact = [likelihood(place, place, variance, c), kl(place, variance, c)]
        assert [here["likelihood"], here["kl"]] == pytest.approx(exact, abs=1e-9)
        assert here["evidence"] == pytest.approx(evidence(place, variance, c), abs=1e-9)
        assert here["elbo"] == pytest.approx(
            here["evidence"], abs=1e-9
        )  # the best q closes the gap
        held = [likelihood(other, place, variance, c) - exact[1] for other in (0, 0.1, 0.5, 1.2)]
        assert here["others"] == pytest.approx(held, abs=1e-9)
        tops = [
            scan[np.argmax([line(other) for other in scan])]
            for line in (
                lambda other, place=place, v=variance, c=c: likelihood(other, place, v, c),
                lambda other, v=variance, c=c: likelihood(other, other, v, c),
                lambda other, v=variance, c=c: evidence(other, v, c),
            )
        ]
        assert here["rules"] == pytest.approx(tops, abs=6e-4)

    terms = [likelihood(OPENING.square, OPENING.square, VARIANCE, OPENING.c)]
    terms += [
        kl(OPENING.square, VARIANCE, OPENING.c),
        evidence(OPENING.square, VARIANCE, OPENING.c),
    ]
    names = (".likelihood", ".kl", ".evidence")
    assert [shown(page, name) for name in names] == pytest.approx(terms, abs=0.006)

    follow(page, "KL forgotten")
    assert square(page) == pytest.approx(2 * VARIANCE - OPENING.c, abs=6e-4)
    expect(figure(page).locator(".note")).to_contain_text("twice the data’s variance, 0.69")
    follow(page, "whole ELBO")
    assert square(page) == pytest.approx(VARIANCE - OPENING.c, abs=6e-4)
    expect(figure(page).locator(".note")).to_contain_text("the data’s")

    # q locked, f moved, again and again: every press climbs
    page.get_by_role("slider", name="Decoder w²").fill("0.15")
    heights = [evidence(0.15, VARIANCE, OPENING.c)]
    for _ in range(8):
        follow(page, "Lock q, best f")
        heights.append(evidence(square(page), VARIANCE, OPENING.c))
    assert (np.diff(heights) > 0).all()
    assert square(page) == pytest.approx(VARIANCE - OPENING.c, abs=0.05)


def test_the_handle_sends_nothing_while_it_is_held_and_the_link_says_it_all(open_page):
    page = open_page(PATH, ready=READY)
    handle = page.get_by_role("slider", name="Decoder w²")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    y = box["y"] + box["height"] / 2
    at = 10 + (box["width"] - 20) * OPENING.square / 1.6
    page.mouse.move(box["x"] + at, y)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + box["width"] / 2, y, steps=10)
    painted(page)
    assert square(page) == pytest.approx(0.8, abs=0.01)
    canvas = chart(page).bounding_box()
    on_chart = canvas["x"] + 46 + (canvas["width"] - 58) / 2  # the thumb stands under its place
    assert box["x"] + box["width"] / 2 == pytest.approx(on_chart, abs=2)
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]lock=0%2C0\.1%2C|lock=0,0\.1,"))
    figure(page).get_by_role("radio", name="10, λ = 0.14").check()
    figure(page).get_by_role("slider", name="Noise variance c").fill("7")
    expect(page).to_have_url(re.compile(r"lock=2(%2C|,)0\.4(%2C|,)"))
    follow(page, "whole ELBO")
    assert square(page) == 0
    expect(figure(page).locator(".note")).to_contain_text("given up")
    expect(figure(page).locator(".spoken")).to_contain_text("given up")
    expect(page).to_have_url(re.compile(r"lock=2(%2C|,)0\.4(%2C|,)0(&|$)"))
    again = open_page(
        page.url[page.url.index("/", 8) :], width=390, height=844, has_touch=True, is_mobile=True,
        ready=READY,
    )  # fmt: skip
    assert [square(again), chart(again).get_attribute("data-c")] == [0, "0.4"]
    figure(again).get_by_role("button", name="KL forgotten").tap()
    painted(again)
    assert figure(again).locator(".widget").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert square(again) == 0  # c is more than twice λ

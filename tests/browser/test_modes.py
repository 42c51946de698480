"""A posterior with two modes under the hand (chapter 8): both KLs, both fits."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scipy.optimize import minimize

from tests.browser.bell import evidence, kl_from_posterior, kl_from_q, posterior
from tests.browser.conftest import finger, key, painted, sent, swipe
from ui.modes import OPENING

PATH = "/variational_inference?deeper_modes=true"
READY = '[data-testid="modes"]'
SETTINGS = [
    (2.0, 0.3, 0.35, 0.6), (2.0, 0.3, 1.31, 0.21), (-1.0, 2.0, -2.0, 1.5),
    (4.0, 0.05, 1.99, 0.06), (0.0, 1.0, 0.0, 0.7), (1.0, 0.1, -0.9, 0.03),
]  # fmt: skip


def plane(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_modes")


def q_of(page: Page) -> list[float]:
    return [float(part) for part in (plane(page).get_attribute("data-q") or "").split(",")]


def nats(page: Page) -> list[float]:
    texts = figure(page).locator(".nats").all_inner_texts()
    return [float(text.removesuffix(" nats").replace("−", "-")) for text in texts]


def share(z: float, width: float) -> float:
    """Where z stands on the chart, as a share of its width."""
    return (34 + (width - 44) * (z / 3.4 + 1) / 2) / width


def press(page: Page, name: str) -> None:
    figure(page).get_by_role("button", name=name).click()
    painted(page)
    expect(plane(page)).to_have_attribute("data-fitting", "false")
    painted(page)


def test_both_kls_are_quadratures_and_both_fits_are_the_least_there_is(open_page):
    page = open_page(PATH, ready=READY)
    asked = [[x, c, [mean, std]] for x, c, mean, std in SETTINGS]
    found = plane(page).evaluate(
        "(canvas, all) => all.map((each) => canvas.btp.kl(...each))", asked
    )
    for (x, c, mean, std), (qp, pq, log_evidence) in zip(SETTINGS, found, strict=True):
        assert qp == pytest.approx(kl_from_q(x, c, mean, std), rel=1e-6, abs=1e-6)
        assert pq == pytest.approx(kl_from_posterior(x, c, mean, std), rel=1e-5, abs=1e-6)
        assert log_evidence == pytest.approx(np.log(evidence(x, c)), abs=1e-6)
    x, c, mean, std = OPENING
    assert q_of(page) == [mean, std]
    exact = [kl_from_q(*OPENING), kl_from_posterior(*OPENING)]
    assert nats(page) == pytest.approx(exact, abs=0.006)

    press(page, "Fit: downhill from here")
    least = minimize(lambda v: kl_from_q(x, c, v[0], np.exp(v[1])), [1.3, -1.5], tol=1e-10)
    assert q_of(page) == pytest.approx([least.x[0], np.exp(least.x[1])], abs=2e-3)
    assert nats(page)[0] == pytest.approx(least.fun, abs=0.006)
    expect(figure(page).locator(".note")).to_contain_text("The other is outside q")

    press(page, "Fit: match the moments")
    density, middle, width = posterior(x, c)
    assert q_of(page) == pytest.approx([middle, width], abs=6e-4)
    assert nats(page)[1] == pytest.approx(kl_from_posterior(x, c, middle, width), abs=0.006)
    at_zero = density(0) / density(np.sqrt(x - c / 2))
    expect(figure(page).locator(".note")).to_contain_text(f"{100 * at_zero:.1f} %")
    rows = figure(page).locator(".found tbody tr").all_inner_texts()
    assert f"{least.fun:.2f}" in rows[0]
    assert f"{kl_from_q(x, c, 0, round(width, 3)):.2f}" in rows[1]

    # between the bumps q is caught; on the other one it finds as much; nearer bumps share one q
    press(page, "Fit: downhill from here")
    caught = minimize(lambda v: kl_from_q(x, c, v[0], np.exp(v[1])), [0, np.log(width)], tol=1e-10)
    assert q_of(page) == pytest.approx([0, np.exp(caught.x[1])], abs=2e-3)
    expect(figure(page).locator(".note")).to_contain_text(f"{caught.fun:.2f} nats")
    expect(figure(page).locator(".note")).to_contain_text(f"cost {least.fun:.2f}")
    plane(page).focus()
    for _ in range(3):
        key(page, "Shift+ArrowLeft")
    press(page, "Fit: downhill from here")
    assert q_of(page)[0] == pytest.approx(-least.x[0], abs=2e-3)
    page.get_by_role("slider", name="Observation x").fill("1")
    press(page, "Fit: downhill from here")
    assert q_of(page)[0] == pytest.approx(0, abs=2e-3)
    expect(figure(page).locator(".note")).to_contain_text("one q over both")
    expect(figure(page).locator(".found tbody tr").nth(1)).to_contain_text("–")


def test_q_is_dragged_widened_and_linked(open_page):
    page = open_page(PATH, ready=READY)
    canvas = plane(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    scale = (box["width"] - 44) / 6.8
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + box["width"] / 2 + scale, box["y"] + 40, steps=12)
    painted(page)
    assert q_of(page) == pytest.approx([1.7, 0.5], abs=0.01)
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]modes="))

    most = 2.3 * canvas.evaluate("c => c.btp.posterior.density(c.btp.posterior.modes[0])")
    height = np.exp(-0.5) / (0.5 * np.sqrt(2 * np.pi))  # q at one width from its mean
    grip = box["height"] - 22 - (box["height"] - 32) * height / most
    page.mouse.move(box["x"] + share(2.2, box["width"]) * box["width"], box["y"] + grip)
    page.mouse.down()
    page.mouse.move(box["x"] + share(2.0, box["width"]) * box["width"], box["y"] + grip, steps=8)
    page.mouse.up()
    painted(page)
    assert q_of(page) == pytest.approx([1.7, 0.3], abs=0.01)

    canvas.focus()
    key(page, "ArrowLeft")
    key(page, "Shift+ArrowUp")
    assert q_of(page) == pytest.approx([1.7 - 0.068, 0.3 * np.exp(0.25)], abs=0.01)
    figure(page).get_by_role("slider", name="Noise variance c").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"modes=2%2C0\.5%2C|modes=2,0\.5,"))
    again = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    assert again.locator(READY).get_attribute("data-c") == canvas.get_attribute("data-c")
    assert q_of(again) == q_of(page)
    plane(again).focus()
    key(again, "Home")
    assert q_of(again) == [OPENING.mean, OPENING.std]


def test_a_finger_drags_q_and_the_page_keeps_its_width(open_page):
    page = open_page(PATH, width=390, height=844, has_touch=True, is_mobile=True, ready=READY)
    width = plane(page).bounding_box()["width"]
    swipe(page, plane(page), (share(0.7, width), 0.5), (share(-0.9, width), 0.5))
    assert q_of(page)[0] == pytest.approx(-0.9, abs=0.1)
    touch = finger(page, plane(page))
    touch("touchStart", 0.02, 0.5)
    touch("touchMove", 0.9, 0.5)
    touch("touchEnd")
    painted(page)
    assert q_of(page)[0] <= 3
    assert figure(page).locator(".widget").evaluate("e => e.scrollWidth <= e.clientWidth")

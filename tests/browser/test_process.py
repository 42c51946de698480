"""The generative process played: z from the prior, its mean f(z), x drawn around it."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from scipy import stats
from torch.distributions import Normal

from tests.browser.conftest import drag, key, painted, pixels, sent, swipe, z_of
from tests.browser.decoder import decode
from ui.process import MODEL, OPENING

SEVENTH = "/probabilistic_model"
READY = '[data-testid="process"]'


def plane(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_process")


def btp(page: Page, expression: str) -> object:
    """What the figure offers in the console."""
    return plane(page).evaluate(f"canvas => {{ const {{ btp }} = canvas; return {expression}; }}")


def pictures(page: Page) -> list[str]:
    """The mean and the sample as they are printed."""
    names = ("process-mean", "process-sample")
    return [pixels(page.locator(f'[data-testid="{name}"]')) for name in names]


def played(page: Page) -> None:
    """Wait until the three steps have been played: the sample comes last."""
    painted(page)
    expect(plane(page)).to_have_attribute("data-played", "1")


def logs_of(z: list[float], mean: np.ndarray, x: np.ndarray, c: float) -> list[float]:
    """log p(z), log p(x given z) and their sum, as torch has them."""
    prior = float(Normal(0.0, 1.0).log_prob(torch.tensor(z, dtype=torch.float64)).sum())
    around = Normal(torch.from_numpy(mean), torch.tensor(c, dtype=torch.float64).sqrt())
    likelihood = float(around.log_prob(torch.from_numpy(x)).sum())
    return [prior, likelihood, prior + likelihood]


def test_mean_sample_and_densities_are_torchs(open_page):
    page = open_page(SEVENTH, ready=READY)
    cases = [([0.85, -0.9], 1, 0.1), ([-2.7, 3.1], 7, 0.001), ([0.0, 0.0], 123456, 1.0)]
    for z, seed, c in cases:
        pair = (
            f"(({{mean, x, eps, logs}}) => [mean, x, eps].map((a) => Array.from(a))"
            f".concat([[logs.prior, logs.likelihood, logs.joint]]))(btp.at({z}, {seed}, {c}))"
        )
        mean, x, eps, logs = (np.array(part) for part in btp(page, pair))
        exact = decode(MODEL, np.array([z]))[0].numpy()
        assert mean == pytest.approx(exact, abs=1e-5)
        assert x == pytest.approx(mean + np.sqrt(c) * eps, abs=1e-12)
        assert logs == pytest.approx(logs_of(z, mean, x, c), abs=1e-6)
    drawn = btp(
        page, "Array.from({length: 400}, (_, k) => Array.from(btp.at([0, 0], k + 1, 1).eps))"
    )
    noise = np.array(drawn)
    assert stats.kstest(noise.ravel(), "norm").pvalue > 0.001
    assert stats.kstest(noise.mean(1) * 8, "norm").pvalue > 0.001  # seeds share nothing
    shown = [
        figure(page).locator(f".amount.{n}").inner_text() for n in ("prior", "likelihood", "joint")
    ]
    now = btp(page, "[btp.logs.prior, btp.logs.likelihood, btp.logs.joint]")
    assert shown == [f"{value:.2f}".replace("-", "−") for value in now]
    mean, x = np.array(btp(page, "btp.mean")), np.array(btp(page, "btp.x"))
    outside = [round(100 * float(((v < 0) | (v > 1)).mean())) for v in (x, mean)]
    said = [int(n) for n in re.findall(r"(\d+) %", figure(page).locator(".clipped").inner_text())]
    assert said == outside


def test_each_button_and_the_handle_change_what_they_should(open_page):
    page = open_page(SEVENTH, ready=READY)
    z, (mean, sample) = z_of(plane(page)), pictures(page)
    handle = page.get_by_role("slider", name="Noise variance c")
    handle.evaluate("input => { input.value = 900; input.dispatchEvent(new Event('input')); }")
    painted(page)
    assert pictures(page)[0] == mean
    assert pictures(page)[1] != sample
    assert float(plane(page).get_attribute("data-c")) == pytest.approx(10 ** (-3 + 2.7), rel=0.01)
    expect(figure(page).locator(".note")).to_contain_text("trained with c = 0.1")
    handle.focus()
    key(page, "ArrowLeft")
    lower = float(plane(page).get_attribute("data-c"))
    assert lower == pytest.approx(10 ** (-3 + 2.67), rel=0.01)
    expect(page).to_have_url(re.compile(rf"process_c={lower:g}"))
    sample = pictures(page)[1]
    figure(page).get_by_role("button", name="Draw x again").click()
    expect(plane(page)).to_have_attribute("data-seed", str(OPENING[1] + 1))
    assert z_of(plane(page)) == z
    assert pictures(page)[0] == mean
    assert pictures(page)[1] != sample
    figure(page).get_by_role("button", name="Draw z").click()
    played(page)
    assert z_of(plane(page)) != z
    assert pictures(page)[0] != mean
    figure(page).get_by_role("button", name="Draw 12").click()
    expect(plane(page)).to_have_attribute("data-first", str(OPENING[1] + 3))
    pairs = figure(page).locator(".pair")
    expect(pairs.nth(11)).to_have_attribute("aria-pressed", "true")
    codes = np.array(btp(page, "btp.twelve.map(({z}) => z)"))
    assert z_of(plane(page)) == pytest.approx(list(codes[11]), abs=1e-4)
    pairs.nth(4).click()
    played(page)
    assert z_of(plane(page)) == pytest.approx(list(codes[4]), abs=1e-4)
    assert pixels(pairs.nth(4).locator("canvas").nth(1)) == pictures(page)[1]
    expect(page).to_have_url(re.compile("process_draws="))
    again = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    assert z_of(plane(again)) == z_of(plane(page))
    assert pictures(again) == pictures(page)
    assert btp(again, "btp.twelve.map(({z}) => z)") == codes.tolist()


def test_z_is_dragged_and_nothing_is_sent_until_it_is_let_go(open_page):
    page = open_page(f"{SEVENTH}?process_z=9e9,0&process_c=0", ready=READY)
    canvas = plane(page)
    assert z_of(canvas) == list(OPENING[0])  # a useless link is the start
    assert canvas.get_attribute("data-c") == str(OPENING[2])
    canvas.scroll_into_view_if_needed()
    box, (mean, _) = canvas.bounding_box(), pictures(page)
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=10)
    painted(page)
    assert z_of(canvas) == pytest.approx([1.7, 1.7], abs=0.05)
    assert pictures(page)[0] != mean
    assert canvas.get_attribute("data-seed") == str(OPENING[1])
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile("process_z="))
    canvas.focus()
    key(page, "Home")
    assert z_of(canvas) == [0, 0]
    key(page, "Shift+ArrowUp")
    assert z_of(canvas) == pytest.approx([0, 0.34])
    key(page, "Enter")
    played(page)
    assert canvas.get_attribute("data-seed") == str(OPENING[1] + 1)
    drag(page, canvas, (0.5, 0.5), (1.4, 0.5))
    assert z_of(canvas)[0] == pytest.approx(3.4)  # the plane ends there


def test_a_node_lights_its_picture_and_a_picture_its_node(open_page):
    page = open_page(SEVENTH, ready=READY)
    graph = figure(page).locator(".graph")
    for part, mark in (("z", "ball"), ("f", "dot"), ("x", "ball"), ("c", "dot")):
        graph.locator(f'[data-part="{part}"] .{mark}').hover()
        lit = figure(page).locator(f'.touched[data-part="{part}"]:not(g)')
        expect(lit.first).to_be_visible()
        expect(figure(page).locator('.graph [data-part="z"].touched')).to_have_count(
            int(part == "z")
        )
    figure(page).locator(".sample canvas").hover()
    expect(graph.locator('[data-part="x"]')).to_have_class(re.compile("touched"))
    graph.locator('[data-part="bayes"] text').hover()
    expect(figure(page).locator(".told")).to_contain_text("p(z|x) = p(x|z) p(z) / p(x)")
    expect(graph.locator('[data-part="z"]')).to_have_attribute(
        "aria-label", re.compile(r"prior: \(0\.85, −0\.90\)")
    )
    graph.locator('[data-part="z"]').focus()
    key(page, "ArrowRight")
    expect(graph.locator('[data-part="likelihood"]')).to_be_focused()
    expect(figure(page).locator('.pictures [data-part="f"]')).to_have_class(re.compile("touched"))


def test_a_finger_moves_z_on_a_phone(open_page):
    page = open_page(SEVENTH, ready=READY, width=390, height=844, has_touch=True, is_mobile=True)
    mean = pictures(page)[0]
    swipe(page, plane(page), (0.5, 0.5), (0.25, 0.3))
    assert z_of(plane(page)) == pytest.approx([-1.7, 1.36], abs=0.08)
    assert pictures(page)[0] != mean
    expect(page).to_have_url(re.compile("process_z="))
    figure(page).get_by_role("button", name="Draw z").tap()
    played(page)
    assert z_of(plane(page))[0] != pytest.approx(-1.7, abs=0.01)

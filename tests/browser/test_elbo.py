"""Chapter 8's core: q dragged over the posterior; ELBO and gap trade, their sum stands still."""

import dataclasses
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import drag, key, painted, sent, swipe
from ui.elbo import MODEL, PICKS, START
from ui.shipped import shipped
from vae_core.amortisation import best_gaussian, encoder_q
from vae_core.networks import Autoencoder
from vae_core.posterior import Gaussian, Grid, bound, exact_posterior, gap_on_grid, posterior_on

EIGHTH = "/variational_inference"
READY = '[data-testid="posterior"]'
SHIPPED = shipped(MODEL)
NETWORK = Autoencoder(SHIPPED.config, 64).load(SHIPPED.weights).double().requires_grad_(False)


def plane(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_elbo")


def numbers(page: Page, attribute: str) -> list[float]:
    """What the plane says of itself."""
    return [float(part) for part in (plane(page).get_attribute(attribute) or "").split(",")]


def btp(page: Page, expression: str) -> object:
    """What the figure offers in the console."""
    return plane(page).evaluate(f"canvas => {{ const {{ btp }} = canvas; return {expression}; }}")


def image(row: int) -> torch.Tensor:
    return torch.from_numpy(SHIPPED.data.x_val[row : row + 1].copy()).double()


def gaussian(q: tuple[float, ...] | list[float]) -> Gaussian:
    """Mean, standard deviations and turn as the core has them."""
    x, y, a, b, turn = q
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    covariance = axes @ np.diag([a * a, b * b]) @ axes.T
    factor = np.linalg.cholesky(covariance)
    return Gaussian(torch.tensor([[x, y]], dtype=torch.float64), torch.from_numpy(factor)[None])


def seen(text: str) -> float:
    """A number as it is written."""
    return float(text.replace("−", "-").replace(" nats", ""))


def cells(page: Page) -> dict[str, float]:
    """The four numbers beside the bars."""
    rows = ("elbo", "gap", "total", "evidence")
    texts = {row: figure(page).locator(f".terms .{row} td").first.inner_text() for row in rows}
    return {row: seen(text) for row, text in texts.items()}


def place(page: Page, z: tuple[float, float]) -> tuple[float, float]:
    """Where a code stands on the plane, as shares of its side."""
    x, y, r = numbers(page, "data-view")
    return ((z[0] - x) / r + 1) / 2, (1 - (z[1] - y) / r) / 2


def test_every_number_is_the_cores_and_the_sum_is_the_evidence(open_page):
    page = open_page(EIGHTH, ready=READY)
    x, c = image(PICKS[0]), SHIPPED.config.c
    exact = exact_posterior(Grid(NETWORK, 161), x, SHIPPED.config)
    evidence = float(exact.log_evidence)
    for q in (START, (1.2, -0.9, 0.15, 0.2, 0.0), (0.3, 0.3, 0.25, 0.12, -1.1)):
        mine, oracle = gaussian(q), bound(NETWORK, x, gaussian(q), SHIPPED.config, 40)
        covariance = mine.covariance[0].tolist()
        found = btp(page, f"btp.measure({{ mu: {list(q[:2])}, cov: {covariance} }})")
        assert found["logEvidence"] == pytest.approx(evidence, abs=1e-4)
        assert found["error"] == pytest.approx(float(exact.error), abs=1e-5)
        assert found["gap"] == pytest.approx(float(gap_on_grid(mine, exact)), abs=2e-3)
        assert found["elbo"] == pytest.approx(float(oracle.elbo), abs=0.02)
        assert found["klPrior"] == pytest.approx(float(oracle.kl), abs=1e-6)
        assert found["expectedLogLikelihood"] == pytest.approx(-float(oracle.recon), abs=0.02)
        assert found["elbo"] + found["gap"] == pytest.approx(evidence, abs=0.02)
        entropy = torch.distributions.MultivariateNormal(
            mine.mean, scale_tril=mine.factor
        ).entropy()
        assert found["entropy"] == pytest.approx(float(entropy), abs=1e-9)
        assert found["klPrior"] == pytest.approx(-found["entropy"] - found["crossPrior"], abs=1e-9)
        assert found["gap"] == pytest.approx(
            -found["entropy"] - found["expectedLogPosterior"], abs=1e-4
        )
    terms = btp(page, "btp.terms")
    shown = cells(page)
    assert shown["elbo"] == pytest.approx(terms["elbo"], abs=0.00501)
    assert shown["gap"] == pytest.approx(terms["gap"], abs=0.00501)
    assert shown["evidence"] == shown["total"] == pytest.approx(evidence, abs=0.00501)
    told = page.evaluate(
        "() => window[Symbol.for('between-the-points.bus')].last.get('variational')"
    )
    assert told["terms"] == terms
    assert told["c"] == c
    check_the_three_scales(page, x)


def check_the_three_scales(page: Page, x: torch.Tensor) -> None:
    """c, C and β, and the loss in three ways, at the c trained with and at another one."""
    handle = figure(page).get_by_role("slider", name="Likelihood variance c")
    for presses in (0, 8):
        handle.focus()
        for _ in range(presses):
            page.keyboard.press("Shift+ArrowLeft")
        painted(page)
        c = numbers(page, "data-c")[0]
        config = dataclasses.replace(SHIPPED.config, c=c)
        expected = float(posterior_on(Grid(NETWORK, 161), x, config).log_evidence)
        assert numbers(page, "data-log-evidence") == pytest.approx([expected], abs=2e-3)
        scales = [
            seen(figure(page).locator(f"output.{name}").inner_text()) for name in ("C", "beta")
        ]
        assert scales == pytest.approx([1 / (2 * c), 2 * c], rel=6e-3)
        oracle = bound(NETWORK, x, gaussian(numbers(page, "data-q")), config, 40)
        squares = (float(oracle.recon) - 32 * np.log(2 * np.pi * c)) * 2 * c
        loss = squares / (2 * c) + float(oracle.kl)
        for row in ("by-c", "by-C"):
            text = figure(page).locator(f".{row} td").last.inner_text()
            assert seen(text.partition("= ")[2]) == pytest.approx(loss, rel=2e-3)
        text = figure(page).locator(".by-beta td").last.inner_text()
        assert seen(text.partition("= ")[2].partition(" =")[0]) == pytest.approx(
            2 * c * loss, rel=5e-3
        )
        minus = figure(page).locator(".minus").inner_text()
        assert seen(minus.rpartition(": ")[2].rstrip(".").removesuffix(" nats")) == pytest.approx(
            -float(oracle.elbo), rel=5e-3
        )
    assert c < 0.05
    expect(figure(page).locator(".note")).to_contain_text("trained for c = 0.1")
    expect(figure(page).get_by_role("button", name="Encoder’s q")).to_have_attribute(
        "aria-disabled", "true"
    )


def test_q_is_dragged_the_sum_stands_still_and_nothing_is_sent(open_page):
    page = open_page(EIGHTH, ready=READY)
    canvas, end = plane(page), figure(page).locator(".part.gap")
    canvas.scroll_into_view_if_needed()
    box, edge = canvas.bounding_box(), end.bounding_box()
    start, aim = place(page, START[:2]), place(page, (1.4, -0.6))
    at = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in (start, aim)]
    page.mouse.move(*at[0])
    page.mouse.down()
    counted, before = sent(page), cells(page)
    page.mouse.move(*at[1], steps=12)
    painted(page)
    after = cells(page)
    assert numbers(page, "data-q") == pytest.approx([1.4, -0.6, *START[2:]], abs=0.02)
    assert abs(after["elbo"] - before["elbo"]) > 1
    assert after["elbo"] - before["elbo"] == pytest.approx(before["gap"] - after["gap"], abs=0.03)
    assert after["evidence"] == before["evidence"]
    now = end.bounding_box()
    assert now["x"] + now["width"] == pytest.approx(edge["x"] + edge["width"], abs=1.5)
    assert abs(now["x"] - edge["x"]) > 20
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]elbo_q="))
    q = numbers(page, "data-q")
    again = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    assert numbers(again, "data-q") == q
    assert cells(again) == cells(page)


def test_rings_and_keys_stretch_and_turn_and_q_stays_on_the_grid(open_page):
    page = open_page(f"{EIGHTH}?elbo_q=0.9,-0.8,0.3,0.15,0", ready=READY)
    canvas = plane(page)
    side, r = canvas.bounding_box()["width"], numbers(page, "data-view")[2]
    gap = 17 / side
    ring, up = place(page, (0.9 + 0.3, -0.8)), place(page, (0.9, -0.8 + 0.6))
    drag(page, canvas, (ring[0] + gap, ring[1]), (up[0], up[1] - gap))
    assert numbers(page, "data-q") == pytest.approx([0.9, -0.8, 0.6, 0.15, np.pi / 2], abs=0.03)
    canvas.focus()
    key(page, "ArrowRight")
    x, y, a, b, turn = numbers(page, "data-q")
    assert [x, y] == pytest.approx([0.9 + 0.02 * r, -0.8], abs=2e-3)
    key(page, "Enter")
    key(page, "Shift+ArrowUp")
    assert numbers(page, "data-q") == pytest.approx([x, y, a, b * np.exp(0.25), turn], abs=2e-3)
    key(page, "Enter")
    key(page, "Shift+ArrowRight")
    expect(figure(page).locator(".spoken")).to_contain_text("turn")
    assert numbers(page, "data-q")[4] == pytest.approx(turn - 0.25, abs=2e-3)
    key(page, "Escape")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowRight")
    painted(page)
    words = figure(page).locator(".note")
    centre, _, half = numbers(page, "data-view")
    x = numbers(page, "data-q")[0]
    assert centre + 0.9 * half < x < centre + half
    expect(words).to_have_text("q stays within the frame, where the grid can see all of it.")
    key(page, "Shift+ArrowLeft")
    expect(words).not_to_contain_text("frame")
    wide = numbers(page, "data-q")
    for _ in range(60):
        page.keyboard.press("+")
        page.keyboard.press("Shift+ArrowRight")
    painted(page)
    x, y, *_ = numbers(page, "data-q")
    (across, _), (_, up_) = btp(page, "btp.q.cov")
    assert max(np.sqrt([across, up_])) > max(wide[2:4])
    assert abs(x) + 4 * np.sqrt(across) <= 4.5 + 1e-6
    assert abs(y) + 4 * np.sqrt(up_) <= 4.5 + 1e-6
    assert btp(page, "btp.terms.inside") == pytest.approx(1, abs=1e-3)
    expect(words).to_contain_text("q stays")
    figure(page).get_by_role("switch").click()
    expect(figure(page).get_by_role("switch")).to_have_attribute("aria-checked", "false")
    expect(page).to_have_url(re.compile("elbo_full=0"))
    assert numbers(page, "data-q")[4] == 0
    canvas.focus()
    key(page, "Home")
    expect(canvas).to_have_attribute("data-q", re.compile(r",0\.0000$"))
    mu, std = btp(page, "[[...btp.encode(btp.x).mu], [...btp.encode(btp.x).std]]")
    expect(page).to_have_url(re.compile(f"elbo_q={mu[0]:.3f}"))
    assert numbers(page, "data-q") == pytest.approx([*mu, *std, 0], abs=1e-3)
    exact = f"gap {numbers(page, 'data-gap')[0]:.2f} nats"
    expect(figure(page).locator(".spoken")).to_contain_text(exact)


@pytest.mark.parametrize("row", [PICKS[2]])
def test_the_best_q_are_the_cores_and_a_fit_climbs_to_it(open_page, row):
    page = open_page(EIGHTH, ready=READY)
    figure(page).get_by_role("button", name="leaning").click()
    expect(figure(page).locator(".which")).to_contain_text(f"image {row} ")
    x = image(row)
    exact, mine = exact_posterior(Grid(NETWORK, 161), x, SHIPPED.config), encoder_q(NETWORK, x)
    oracle = {"encoder": mine} | {
        name: best_gaussian(NETWORK, x, mine, exact, SHIPPED.config, name == "best")
        for name in ("diagonal", "best")
    }
    for name, button in {
        "encoder": "Encoder’s q", "diagonal": "Best upright q", "best": "Best q",
    }.items():  # fmt: skip
        figure(page).get_by_role("button", name=button).click()
        cell = figure(page).locator(".finds tr", has_text=button).locator(".found")
        expect(cell).to_contain_text("nats")
        expected = float(gap_on_grid(oracle[name], exact))
        assert btp(page, f"btp.gaps.{name}") == pytest.approx(expected, abs=3e-3)
        assert seen(cell.inner_text()) == pytest.approx(expected, abs=0.009)
    expect(plane(page)).to_have_attribute("data-gap", re.compile(r"^0\.01"))
    best = float(gap_on_grid(oracle["best"], exact))
    figure(page).get_by_role("button", name="Encoder’s q").click()
    expect(plane(page)).to_have_attribute("data-gap", re.compile(r"^1\.5"))
    elbos = [numbers(page, "data-elbo")[0]]
    for _ in range(5):
        figure(page).get_by_role("button", name="One step").click()
        painted(page)
        elbos += numbers(page, "data-elbo")
    assert elbos == sorted(elbos)
    assert elbos[-1] > elbos[0] + 0.3
    figure(page).get_by_role("button", name="Fit q").click()
    pause = figure(page).get_by_role("button", name="Pause")
    pause.click()
    expect(pause).to_have_count(0)
    still = plane(page).get_attribute("data-q")
    figure(page).get_by_role("button", name="Fit q").click()
    expect(figure(page).locator(".note")).to_contain_text("Nowhere higher")
    assert plane(page).get_attribute("data-q") != still
    assert numbers(page, "data-gap")[0] == pytest.approx(best, abs=5e-3)
    expect(page).to_have_url(re.compile(f"elbo_image={row}"))
    check_the_pad_is_heard(page)


def check_the_pad_is_heard(page: Page) -> None:
    """What a pad tells is one more image to choose; a change of it is chosen at once."""
    tell = """([first, second]) => {
      const bus = window[Symbol.for('between-the-points.bus')];
      for (const x of [first, second]) {
        const detail = { x: Float32Array.from(x), dataset: 'digits', words: 'your drawing' };
        bus.last.set('input', detail);
        bus.dispatchEvent(new CustomEvent('input', { detail }));
      }
    }"""
    expect(figure(page).get_by_role("button", name="the pad’s")).to_have_count(0)
    drawn = SHIPPED.data.x_train[:2]
    page.evaluate(tell, drawn.tolist())
    expect(figure(page).locator(".which")).to_have_text("your drawing")
    assert btp(page, "[...btp.x]") == pytest.approx(drawn[1].tolist())
    exact = exact_posterior(Grid(NETWORK, 161), torch.from_numpy(drawn[1:2].copy()), SHIPPED.config)
    painted(page)
    assert numbers(page, "data-log-evidence") == pytest.approx(
        exact.log_evidence.tolist(), abs=1e-3
    )
    check_the_pen_is_waited_for(page, drawn[0].tolist())


def check_the_pen_is_waited_for(page: Page, x: list[float]) -> None:
    """A pen that rests on the paper sends nothing; lifted, it does, with the same image."""
    tell = """([x, drawing]) => window[Symbol.for('between-the-points.bus')].dispatchEvent(
      new CustomEvent('input', { detail: {
        x: Float32Array.from(x), dataset: 'digits', words: 'your drawing', drawing } }))"""
    expect(page).to_have_url(re.compile("elbo_image=pad"))
    figure(page).get_by_role("button", name="ordinary").click()
    expect(page).not_to_have_url(re.compile("elbo_image"))
    counted = sent(page)
    page.evaluate(tell, [x, True])
    for _ in range(60):  # longer than a commit waits after a key
        painted(page)
    expect(figure(page).locator(".which")).to_have_text("your drawing")
    assert sent(page) == counted
    page.evaluate(tell, [x, False])
    expect(page).to_have_url(re.compile("elbo_image=pad"))
    page.evaluate(tell, [far_image()[0].tolist(), False])
    painted(page)
    check_an_encoder_that_asks_for_too_much_is_held_back(page)


def far_image() -> torch.Tensor:
    """What a code decodes to that lies off the plane."""
    return NETWORK.decode(torch.tensor([[9.0, 4.0]], dtype=torch.float64))


def check_an_encoder_that_asks_for_too_much_is_held_back(page: Page) -> None:
    """Its q reaches over the edge: what stands on the screen is recorded, and that is said."""
    mu, std = btp(page, "[[...btp.encode(btp.x).mu], [...btp.encode(btp.x).std]]")
    assert mu[0] + 4 * std[0] > 5
    words, cell = figure(page).locator(".note"), figure(page).locator(".finds .found").first
    expect(cell).to_have_text("–")
    figure(page).get_by_role("button", name="Encoder’s q").click()
    expect(cell).to_contain_text("nats")
    expect(words).to_contain_text("q stays where the grid can see all of it.")
    assert numbers(page, "data-q")[0] == pytest.approx(4.5 - 4 * std[0], abs=1e-3)
    assert btp(page, "btp.gaps.encoder") == pytest.approx(numbers(page, "data-gap")[0], rel=0.02)
    plane(page).focus()
    key(page, "ArrowDown")
    expect(words).not_to_contain_text("q stays")
    expect(words).to_contain_text("of this posterior lies beyond the plane")
    share = seen(re.search(r"About ([\d.]+) %", words.inner_text())[1])
    outside = float(posterior_on(Grid(NETWORK, 161), far_image(), SHIPPED.config).outside)
    assert share == pytest.approx(100 * outside, abs=0.2)


def test_a_finger_drags_q_on_a_phone(open_page):
    page = open_page(EIGHTH, ready=READY, width=390, height=844, has_touch=True, is_mobile=True)
    before = cells(page)
    swipe(page, plane(page), place(page, START[:2]), place(page, (1.2, -0.8)))
    assert numbers(page, "data-q")[:2] == pytest.approx([1.2, -0.8], abs=0.03)
    after = cells(page)
    assert after["gap"] < before["gap"] - 1
    assert after["evidence"] == before["evidence"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

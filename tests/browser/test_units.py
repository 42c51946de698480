"""How many of 32 numbers are used, in a real browser: slide over the bars, pull β, share."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import at_rest, beyond, finger, key, painted, sent
from ui import units
from ui.shipped import builtin_data, shipped
from vae_core.networks import Autoencoder

PAGE = "/lab"
FIGURE = '[data-testid="units"]'
OpenPage = Callable[..., Page]


def opened(open_page: OpenPage, query: str = "", **options: object) -> Page:
    page = open_page(f"{PAGE}{query}", ready=FIGURE, **options)
    figure(page).scroll_into_view_if_needed()
    at_rest(page)
    return page


def figure(page: Page) -> Locator:
    return page.locator(FIGURE)


def bars(page: Page, model: int) -> Locator:
    return figure(page).locator(".bars").nth(model)


def across(page: Page, model: int, rank: int) -> tuple[float, float]:
    """Where a bar stands, as shares of its canvas."""
    width = bars(page, model).evaluate("canvas => canvas.clientWidth")
    return (40 + (width - 46) * (rank + 0.5) / 32) / width, 0.5


def sorted_units(name: str) -> tuple[np.ndarray, np.ndarray]:
    variance = shipped(name).mu.astype(float).var(0)
    order = np.argsort(-variance)
    return order, variance[order]


def row_of(name: str, rank: int) -> np.ndarray:
    """Seven decodings along one unit, by torch."""
    model, (order, _) = shipped(name), sorted_units(name)
    z = np.repeat(model.mu.mean(0)[None], 7, 0)
    z[:, order[rank]] += np.linspace(-2, 2, 7, dtype=np.float32)
    network = Autoencoder(model.config, 64).load(model.weights)
    with torch.no_grad():
        return torch.sigmoid(network.decode(torch.from_numpy(z))).numpy()


def test_what_is_drawn_and_said_is_what_torch_and_numpy_say(open_page: OpenPage) -> None:
    page = opened(open_page)
    paints = []
    for model, name in enumerate(units.MODELS.values()):
        order, variance = sorted_units(name)
        section = figure(page).locator(".model").nth(model)
        used = int((variance > 0.01).sum())
        expect(section.locator(".count")).to_contain_text(f"{used} of {len(order)}")
        bars(page, model).focus()
        key(page, "Home")
        for rank in range(used + 2):
            expect(figure(page)).to_have_attribute("data-rank", str(rank))
            expected = row_of(name, rank)
            found = figure(page).evaluate(
                "(host, asked) => host.btp.images(...asked)", [model, rank]
            )
            np.testing.assert_allclose(np.reshape(found, (7, 64)), expected, atol=1e-5)
            said = section.locator(".says").inner_text()
            value, change = (float(part) for part in re.findall(r"\d+\.\d+", said))
            assert value == pytest.approx(
                variance[rank], abs=0.0051 if variance[rank] > 0.1 else 6e-5
            )
            assert change == pytest.approx(np.ptp(expected, axis=0).max(), abs=0.0051)
            assert ("not used" in said) == (rank >= used)
            paints.append(float(figure(page).get_attribute("data-paint-ms") or "nan"))
            key(page, "ArrowRight")
    print("paint, ms: median", np.median(paints), "p95", np.percentile(paints, 95))
    eigenvalues = units.eigenvalues(builtin_data("digits").x_train)
    for beta in (0.05, 0.1, 0.3, 1.0, 3.0, 5.0):
        kept = figure(page).evaluate("(host, beta) => host.btp.kept(beta)", beta)
        assert kept == min(32, int((eigenvalues > beta).sum())), beta


def test_beta_moves_the_count_and_python_hears_when_it_is_let_go(open_page: OpenPage) -> None:
    page = opened(open_page)
    handle = figure(page).get_by_role("slider", name="KL weight β")
    expect(figure(page).locator(".kept b")).to_have_text("7")
    handle.scroll_into_view_if_needed()
    box, counted = handle.bounding_box(), sent(page)
    assert box is not None
    page.mouse.move(box["x"] + 10 + 0.65 * (box["width"] - 20), box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(
        box["x"] + 10 + 0.9 * (box["width"] - 20), box["y"] + box["height"] / 2, steps=6
    )
    painted(page)
    beta = float(figure(page).get_attribute("data-beta") or "nan")
    assert 2.8 < beta < 3.6
    eigenvalues = units.eigenvalues(builtin_data("digits").x_train)
    expect(figure(page).locator(".kept b")).to_have_text(str((eigenvalues > beta).sum()))
    assert sent(page) == counted  # nothing while the pointer is down
    page.mouse.up()
    expect(page).to_have_url(re.compile(rf"units_beta={re.escape(f'{beta:g}')}(&|$)"))
    figure(page).get_by_role("radio").nth(1).check()
    expect(page).to_have_url(re.compile("units_of=relu"))
    for line, entry in zip(
        figure(page).locator("tbody tr").all(), units._rows("relu"), strict=True
    ):
        cells = [text.split()[0] for text in line.locator("td").all_inner_texts()]
        theory = min(32, int((eigenvalues > entry["beta"]).sum()))
        spans = [sorted({min(c["units"]), max(c["units"])}) for c in entry["cells"]]
        assert cells == [str(theory), *("–".join(map(str, span)) for span in spans)]
        losses = [float(text) for text in line.locator("small").all_inner_texts()]
        assert losses == pytest.approx([c["loss"] for c in entry["cells"]], abs=0.0051)
    page.reload()
    expect(figure(page)).to_have_attribute("data-beta", f"{beta:g}")
    expect(figure(page)).to_have_attribute("data-measured", "1")


def test_a_finger_slides_over_the_bars_on_a_phone_and_a_link_opens_there(
    open_page: OpenPage,
) -> None:
    page = opened(
        open_page, "?unit=3&units_beta=nan&units_of=mine", width=390, height=844, has_touch=True
    )
    expect(figure(page)).to_have_attribute("data-rank", "2")
    expect(figure(page)).to_have_attribute("data-beta", "1")
    expect(figure(page)).to_have_attribute("data-measured", "0")
    touch, counted = finger(page, bars(page, 1)), sent(page)
    touch("touchStart", *across(page, 1, 3))
    for rank in (4, 9, 14, 19):
        touch("touchMove", *across(page, 1, rank))
        expect(figure(page)).to_have_attribute("data-rank", str(rank))
    assert sent(page) == counted
    touch("touchEnd")
    expect(page).to_have_url(re.compile(r"[?&]unit=20(&|$)"))
    told = re.compile(r"Number 20 of 32\. No warm-up: variance 0\.00\d\d, not used.*theory keeps 7")
    expect(figure(page).locator(".spoken")).to_have_text(told)
    expect(bars(page, 1)).to_have_attribute(
        "aria-valuetext", re.compile("Number 20 of 32: variance")
    )
    assert beyond(page, 360) <= 0

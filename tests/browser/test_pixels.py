"""Chapter 1: k pixels kept against k features, by mouse, touch and keys; checked with numpy."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.decomposition import PCA

from tests.browser.conftest import finger, key, painted, sent
from ui.components import PIXELS
from vae_core import load_dataset

PAGE = "/dimensionality_reduction"
READY = '[data-testid="pixels"]'


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_dataset("digits").x_train.astype(np.float64)


def lost(x: np.ndarray, kept: list[int]) -> float:
    """Mean squared error per image of the affine least-squares decoder, by numpy."""
    given = np.concatenate([x[:, kept], np.ones((len(x), 1))], 1)
    weights = np.linalg.lstsq(given, x, rcond=None)[0]
    return float(((x - given @ weights) ** 2).sum(1).mean())


def pad(page: Page) -> Locator:
    return page.locator(READY)


def kept(page: Page) -> list[int]:
    return [int(part) for part in (pad(page).get_attribute("data-kept") or "").split(",") if part]


def errors(page: Page) -> tuple[float, float]:
    found = pad(page).evaluate("canvas => canvas.btp.errors")
    return found["pixels"], found["features"]


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_pixels")


def cell(pixel: int) -> tuple[float, float]:
    """The middle of a cell, as shares of the pad."""
    return (pixel % 8 + 0.5) / 8, (pixel // 8 + 0.5) / 8


def press(page: Page, pixel: int) -> None:
    box = pad(page).bounding_box()
    x, y = cell(pixel)
    pad(page).click(position={"x": x * box["width"], "y": y * box["height"]})
    painted(page)


def test_both_errors_are_numpys_and_scikit_learns(open_page, digits):
    page = open_page(PAGE, ready=READY)
    for chosen in ([], [20], [18, 21, 42, 45], [0, 34, 32, 44], list(range(64))):
        keep_only(page, chosen)
        pixels, features = errors(page)
        assert pixels == pytest.approx(lost(digits, chosen), abs=1e-6)
        pca = PCA().fit(digits)
        left = pca.explained_variance_[len(chosen) :].sum() * (len(digits) - 1) / len(digits)
        assert features == pytest.approx(left, abs=1e-6)
        assert pixels >= features - 1e-9
        shown = figure(page).locator(".loss b").all_inner_texts()
        assert shown == [f"{pixels:.3f}", f"{features:.3f}"]


def keep_only(page: Page, chosen: list[int]) -> None:
    """Drop every pixel and press the chosen ones in turn; all of them by the handle."""
    if kept(page):
        figure(page).locator(".none").click()
    if len(chosen) == 64:
        page.get_by_role("slider", name="Numbers kept k").focus()
        key(page, "End")
        assert sorted(kept(page)) == chosen
        return
    for pixel in chosen:
        press(page, pixel)
    assert kept(page) == chosen


def test_a_guess_is_the_least_squares_one(open_page, digits):
    page = open_page(f"{PAGE}?kept=20,34,0,61", ready=READY)
    guess = pad(page).evaluate("canvas => canvas.btp.guess(7)")
    given = np.concatenate([digits[:, [20, 34, 0, 61]], np.ones((len(digits), 1))], 1)
    expected = given[7] @ np.linalg.lstsq(given, digits, rcond=None)[0]
    assert guess == pytest.approx(expected, abs=1e-6)


def test_greedy_picks_what_brute_force_picks(open_page, digits):
    page = open_page(PAGE, ready=READY)
    found = pad(page).evaluate("canvas => canvas.btp.greedy(5)")
    picks: list[int] = []
    for _ in range(5):
        losses = {j: lost(digits, [*picks, j]) for j in range(64) if j not in picks}
        picks.append(min(losses, key=lambda j: losses[j]))
        assert found["errors"][len(picks)] == pytest.approx(losses[picks[-1]], abs=1e-6)
    assert found["picks"] == picks
    every = pad(page).evaluate("canvas => canvas.btp.greedy(64)")
    assert sorted(every["picks"]) == list(range(64))
    assert every["errors"][64] == pytest.approx(0, abs=1e-9)


def test_pressing_keeps_and_drops_a_pixel_and_the_link_says_so(open_page):
    page = open_page(PAGE, ready=READY)
    assert kept(page) == list(PIXELS)
    press(page, 28)
    assert kept(page) == [*PIXELS, 28]
    press(page, 21)
    assert kept(page) == [18, 42, 45, 28]
    expect(page).to_have_url(re.compile(r"kept=18%2C42%2C45%2C28"))
    again = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    assert kept(again) == [18, 42, 45, 28]
    assert errors(again) == errors(page)


def test_a_drag_keeps_on_and_nothing_is_sent_until_it_ends(open_page):
    page = open_page(f"{PAGE}?kept=none", ready=READY)
    expect(pad(page)).to_have_attribute("data-ready", "true")
    pad(page).scroll_into_view_if_needed()
    box = pad(page).bounding_box()
    at = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in map(cell, (18, 21))
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(*at[1], steps=12)
    painted(page)
    assert kept(page) == [18, 19, 20, 21]
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile("kept=18%2C19%2C20%2C21"))


def test_the_handle_adds_what_helps_most_and_takes_the_last_away(open_page):
    page = open_page(PAGE, ready=READY)
    handle = page.get_by_role("slider", name="Numbers kept k")
    handle.focus()
    key(page, "ArrowRight")
    assert kept(page)[:4] == list(PIXELS)
    assert len(kept(page)) == 5
    for _ in range(2):
        key(page, "ArrowLeft")
    assert kept(page) == list(PIXELS[:3])
    key(page, "End")
    assert len(kept(page)) == 64
    expect(figure(page).locator(".note")).to_contain_text("nothing is lost")
    key(page, "Home")
    assert kept(page) == []
    expect(page).to_have_url(re.compile("kept=none"))


def test_the_best_i_can_find_is_better_than_the_start(open_page, digits):
    page = open_page(PAGE, ready=READY)
    before = errors(page)
    figure(page).get_by_role("button", name="Best 4 I can find").click()
    expect(page).to_have_url(re.compile("kept="))
    after = errors(page)
    assert after[0] < before[0]
    assert after[1] == before[1]
    assert after[0] == pytest.approx(lost(digits, kept(page)), abs=1e-6)


def test_arrows_walk_over_the_pad_and_space_keeps(open_page):
    page = open_page(f"{PAGE}?kept=none", ready=READY)
    pad(page).focus()
    for name in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowRight"):
        key(page, name)
    expect(figure(page).locator(".spoken")).to_have_text("Row 3, column 2: not kept.")
    key(page, "Space")
    assert kept(page) == [17]
    expect(page).to_have_url(re.compile("kept=17"))
    key(page, "Space")
    assert kept(page) == []


def test_a_finger_keeps_pixels_on_a_phone(open_page):
    page = open_page(
        f"{PAGE}?kept=none", width=390, height=844, has_touch=True, is_mobile=True, ready=READY
    )
    touch = finger(page, pad(page))
    touch("touchStart", *cell(26))
    touch("touchMove", *cell(27))
    touch("touchEnd")
    painted(page)
    assert kept(page) == [26, 27]


def test_a_blank_pixel_is_explained(open_page):
    page = open_page(PAGE, ready=READY)
    for chosen, words in (([0, 34], "tells nothing"), ([0, 32, 39], "3 of your")):
        keep_only(page, chosen)
        expect(figure(page).locator(".note")).to_contain_text(words)
        assert "NaN" not in figure(page).locator(".body").inner_text()


def test_a_bad_link_is_the_start(open_page):  # others: tests/ui/test_links.py
    page = open_page(f"{PAGE}?kept=1,1", ready=READY)
    assert kept(page) == list(PIXELS)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)

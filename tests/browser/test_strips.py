"""The film strips of chapter 6 in a real browser, and the claims made of them."""

import re
from functools import cache

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import key, painted, pixels, sent, swipe
from tests.browser.decoder import decode
from ui.distances import mean_distance
from ui.prose import section
from ui.shipped import shipped
from ui.strips import MODELS, PAIRS

PAGE = "/continuity_and_completeness?deeper_walk=true"
DATA = shipped("digits-ae").data
X, Y = torch.from_numpy(DATA.x_train.copy()), DATA.y_train
FRAMES = 11


def walk(name: str, a: int, b: int, count: int = FRAMES) -> torch.Tensor:
    mu, t = shipped(MODELS[name]).mu, np.linspace(0, 1, count)[:, None]
    return decode(MODELS[name], (1 - t) * mu[a] + t * mu[b])


def nearest(images: torch.Tensor) -> np.ndarray:
    """Row of the nearest training image."""
    parts = [torch.cdist(part, X).argmin(1) for part in images.split(4000)]
    return torch.cat(parts).numpy()


@cache
def unit() -> float:
    """The mean distance between two images, by brute force."""
    return float(torch.pdist(X.double()).mean())


def steps(name: str, a: int, b: int) -> np.ndarray:
    return (walk(name, a, b).diff(dim=0).norm(dim=1) / unit()).numpy()


@pytest.fixture
def open_strips(open_page):
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(PAGE + query, **options)
        for name in MODELS:
            expect(large(page, name)).to_have_attribute("data-ready", "true")
        handle(page).scroll_into_view_if_needed()
        return page

    return opened


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_strips")


def large(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"strip-{name}")


def handle(page: Page) -> Locator:
    return figure(page).get_by_label("Interpolation")


def film(page: Page, name: str) -> Locator:
    return figure(page).locator(".film").nth(list(MODELS).index(name))


def labels(page: Page, name: str) -> list[str]:
    return film(page, name).locator(".labels span").all_text_contents()


def pull(page: Page, share: float) -> None:
    """Take the handle from where it stands to a share of the way; the mouse stays down."""
    box = handle(page).bounding_box()
    room = box["width"] - 20
    at, y = float(handle(page).input_value()), box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 10 + at * room, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 10 + share * room, y, steps=10)
    painted(page)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_frames_steps_and_lengths_are_torchs(open_strips, pair):
    page = open_strips(f"&pair={pair[0]},{pair[1]}")
    totals = figure(page).locator(".totals dd").all_text_contents()
    for name, total in zip(MODELS, totals, strict=True):
        expected = steps(name, *pair)
        ours = large(page, name).evaluate("c => c.btp.steps()")
        np.testing.assert_allclose(ours, expected, atol=1e-4)
        assert total == f"{expected.sum():.2f}"
        assert labels(page, name) == [str(Y[row]) for row in nearest(walk(name, *pair))]


def test_the_unit_is_the_mean_distance_between_two_images():
    assert mean_distance(DATA.x_train) == pytest.approx(unit(), rel=1e-9)


def test_the_handle_walks_both_models_and_python_hears_of_it_when_it_is_let_go(open_strips):
    page = open_strips()
    expect(large(page, "vae")).to_have_attribute("data-ready", "true")
    handle(page).scroll_into_view_if_needed()
    before = {name: pixels(large(page, name)) for name in MODELS}
    counted = sent(page)
    pull(page, 0.9)
    for name in MODELS:
        assert pixels(large(page, name)) != before[name]
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]at=0\.\d+"))
    share = float(re.search(r"at=([\d.]+)", page.url)[1])
    assert share == pytest.approx(0.9, abs=0.02)
    for name in MODELS:
        mu, (a, b) = shipped(MODELS[name]).mu, PAIRS["near"]
        z = [float(part) for part in large(page, name).get_attribute("data-z").split(",")]
        np.testing.assert_allclose(z, (1 - share) * mu[a] + share * mu[b], atol=1e-4)
        row = nearest(decode(MODELS[name], np.array([z])))[0]
        assert large(page, name).get_attribute("data-nearest") == str(row)


def test_keys_move_the_handle(open_strips):
    page = open_strips()
    handle(page).focus()
    image = pixels(large(page, "ae"))
    for _ in range(8):
        key(page, "ArrowRight")
    assert pixels(large(page, "ae")) != image
    expect(page).to_have_url(re.compile(r"at=0\.58"))
    expect(handle(page)).to_have_attribute("aria-valuetext", "58 % of the way from A to B")
    expect(figure(page).locator(".spoken")).to_contain_text("58 % of the way from a 3 to a 9")


def test_a_finger_pulls_the_handle(open_strips):
    page = open_strips(width=390, height=844, has_touch=True, is_mobile=True)
    image = pixels(large(page, "vae"))
    swipe(page, handle(page), (0.5, 0.5), (0.85, 0.5))
    assert float(handle(page).input_value()) > 0.7
    assert pixels(large(page, "vae")) != image


def test_presets_selects_and_another_choose_the_pair(open_strips):
    page = open_strips()
    near, far = (
        figure(page).get_by_role("button", name=section("strips", f"pair_{name}")) for name in PAIRS
    )
    expect(near).to_have_attribute("aria-pressed", "true")
    far.click()
    expect(page).to_have_url(re.compile(r"pair=7(,|%2C)785"))
    expect(far).to_have_attribute("aria-pressed", "true")
    figure(page).get_by_label("Class of image A").select_option("4")
    first, second = np.flatnonzero(Y == 4)[:2]
    expect(page).to_have_url(re.compile(rf"pair={first}(,|%2C)785"))
    figure(page).get_by_label("Another image of the class of A").click()
    expect(page).to_have_url(re.compile(rf"pair={second}(,|%2C)785"))
    expect(far).to_have_attribute("aria-pressed", "false")
    assert labels(page, "vae") == [str(Y[row]) for row in nearest(walk("vae", second, 785))]


def test_a_third_class_stands_out_and_the_clouds_say_whether_they_meet(open_strips):
    page = open_strips("&pair=7,785")
    third = film(page, "vae").locator(".labels .third").all_text_contents()
    assert third
    assert set(third) == {"0"}
    expect(film(page, "vae").locator(".met")).to_have_text("they do not meet here")
    expect(film(page, "ae").locator(".clouds")).to_be_hidden()
    near = open_strips()
    assert film(near, "vae").locator(".labels .third").count() == 0
    expect(film(near, "vae").locator(".met")).to_have_text("they overlap")


def test_the_blue_lines_end_where_two_sigma_end(open_strips):
    page = open_strips()
    model, (a, b) = shipped(MODELS["vae"]), PAIRS["near"]
    shares = np.linspace(0, 1, 100_001)[:, None]
    line = (1 - shares) * model.mu[a] + shares * model.mu[b]
    inside = [(((line - model.mu[row]) / model.std[row]) ** 2).sum(1) <= 4 for row in (a, b)]
    expected = [shares[inside[0]].max(), shares[inside[1]].min()]
    bars = film(page, "vae").locator(".reach i")
    style = [
        bars.nth(k).evaluate("n => [n.style.left, n.style.width].map(parseFloat)") for k in (0, 1)
    ]
    ends = [style[0][0] + style[0][1], style[1][0]]
    ours = [(end / 100 * FRAMES - 0.5) / (FRAMES - 1) for end in ends]
    np.testing.assert_allclose(ours, expected, atol=1e-3)


def test_two_equal_picks_are_explained(open_strips):
    page = open_strips("&pair=7,7")
    expect(figure(page).locator(".same")).to_be_visible()
    expect(figure(page).locator(".totals dd")).to_have_text(["0.00", "0.00"])
    assert len(set(labels(page, "ae"))) == len(set(labels(page, "vae"))) == 1
    expect(open_strips("&pair=7,785").locator(".same")).to_be_hidden()


def test_a_link_opens_the_same_picture_elsewhere(open_strips):
    page = open_strips("&pair=7,785&at=0.3")
    other = open_strips("&pair=7,785&at=0.3")
    assert handle(page).input_value() == "0.3"
    for name in MODELS:
        assert pixels(large(page, name)) == pixels(large(other, name))
    assert pixels(large(other, "vae")) != pixels(large(open_strips(), "vae"))


def test_a_link_that_makes_no_sense_is_the_bare_link(open_strips):  # more: tests/ui/test_links.py
    page = open_strips("&pair=7,1500&at=nan")
    assert handle(page).input_value() == "0.5"
    near = figure(page).get_by_role("button", name=section("strips", "pair_near"))
    expect(near).to_have_attribute("aria-pressed", "true")


# --- what is said of them


@pytest.mark.parametrize("name", MODELS)
def test_the_near_pair_stays_in_its_two_classes(name):
    a, b = PAIRS["near"]
    classes = Y[nearest(walk(name, a, b, 201))]
    assert (classes[0], classes[-1]) == (Y[a], Y[b])
    assert set(classes) == {Y[a], Y[b]}
    assert Y[a] != Y[b]


@pytest.mark.parametrize("name", MODELS)
def test_the_far_pair_meets_a_third_class_halfway(name):
    a, b = PAIRS["far"]
    classes = Y[nearest(walk(name, a, b))]
    assert (classes[0], classes[-1]) == (Y[a], Y[b])
    assert classes[5] not in (Y[a], Y[b])


def test_the_caption_says_what_random_pairs_do():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, len(Y), (2, 20_000))
    a, b = (rows[Y[a] != Y[b]] for rows in (a, b))
    text, share, length, spread = section("strips", "strips"), {}, {}, {}
    for name in MODELS:
        model = shipped(MODELS[name])
        group = Y[nearest(decode(MODELS[name], (model.mu[a] + model.mu[b]) / 2))]
        third = (group != Y[a]) & (group != Y[b])
        share[name] = third.mean()
        length[name] = np.mean(
            [steps(name, *pair).sum() for pair in zip(a[:400], b[:400], strict=True)]
        )
        spread[name] = float(torch.pdist(decode(MODELS[name], model.mu)).mean())
        if name == "vae":
            way = model.mu[b] - model.mu[a]
            reach = [2 / np.linalg.norm(way / model.std[rows], axis=1) for rows in (a, b)]
            meeting = third[reach[0] + reach[1] >= 1].mean()
    assert share == pytest.approx({"ae": 0.45, "vae": 0.58}, abs=0.02)
    assert "58 % in the VAE and 45 % in the autoencoder" in text
    assert meeting == pytest.approx(0.11, abs=0.03)
    assert "for 11 %" in text
    assert length == pytest.approx({"ae": 2.5, "vae": 1.5}, abs=0.1)
    assert "by 1.5 mean distances, against 2.5" in text
    assert spread["vae"] < 0.95 * spread["ae"]  # paler: its images differ less from one another

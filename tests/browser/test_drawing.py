"""Chapter 4's three ways to draw in a real browser: one map, three rows, what they come near."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import at_rest, key, painted, pixels, sent, swipe, z_of
from tests.browser.decoder import decode
from ui.drawing import IMAGES, MODEL, WAYS
from ui.prose import section
from ui.shipped import shipped
from vae_core.regularity import precision_and_coverage, principal_axes

PAGE = "/too_much_freedom"
DATA = shipped(MODEL).data
CODES = shipped(MODEL).mu[:IMAGES].astype(np.float64)


@pytest.fixture
def open_drawing(open_page):
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(PAGE + query, **options)
        expect(plot(page)).to_have_attribute("data-ready", "true")
        plot(page).scroll_into_view_if_needed()
        return page

    return opened


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_drawing")


def plot(page: Page) -> Locator:
    return figure(page).get_by_test_id("latent-map")


def image(page: Page) -> Locator:
    return figure(page).get_by_test_id("decoded")


def row(page: Page, way: str) -> Locator:
    return figure(page).locator(f'.row[data-way="{way}"]')


def strip(page: Page, way: str) -> Locator:
    return row(page, way).locator(".strip")


def here(page: Page, way: str) -> dict[str, str]:
    return {
        measure: row(page, way).locator(f".{measure} .here").inner_text()
        for measure in ("coverage", "precision")
    }


def drawn(page: Page) -> dict[str, dict[str, list]]:
    return plot(page).evaluate("c => c.btp.drawn()")


def press(page: Page, name: str) -> None:
    figure(page).get_by_role("button", name=name).click()
    painted(page)


def point_at(page: Page, way: str, index: int) -> None:
    """Put the mouse on an image of a row's strip, without pressing."""
    box = strip(page, way).bounding_box()
    x, y = (index % 12 + 0.5) / 12 * box["width"], (index // 12 + 0.5) / 2 * box["height"]
    page.mouse.move(box["x"] + x, box["y"] + y)
    painted(page)


# --- the mathematics


def test_box_mean_and_covariance_are_numpys_and_draws_follow_them(open_drawing):
    page = open_drawing()
    region = plot(page).evaluate(
        "c => { const r = c.btp.region();"
        " return {...r, mean: [...r.mean], covariance: [...r.covariance]}; }"
    )
    np.testing.assert_allclose(region["low"], CODES.min(0), rtol=1e-6)
    np.testing.assert_allclose(region["high"], CODES.max(0), rtol=1e-6)
    np.testing.assert_allclose(region["mean"], CODES.mean(0), atol=1e-6)
    covariance = np.cov(CODES.T, bias=True)
    np.testing.assert_allclose(region["covariance"], covariance.ravel(), rtol=1e-6)
    root = np.array(region["A"])
    np.testing.assert_allclose(root @ root.T, covariance, rtol=1e-6)
    draws_follow_the_distribution_their_row_names(page)
    codes_without_width_are_put_in_words(page)


def draws_follow_the_distribution_their_row_names(page: Page) -> None:
    many = 4000
    low, high = CODES.min(0), CODES.max(0)
    expected = {
        "prior": (np.zeros(2), np.eye(2)),
        "box": ((low + high) / 2, np.diag((high - low) ** 2 / 12)),
        "fitted": (CODES.mean(0), np.cov(CODES.T)),
    }
    for way, (mean, covariance) in expected.items():
        z = np.array(plot(page).evaluate("(c, [w, n]) => c.btp.sample(w, n, 7)", [way, many]))
        std = np.sqrt(np.diag(covariance))
        assert np.all(np.abs(z.mean(0) - mean) < 4 * std / np.sqrt(many)), way
        scaled = (np.cov(z.T) - covariance) / np.outer(std, std)
        assert np.abs(scaled).max() < 4 * np.sqrt(2 / many), way
        if way == "box":
            assert np.all((low <= z) & (z <= high))
        else:  # 1 − exp(−1/2) of a plane's Gaussian lies inside 1σ
            u = np.linalg.solve(np.linalg.cholesky(covariance), (z - mean).T)
            share = (np.linalg.norm(u, axis=0) < 1).mean()
            assert share == pytest.approx(1 - np.exp(-0.5), abs=4 * 0.49 / np.sqrt(many))


def codes_without_width_are_put_in_words(page: Page) -> None:
    say = "(c, codes) => c.btp.flatness(Float32Array.from(codes))"
    assert "on one spot" in plot(page).evaluate(say, [2, 3] * 5)
    assert "on one line" in plot(page).evaluate(say, [0, 0, 1, 2, 2, 4, 3, 6])
    assert plot(page).evaluate(say, [0, 0, 1, 2, 2, 4, 3, 5]) == ""


def test_what_draws_come_near_and_both_figures_are_torchs(open_drawing):
    page = open_drawing("?draws=3,324")
    x = torch.from_numpy(DATA.x_train.copy())
    axes = principal_axes(x)
    for way, found in drawn(page).items():
        images = decode(MODEL, np.array(found["codes"]))
        assert len(images) == 324
        precision, coverage = precision_and_coverage(x[:IMAGES] @ axes, images @ axes)
        assert np.mean(found["near"]) == pytest.approx(precision, abs=1 / 324 + 1e-9)
        assert np.mean(found["reached"]) == pytest.approx(coverage, abs=0.0021)
        assert here(page, way) == {
            "coverage": f"{np.mean(found['reached']):.2f}",
            "precision": f"{np.mean(found['near']):.2f}",
        }


def test_the_image_at_the_probe_is_torchs_and_so_is_what_it_comes_near(open_drawing):
    page = open_drawing("?draw_z=4.25,-6.5")
    assert z_of(plot(page)) == [4.25, -6.5]
    x_hat = decode(MODEL, np.array([[4.25, -6.5]]))
    ours = plot(page).evaluate("c => [...c.btp.decode([4.25, -6.5])]")
    np.testing.assert_allclose(ours, x_hat[0], atol=1e-5)
    x = torch.from_numpy(DATA.x_train.copy())
    real, place = x[:IMAGES] @ principal_axes(x), x_hat @ principal_axes(x)
    radii = torch.cdist(real, real).sort(dim=1).values[:, 5]
    near = int((torch.cdist(real, place)[:, 0] < radii).sum())
    assert near > 0
    expect(figure(page).locator(".near")).to_have_text(
        f"near {near} of 1000 digits: the large dots"
    )
    expect(figure(open_drawing("?draw_z=-9.2,11.7")).locator(".near")).to_have_text(
        "near none of the digits"
    )


# --- the gestures


def test_dragging_the_map_decodes_under_the_finger_and_tells_the_server_when_it_is_lifted(
    open_drawing,
):
    page = open_drawing()
    plot(page).scroll_into_view_if_needed()
    before, counted, box = pixels(image(page)), sent(page), plot(page).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 120, steps=8)
    painted(page)
    assert pixels(image(page)) != before
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"draw_z=-?[\d.]+(,|%2C)"))
    assert sent(page) > counted


def test_drawing_again_and_drawing_all_fill_the_map_up_to_a_thousand(open_drawing):
    page = open_drawing()
    first, before = drawn(page), here(page, "fitted")
    press(page, "Draw again")
    expect(figure(page).locator(".count")).to_have_text("48 of 1000 draws from each")
    for way in WAYS:  # the first draws stay, new ones join them
        assert drawn(page)[way]["codes"][:24] == first[way]["codes"]
    press(page, "Draw all 1000")
    expect(plot(page)).to_have_attribute("data-draws", "1000")
    expect(figure(page).get_by_role("button", name="Draw again")).to_have_attribute(
        "aria-disabled", "true"
    )
    assert float(here(page, "fitted")["coverage"]) > 0.9 > float(before["coverage"])
    assert float(here(page, "prior")["coverage"]) < 0.6
    expect(figure(page).locator(".spoken")).to_contain_text("1000 draws each. Coverage: N(0, I)")
    expect(page).to_have_url(re.compile("draws=1(,|%2C)1000"))
    assert drawn(page) == drawn(open_drawing("?draws=1,1000"))  # in slices or at once
    press(page, "Start over")
    expect(page).to_have_url(re.compile("draws=2(,|%2C)24"))
    assert drawn(page)["box"]["codes"] != first["box"]["codes"]


def test_a_row_and_the_map_light_the_same_draw(open_drawing):
    page = open_drawing("?draw=fitted")
    dark = pixels(plot(page))
    point_at(page, "fitted", 17)
    expect(strip(page, "fitted")).to_have_attribute("data-lit", "17")
    assert pixels(plot(page)) != dark
    page.mouse.move(0, 0)
    painted(page)
    expect(strip(page, "fitted")).to_have_attribute("data-lit", "-1")
    assert pixels(plot(page)) == dark
    # the other way round: the mouse over its mark
    z = drawn(page)["fitted"]["codes"][9]
    x, y = plot(page).evaluate("(c, z) => c.btp.onScreen(z)", z)
    box = plot(page).bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    painted(page)
    expect(strip(page, "fitted")).to_have_attribute("data-lit", "9")


def test_pressing_a_draw_puts_the_probe_on_it_and_its_row_on_the_map(open_drawing):
    page = open_drawing()
    point_at(page, "box", 4)
    page.mouse.down()
    page.mouse.up()
    painted(page)
    z = drawn(page)["box"]["codes"][4]
    np.testing.assert_allclose(z_of(plot(page)), z, atol=1e-3)
    expect(plot(page)).to_have_attribute("data-way", "box")
    expect(row(page, "box").get_by_role("radio")).to_be_checked()
    expect(page).to_have_url(re.compile("draw=box"))
    ours = image(page).evaluate("c => [c.width, c.height]")
    assert ours == [8, 8]


def test_a_pointer_that_has_already_left_still_picks_its_draw(open_drawing):
    page = open_drawing()
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    box = strip(page, "box").bounding_box()
    strip(page, "box").dispatch_event("pointerdown", {
        "pointerId": 99, "clientX": box["x"] + box["width"] * 4.5 / 12, "clientY": box["y"] + 2,
    })  # fmt: skip
    expect(strip(page, "box")).to_have_attribute("data-lit", "4")
    assert not errors


def test_keys_choose_a_row_walk_its_draws_and_move_the_probe(open_drawing):
    page = open_drawing()
    row(page, "prior").get_by_role("radio").focus()
    key(page, "ArrowDown")
    expect(plot(page)).to_have_attribute("data-way", "box")
    key(page, "ArrowDown")
    expect(plot(page)).to_have_attribute("data-way", "fitted")
    strip(page, "fitted").focus()
    for name in ("ArrowRight", "ArrowRight", "ArrowDown"):
        key(page, name)
    expect(strip(page, "fitted")).to_have_attribute("data-lit", "14")
    np.testing.assert_allclose(z_of(plot(page)), drawn(page)["fitted"]["codes"][14], atol=1e-3)
    expect(page).to_have_url(re.compile("draw=fitted"))
    expect(page).to_have_url(re.compile("draw_z="))
    plot(page).focus()
    before = z_of(plot(page))
    key(page, "ArrowRight")
    assert z_of(plot(page))[0] > before[0]
    key(page, "Home")
    assert z_of(plot(page)) == [0, 0]
    expect(figure(page).locator(".spoken")).to_contain_text("z = (0.0, 0.0), near")


def test_fingers_drag_the_map_and_press_draws_on_a_phone(open_drawing):
    page = open_drawing(width=390, height=844, has_touch=True, is_mobile=True)
    before = pixels(image(page))
    swipe(page, plot(page), (0.2, 0.3), (0.7, 0.6))
    assert pixels(image(page)) != before
    strip(page, "fitted").scroll_into_view_if_needed()
    box = strip(page, "fitted").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.5 / 12, box["y"] + box["height"] * 0.25)
    painted(page)
    np.testing.assert_allclose(z_of(plot(page)), drawn(page)["fitted"]["codes"][0], atol=1e-3)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390


# --- the link


def test_a_link_opens_the_same_picture_elsewhere(open_drawing):
    query = "?draws=5,124&draw=box&draw_z=1.5,2"
    page, other = open_drawing(query), open_drawing(query)
    for one in (page, other):
        expect(plot(one)).to_have_attribute("data-draws", "124")
        at_rest(one)  # the typefaces are there
    assert pixels(plot(page)) == pixels(plot(other))
    assert pixels(plot(page)) != pixels(plot(open_drawing("?draws=6,124&draw=box&draw_z=1.5,2")))
    for way in WAYS:
        assert pixels(strip(page, way)) == pixels(strip(other, way))


def test_a_link_that_makes_no_sense_is_the_bare_link(open_drawing):  # more: tests/ui/test_links.py
    page = open_drawing("?draws=1,2000&draw=wild&draw_z=nan,1")
    expect(plot(page)).to_have_attribute("data-draws", "24")
    expect(plot(page)).to_have_attribute("data-way", "prior")
    np.testing.assert_allclose(z_of(plot(page)), CODES[0], atol=1e-4)
    assert page.locator('[data-testid="stException"]').count() == 0


# --- what is said


def test_each_row_says_what_five_models_measured_and_how_many_draws_the_rest_is_from(open_drawing):
    page = open_drawing()
    for way in WAYS:
        expect(row(page, way).locator(".name")).to_have_text(section("drawing", f"name_{way}"))
        expect(row(page, way).locator(".coverage .five")).to_have_text(
            re.compile(r"^[01]\.\d\d ± 0\.\d\d$")
        )
    for count in (24, 48):
        for way in WAYS:
            heads = row(page, way).locator("thead th").all_inner_texts()
            assert [" ".join(head.split()) for head in heads[1:]] == [
                f"here, {count} draws", "five models, 1000 draws each"
            ]  # fmt: skip
        press(page, "Draw again")
    # a group of radios may hold strips and tables, a radiogroup may not
    assert figure(page).get_by_role("radiogroup").count() == 0
    group = figure(page).get_by_role("group", name="Whose draws the map shows")
    assert group.get_by_role("radio").count() == len(WAYS)


def test_drawing_all_goes_on_in_slices_and_starting_over_ends_it(open_drawing):
    page = open_drawing()
    counts = plot(page).evaluate("""async canvas => {
      const root = canvas.getRootNode(), frame = () => new Promise(requestAnimationFrame);
      root.querySelector(".all").click();
      const seen = [];
      for (let k = 0; k < 6; k++) { seen.push(Number(canvas.dataset.draws)); await frame(); }
      root.querySelector(".over").click();
      return seen;
    }""")
    assert counts == sorted(counts)
    assert counts[-1] < 1000
    painted(page)
    expect(plot(page)).to_have_attribute("data-draws", "24")
    expect(page).to_have_url(re.compile("draws=2(,|%2C)24"))


@pytest.mark.parametrize("seed", [1, 5])
def test_what_the_list_says_of_each_row_is_so(open_drawing, seed):
    found = drawn(open_drawing(f"?draws={seed},1000"))
    y = DATA.y_train[:IMAGES]
    reached = np.array(found["prior"]["reached"])
    shares = [reached[y == group].mean() for group in range(10)]
    assert shares[0] < 0.1
    assert np.argmin(shares) == 0
    assert min(shares[1], shares[8]) > 0.9
    far = [np.median(np.linalg.norm(CODES[y == group], axis=1)) for group in range(10)]
    assert far[0] == max(far)
    assert sorted(far)[:2] == sorted([far[1], far[8]])
    near = np.array(found["box"]["near"]).astype(bool)
    assert 1 - near.mean() == pytest.approx(0.05, abs=0.01)
    codes = np.array(found["box"]["codes"])[~near]
    apart = np.linalg.norm(codes[:, None] - shipped(MODEL).mu[None], axis=2).min(1)
    assert (apart > 1).mean() > 0.7
    assert np.mean(found["fitted"]["reached"]) > 0.9

"""The drawing pad in chapter 5: drawn with mouse or finger, picked with keys, kept in a link."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from tests.browser import pen
from tests.browser.conftest import CHAPTER, finger, key, maps, painted, pixels, sent, z_of
from ui.pad import EVERY, far_distance, first_row
from ui.shipped import builtin_data, shipped
from vae_core.networks import Autoencoder
from vae_core.training import encode

TOLD = """() => {
  const told = window[Symbol.for("between-the-points.bus")]?.last.get("input");
  return told && {...told, x: [...told.x], answer: [...told.answer]};
}"""
SEVEN = [(0.25, 0.2), (0.75, 0.22), (0.45, 0.85)]
BOX = [(0.2, 0.2), (0.7, 0.2), (0.7, 0.7), (0.2, 0.7), (0.2, 0.22)]


def pad_of(page):
    pad = page.locator('[data-testid="draw-pad"]')
    expect(pad).to_have_attribute("data-ready", "true")
    return pad


def press(page, pad, places):
    """Put the mouse down on the pad and move along places, shares of its side; leave it down."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    painted(page)


def draw(page, pad, *strokes):
    for places in strokes:
        press(page, pad, places)
        page.mouse.up()
    painted(page)


def a(digit):
    return f"an {digit}" if digit == 8 else f"a {digit}"


def remark(page):
    return page.locator(".pad .said")


def ink_of(page):
    expect(page).to_have_url(re.compile(r"[?&]ink=[\w.-]+"))
    return pen.read_ink(re.search(r"[?&]ink=([\w.-]+)", page.url)[1])


def test_it_starts_alive_with_a_real_three(open_page):
    page = open_page(CHAPTER)
    told, data = pad_of(page) and page.evaluate(TOLD), builtin_data("digits")
    row = first_row(data)
    assert told["row"] == row
    assert told["words"] == f"image {row}, a 3"
    np.testing.assert_array_equal(told["x"], data.x_train[row])
    others = np.delete(np.arange(1500), row)
    distances = np.sqrt(np.square(data.x_train[others] - data.x_train[row]).sum(1))
    expect(page.locator(".pad .distance")).to_have_text(f"{distances.min():.2f}")
    nearest = data.y_train[others[distances.argmin()]]
    expect(page.locator(".pad .near")).to_contain_text(f"nearest other image, {a(nearest)}")
    assert "image" not in page.url
    assert "ink" not in page.url


def test_a_drawing_is_seen_and_told_while_the_finger_is_down_and_sent_when_it_lifts(open_page):
    page = open_page(CHAPTER)
    pad = pad_of(page)
    expect(maps(page).first).to_have_attribute("data-ready", "true")
    before, seen = z_of(maps(page).first), page.locator(".pad .seen canvas")
    image, counted = pixels(seen), sent(page)
    press(page, pad, SEVEN[:2])
    half = page.evaluate(TOLD)
    assert half["drawing"] is True
    assert half["row"] is None
    assert pixels(seen) != image
    assert z_of(maps(page).first) != before
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.85 * box["height"], steps=6)
    painted(page)
    assert page.evaluate(TOLD)["x"] != half["x"]
    assert sent(page) == counted
    page.mouse.up()
    strokes = ink_of(page)
    assert sent(page) > counted
    assert len(strokes) == 1
    assert sum(map(len, strokes)) <= 6  # of some thirty points: the line is nearly straight
    told = page.evaluate(TOLD)
    assert told["drawing"] is False
    assert told["words"] == "your drawing"
    np.testing.assert_allclose(told["x"], pen.digit(strokes), atol=1e-6)


def test_what_the_maps_and_the_autoencoder_make_of_a_drawing_is_torchs(open_page):
    page = open_page(CHAPTER)
    draw(page, pad_of(page), SEVEN)
    the_nearest_real_image_and_its_distance_are_shown(page)
    x = pen.digit(ink_of(page)).astype(np.float32)[None]
    vae, twin = shipped("digits-vae-beta1"), shipped("digits-ae")
    mu, std = encode(vae.config, vae.weights, x)
    ours = maps(page).first.evaluate(
        "(map, x) => { const {mu, std} = map.btp.encode(x); return [[...mu], [...std]]; }",
        x[0].tolist(),
    )
    np.testing.assert_allclose(ours, [mu[0], std[0]], atol=1e-5, rtol=1e-5)
    assert z_of(maps(page).first) == pytest.approx(mu[0], abs=6e-4)
    code = encode(twin.config, twin.weights, x)[0]
    answer = page.evaluate(TOLD)["answer"]
    with torch.no_grad():
        network = Autoencoder(twin.config, 64).load(twin.weights)
        x_hat = torch.sigmoid(network.decode(torch.from_numpy(code)))[0].numpy()
    np.testing.assert_allclose(answer, x_hat, atol=1e-5)


def the_nearest_real_image_and_its_distance_are_shown(page):
    data = builtin_data("digits")
    distances = np.sqrt(np.square(data.x_train - pen.digit(ink_of(page))).sum(1))
    expect(page.locator(".pad .distance")).to_have_text(f"{distances.min():.2f}")
    near = page.locator(".pad .near")
    expect(near).to_contain_text(f"nearest real image, {a(data.y_train[distances.argmin()])}")
    expect(remark(page)).to_have_text(
        "Far from every training image." if distances.min() > far_distance("digits") else ""
    )


def test_a_link_gives_the_same_input_to_the_last_bit(open_page):
    page = open_page(CHAPTER)
    draw(page, pad_of(page), SEVEN, [(0.3, 0.5), (0.7, 0.5)])
    expect(page).to_have_url(re.compile(r"ink=[\w-]+\.[\w-]+"))  # two strokes
    told = page.evaluate(TOLD)
    other = open_page(page.url[page.url.index("/", 8) :])
    pad_of(other)
    assert other.evaluate(TOLD) == told
    expect(other.get_by_role("button", name="Clear", exact=True)).to_have_attribute(
        "aria-disabled", "false"
    )


def test_undo_takes_a_stroke_and_clear_brings_the_picked_image_back(open_page):
    page = open_page(CHAPTER)
    pad, first = pad_of(page), page.evaluate(TOLD)
    draw(page, pad, SEVEN)
    one = page.evaluate(TOLD)
    draw(page, pad, [(0.3, 0.5), (0.7, 0.5)])
    assert page.evaluate(TOLD)["x"] != one["x"]
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate(TOLD)["x"] == one["x"]
    page.get_by_role("button", name="Clear", exact=True).click()
    assert page.evaluate(TOLD) == first
    expect(page).not_to_have_url(re.compile("ink="))
    expect(page.locator(".pad .hint")).to_be_visible()


def test_a_finger_draws_at_390_pixels_and_the_pad_is_a_row(open_page):
    page = open_page(CHAPTER, width=390, height=844, has_touch=True, is_mobile=True)
    pad = pad_of(page)
    assert page.locator(".widget.pad").bounding_box()["height"] <= 190
    touch = finger(page, pad)
    scrolled = page.evaluate("() => scrollY")
    touch("touchStart", *SEVEN[0])
    for place in (*SEVEN[1:], (0.43, 0.9)):
        touch("touchMove", *place)
    painted(page)
    assert page.evaluate(TOLD)["drawing"] is True
    touch("touchEnd")
    told = page.evaluate(TOLD)
    np.testing.assert_allclose(told["x"], pen.digit(ink_of(page)), atol=1e-6)
    assert page.evaluate("() => scrollY") == scrolled


def test_keys_pick_real_images_and_another_of_their_class(open_page):
    page, data = open_page(CHAPTER), builtin_data("digits")
    draw(page, pad_of(page), SEVEN)
    page.get_by_role("button", name="Pick a 3").focus()
    key(page, "ArrowRight")
    key(page, "Enter")
    fours = np.flatnonzero(data.y_train == 4)
    expect(page).to_have_url(re.compile(rf"[?&]image={fours[0]}\b"))
    assert "ink=" not in page.url
    told = page.evaluate(TOLD)
    assert told["row"] == fours[0]
    np.testing.assert_array_equal(told["x"], data.x_train[fours[0]])
    button = page.get_by_role("button", name="Pick a 4")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Another 4").press("Enter")
    expect(page).to_have_url(re.compile(rf"[?&]image={fours[1]}\b"))
    assert page.evaluate(TOLD)["row"] == fours[1]
    expect(page.locator(".pad .spoken")).to_contain_text(f"image {fours[1]}, a 4")


ODD = {
    "a dot": ("digits", [[(0.5, 0.5)]], "A dot has no shape"),
    "all ink": ("digits", [[(0.05 + 0.9 * (k % 2), 0.05 + 0.9 * k / 50) for k in range(51)]],
                "Fuller than any training image"),
    "over the edge": ("digits", [[(0.3, 0.3), (0.3, 1.3), (0.8, 1.3), (0.8, 0.3)]],
                      "What left the pad is cut off"),
    "a line": ("shapes", [[(0.2, 0.2), (0.8, 0.8)]], "encloses nothing"),
}  # fmt: skip


@pytest.mark.parametrize("dataset", ["digits", "shapes"])
def test_odd_drawings_are_explained_pictures(open_page, dataset):
    page = open_page(f"{CHAPTER}?dataset={dataset}")
    pad = pad_of(page)
    for name, (of, strokes, words) in ODD.items():
        if of != dataset:
            continue
        draw(page, pad, *strokes)
        expect(remark(page)).to_contain_text(words)
        told = page.evaluate(TOLD)
        assert np.isfinite(told["x"] + told["answer"]).all(), name
        assert 0 < sum(told["x"]) < len(told["x"]), name
        assert told["row"] == (0 if name == "a line" else None), name
        expect(page.locator(".pad .distance")).to_have_text(re.compile(r"^\d+\.\d\d$"))
        if name == "over the edge":
            assert len(ink_of(page)) == 2
        page.get_by_role("button", name="Clear", exact=True).click()
        expect(page).not_to_have_url(re.compile("ink="))


def test_a_drawn_box_is_a_square(open_page):
    page, data = open_page(f"{CHAPTER}?dataset=shapes"), builtin_data("shapes")
    draw(page, pad_of(page), BOX)
    (strokes,) = ink_of(page)
    told = page.evaluate(TOLD)
    np.testing.assert_allclose(told["x"], pen.shape(strokes), atol=1 / 16 + 1 / 24)
    assert (np.array(told["x"]) * 255 % 1).max() < 1e-4
    rows = data.x_train[:: EVERY["shapes"]]
    distances = np.sqrt(np.square(rows - np.array(told["x"])).sum(1))
    expect(page.locator(".pad .distance")).to_have_text(f"{distances.min():.2f}")
    expect(page.locator(".pad .near")).to_contain_text("a square")


def test_other_images_give_a_fresh_pad(open_page):
    page = open_page(CHAPTER)
    draw(page, pad_of(page), SEVEN)
    ink_of(page)
    box, option = page.locator(".st-key-dataset input"), page.get_by_role("option", name="shapes")
    expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_visible()
    box.click()
    painted(page)
    if not option.count():  # what was still arriving has closed the list
        box.click()
    option.click()
    expect(page.locator(".pad .name")).to_have_text("Draw a shape")
    expect(page).not_to_have_url(re.compile("ink="))
    told = page.evaluate(TOLD)
    assert (told["dataset"], told["row"], len(told["x"])) == ("shapes", 0, 784)


def test_a_page_without_the_pad_hears_that_it_has_gone(open_page):
    page = open_page(CHAPTER)
    pad_of(page)
    page.get_by_role("link", name="Between the Points").first.click()
    expect(page.locator('[data-testid="draw-pad"]')).to_have_count(0)
    page.wait_for_function(f"() => ({TOLD})() === null")

"""Home in a real browser: one probe through two maps, by mouse, touch and keys."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    beyond,
    decoded,
    drag,
    key,
    maps,
    painted,
    pixels,
    sent,
    swipe,
    z_of,
)  # fmt: skip


def test_home_starts_alive_with_two_maps_and_an_image_for_each(open_page):
    page = open_page()
    expect(page.locator("h1")).to_have_count(1)
    expect(maps(page)).to_have_count(2)
    expect(decoded(page)).to_have_count(2)
    assert [maps(page).nth(i).get_attribute("data-twin") for i in range(2)] == ["ae", "vae"]
    for i in range(2):
        assert maps(page).nth(i).get_attribute("data-points") == "1500"
        size = decoded(page).nth(i).evaluate("canvas => [canvas.width, canvas.height]")
        assert size == [8, 8]


def test_dragging_either_map_moves_the_probe_in_both_and_decodes_both(open_page):
    page = open_page()
    for touched, end in ((0, (0.7, 0.65)), (1, (0.4, 0.55))):
        before = [(z_of(maps(page).nth(i)), pixels(decoded(page).nth(i))) for i in range(2)]
        drag(page, maps(page).nth(touched), (0.3, 0.3), end)
        for i, (z, image) in enumerate(before):
            assert z_of(maps(page).nth(i)) != z, (touched, i)
            assert pixels(decoded(page).nth(i)) != image, (touched, i)


def test_nothing_goes_to_the_server_while_the_finger_is_down(open_page):
    page = open_page()
    expect(maps(page).first).to_have_attribute("data-ready", "true")
    canvas = maps(page).nth(1)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    counted = sent(page)
    z = z_of(canvas)
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=20)
    painted(page)
    assert z_of(canvas) != z
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]u="))
    assert sent(page) > counted


def test_arrow_keys_move_shift_moves_further_home_centres(open_page):
    page = open_page()
    canvas = maps(page).nth(1)
    canvas.focus()
    start = z_of(canvas)
    key(page, "ArrowRight")
    small = z_of(canvas)
    key(page, "Shift+ArrowRight")
    large = z_of(canvas)
    assert small[0] > start[0]
    assert small[1] == start[1]
    assert large[0] - small[0] == pytest.approx(5 * (small[0] - start[0]), rel=0.05)
    key(page, "Home")
    assert z_of(canvas) == pytest.approx(start, abs=2e-3)


def test_a_finger_drags_the_probe(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    canvas = maps(page).nth(1)
    before = (z_of(canvas), pixels(decoded(page).nth(1)))
    swipe(page, canvas, (0.15, 0.15), (0.45, 0.4))
    assert z_of(canvas) != before[0]
    assert pixels(decoded(page).nth(1)) != before[1]


def test_the_switch_takes_the_kl_term_away_and_says_so(open_page):
    page = open_page()
    right, switch = maps(page).nth(1), page.get_by_role("switch")
    model, left = right.get_attribute("data-model"), maps(page).nth(0).get_attribute("data-model")
    wall = page.locator(".st-key-figure_wall canvas")
    images = pixels(wall)
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(right).not_to_have_attribute("data-model", model)
    expect(maps(page).nth(0)).to_have_attribute("data-model", left)
    expect(page).to_have_url(re.compile(r"kl=off"))
    page.wait_for_function(
        "([canvas, old]) => canvas.toDataURL() !== old", arg=[wall.element_handle(), images]
    )


def test_draw_again_draws_other_images(open_page):
    page = open_page()
    wall = page.locator(".st-key-figure_wall canvas")
    images = pixels(wall)
    page.get_by_role("button", name="Draw again").click()
    painted(page)
    assert pixels(wall) != images


def test_clicking_a_dot_puts_both_probes_on_that_images_codes(open_page):
    page = open_page()
    canvas = maps(page).nth(1)
    canvas.focus()
    key(page, "Enter")  # the nearest code, as a click on its dot does
    expect(page).to_have_url(re.compile(r"picked=\d+"))
    picked = int(re.search(r"picked=(\d+)", page.url)[1])
    from ui.shipped import shipped

    for i, name in enumerate(("digits-ae", "digits-vae-beta1")):
        assert z_of(maps(page).nth(i)) == pytest.approx(shipped(name).mu[picked], abs=6e-4)


def test_a_link_opens_the_same_picture_elsewhere(open_page):
    page = open_page()
    drag(page, maps(page).nth(0), (0.5, 0.5), (0.62, 0.31))
    expect(page).to_have_url(re.compile(r"[?&]u="))
    other = open_page(page.url[page.url.index("/", 8) :])
    for i in range(2):
        assert z_of(maps(other).nth(i)) == z_of(maps(page).nth(i))
        assert pixels(decoded(other).nth(i)) == pixels(decoded(page).nth(i))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/variational_autoencoders"])
def test_nothing_is_wider_than_the_screen(open_page, path, scheme):
    page = open_page(path, width=360, height=844, color_scheme=scheme)
    for width in (360, 390, 768, 1440):
        assert beyond(page, width) <= 1, width

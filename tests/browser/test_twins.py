"""Four matched maps under one probe, in a real browser, on the page of chapter 6."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import drag, key, painted, pixels, sent, swipe, z_of
from ui.shipped import manifest, shipped
from ui.twins import CLOUDS, MEASURES, MODELS
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean

PAGE = "/continuity_and_completeness"
FILES = list(MODELS.values())
PASSAGES = (("autoencoder → β = 0", 1), ("β = 0 → β = 0.1", 2), ("β = 0.1 → β = 1", 3))


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_twins")


def maps(page: Page) -> Locator:
    return figure(page).locator('[data-testid="latent-map"]')


def decoded(page: Page) -> Locator:
    return figure(page).locator('[data-testid="decoded"]')


def watch(page: Page, label: str) -> None:
    figure(page).get_by_role("button", name=label, exact=True).click()


@pytest.fixture
def open_twins(open_page):
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(PAGE + query, **options)
        expect(maps(page)).to_have_count(4)
        for i in range(4):
            expect(maps(page).nth(i)).to_have_attribute("data-ready", "true")
        maps(page).first.scroll_into_view_if_needed()
        return page

    return opened


def every(page: Page, name: str) -> list[str | None]:
    return [maps(page).nth(i).get_attribute(name) for i in range(4)]


def places(page: Page) -> np.ndarray:
    return np.array([z_of(maps(page).nth(i)) for i in range(4)])


def frames() -> list[tuple[np.ndarray, np.ndarray]]:
    """m and A of every map, as numpy has them."""
    codes = [shipped(file).mu.astype(np.float64) for file in FILES]
    return [(mu.mean(0), np.linalg.cholesky(np.cov(mu.T))) for mu in codes]


def test_it_starts_with_four_maps_and_one_image_for_each(open_twins):
    page = open_twins()
    expect(decoded(page)).to_have_count(4)
    assert every(page, "data-twin") == ["ae", "vae", "vae", "vae"]
    assert every(page, "data-points") == ["1500"] * 4
    assert every(page, "data-model") == [shipped(file).sha256[:16] for file in FILES]
    for i in range(4):
        assert decoded(page).nth(i).evaluate("c => [c.width, c.height]") == [8, 8]
    assert figure(page).get_by_role("switch").count() == 0
    what_was_measured_stands_under_each_map(page)


def what_was_measured_stands_under_each_map(page: Page) -> None:
    for i, file in enumerate(FILES):
        terms = figure(page).locator(".measures").nth(i)
        expect(terms.locator("dt")).to_have_text([word for word, _, _ in MEASURES])
        measured = manifest()[file]["measures"]
        said = [f"{measured[name]:.{digits}f}" for _, name, digits in MEASURES]
        expect(terms.locator("dd")).to_have_text(said)


def test_one_drag_moves_every_probe_to_the_same_standardised_place(open_twins):
    page = open_twins()
    for touched, end in ((0, (0.62, 0.35)), (3, (0.4, 0.55))):
        images = [pixels(decoded(page).nth(i)) for i in range(4)]
        drag(page, maps(page).nth(touched), (0.3, 0.3), end)
        u = [np.linalg.solve(a, z - m) for (m, a), z in zip(frames(), places(page), strict=True)]
        assert np.linalg.norm(u[0]) > 0.2
        for other in u[1:]:
            np.testing.assert_allclose(other, u[0], atol=2e-3)
        for i in range(4):
            assert pixels(decoded(page).nth(i)) != images[i]


def test_each_map_decodes_with_its_own_model(open_twins):
    page = open_twins("?u=0.8,-0.5")
    for i, file in enumerate(FILES):
        z, model = z_of(maps(page).nth(i)), shipped(file)
        with torch.no_grad():
            output = Autoencoder(model.config, 64).load(model.weights).decode(torch.tensor([z]))
            expected = likelihood_mean(output, model.config)[0].numpy()
        ours = maps(page).nth(i).evaluate("(c, z) => [...c.btp.decode(z)]", z)
        np.testing.assert_allclose(ours, expected, atol=1e-5)
        # 0 is paper and 1 is ink: the darker the pixel, the larger the number
        image = decoded(page).nth(i)
        bytes_ = "c => [...c.getContext('2d').getImageData(0, 0, 8, 8).data]"
        shade = image.evaluate(bytes_)[::4]  # red, of four channels
        assert np.corrcoef(shade, expected)[0, 1] < -0.999


def test_nothing_goes_to_the_server_while_the_finger_is_down(open_twins):
    page = open_twins()
    expect(maps(page).nth(3)).to_have_attribute("data-ready", "true")
    canvas = maps(page).nth(2)
    canvas.scroll_into_view_if_needed()
    box, before = canvas.bounding_box(), places(page)
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + 150, box["y"] + 120, steps=20)
    painted(page)
    assert (places(page) != before).all()
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]u="))
    assert sent(page) > counted


def test_keys_move_all_probes_and_enter_picks_one_image_in_every_map(open_twins):
    page = open_twins()
    canvas, before = maps(page).nth(1), places(page)
    canvas.focus()
    key(page, "Shift+ArrowRight")
    assert (places(page)[:, 0] != before[:, 0]).all()
    key(page, "Enter")
    expect(page).to_have_url(re.compile(r"picked=\d+"))
    picked = int(re.search(r"picked=(\d+)", page.url)[1])
    expected = [shipped(file).mu[picked] for file in FILES]
    np.testing.assert_allclose(places(page), expected, atol=6e-4)
    digit = shipped(FILES[0]).data.y_train[picked]
    words = f"the image you picked, {'an' if digit == 8 else 'a'} {digit}"
    expect(figure(page).locator(".picked")).to_contain_text(words)
    expect(figure(page).locator(".picked canvas")).to_have_count(1)
    key(page, "Escape")
    expect(page).not_to_have_url(re.compile("picked="))


def test_a_finger_drags_every_probe(open_twins):
    page = open_twins(width=390, height=844, has_touch=True, is_mobile=True)
    canvas = maps(page).nth(3)
    before = places(page)
    swipe(page, canvas, (0.25, 0.25), (0.7, 0.65))
    assert (places(page) != before).all()


def test_on_a_phone_they_stand_two_by_two(open_twins):
    page = open_twins(width=390, height=844)
    boxes = [maps(page).nth(i).bounding_box() for i in range(4)]
    assert boxes[0]["y"] == pytest.approx(boxes[1]["y"], abs=1)
    assert boxes[2]["y"] == pytest.approx(boxes[3]["y"], abs=1)
    assert boxes[0]["x"] == pytest.approx(boxes[2]["x"], abs=1)
    assert boxes[2]["y"] > boxes[0]["y"] + boxes[0]["height"]
    wide = open_twins()
    assert len({round(maps(wide).nth(i).bounding_box()["y"]) for i in range(4)}) == 1


def test_the_codes_can_be_watched_moving_and_nothing_is_decoded_on_the_way(open_twins):
    page = open_twins()
    for label, right in PASSAGES:
        image, settled = pixels(decoded(page).nth(right)), pixels(maps(page).nth(right))
        # in one go, so that the movement cannot be over before it is looked at
        on_the_way = (
            figure(page)
            .get_by_role("button", name=label, exact=True)
            .evaluate(
                """async button => {
                 button.click();
                 await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
                 const root = button.getRootNode();
                 const all = (name) => [...root.querySelectorAll(`[data-testid="${name}"]`)];
                 const seen = (node) => getComputedStyle(node).display !== 'none';
                 return {
                   ready: all('latent-map').map((c) => c.dataset.ready),
                   blank: all('decoded').map((c) =>
                     c.getContext('2d').getImageData(0, 0, 8, 8).data.every((byte) => byte === 0)),
                   words: [...root.querySelectorAll('.between')].map(seen),
                   line: all('latent-map').map((c) =>
                     getComputedStyle(c.parentElement).borderColor),
                 };
               }"""
            )
        )
        others = [i for i in range(4) if i != right]
        expected = ["false" if i == right else "true" for i in range(4)]
        assert on_the_way["ready"] == expected
        assert on_the_way["blank"] == on_the_way["words"] == [i == right for i in range(4)]
        assert on_the_way["line"][right] != on_the_way["line"][others[0]]
        expect(maps(page).nth(right)).to_have_attribute("data-ready", "true")
        painted(page)
        assert pixels(decoded(page).nth(right)) == image
        assert pixels(maps(page).nth(right)) == settled
        expect(figure(page).locator(".spoken")).to_contain_text(
            "Nothing is decoded between two models"
        )


def test_taking_hold_of_a_map_ends_the_movement(open_twins):
    page = open_twins()
    ready = (
        figure(page)
        .get_by_role("button", name="autoencoder → β = 0")
        .evaluate(
            """async button => {
             button.click();
             const frame = () => new Promise(requestAnimationFrame);
             const frames = () => frame().then(frame);
             await frames();
             const map = button.getRootNode().querySelectorAll('[data-testid="latent-map"]')[1];
             const before = map.dataset.ready;
             map.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
             await frames();
             return [before, map.dataset.ready];
           }"""
        )
    )
    assert ready == ["false", "true"]


def test_with_reduced_motion_the_codes_jump(open_twins):
    page = open_twins(reduced_motion="reduce")
    watch(page, "β = 0.1 → β = 1")
    seen = (
        maps(page)
        .nth(3)
        .evaluate(
            """async canvas => {
             const pictures = new Set();
             while (canvas.dataset.ready !== 'true') {
               pictures.add(canvas.toDataURL());
               await new Promise(requestAnimationFrame);
             }
             return pictures.size;
           }"""
        )
    )
    assert seen <= 2


def test_a_link_opens_the_same_picture_elsewhere(open_twins):
    page = open_twins()
    drag(page, maps(page).nth(2), (0.5, 0.5), (0.62, 0.31))
    expect(page).to_have_url(re.compile(r"[?&]u="))
    other = open_twins(page.url[page.url.index("?") :])
    np.testing.assert_array_equal(places(other), places(page))
    for i in range(4):
        assert pixels(decoded(other).nth(i)) == pixels(decoded(page).nth(i))


def test_a_link_that_makes_no_sense_is_the_bare_link(open_twins):  # others: tests/ui/test_links.py
    page = open_twins("?picked=-1&u=a,b")
    expected = [m for m, _ in frames()]
    np.testing.assert_allclose(places(page), expected, atol=1e-3)
    expect(page).not_to_have_url(re.compile("[?&](u|picked)="))


def test_the_widths_are_what_the_caption_says():
    """At β = 0 no drawn cloud is wider than its own stroke; at β = 1 all reach other codes."""
    rows = np.arange(CLOUDS) * 1500 // CLOUDS
    reached = {}
    for file in FILES[1:]:
        model = shipped(file)
        gaps = (model.mu[None] - model.mu[rows, None]) / model.std[rows, None]
        reached[file] = ((gaps**2).sum(2) < 1).sum(1) - 1  # the image itself left out
    half_width = np.ptp(shipped(FILES[1]).mu, axis=0).max() / 2
    assert (shipped(FILES[1]).std[rows] / half_width * 258 / 2).max() < 0.625  # CSS pixels
    assert (reached[FILES[3]] > 0).all()
    assert (reached[FILES[1]] == 0).all()

"""Five seeds of one autoencoder under one probe, in a real browser, on the page of chapter 4."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import drag, key, pixels, swipe, z_of
from ui.seeds import MODELS
from ui.shipped import manifest, shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean
from vae_core.training import encode

PAGE = "/too_much_freedom?deeper_seeds=true"


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_seeds")


def maps(page: Page) -> Locator:
    return figure(page).locator('[data-testid="latent-map"]')


def places(page: Page) -> np.ndarray:
    return np.array([z_of(maps(page).nth(i)) for i in range(5)])


@pytest.fixture
def open_seeds(open_page):
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(PAGE + query, ready=".st-key-figure_seeds canvas[data-ready]", **options)
        for i in range(5):
            expect(maps(page).nth(i)).to_have_attribute("data-ready", "true")
        maps(page).first.scroll_into_view_if_needed()
        return page

    return opened


def test_five_models_stand_side_by_side_with_their_scores_and_answer_as_torch_does(open_seeds):
    page = open_seeds()
    shown = [maps(page).nth(i).get_attribute("data-model") for i in range(5)]
    assert shown == [shipped(file).sha256[:16] for file in MODELS]
    scores = [f"{manifest()[file]['measures']['val_recon']:.1f}" for file in MODELS]
    expect(figure(page).locator(".measures dd")).to_have_text(scores)
    each_map_encodes_and_decodes_as_torch_does(page)


def test_a_picked_image_stands_on_its_own_code_in_every_space(open_seeds):
    page = open_seeds()
    maps(page).nth(2).focus()
    key(page, "Enter")
    expect(page).to_have_url(re.compile(r"picked=\d+"))
    picked = int(re.search(r"picked=(\d+)", page.url)[1])
    expected = [shipped(file).mu[picked] for file in MODELS]
    np.testing.assert_allclose(places(page), expected, atol=6e-4)
    link = page.url[page.url.index("&picked") :]
    np.testing.assert_array_equal(places(open_seeds(link)), places(page))


def each_map_encodes_and_decodes_as_torch_does(page: Page) -> None:
    images = shipped(MODELS[0]).data.x_val[:4].copy()
    for i, file in enumerate(MODELS):
        model, canvas = shipped(file), maps(page).nth(i)
        z = np.float32(z_of(canvas))
        ours = canvas.evaluate("(c, z) => [...c.btp.decode(z)]", z.tolist())
        with torch.no_grad():
            output = (
                Autoencoder(model.config, 64).load(model.weights).decode(torch.from_numpy(z)[None])
            )
        theirs = likelihood_mean(output, model.config)[0].numpy()
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
        code = "(c, x) => [...c.btp.encode(Float32Array.from(x)).mu]"
        codes = [canvas.evaluate(code, image.tolist()) for image in images]
        mu, _ = encode(model.config, model.weights, images)
        np.testing.assert_allclose(codes, mu, rtol=1e-5, atol=1e-5)


def test_one_drag_decodes_in_all_five(open_seeds):
    page = open_seeds()
    images = figure(page).locator('[data-testid="decoded"]')
    before = [pixels(images.nth(i)) for i in range(5)]
    drag(page, maps(page).nth(0), (0.3, 0.3), (0.62, 0.35))
    assert all(pixels(images.nth(i)) != before[i] for i in range(5))


def test_a_finger_drags_them_on_a_phone_without_sideways_scrolling(open_seeds):
    page = open_seeds(width=390, height=844, has_touch=True, is_mobile=True)
    before = places(page)
    swipe(page, maps(page).nth(4), (0.25, 0.25), (0.7, 0.65))
    assert (places(page) != before).all()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""Chapter 5 in a real browser: train, pause, step, scrub, full speed, stop, reload, share."""

import itertools
import os
import re
import signal

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    CHAPTER,
    decoded,
    drag,
    full_speed,
    key,
    maps,
    pixels,
    press,
    start_server,
    status,
    stop_server,
    z_of,
)  # fmt: skip

_seeds = itertools.count(1000)


def fresh(**query: object) -> str:
    """A link to a run nobody has asked for."""
    parts = {"seed": next(_seeds), **query}
    return CHAPTER + "?" + "&".join(f"{key}={value}" for key, value in parts.items())


def test_train_pause_step_full_speed_done(open_page):
    page = open_page(fresh())
    canvas = maps(page).first
    expect(status(page)).to_have_text("ready")
    shipped = canvas.get_attribute("data-model")
    press(page, "train")
    expect(status(page)).to_have_text(
        re.compile(r"training · epoch \d+ of 130 · recon \d+\.\d · KL \d+\.\d")
    )
    expect(canvas).not_to_have_attribute("data-model", shipped)
    press(page, "pause")
    expect(status(page)).to_have_text(re.compile("^paused · epoch"))
    held, model = status(page).inner_text(), canvas.get_attribute("data-model")
    press(page, "step")
    expect(status(page)).not_to_have_text(held)
    expect(canvas).not_to_have_attribute("data-model", model)
    press(page, "resume")
    expect(status(page)).to_have_text(re.compile("^training"))
    full_speed(page)
    expect(status(page)).to_have_text(
        re.compile(r"^done · epoch 130 of 130 · recon \d\d\.\d · KL \d\.\d$")
    )


def test_the_probe_can_be_dragged_while_the_film_plays(open_page):
    page = open_page(fresh())
    press(page, "train")
    expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"))
    canvas = maps(page).first
    drag(page, canvas, (0.3, 0.3), (0.62, 0.7))
    z, model = z_of(canvas), canvas.get_attribute("data-model")
    expect(canvas).not_to_have_attribute("data-model", model)
    assert z_of(canvas) == pytest.approx(z, abs=1e-3)
    assert status(page).inner_text().startswith("training")


def test_scrubbing_shows_an_earlier_keyframe(open_page):
    page = open_page(fresh(epochs=6))
    press(page, "train")
    expect(status(page)).to_have_text(re.compile("^done"))
    handle = page.get_by_role("slider", name="Epoch")
    model = maps(page).first.get_attribute("data-model")
    handle.focus()
    for _ in range(3):
        key(page, "ArrowLeft")
    expect(status(page)).to_have_text(re.compile("^paused · epoch 3 of 6"))
    expect(maps(page).first).not_to_have_attribute("data-model", model)


def test_stop_leaves_the_picture_and_train_starts_again(open_page):
    page = open_page(fresh(epochs=2000))
    press(page, "train")
    expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"))
    press(page, "stop")
    expect(status(page)).to_have_text(re.compile("^stopped · epoch"))
    expect(maps(page).first).to_have_attribute("data-ready", "true")
    expect(page.locator(".st-key-train button")).to_be_enabled()


def test_a_reload_and_a_second_browser_show_the_same_run(open_page):
    link = fresh(epochs=400)
    page = open_page(link)
    press(page, "train")
    expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"))
    run = maps(page).first.get_attribute("data-model").split("-")[0]
    page.reload()
    expect(status(page)).to_have_text(re.compile("^training · epoch"))
    other = open_page(link)
    expect(status(other)).to_have_text(re.compile("^training · epoch"))
    for each in (page, other):
        expect(maps(each).first).to_have_attribute("data-model", re.compile(f"^{run}-"))
        press(each, "stop")


def test_a_cached_run_plays_from_epoch_0_and_says_recorded(open_page):
    link = fresh(epochs=130)
    page = open_page(link)
    press(page, "train")
    full_speed(page)
    expect(status(page)).to_have_text(re.compile("^done"))
    other = open_page(link)
    expect(status(other)).to_have_text(re.compile(r"^training · epoch \d+ of 130 .* · recorded$"))
    full_speed(other)
    expect(status(other)).to_have_text(re.compile(r"^done · epoch 130 of 130 .* · recorded$"))


def test_leaving_the_page_and_coming_back_shows_the_same_run(open_page):
    page = open_page(fresh(epochs=400))
    press(page, "train")
    expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"))
    run = maps(page).first.get_attribute("data-model").split("-")[0]
    page.get_by_role("link", name="Between the Points").first.click()
    expect(maps(page)).to_have_count(2)
    page.get_by_role("link", name="Encode a cloud").first.click()
    expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"))
    expect(maps(page).first).to_have_attribute("data-model", re.compile(f"^{run}-"))
    press(page, "stop")


def test_the_walk_between_two_picked_images_decodes_on_the_way(open_page):
    page = open_page(CHAPTER)
    handle = page.get_by_role("slider", name="Interpolation")
    seen = {pixels(decoded(page).first)}
    handle.focus()
    ends = [z_of(maps(page).first)]
    for _ in range(3):
        key(page, "PageUp")
        seen.add(pixels(decoded(page).first))
    ends.append(z_of(maps(page).first))
    assert len(seen) == 4
    assert ends[0] != ends[1]


def test_the_first_request_to_a_fresh_server_may_be_a_deep_link(browser, tmp_path):
    server = start_server(tmp_path)
    try:
        page = browser.new_page()
        page.goto(f"{server.url}{CHAPTER}?model=ae")
        expect(page.locator("h1")).to_have_text("Encode a cloud, not a point")
        expect(maps(page)).to_have_attribute("data-ready", "true")
        expect(page.get_by_role("radio", name="autoencoder", exact=True)).to_be_checked()
        expect(page.locator(".st-key-menu a").first).to_have_text("Between the Points")
        page.close()
    finally:
        stop_server(server)


def test_a_killed_worker_costs_one_sentence_and_the_next_run_works(browser, tmp_path):
    server = start_server(tmp_path)
    try:
        page = browser.new_page()
        page.goto(server.url + fresh(epochs=2000))
        expect(maps(page)).to_have_attribute("data-ready", "true")
        press(page, "train")
        expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"), timeout=30_000)
        for child in psutil.Process(server.process.pid).children(recursive=True):
            if child.nice() > 0:  # the workers are niced, the server's other children are not
                os.kill(child.pid, signal.SIGKILL)
        full_speed(page)
        expect(status(page)).to_have_text(re.compile("ended unexpectedly at epoch"))
        expect(status(page)).to_have_text(re.compile("^stopped · epoch"))
        page.goto(server.url + fresh(epochs=3))
        expect(maps(page)).to_have_attribute("data-ready", "true")
        press(page, "train")
        expect(status(page)).to_have_text(re.compile("^done · epoch 3 of 3"), timeout=30_000)
        page.close()
    finally:
        stop_server(server)


def test_fields_in_the_popover_show_what_the_link_says_however_late_it_is_opened(open_page):
    page = open_page(f"{CHAPTER}?likelihood=gaussian&c=0.05&epochs=17")
    seed = page.locator(".st-key-seed input")
    seed.fill("3")
    seed.press("Enter")
    expect(page).to_have_url(re.compile("seed=3"))
    page.get_by_role("button", name="Likelihood and epochs").click()
    expect(page.locator(".st-key-c input")).to_have_value("0.05")
    expect(page.locator(".st-key-epochs input")).to_have_value("17")
    expect(page.get_by_role("radio", name="gaussian")).to_be_checked()
    epochs = page.locator(".st-key-epochs input")
    epochs.fill("18")
    epochs.press("Enter")
    expect(page).to_have_url(re.compile("epochs=18"))
    assert "likelihood=gaussian" in page.url
    assert "c=0.05" in page.url


def test_a_picture_shows_the_shipped_model_even_when_its_run_is_recorded(open_page):
    page = open_page(CHAPTER)
    shipped = maps(page).first.get_attribute("data-model")
    press(page, "train")
    full_speed(page)
    expect(status(page)).to_have_text(re.compile("^done"))
    expect(page.get_by_text("A regular map.")).to_be_visible()
    press(page, "picture_ae")
    expect(page.get_by_text("An irregular map.")).to_be_visible()
    press(page, "picture_beta1")
    expect(status(page)).to_have_text(re.compile("^ready"))
    expect(maps(page).first).to_have_attribute("data-model", shipped)

"""The lab's own data and its input to try, with a hand on them."""

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import beyond, key, painted, press, sent, status
from tests.ui.test_own_data import digits, png, table
from ui.figures.intake_preview import own_unit
from vae_core import load_dataset

LAB = "/lab"
READY = '[data-testid="lab-input"]'
SEED, NOISE = 10, 0.3  # as in turned.js


def panel(page: Page) -> Locator:
    """The input to try."""
    return page.locator(".st-key-figure_lab_input")


def choose(page: Page, name: str) -> None:
    panel(page).get_by_role("radio", name=name, exact=True).check()
    painted(page)


def told(page: Page) -> dict | None:
    """What the maps hear."""
    return page.evaluate("""() => {
      const detail = window[Symbol.for("between-the-points.bus")]?.last.get("lab-input") ?? null;
      return detail && { ...detail, x: [...detail.x] };
    }""")


def upload(place: Locator, *files: tuple[str, bytes]) -> None:
    chosen = [{"name": n, "mimeType": "", "buffer": content} for n, content in files]
    place.locator("input[type=file]").set_input_files(chosen)


def uniforms(seed: int):
    """mulberry32, in Python."""
    while True:
        seed = (seed + 0x6D2B79F5) % 2**32
        t = (seed ^ (seed >> 15)) * (1 | seed) % 2**32
        t = ((t + (t ^ (t >> 7)) * (61 | t)) % 2**32) ^ t
        yield (t ^ (t >> 14)) / 2**32


def noisy(x: np.ndarray) -> np.ndarray:
    draw = uniforms(SEED)
    eps = []
    for _ in x:
        radius = np.sqrt(-2 * np.log(1 - next(draw)))
        eps.append(radius * np.cos(2 * np.pi * next(draw)))
    return np.clip(x + NOISE * np.array(eps), 0, 1)


def shuffled(x: np.ndarray) -> np.ndarray:
    draw, order = uniforms(SEED), x.copy()
    for last in range(len(x) - 1, 0, -1):
        other = int(next(draw) * (last + 1))
        order[[last, other]] = order[[other, last]]
    return order


TURNS = {
    "as it is": lambda x: x,
    "upside down": lambda x: np.rot90(x.reshape(8, 8), 2).ravel(),
    "inverted": lambda x: 1 - x,
    "noise added": noisy,
    "pixels shuffled": shuffled,
}


def test_an_image_is_chosen_and_turned_and_every_map_is_told(open_page):
    page = open_page(LAB, ready=READY)
    canvas, data = page.locator(READY), load_dataset("digits")
    assert told(page) is None
    expect(canvas).to_be_hidden()
    choose(page, "A training image")
    expect(page).to_have_url(re.compile(r"[?&]input=0"))
    for name, turn in TURNS.items():
        choose(page, name)
        assert told(page)["x"] == pytest.approx(turn(data.x_train[0].astype(float)), abs=1e-6)
        words = "image 1" if name == "as it is" else f"image 1, {name.removeprefix('pixels ')}"
        assert told(page)["words"] == words
        expect(panel(page).locator(".spoken")).to_have_text(words)
    choose(page, "upside down")
    expect(page).to_have_url(re.compile(r"turn=upside"))
    counted = sent(page)
    canvas.focus()
    for _ in range(4):
        key(page, "ArrowRight")
    assert told(page)["row"] == 4
    expect(page).to_have_url(re.compile(r"[?&]input=4"))
    assert sent(page) == counted + 1  # heard once, after a rest
    panel(page).get_by_role("button", name="The one before").click()
    field = panel(page).get_by_role("spinbutton")
    expect(field).to_have_value("4")
    field.fill("900")  # there is none
    assert told(page)["row"] == 3
    field.fill("12")
    assert told(page)["row"] == 11
    assert told(page)["x"] == pytest.approx(data.x_train[11][::-1].tolist(), abs=1e-6)
    expect(page).to_have_url(re.compile(r"[?&]input=11"))
    choose(page, "Off")
    assert told(page) is None
    expect(page).not_to_have_url(re.compile(r"[?&]input="))


def test_a_link_puts_an_image_in_and_a_finger_brings_ones_own(open_page):
    link = f"{LAB}?input=11&turn=upside"
    page = open_page(link, ready=READY, width=390, height=844, has_touch=True, is_mobile=True)
    x = load_dataset("digits").x_train[11]
    assert told(page)["x"] == pytest.approx(x[::-1].tolist(), abs=1e-6)
    panel(page).get_by_role("radio", name="inverted").tap()
    painted(page)
    assert told(page)["x"] == pytest.approx((1 - x).tolist(), abs=1e-6)
    panel(page).get_by_role("radio", name="One of your own").tap()
    upload(panel(page), ("own.png", png(np.eye(8, dtype=np.uint8) * 255)))
    expect(panel(page).locator(".facts")).to_contain_text("own.png")
    detail = told(page)
    assert detail["x"] == pytest.approx((1 - np.eye(8)).ravel().tolist())
    assert (detail["row"], detail["dataset"]) == (None, None)
    assert "input=" not in page.url
    assert beyond(page, 390) <= 1


def test_files_are_dropped_shown_refused_kindly_and_trained_on(open_page):
    page = open_page(f"{LAB}?dataset=own&epochs=3", ready=READY)
    own = page.locator(".st-key-own_data_panel")
    expect(page.get_by_role("main")).to_contain_text("no data of your own in this session")
    with tempfile.TemporaryDirectory() as folder:  # chosen as files, as a reader would
        file = Path(folder) / "digits.zip"
        file.write_bytes(digits()[2])
        own.locator("input[type=file]").set_input_files(file)
        expect(own).to_contain_text("40 images of 8 × 8")
    expect(own.locator(".intake img")).to_have_count(8)
    ink = own.locator(".intake i").first.evaluate(
        "e => [getComputedStyle(e, '::before').maskImage, e.clientWidth]"
    )
    assert ink[0].startswith('url("data:image/png')
    assert ink[1] == 96
    expect(page.get_by_role("main")).not_to_contain_text("no data of your own in this session")
    upload(own, ("words.png", b"plainly no image"))  # beside the zip
    expect(own).to_contain_text("words.png is left out")
    before = own.locator(".intake").inner_html()
    upload(own, ("table.csv", b"a,b\n1,2\n"))
    expect(own.get_by_test_id("stAlert")).to_contain_text("one kind at a time")
    assert own.locator(".intake").inner_html() == before
    expect(page.get_by_test_id("stException")).to_have_count(0)
    own.get_by_role("button", name="Remove these data").click()
    expect(own.locator(".intake")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("no data of your own in this session")
    numbers, _, content = table()
    upload(own, ("table.csv", content))
    expect(own).to_contain_text("30 rows of 3 columns")
    press(page, "train")
    expect(status(page)).to_contain_text("done")
    choose(page, "A training row")
    x = np.array(told(page)["x"])
    low, high = numbers.min(0), numbers.max(0)
    assert told(page)["table"]["names"] == ["width", "height", "age"]
    row = numbers[np.abs((numbers - low) / (high - low) - x).max(1).argmin()]
    shown = panel(page).locator(".columns dd").all_inner_texts()
    assert shown == [own_unit(value, span) for value, span in zip(row, high - low, strict=True)]
    expect(panel(page).get_by_role("radio", name="upside down")).to_be_hidden()
    choose(page, "inverted")
    assert told(page)["x"] == pytest.approx((1 - x).tolist(), abs=1e-6)

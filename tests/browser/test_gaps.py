"""Chapter 4's walk through gaps in a real browser, and the claims made of it."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import key, painted, pixels, sent, swipe, z_of
from tests.browser.decoder import decode
from ui.gaps import MODEL, PAIRS, START
from ui.prose import section
from ui.shipped import shipped

PAGE = "/too_much_freedom?deeper_gaps=true"
DATA = shipped(MODEL).data
X, Y = torch.from_numpy(DATA.x_train.copy()), DATA.y_train
CODES = shipped(MODEL).mu
UNIT = float(torch.pdist(X.double()).mean())


def measured(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance to the nearest code, to the nearest real image, and that image's row."""
    code = torch.cdist(torch.from_numpy(z.astype(np.float32)), torch.from_numpy(CODES.copy()))
    found = [torch.cdist(part, X).min(1) for part in decode(MODEL, z).split(4000)]
    real, rows = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))
    return code.min(1).values.numpy(), real / UNIT, rows


def walk(a: int, b: int, count: int = 101) -> np.ndarray:
    t = np.linspace(0, 1, count)[:, None]
    return np.asarray((1 - t) * CODES[a].astype(float) + t * CODES[b].astype(float))


def changes(z: np.ndarray) -> np.ndarray:
    return np.asarray(decode(MODEL, z).diff(dim=0).norm(dim=1)) / UNIT


@pytest.fixture
def open_gaps(open_page):
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(PAGE + query, **options)
        expect(plot(page)).to_have_attribute("data-ready", "true")
        plot(page).scroll_into_view_if_needed()
        return page

    return opened


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_gaps")


def plot(page: Page) -> Locator:
    return figure(page).get_by_test_id("latent-map")


def image(page: Page) -> Locator:
    return figure(page).get_by_test_id("decoded")


def handle(page: Page) -> Locator:
    return figure(page).get_by_label("Interpolation")


def values(page: Page) -> list[str]:
    return figure(page).locator(".plot .value").all_text_contents()


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_three_lines_and_the_classes_are_torchs(open_gaps, pair):
    page = open_gaps(f"&gap={pair[0]},{pair[1]}&gap_at=0.5")
    way = plot(page).evaluate("c => c.btp.way()")
    code, real, rows = measured(walk(*pair))
    np.testing.assert_allclose(way["code"], code, atol=1e-4)
    np.testing.assert_allclose(way["real"], real, atol=1e-4)
    np.testing.assert_allclose(way["change"], changes(walk(*pair)), atol=1e-5)
    assert (Y[way["rows"]] == Y[rows]).mean() > 0.99  # but for ties
    assert values(page) == [
        f"{code[50]:.2f}", f"{real[50]:.2f}", f"{changes(walk(*pair))[50]:.2f}"
    ]  # fmt: skip
    expect(figure(page).locator(".nearest b")).to_have_text(str(Y[rows[50]]))
    labels = figure(page).locator(".labels span").all_text_contents()
    assert labels == [str(Y[row]) for row in rows[::10]]
    for name, found in (("code", code), ("real", real), ("change", changes(walk(*pair)))):
        expect(figure(page).locator(f".plot.{name} canvas")).to_have_attribute(
            "aria-label", re.compile(f": from {found.min():.2f} to {found.max():.2f}$")
        )
    ours = plot(page).evaluate("(c, z) => [...c.btp.decode(z)]", walk(*pair)[50].tolist())
    np.testing.assert_allclose(ours, decode(MODEL, walk(*pair)[50:51])[0], atol=1e-5)


def test_the_handle_walks_and_python_hears_of_it_when_it_is_let_go(open_gaps):
    page = open_gaps()
    handle(page).scroll_into_view_if_needed()
    box = handle(page).bounding_box()
    room, y = box["width"] - 20, box["y"] + box["height"] / 2
    before, counted = pixels(image(page)), sent(page)
    page.mouse.move(box["x"] + 10 + START * room, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 10 + 0.78 * room, y, steps=8)
    painted(page)
    assert pixels(image(page)) != before
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"gap_at=0\.7[789]"))
    share = float(handle(page).input_value())
    a, b = PAIRS["gap"]
    expected = (1 - share) * CODES[a] + share * CODES[b]
    np.testing.assert_allclose(z_of(plot(page)), expected, atol=1e-3)
    expect(figure(page).locator(".spoken")).to_contain_text("of the way from a 3 to a 5")


def test_keys_move_the_handle_and_the_probe(open_gaps):
    page = open_gaps()
    handle(page).focus()
    image_before = pixels(image(page))
    for _ in range(5):
        key(page, "ArrowRight")
    assert pixels(image(page)) != image_before
    expect(page).to_have_url(re.compile(r"gap_at=0\.15"))
    plot(page).focus()
    on_the_way = z_of(plot(page))
    key(page, "ArrowUp")
    assert z_of(plot(page))[1] > on_the_way[1]
    expect(page).to_have_url(re.compile("gap_z="))
    assert values(page)[2] == "–"  # off the way nothing changes from step to step
    key(page, "Home")
    np.testing.assert_allclose(z_of(plot(page)), on_the_way, atol=1e-3)


def test_a_tap_on_a_code_makes_it_the_new_b_and_a_preset_brings_its_pair(open_gaps):
    page = open_gaps()
    row = int(np.argmax(CODES[:, 1]))  # stands alone at the top
    x, y = plot(page).evaluate("(c, z) => c.btp.onScreen(z)", CODES[row].tolist())
    box = plot(page).bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    expect(page).to_have_url(re.compile(rf"gap={PAIRS['gap'][1]}(,|%2C)\d+"))
    np.testing.assert_allclose(z_of(plot(page)), CODES[row], atol=0.3)
    crowd = figure(page).get_by_role("button", name=section("gaps", "pair_crowd"))
    crowd.click()
    expect(crowd).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"gap=1168(,|%2C)1231"))


def test_fingers_pull_the_handle_and_drag_the_map_on_a_phone(open_gaps):
    page = open_gaps(width=390, height=844, has_touch=True, is_mobile=True)
    before = pixels(image(page))
    swipe(page, plot(page), (0.3, 0.3), (0.6, 0.7))
    assert pixels(image(page)) != before
    swipe(page, handle(page), (START, 0.5), (0.85, 0.5))
    assert float(handle(page).input_value()) > 0.7
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_one_image_twice_is_put_in_words(open_gaps):
    page = open_gaps("&gap=7,7")
    expect(figure(page).locator(".same")).to_have_text(section("gaps", "same"))
    assert plot(page).evaluate("c => Math.max(...c.btp.way().change)") == 0
    expect(figure(open_gaps()).locator(".same")).to_be_hidden()


def test_a_link_opens_the_same_picture_elsewhere(open_gaps):
    query = "&gap=1168,1231&gap_at=0.7"
    page, other = open_gaps(query), open_gaps(query)
    assert handle(page).input_value() == "0.7"
    assert pixels(plot(page)) == pixels(plot(other))
    assert pixels(plot(page)) != pixels(plot(open_gaps()))
    assert z_of(plot(open_gaps("&gap_z=1.5,2"))) == [1.5, 2]


def test_a_link_that_makes_no_sense_is_the_bare_link(open_gaps):  # more: tests/ui/test_links.py
    page = open_gaps("&gap=7,1500&gap_at=-1&gap_z=1e9,0")
    assert float(handle(page).input_value()) == START
    gap = figure(page).get_by_role("button", name=section("gaps", "pair_gap"))
    expect(gap).to_have_attribute("aria-pressed", "true")
    assert page.locator('[data-testid="stException"]').count() == 0


# --- what is said


def test_the_gap_pair_leaves_the_digits_in_the_gap_and_leaps_elsewhere():
    code, real, rows = measured(walk(*PAIRS["gap"]))
    leap, gap = changes(walk(*PAIRS["gap"])).argmax(), code.argmax()
    assert abs(int(real.argmax()) - int(gap)) <= 2
    assert abs(int(leap) - int(gap)) > 30
    assert code[leap] < 0.6 < 1 < code[gap]
    assert len(set(Y[rows[leap - 6 : leap + 8]])) > 1
    crowd = changes(walk(*PAIRS["crowd"]))
    assert crowd.max() > changes(walk(*PAIRS["gap"])).max()
    assert measured(walk(*PAIRS["crowd"]))[0].max() < 0.4


def test_the_caption_says_what_holds_over_the_box():
    text = section("gaps", "gaps")
    low, high = CODES.min(0), CODES.max(0)
    sides = [np.linspace(a, b, 101) for a, b in zip(low, high, strict=True)]
    z = np.stack(np.meshgrid(*sides), -1).reshape(-1, 2)
    code, real, _ = measured(z)
    far, close, step = code > 1, code < 0.25, 0.01
    moved = [
        np.asarray((decode(MODEL, z + step * way) - decode(MODEL, z)).norm(dim=1))
        for way in np.eye(2)
    ]
    speed = np.sqrt((moved[0] ** 2 + moved[1] ** 2) / 2) / step / UNIT
    held = torch.cdist(torch.from_numpy(DATA.x_val.copy()), X).min(1).values.median() / UNIT
    for words, one, other in (
        ("(0.35 against 0.28;", real[far].mean(), real[close].mean()),
        ("(0.20 against 0.33 per unit)", speed[far].mean(), speed[close].mean()),
    ):
        assert words in text
        said = [float(number) for number in re.findall(r"0\.\d\d", words)]
        assert said == pytest.approx([one, other], abs=0.006)
    assert f"farther away than {held:.2f}" in text


def test_the_caption_says_how_long_steps_are_at_which_the_class_changes():
    rng = np.random.default_rng(0)
    shares = []
    for a, b in rng.integers(0, len(Y), (600, 2)):
        if Y[a] == Y[b]:
            continue
        z = walk(int(a), int(b))
        found, steps = Y[measured(z)[2]], changes(z)
        shares += list(steps[found[1:] != found[:-1]] / steps.mean())
    assert np.mean(shares) == pytest.approx(1.66, abs=0.04)
    assert "1.7 times as long as the average step" in section("gaps", "gaps")


def test_the_widest_place_is_marked_on_the_handles_line(open_gaps):
    page = open_gaps()
    code = measured(walk(*PAIRS["gap"]))[0]
    share = int(code.argmax()) / 100
    box, mark = strip_box(page), figure(page).locator(".widest").bounding_box()
    room = box["width"] * 10 / 11
    expected = box["x"] + box["width"] / 22 + share * room
    assert mark["x"] + mark["width"] / 2 == pytest.approx(expected, abs=1)
    handle(page).fill(f"{share}")
    painted(page)
    assert "where the circle is widest" in handle(page).get_attribute("aria-valuetext")
    assert values(page)[0] == f"{code.max():.2f}"
    expect(figure(open_gaps("&gap=7,7")).locator(".widest")).to_be_hidden()


def strip_box(page: Page) -> dict:
    return figure(page).locator(".strip").bounding_box()


def test_the_list_says_what_both_ways_measure():
    text = section("gaps", "try_gaps")
    code, real, _ = measured(walk(*PAIRS["gap"]))
    assert f"({real[code.argmax()]:.2f}, where half" in text
    held = torch.cdist(torch.from_numpy(DATA.x_val.copy()), X).min(1).values.median() / UNIT
    assert f"nearer than {held:.2f}" in text
    assert measured(walk(*PAIRS["crowd"]))[0].max() < code.max() / 3
    fastest = [changes(walk(*PAIRS[name])).max() for name in ("crowd", "gap")]
    assert "by {:.2f} in a hundredth of the way, across the gap by {:.2f}".format(*fastest) in text


def test_ways_between_zeros_stay_among_zeros_and_those_between_fives_do_not():
    rng = np.random.default_rng(0)
    left = {}
    for group in (0, 5):
        rows = np.flatnonzero(np.equal(Y, group))
        pairs = rng.choice(rows, (60, 2))
        z = np.concatenate([walk(int(a), int(b), 41) for a, b in pairs])
        left[group] = (Y[measured(z)[2]] != group).reshape(60, 41).any(1).mean()
    assert left[0] < 0.05
    assert left[5] > 0.5

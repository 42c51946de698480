"""Chapter 3's handle M in a real browser: codes change, the error does not, and numpy agrees."""

import re
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.decomposition import PCA

from tests.browser.conftest import drag, key, painted, pixels, sent, swipe, z_of
from ui.recode import FIRST, IDENTITY
from ui.shipped import builtin_data

CHAPTER = "/autoencoders"
VIEW = 2.4  # half-width of the plane at first
DIGITS = builtin_data("digits")
X = DIGITS.x_train.astype(np.float64)
RULER = PCA(2).fit(X)
FLOOR = ((X - RULER.inverse_transform(RULER.transform(X))) ** 2).sum(1).mean()
SHEAR = np.array([[0.9, 0.7], [-0.5, 1.2]])
FLAT = np.array([[1.0, 0.5], [0.6, 0.3]])


@pytest.fixture(scope="module")
def untouched(open_console) -> Page:
    return open_console(CHAPTER, '[data-testid="latent-map"]')


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_recode")


def plane(page: Page) -> Locator:
    """The map, once all ten networks and PCA have arrived."""
    canvas = figure(page).locator('[data-testid="latent-map"]')
    expect(canvas).to_have_attribute("data-ready", "true")
    expect(figure(page).locator(".card")).to_have_count(11)
    painted(page)
    return canvas


def btp(canvas: Locator, expression: str) -> object:
    return canvas.evaluate(f"canvas => {{ const btp = canvas.btp; return {expression}; }}")


def array(canvas: Locator, expression: str, *shape: int) -> np.ndarray:
    return np.array(btp(canvas, f"Array.from({expression})")).reshape(*shape)


def shown(page: Page, name: str) -> str:
    return figure(page).locator(f".{name}").first.inner_text()


def link(m: np.ndarray, more: str = "") -> str:
    return f"{CHAPTER}?m={','.join(f'{entry:g}' for entry in m.ravel())}{more}"


def matrix(canvas: Locator) -> np.ndarray:
    return np.array([float(v) for v in (canvas.get_attribute("data-m") or "").split(",")])


def share(place: tuple[float, float]) -> tuple[float, float]:
    """A place on the plane as shares of its box."""
    return (place[0] / VIEW + 1) / 2, (1 - place[1] / VIEW) / 2


def swirled(z: np.ndarray, turns: float) -> np.ndarray:
    angle = 2 * np.pi * turns * np.linalg.norm(z, axis=1) / VIEW
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * z[:, 0] - s * z[:, 1], s * z[:, 0] + c * z[:, 1]], 1)


def best_error(z: np.ndarray) -> float:
    """Error of the best affine decoder of these codes."""
    design = np.column_stack([z, np.ones(len(z))])
    return float(((X - design @ np.linalg.lstsq(design, X, rcond=None)[0]) ** 2).sum(1).mean())


def decoded_as_text(page: Page) -> str:
    return pixels(figure(page).locator('[data-testid="decoded"]'))


def test_it_starts_alive_with_the_error_at_pcas_floor(untouched):
    page = untouched
    canvas = plane(page)
    assert canvas.get_attribute("data-points") == "1500"
    image = figure(page).locator('[data-testid="decoded"]')
    expect(image).to_have_count(1)
    assert image.evaluate("canvas => [canvas.width, canvas.height]") == [8, 8]
    assert shown(page, "floor") == shown(page, "error") == f"{FLOOR:.4f}"
    assert btp(canvas, "[btp.error, btp.floor]") == pytest.approx([FLOOR, FLOOR], abs=1e-5)
    assert btp(canvas, "btp.error") >= FLOOR - 1e-9


def test_an_arrow_is_pulled_the_codes_follow_and_error_and_copy_stand_still(open_page):
    page = open_page(CHAPTER)
    canvas = plane(page)
    canvas.scroll_into_view_if_needed()
    before, copy, z = array(canvas, "btp.points", -1, 2), decoded_as_text(page), z_of(canvas)
    box = canvas.bounding_box()
    places = [share((1, 0)), share((0.4, -1.3))]
    (x0, y0), (x1, y1) = (
        (box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in places
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    counted = sent(page)
    for step in range(1, 6):
        page.mouse.move(x0 + step / 5 * (x1 - x0), y0 + step / 5 * (y1 - y0), steps=2)
        painted(page)
        assert shown(page, "error") == f"{FLOOR:.4f}"
        assert decoded_as_text(page) == copy
    assert sent(page) == counted
    assert matrix(canvas) == pytest.approx([0.4, 0, -1.3, 1], abs=0.02)
    codes = array(canvas, "btp.points", -1, 2)
    assert codes == pytest.approx(before @ matrix(canvas).reshape(2, 2).T, abs=1e-3)
    assert np.abs(codes - before).max() > 0.5
    assert z_of(canvas) != z
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]m="))
    again = plane(other := open_page(page.url[page.url.index("/", 8) :]))
    assert matrix(again).tolist() == matrix(plane(page)).tolist()
    assert decoded_as_text(other) == copy


@pytest.mark.parametrize("turns", [0.0, 0.6])
def test_codes_matrices_and_correlation_are_numpys(open_page, turns):
    page = open_page(link(SHEAR, f"&bend={turns:g}"))
    canvas = plane(page)
    start = array(canvas, "btp.runners[0].codes", -1, 2)
    codes = swirled(start @ SHEAR.T, turns)
    assert array(canvas, "btp.points", -1, 2) == pytest.approx(codes, abs=1e-9)
    assert array(canvas, "btp.back", 2, 2) == pytest.approx(np.linalg.inv(SHEAR), abs=1e-12)
    correlation = np.corrcoef(codes.T)[0, 1]
    assert btp(canvas, "btp.correlation") == pytest.approx(correlation, abs=1e-9)
    assert shown(page, "correlation") == f"{correlation:.2f}".replace("-", "−")
    assert shown(page, "error") == f"{FLOOR:.4f}"
    assert shown(page, "det") == f"{np.linalg.det(SHEAR):.2f}"
    assert shown(page, "condition") == f"{np.linalg.cond(SHEAR):.1f}"
    entries = figure(page).locator(".m .entries span").all_inner_texts()
    assert [float(text.replace("−", "-")) for text in entries] == SHEAR.ravel().tolist()


def test_encode_and_decode_undo_each_other_on_pcas_plane(open_page):
    page = open_page(link(SHEAR, "&bend=0.6"))
    canvas, row = plane(page), 17
    copy = canvas.evaluate(
        "(c, x) => Array.from(c.btp.decode(c.btp.encode(x).mu))", X[row].tolist()
    )
    assert copy == pytest.approx(
        RULER.inverse_transform(RULER.transform(X[row : row + 1]))[0], abs=1e-3
    )
    assert z_of(canvas) == pytest.approx(array(canvas, "btp.points", -1, 2)[FIRST], abs=1e-3)


@pytest.mark.parametrize("m", [FLAT, np.array([[0.0, 1.0], [0.0, -0.4]]), np.zeros((2, 2))])
def test_a_singular_m_costs_what_the_best_decoder_left_costs(open_page, m):
    page = open_page(link(m))
    canvas = plane(page)
    start = array(canvas, "btp.runners[0].codes", -1, 2)
    expected = best_error(start @ m.T)
    assert expected > FLOOR + 0.5
    assert btp(canvas, "btp.error") == pytest.approx(expected, abs=1e-6)
    assert shown(page, "error") == f"{expected:.4f}"
    said = figure(page).locator(".body").inner_text()
    assert "best decoder that is left" in said
    assert not re.search("nan|infinity|∞", said, re.IGNORECASE)
    assert shown(page, "det") == "0.00"
    assert shown(page, "condition") == "–"
    lost = "Both numbers are lost" if not m.any() else "Two numbers have become one"
    expect(figure(page).locator(".passage")).to_contain_text(lost)


@pytest.mark.parametrize(
    ("m", "det"),
    [
        ([1, 1, 1, 1.0001], "1 · 10⁻⁴"),
        ([0.5, 1, -0.5, -1.0002], "−1 · 10⁻⁴"),
        ([0.06, 0.05, 0, 0.005], "0.00030"),
        ([0.0123, 0, 0, 0.0123], "0.00015"),
    ],
)
def test_the_m_that_is_printed_has_the_determinant_that_is_printed(open_page, m, det):
    page = open_page(link(np.array(m)))
    plane(page)
    entries = figure(page).locator(".m .entries span").all_inner_texts()
    printed = [float(text.replace("−", "-")) for text in entries]
    assert printed == m
    assert shown(page, "det") == det
    number = det.replace("−", "-").replace("1 · 10⁻⁴", "1e-4")
    exact = np.linalg.det(np.array(printed).reshape(2, 2))
    assert float(number) == pytest.approx(exact, rel=0.02)


def test_the_ten_stand_above_the_map_and_do_not_push_it_down(open_page):
    page = open_page(CHAPTER, width=390, height=844)
    canvas = figure(page).locator('[data-testid="latent-map"]')
    tall = """canvas => {
        const root = canvas.getRootNode(), [first] = root.querySelectorAll(".card");
        const height = () => root.querySelector(".cards").offsetHeight, all = height();
        for (const card of root.querySelectorAll(".card")) card.hidden = card !== first;
        return [all, height()];
    }"""
    all_eleven, one = plane(page).evaluate(tall)
    assert all_eleven == one
    cards = figure(page).locator(".cards").bounding_box()
    assert cards["y"] + cards["height"] < canvas.bounding_box()["y"]


def test_where_m_is_singular_another_image_with_the_same_code_is_shown(open_page):
    page = open_page(link(FLAT, "&digit=17"))
    canvas, other = plane(page), figure(page).locator(".other")
    expect(other).to_contain_text("the same code, the same copy")
    codes = array(canvas, "btp.points", -1, 2)
    before = array(canvas, "btp.runners[0].codes", -1, 2)
    row = int(other.get_attribute("data-row"))
    assert codes[row] == pytest.approx(codes[17], abs=0.01)
    assert np.linalg.norm(before[row] - before[17]) > 0.2
    assert other.inner_text().strip().split()[1].strip(":") == str(DIGITS.y_train[row])


def test_arrows_laid_on_one_line_snap_and_stay_there_in_the_link(open_page):
    page = open_page(CHAPTER)
    canvas = plane(page)
    drag(page, canvas, share((1, 0)), share((0.01, 0.7)))
    assert np.linalg.det(matrix(canvas).reshape(2, 2)) == 0
    expect(page).to_have_url(re.compile(r"[?&]m="))
    expect(figure(page).locator(".note")).to_contain_text("no inverse")
    drag(page, canvas, share((0, 0.7)), share((0.8, 0.7)))
    assert shown(page, "error") == f"{FLOOR:.4f}"


def test_ten_seeds_have_ten_codes_and_one_copy_and_m_leads_between(untouched):
    canvas = plane(untouched)
    codes = [array(canvas, f"btp.runners[{i}].codes", -1, 2) for i in range(11)]
    copies = [z @ array(canvas, f"btp.runners[{i}].decoder", -1, 2).T for i, z in enumerate(codes)]
    apart = [np.abs(copy - copies[0]).max() for copy in copies]
    assert max(apart) < 1e-3
    assert btp(canvas, "btp.apart") == pytest.approx(max(apart), rel=1e-6)
    errors = [((X - X.mean(0) - copy) ** 2).sum(1).mean() for copy in copies]
    assert errors == pytest.approx([FLOOR] * 11, abs=1e-5)
    for i in range(11):
        assert all(np.abs(codes[i] - codes[j]).max() > 0.2 for j in range(i))
        fitted = np.linalg.lstsq(codes[0], codes[i], rcond=None)[0].T
        miss = np.linalg.norm(codes[i] - codes[0] @ fitted.T, axis=1).max()
        assert array(canvas, f"btp.runners[{i}].m", 2, 2) == pytest.approx(fitted, abs=1e-9)
        assert btp(canvas, f"btp.runners[{i}].miss") == pytest.approx(miss, rel=1e-3, abs=1e-12)


def test_choosing_a_seed_leads_m_there_and_says_so(open_page):
    page = open_page(link(SHEAR, "&bend=0.4"))
    canvas = plane(page)
    expect(figure(page).locator(".passage")).to_contain_text("yours")
    card = figure(page).get_by_role("button", name="seed 4")
    card.click()
    expect(card).to_have_attribute("aria-pressed", "true")
    expect(canvas).to_have_attribute("data-ready", "true")
    expect(page).not_to_have_url(re.compile("bend="))
    assert matrix(canvas) == pytest.approx(array(canvas, "btp.runners[3].m", 4), abs=1e-4)
    codes = array(canvas, "btp.runners[3].codes", -1, 2)
    assert array(canvas, "btp.points", -1, 2) == pytest.approx(codes, abs=1e-3)
    expect(figure(page).locator(".passage")).to_contain_text(
        "Seed 4’s own codes are M times seed 1’s"
    )
    assert shown(page, "error") == f"{FLOOR:.4f}"


def test_the_first_frame_of_a_passage_has_the_codes_that_were_there(open_page):
    page = open_page(CHAPTER)
    canvas = plane(page)
    before, after = (array(canvas, f"btp.runners[{i}].codes", -1, 2) for i in (0, 3))
    first = canvas.evaluate(
        """canvas => new Promise(done => {
          canvas.getRootNode().querySelector('[data-seed="4"]').click();
          requestAnimationFrame(() => done([canvas.btp.between, ...canvas.btp.points]));
        })"""
    )
    assert first[0]
    assert np.reshape(first[1:], (-1, 2)) == pytest.approx(before, abs=1e-9)
    assert np.abs(after - before).max() > 0.5
    expect(canvas).to_have_attribute("data-ready", "true")
    assert array(canvas, "btp.points", -1, 2) == pytest.approx(after, abs=1e-3)


def test_a_probe_under_an_m_nearly_singular_is_reproduced_by_the_link(open_page):
    page = open_page(link(np.array([[0.06, 0.05], [0, 0.005]])))
    canvas = plane(page)
    drag(page, canvas, share((-0.9, 0.9)), share((-1.44, 1.44)))
    expect(page).to_have_url(re.compile(r"[?&]probe="))
    painted(page)
    probe = re.search(r"probe=([^&]+)", unquote(page.url))[1]
    assert max(abs(float(part)) for part in probe.split(",")) == 100
    again = plane(other := open_page(page.url[page.url.index("/", 8) :]))
    assert z_of(again) == z_of(canvas)
    assert decoded_as_text(other) == decoded_as_text(page)


def test_pcas_card_gives_pcas_codes(open_page):
    page = open_page(CHAPTER)
    canvas = plane(page)
    figure(page).get_by_role("button", name="PCA").click()
    expect(page).to_have_url(re.compile(r"[?&]m="))
    expect(canvas).to_have_attribute("data-ready", "true")
    painted(page)
    codes, exact = array(canvas, "btp.points", -1, 2), RULER.transform(X)
    signs = np.sign((codes * exact).sum(0))
    assert codes * signs == pytest.approx(exact, abs=2e-3)
    assert shown(page, "correlation") == "0.00"


def test_keys_reach_the_probe_and_both_arrows(open_page):
    page = open_page(CHAPTER)
    canvas = plane(page)
    canvas.focus()
    x, y = z_of(canvas)
    key(page, "ArrowRight")
    assert z_of(canvas) == pytest.approx([x + 0.02 * VIEW, y], abs=1e-3)
    page.keyboard.press("Tab")
    grips = figure(page).locator(".grip")
    expect(grips.nth(0)).to_be_focused()
    key(page, "Shift+ArrowUp")
    assert matrix(canvas) == pytest.approx([1, 0, 0.24, 1], abs=1e-3)
    page.keyboard.press("Tab")
    expect(grips.nth(1)).to_be_focused()
    key(page, "ArrowLeft")
    assert matrix(canvas) == pytest.approx([1, -0.048, 0.24, 1], abs=1e-3)
    expect(figure(page).locator(".spoken")).to_contain_text("Error 3.3568")
    key(page, "Enter")
    expect(figure(page).locator(".note")).to_contain_text("no inverse")
    key(page, "ArrowUp")
    assert shown(page, "error") == f"{FLOOR:.4f}"
    key(page, "Home")
    expect(page).not_to_have_url(re.compile(r"[?&]m="))
    assert matrix(canvas).tolist() == list(IDENTITY)


def test_the_bend_is_a_handle_and_is_undone(open_page):
    page = open_page(CHAPTER)
    canvas, copy = plane(page), decoded_as_text(page)
    page.get_by_role("slider", name="Bend").focus()
    for _ in range(5):
        key(page, "PageUp")
    assert float(canvas.get_attribute("data-bend")) > 0.2
    assert decoded_as_text(page) == copy
    assert shown(page, "error") == f"{FLOOR:.4f}"
    expect(page).to_have_url(re.compile(r"[?&]bend="))


def test_a_finger_pulls_an_arrow_and_drags_the_probe(open_page):
    page = open_page(CHAPTER, width=390, height=844, has_touch=True, is_mobile=True)
    canvas = plane(page)
    swipe(page, canvas, share((0, 1)), share((-0.9, 1.1)))
    assert matrix(canvas) == pytest.approx([1, -0.9, 0, 1.1], abs=0.05)
    z, copy = z_of(canvas), decoded_as_text(page)
    swipe(page, canvas, share((-1, -1)), share((1.2, -1.2)))
    assert z_of(canvas) != z
    assert decoded_as_text(page) != copy


def test_codes_that_leave_the_plane_are_fetched_back(open_page):
    page = open_page(CHAPTER)
    canvas = plane(page)
    drag(page, canvas, share((1, 0)), share((2.3, 0.3)))
    expect(page).to_have_url(re.compile(r"[?&]m="))
    page.wait_for_function(
        "c => c.dataset.reach >= Math.max(...c.btp.points.map(Math.abs))",
        arg=canvas.element_handle(),
    )


def test_a_bad_link_is_the_start(open_page):  # others: tests/ui/test_links.py
    page = open_page(f"{CHAPTER}?m=1e9,0,0,1&bend=7&probe=1")
    canvas = plane(page)
    assert matrix(canvas).tolist() == list(IDENTITY)
    assert canvas.get_attribute("data-bend") == "0"
    start = array(canvas, "btp.points", -1, 2)[FIRST]
    assert z_of(canvas) == pytest.approx(start, abs=1e-3)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)

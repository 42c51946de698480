"""A line through a cloud (chapter 1): the errors are numpy's, and the hand turns the line."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import drag, key, painted, sent, swipe
from ui.clouds import ARC, START, arc_cloud, long_cloud

CHAPTER = "/dimensionality_reduction"
HALF = 3.4  # half-width of the plane


@pytest.fixture
def figure(open_page):
    """Open the chapter and return its page and the figure's plane."""

    def opened(query: str = "", **options: object) -> tuple[Page, Locator]:
        page = open_page(f"{CHAPTER}{query}", ready='[data-testid="cloud"]', **options)
        canvas = page.locator('.st-key-figure_line [data-testid="cloud"]')
        expect(canvas).to_have_attribute("data-ready", "true")
        return page, canvas

    return opened


def points(shape: str = "cloud", tight: int = 0) -> np.ndarray:
    """The points as Python has them, (n, 2)."""
    on, off = (long_cloud() if shape == "cloud" else arc_cloud())[:2]
    return on + (1 - tight / 100) * off


def line_error(x: np.ndarray, degrees: float) -> float:
    """Mean squared distance to a line through the mean: by the cross product."""
    u = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    centred = x - x.mean(0)
    return float(np.mean((centred[:, 0] * u[1] - centred[:, 1] * u[0]) ** 2))


def kept_error(x: np.ndarray, kept: int) -> float:
    """Mean squared distance when one number is kept and numpy fits the other."""
    z, other = x[:, kept], x[:, 1 - kept]
    return float(np.mean((other - np.polyval(np.polyfit(z, other, 1), z)) ** 2))


def btp(canvas: Locator, expression: str) -> object:
    return canvas.evaluate(f"canvas => {{ const {{ btp }} = canvas; return {expression}; }}")


def text(page: Page, selector: str) -> str:
    return page.locator(f".st-key-figure_line {selector}").first.inner_text()


def dial(page: Page) -> str:
    """What the dial says in words."""
    return str(page.locator('[data-testid="dial"]').get_attribute("aria-label"))


def visited(canvas: Locator) -> list[int]:
    """The whole degrees where the reader has been."""
    return [angle for angle, seen in enumerate(btp(canvas, "Array.from(btp.been)")) if seen]


def at(x: float, y: float) -> tuple[float, float]:
    """Where a place of the plane lies, as shares of its side from the left and the top."""
    return (x / HALF + 1) / 2, (1 - y / HALF) / 2


@pytest.mark.parametrize(
    ("shape", "tight", "angle"), [("cloud", 0, START["angle"]), ("cloud", 60, 301), ("arc", 0, 17)]
)
def test_the_error_of_a_line_is_the_mean_squared_distance_to_it(figure, shape, tight, angle):
    page, canvas = figure(f"?shape={shape}&tight={tight}&angle={angle}")
    x = points(shape, tight)
    assert np.array(btp(canvas, "Array.from(btp.points)")).reshape(-1, 2) == pytest.approx(
        x, abs=1e-6
    )
    expected, spread = line_error(x, angle), x.var(0).sum()
    assert btp(canvas, "btp.error") == pytest.approx(expected, abs=1e-6)
    assert btp(canvas, "btp.spread") == pytest.approx(spread, abs=1e-6)
    assert text(page, "b.error") == f"{expected:.2f}"
    assert text(page, ".share") == f"{100 * expected / spread:.1f} %"


def test_keeping_a_number_brings_it_back_and_guesses_the_other_by_regression(figure):
    page, canvas = figure()
    for name, kept in (("keep x₁", 0), ("keep x₂", 1)):
        page.get_by_role("radio", name=name).check()
        painted(page)
        x, z = points(), np.array(btp(canvas, "Array.from(btp.codes)"))
        returned = np.array(btp(canvas, "Array.from(btp.returned)")).reshape(-1, 2)
        assert z == pytest.approx(x[:, kept], abs=1e-6)
        assert returned[:, kept] == pytest.approx(x[:, kept], abs=1e-6)
        slope, intercept = np.polyfit(x[:, kept], x[:, 1 - kept], 1)
        assert returned[:, 1 - kept] == pytest.approx(slope * x[:, kept] + intercept, abs=1e-6)
        assert btp(canvas, "btp.error") == pytest.approx(kept_error(x, kept), abs=1e-6)
        assert text(page, "b.error") == f"{kept_error(x, kept):.2f}"


def test_the_long_axis_loses_least_then_the_regression_line_then_x1(figure):
    page, canvas = figure("?keep=x1")
    selection = btp(canvas, "btp.error")
    x, every = points(), np.linspace(0, 180, 1801)
    errors = [line_error(x, angle) for angle in every]
    regression = np.rad2deg(np.arctan(np.polyfit(x[:, 0], x[:, 1], 1)[0]))
    assert min(errors) < line_error(x, regression) < selection
    page.get_by_role("button", name="Show the whole curve").click()
    painted(page)
    least = every[int(np.argmin(errors))]
    share = 100 * min(errors) / x.var(0).sum()
    assert f"least: {share:.1f} % at {least:.0f}°" in dial(page)


def test_the_minimum_stays_hidden_until_it_is_asked_for_or_found(figure):
    page, canvas = figure("?angle=100")
    assert "long axis" not in dial(page)
    assert visited(canvas) == [100]
    canvas.focus()
    for _ in range(3):
        key(page, "Shift+ArrowLeft")
    assert visited(canvas) == list(range(85, 101))
    assert "%" not in dial(page)
    assert text(page, ".been") == "drawn where you have been"
    reveal = page.get_by_role("button", name="Show the whole curve")
    reveal.click()
    painted(page)
    assert "at 50°, the long axis" in dial(page)
    best = f"your best: {100 * line_error(points(), 85) / 1.9:.1f} % at 85°"
    assert best in dial(page)
    assert text(page, ".been") == best
    page.get_by_role("button", name="Hide the curve").click()
    painted(page)
    assert "long axis" not in dial(page)


def test_the_line_turns_to_the_hand_and_nothing_is_sent_until_it_is_let_go(figure):
    page, canvas = figure()
    expect(canvas).to_have_attribute("data-ready", "true")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = (box[side] + share * box["width"] for side, share in zip("xy", at(-1, 2), strict=True))
    page.mouse.move(x, y)
    page.mouse.down()
    counted = sent(page)
    assert canvas.get_attribute("data-angle") == str(START["angle"])
    x, y = (box[side] + share * box["width"] for side, share in zip("xy", at(1, 2), strict=True))
    page.mouse.move(x, y, steps=15)
    painted(page)
    found = float(canvas.get_attribute("data-angle"))
    assert found == pytest.approx(np.rad2deg(np.arctan2(2, 1)), abs=0.5)
    assert btp(canvas, "btp.error") == pytest.approx(line_error(points(), found), abs=1e-4)
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]angle=63"))
    expect(canvas).to_have_attribute("data-angle", "63")
    _, again = figure(page.url[page.url.index("?") :])
    assert btp(again, "btp.error") == btp(canvas, "btp.error")


def test_a_tap_reads_a_point_and_leaves_the_line(figure):
    page, canvas = figure()
    row = 40
    x = points()[row]
    counted = sent(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.click(*(box[s] + q * box["width"] for s, q in zip("xy", at(*x), strict=True)))
    expect(canvas).to_have_attribute("data-chosen", str(row))
    assert canvas.get_attribute("data-angle") == str(START["angle"])
    expect(page.locator(".st-key-figure_line .spoken")).to_contain_text(f"Point {row + 1} of 120")
    assert sent(page) == counted
    u = np.array([np.cos(np.deg2rad(START["angle"])), np.sin(np.deg2rad(START["angle"]))])
    z = x @ u
    for selector, value in ((".of-x", x), (".of-x-hat", z * u)):
        shown = text(page, selector).replace("−", "-").strip("()").split(", ")
        assert [float(part) for part in shown] == pytest.approx(value, abs=0.0051)
    assert float(text(page, ".of-z").replace("−", "-")) == pytest.approx(z, abs=0.0051)
    lost = float(((x - z * u) ** 2).sum())
    assert float(text(page, ".of-error")) == pytest.approx(lost, abs=0.0051)


def test_keys_turn_the_line_and_go_from_point_to_point(figure):
    page, canvas = figure("?keep=x1")
    canvas.focus()
    key(page, "ArrowRight")  # from the dashed line, at 32.4°
    expect(canvas).to_have_attribute("data-angle", "33")
    expect(canvas).to_have_attribute("data-keep", "line")
    key(page, "Shift+ArrowUp")
    expect(canvas).to_have_attribute("data-angle", "38")
    expect(page).to_have_url(re.compile(r"[?&]angle=38"))
    chosen = int(canvas.get_attribute("data-chosen"))
    key(page, "Enter")
    expect(canvas).to_have_attribute("data-chosen", str(chosen + 1))
    spoken = page.locator(".st-key-figure_line .spoken")
    expect(spoken).to_contain_text(f"Point {chosen + 2} of 120")
    key(page, "Home")
    expect(canvas).to_have_attribute("data-angle", str(START["angle"]))
    expect(page).not_to_have_url(re.compile(r"[?&]angle="))


def test_a_finger_turns_the_line_on_a_phone(figure):
    page, canvas = figure(width=390, height=844, has_touch=True, is_mobile=True)
    swipe(page, canvas, at(-2, 1), at(2, 1))
    found = float(canvas.get_attribute("data-angle"))
    assert found == pytest.approx(np.rad2deg(np.arctan2(1, 2)), abs=1.1)
    expect(page).to_have_url(re.compile(r"[?&]angle=2\d"))


def test_a_tightened_cloud_is_lossless_on_its_own_line_and_for_either_number(figure):
    page, canvas = figure("?angle=50")
    handle = page.get_by_role("slider", name="Tighten the cloud")
    handle.focus()
    key(page, "End")
    expect(canvas).to_have_attribute("data-tight", "100")
    note = page.locator(".st-key-figure_line .note")
    for keep in ("a line", "keep x₁", "keep x₂"):
        page.get_by_role("radio", name=keep).check()
        expect(note).to_contain_text("Lossless: every point comes back exactly")
        assert btp(canvas, "btp.error") == pytest.approx(0, abs=1e-12)
        assert text(page, ".share") == "0.0 %"
    canvas.focus()
    key(page, "Shift+ArrowRight")
    expect(note).not_to_contain_text("Lossless:")
    expect(page).to_have_url(re.compile(r"[?&]tight=100"))


def test_points_on_an_arc_are_lossless_along_it_and_on_no_line(figure):
    page, canvas = figure("?shape=arc&tight=100")
    x = points("arc", 100)
    assert min(line_error(x, angle) for angle in np.linspace(0, 180, 1801)) > 0.25 * x.var(0).sum()
    expect(page.locator(".st-key-figure_line .note")).to_contain_text("no line gives them all back")
    page.get_by_role("radio", name="along the arc").check()
    expect(page).to_have_url(re.compile(r"[?&]keep=arc"))
    assert btp(canvas, "btp.error") == pytest.approx(0, abs=1e-12)
    lengths = np.array(btp(canvas, "Array.from(btp.codes)"))
    ends = ARC["radius"] * np.deg2rad(ARC["half"])
    assert lengths == pytest.approx(np.linspace(-ends, ends, len(x)), abs=1e-6)
    page.get_by_role("radio", name="a cloud").check()
    expect(canvas).to_have_attribute("data-keep", "line")
    expect(page.get_by_role("radio", name="along the arc")).to_be_hidden()


def test_dragging_goes_from_selection_to_a_line(figure):
    page, canvas = figure("?keep=x2")
    drag(page, canvas, at(2, 0.2), at(2, 2))
    expect(canvas).to_have_attribute("data-keep", "line")
    expect(canvas).to_have_attribute("data-angle", "45")


def test_a_bad_link_is_the_start(figure):  # others: tests/ui/test_links.py
    page, canvas = figure("?angle=400&keep=both&tight=-3&shape=ring")
    state = [canvas.get_attribute(f"data-{name}") for name in START]
    assert state == [str(value) for value in START.values()]
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)

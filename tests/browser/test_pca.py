"""Points to drag (chapter 2): the axes are scikit-learn's, keep their signs, are never beaten."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.decomposition import PCA

from tests.browser.conftest import beyond, drag, key, painted, sent, swipe
from ui.clouds import OWN, point_sets, spelled

CHAPTER = "/pca"
HALF = 3.4  # half-width of the plane
SETS = {"cloud": "a cloud", "parabola": "parabola", "many": "500 points"}


@pytest.fixture
def figure(open_page):
    """Open the chapter and return its page and the figure's plane."""

    def opened(query: str = "", **options: object) -> tuple[Page, Locator]:
        page = open_page(f"{CHAPTER}{query}", ready='[data-testid="cloud"]', **options)
        canvas = page.locator('.st-key-figure_pca [data-testid="cloud"]')
        expect(canvas).to_have_attribute("data-ready", "true")
        return page, canvas

    return opened


def btp(canvas: Locator, expression: str) -> object:
    return canvas.evaluate(f"canvas => {{ const {{ btp }} = canvas; return {expression}; }}")


def points(canvas: Locator) -> np.ndarray:
    return np.array(btp(canvas, "Array.from(btp.points)")).reshape(-1, 2)


def axes(canvas: Locator) -> np.ndarray:
    """PCA's axes as rows."""
    return np.array(btp(canvas, "Array.from(btp.axes)")).reshape(2, 2)


def line_error(x: np.ndarray, degrees: float) -> float:
    """Mean squared distance to a line through the mean: by the cross product."""
    u = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    centred = x - x.mean(0)
    return float(np.mean((centred[:, 0] * u[1] - centred[:, 1] * u[0]) ** 2))


def turned_by(x: np.ndarray, moved: np.ndarray) -> float:
    """Degrees between the long axes of two clouds."""
    a, b = (np.linalg.eigh(np.cov(each.T, bias=True))[1][:, 1] for each in (x, moved))
    return float(np.rad2deg(np.arccos(abs(a @ b))))


def text(page: Page, selector: str) -> list[str]:
    return [
        words.replace("−", "-")
        for words in page.locator(f".st-key-figure_pca {selector}").all_inner_texts()
    ]


def note(page: Page) -> Locator:
    return page.locator(".st-key-figure_pca .note")


def at(x: float, y: float) -> tuple[float, float]:
    """Where a place of the plane lies, as shares of its side from the left and the top."""
    return (x / HALF + 1) / 2, (1 - y / HALF) / 2


def test_axes_values_and_error_are_scikit_learns(figure):
    page, canvas = figure(reduced_motion="reduce")
    for name, radio in SETS.items():
        page.get_by_role("radio", name=radio, exact=True).check()
        painted(page)
        x = point_sets()[name]
        assert points(canvas) == pytest.approx(x, abs=1e-9)
        model = PCA(2).fit(x)
        found, values = axes(canvas), model.explained_variance_ * (len(x) - 1) / len(x)
        assert btp(canvas, "Array.from(btp.values)") == pytest.approx(values, abs=1e-9)
        assert np.abs(found @ model.components_.T) == pytest.approx(np.eye(2), abs=1e-7)
        one = PCA(1).fit(x)
        back = one.inverse_transform(one.transform(x))
        error = float(((x - back) ** 2).sum(1).mean())
        assert btp(canvas, "btp.error") == pytest.approx(error, abs=1e-9)
        assert error == pytest.approx(values[1], abs=1e-9)
        assert text(page, ".residual") == text(page, ".lambda2") == [f"{error:.4f}"]
        assert text(page, ".error.number")[0] == f"{error:.2f}"


def test_every_number_of_the_matrices_is_numpys(figure):
    page, canvas = figure()
    x, found = point_sets()["cloud"], axes(canvas)
    codes = (x - x.mean(0)) @ found.T
    expected = {
        "E": found[0], "D": found[0], "EEᵀ": [found[0] @ found[0]], "W": found.ravel(),
        "WWᵀ": (found @ found.T).ravel(), "Cov(z)": np.cov(codes.T, bias=True).ravel(),
    }  # fmt: skip
    shown = page.locator(".st-key-figure_pca .matrix").all()
    assert len(shown) == len(expected)
    for matrix, values in zip(shown, expected.values(), strict=True):
        cells = [float(t.replace("−", "-")) for t in matrix.locator("span").all_inner_texts()]
        assert cells == pytest.approx(list(values), abs=0.00501)
    cells = text(page, ".both .living:last-child .matrix span")
    assert cells[1] == cells[2] == "0.00"


def test_uncorrelated_is_not_independent(figure):
    page, canvas = figure(reduced_motion="reduce")
    for name in ("cloud", "parabola"):
        page.get_by_role("radio", name=SETS[name], exact=True).check()
        painted(page)
        codes = np.array(btp(canvas, "Array.from(btp.codes)")).reshape(-1, 2)
        linear = np.corrcoef(codes.T)[0, 1]
        square = np.corrcoef(codes[:, 0] ** 2, codes[:, 1])[0, 1]
        assert btp(canvas, "btp.correlation") == pytest.approx(linear, abs=1e-9)
        assert btp(canvas, "btp.dependence") == pytest.approx(square, abs=1e-9)
        assert text(page, ".correlation") == ["0.00"]
        assert (abs(square) > 0.99) == (name == "parabola")
        assert ("not independent" in text(page, ".reading")[0]) == (name == "parabola")


def test_no_axis_of_1801_beats_pca(figure):
    page, canvas = figure("?own=0")
    for own in (0, 33, 34, 35, 101):
        page.get_by_role("slider", name="Own axis").fill(str(own))
        expect(canvas).to_have_attribute("data-own", str(own))
        x = point_sets()["cloud"]
        assert btp(canvas, "btp.own.error") == pytest.approx(line_error(x, own), abs=1e-9)
        least = min(line_error(x, angle) for angle in np.linspace(0, 180, 1801))
        pca = btp(canvas, "btp.error")
        assert pca <= least + 1e-12
        assert pca == pytest.approx(least, abs=1e-5)
        shown = text(page, ".error.number")
        assert shown == [f"{pca:.2f}", f"{line_error(x, own):.2f}"]
        long_axis = min(np.linspace(0, 180, 1801), key=lambda angle: line_error(x, angle))
        found = abs(own - long_axis) <= 0.5
        assert found == (own == 34)
        assert ("You have found it" in note(page).inner_text()) == found
        said = text(page, ".ways .sub")[1]
        assert ("as little as PCA’s" in said) == found
        assert ("as two decimals show" in said) == (shown[0] == shown[1] and not found)


def test_a_point_is_dragged_and_nothing_is_sent_until_it_is_let_go(figure):
    page, canvas = figure()
    expect(canvas).to_have_attribute("data-ready", "true")
    before, row = points(canvas), int(np.argmax(points(canvas)[:, 0]))
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    start = [box[s] + q * box["width"] for s, q in zip("xy", at(*before[row]), strict=True)]
    page.mouse.move(*start)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(start[0] - 60, start[1] - 90, steps=12)
    painted(page)
    moved, step = points(canvas), 2 * HALF / box["width"]
    assert moved[row] == pytest.approx(before[row] + [-60 * step, 90 * step], abs=0.02)
    assert np.delete(moved, row, 0) == pytest.approx(np.delete(before, row, 0))
    assert btp(canvas, "btp.error") == pytest.approx(
        np.linalg.eigvalsh(np.cov(moved.T, bias=True))[0]
    )
    assert sent(page) == counted
    turn = turned_by(before, moved)
    assert turn > 3
    assert btp(canvas, "btp.turned") == pytest.approx(turn, abs=1e-6)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]points="))
    spoken = page.locator(".st-key-figure_pca .spoken")
    expect(spoken).to_contain_text(f"turned by {turned_by(before, points(canvas)):.0f}°")
    painted(page)
    assert btp(canvas, "btp.turned") is None
    rounded = points(canvas)
    assert rounded == pytest.approx(moved.round(2))
    _, again = figure(page.url[page.url.index("?") :])
    assert points(again) == pytest.approx(rounded)
    assert btp(again, "btp.error") == pytest.approx(btp(canvas, "btp.error"))


def test_signs_are_stable_through_a_full_turn_of_a_dragged_point(figure):
    start = (2.5, 0.0, 0.1, 0.1, -0.1, 0.2, 0.0, -0.2, -0.3, 0.0)
    page, canvas = figure(f"?points={spelled(start)}")
    box = canvas.bounding_box()

    def place(degrees: float) -> list[float]:
        turned = 2.5 * np.cos(np.deg2rad(degrees)), 2.5 * np.sin(np.deg2rad(degrees))
        return [box[s] + q * box["width"] for s, q in zip("xy", at(*turned), strict=True)]

    first = before = axes(canvas)
    page.mouse.move(*place(0))
    page.mouse.down()
    for degrees in range(10, 361, 10):
        page.mouse.move(*place(degrees))
        painted(page)
        now = axes(canvas)
        assert (now * before).sum(1).min() > 0.9
        before = now
    page.mouse.up()
    assert before == pytest.approx(first, abs=0.02)
    assert canvas.get_attribute("data-chosen") == "0"


def test_a_point_stays_on_the_plane(figure):
    page, canvas = figure(f"?points={spelled((1.0, 1.0, -1.0, 0.0, 0.0, -1.0))}")
    drag(page, canvas, at(1, 1), (1.4, -0.3))
    expect(canvas).to_have_attribute("data-chosen", "0")
    corner = points(canvas)[0]
    assert (corner > 3.2).all()
    assert (corner <= HALF).all()


FEW = {
    "-": (0, "No points"),
    spelled((0.5, 0.5)): (1, "own mean"),
    spelled((0.5, 0.5, -1.0, 1.25)): (2, "Two points always lie on a line"),
    spelled((0.5, 0.5, 0.5, 0.5)): (2, "variance 0"),
    spelled((1.0, 0.0, 1.0, 0.0, -1.0, 0.5)): (3, "λ₂ = 0"),
}


@pytest.mark.parametrize("points", list(FEW))
def test_few_points_without_a_direction_are_explained(figure, points):
    page, canvas = figure(f"?points={points}")
    they_are_explained(page, canvas, *FEW[points])


def test_sets_without_a_direction_are_explained(figure):
    page, canvas = figure(reduced_motion="reduce")
    for name, words in (
        ("on one spot", "variance 0"),
        ("on a line", "Lossless"),
        ("round", "Any axis is as good"),
    ):
        page.get_by_role("radio", name=name, exact=True).check()
        they_are_explained(page, canvas, 20, words)


def they_are_explained(page: Page, canvas: Locator, count: int, words: str) -> None:
    expect(canvas).to_have_attribute("data-points", str(count))
    expect(note(page)).to_contain_text(words)
    body = page.locator(".st-key-figure_pca .body").inner_text()
    assert not re.search("nan|infinity|undefined", body, re.IGNORECASE)
    expect(page.locator(".st-key-figure_pca .sentence")).to_be_hidden()
    undirected = words in ("No points", "own mean", "variance 0")
    assert ("–" in text(page, ".matrix span")) == undirected
    glosses = page.locator(".st-key-figure_pca .matrices .living > .sub").all()
    assert [gloss.is_visible() for gloss in glosses] == [not undirected] * 6
    errors = text(page, ".error.number, .residual, .lambda2")
    assert errors.count("–") == (0 if count else 4)
    assert ("PCA’s" in text(page, ".ways .sub")[1]) != undirected
    canvas.focus()
    key(page, "Shift+ArrowLeft")  # and the next gesture works
    expect(canvas).to_have_attribute("data-points", str(count))


def test_round_points_cost_every_axis_the_same(figure):
    page, canvas = figure("?set=round&own=17")
    x = point_sets()["round"]
    every = [line_error(x, angle) for angle in np.linspace(0, 180, 181)]
    assert max(every) == pytest.approx(min(every), rel=1e-9)
    assert btp(canvas, "[btp.error, btp.own.error]") == pytest.approx([every[0]] * 2)
    assert "as little as PCA’s" in text(page, ".ways .sub")[1]


def test_keys_choose_move_remove_and_start_again(figure):
    page, canvas = figure()
    before = points(canvas)
    canvas.focus()
    for name in ("Enter", "Enter", "Enter", "Shift+Enter"):
        key(page, name)
    expect(canvas).to_have_attribute("data-chosen", "2")
    expect(page.locator(".st-key-figure_pca .spoken")).to_contain_text("Point 3 / 20")
    key(page, "ArrowRight")
    key(page, "Shift+ArrowUp")
    assert points(canvas)[2] == pytest.approx(before[2] + [0.068, 0.34], abs=0.006)
    expect(page).to_have_url(re.compile(r"[?&]points="))
    key(page, "Delete")
    expect(canvas).to_have_attribute("data-points", "19")
    assert points(canvas) == pytest.approx(np.delete(before, 2, 0))
    key(page, "Home")
    expect(canvas).to_have_attribute("data-points", "20")
    expect(page).not_to_have_url(re.compile(r"[?&]points="))
    assert points(canvas) == pytest.approx(before)


def test_points_can_be_added_and_all_of_them_taken_away(figure):
    page, canvas = figure("?points=-")
    page.get_by_role("button", name="Add a point").click()
    expect(canvas).to_have_attribute("data-points", "1")
    expect(canvas).to_be_focused()
    canvas.dblclick(position={"x": 100, "y": 60})
    expect(canvas).to_have_attribute("data-points", "2")
    side = canvas.bounding_box()["width"]
    where = [HALF * (2 * 100 / side - 1), HALF * (1 - 2 * 60 / side)]
    assert points(canvas)[1] == pytest.approx(where, abs=0.02)
    expect(canvas).to_have_attribute("data-kind", "two")
    for left in ("1", "0", "0"):
        key(page, "Backspace")
        expect(canvas).to_have_attribute("data-points", left)
    expect(page).to_have_url(re.compile(r"[?&]points=-"))


def test_a_finger_drags_a_point_on_a_phone(figure):
    query = f"?points={spelled((1.0, 1.0, -1.0, 0.0, 0.0, -1.0))}"
    page, canvas = figure(query, width=390, height=844, has_touch=True, is_mobile=True)
    swipe(page, canvas, at(1.1, 1.1), at(2.1, 0.1))
    assert points(canvas)[0] == pytest.approx([2.0, 0.0], abs=0.08)
    expect(page).to_have_url(re.compile(r"[?&]points="))


def test_the_own_axis_follows_its_handle_and_its_ring(figure):
    page, canvas = figure()
    handle = page.get_by_role("slider", name="Own axis")
    handle.focus()
    key(page, "ArrowLeft")
    expect(canvas).to_have_attribute("data-own", str(OWN - 1))
    expect(canvas).to_have_attribute("data-whose", "own")
    expect(page).to_have_url(re.compile(rf"[?&]own={OWN - 1}"))
    mean = point_sets()["cloud"].mean(0)
    u = np.array([np.cos(np.deg2rad(OWN - 1)), np.sin(np.deg2rad(OWN - 1))])
    before = points(canvas)
    drag(page, canvas, at(*(mean + 2.6 * u)), at(*(mean + 2)))
    expect(canvas).to_have_attribute("data-own", "45")
    assert points(canvas) == pytest.approx(before)
    assert btp(canvas, "btp.own.error") == pytest.approx(line_error(before, 45), abs=1e-9)
    page.get_by_role("button", name="Start again").click()
    expect(page).not_to_have_url(re.compile(r"[?&]own="))


def test_another_set_of_points_is_in_the_link(figure):
    page, canvas = figure()
    page.get_by_role("radio", name="parabola").check()
    expect(page).to_have_url(re.compile(r"[?&]set=parabola"))
    assert points(canvas) == pytest.approx(point_sets()["parabola"])
    page.get_by_role("radio", name="500 points").check()
    expect(canvas).to_have_attribute("data-points", "500")
    expect(page.get_by_role("button", name="Add a point")).to_have_attribute(
        "aria-disabled", "true"
    )


def test_a_bad_link_is_the_start(figure):  # others: tests/ui/test_links.py
    page, canvas = figure("?points=%00&set=no&own=500")
    assert points(canvas) == pytest.approx(point_sets()["cloud"])
    expect(canvas).to_have_attribute("data-own", str(OWN))
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(figure, scheme):
    page, _ = figure(width=360, height=844, color_scheme=scheme)
    for width in (360, 768):
        assert beyond(page, width) <= 1, width

"""Chapter 7's affine f under the hand: the formula, the grid, and scipy say the same."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scipy.stats import multivariate_normal

from tests.browser.conftest import drag, key, painted, sent, swipe
from ui.bayes import FUNCTIONS, OPENING

PATH = "/probabilistic_model"
READY = '[data-testid="bayes"]'
VIEW = 3.4  # half-width of both planes
RNG = np.random.default_rng(7)
TOLERANCE = 1e-6


def plane(page: Page) -> Locator:
    canvas = page.locator(READY)
    expect(canvas).to_have_attribute("data-ready", "true")
    return canvas


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_bayes")


def numbers(page: Page, attribute: str) -> list[float]:
    return [float(part) for part in (plane(page).get_attribute(attribute) or "").split(",")]


def shown(page: Page) -> np.ndarray:
    """The table's rows, the grid's numbers and then the formula's: (6, 2)."""
    rows = figure(page).locator(".answers tbody tr").all()
    texts = [row.locator("td").all_inner_texts()[:2] for row in rows]
    return np.array([[float(text.replace("−", "-")) for text in row] for row in texts])


def share(place: tuple[float, float]) -> tuple[float, float]:
    """A place on a plane as shares of its box."""
    return (place[0] / VIEW + 1) / 2, (1 - place[1] / VIEW) / 2


def oracle(model: dict) -> np.ndarray:
    """m, S and log p(x), six numbers, by conditioning the joint Gaussian of (z, x)."""
    w, b, x = np.reshape(model["W"], (2, 2)), np.array(model["b"]), np.array(model["x"])
    spread = w @ w.T + model["c"] * np.eye(2)
    gain = w.T @ np.linalg.inv(spread)
    mean, covariance = gain @ (x - b), np.eye(2) - gain @ w
    evidence = multivariate_normal(b, spread).logpdf(x)
    return np.array([*mean, covariance[0, 0], covariance[0, 1], covariance[1, 1], evidence])


def models(count: int) -> list[dict]:
    """Models the handles can reach, c on a logarithmic scale; then f that are flat or nearly so."""
    drawn = [
        {
            "W": (RNG.uniform(0.1, 2) * RNG.uniform(-1, 1, (2, 2)) / 1.5).ravel().tolist(),
            "b": RNG.uniform(-1.3, 1.3, 2).tolist(),
            "c": float(10 ** RNG.uniform(-2, 1)),
            "x": RNG.uniform(-3.3, 3.3, 2).tolist(),
        }
        for _ in range(count)
    ]
    flat = [[1, -0.6, 0.5, -0.3], [0, 0, 0, 0], [2, 2, 0, 0], [1, 1, 1, 1.000001]]
    special = [{"W": w, "b": [0.2, -0.4], "c": c, "x": [1, -1]} for w in flat for c in (0.01, 1)]
    return drawn + special


def six(found: str) -> str:
    """JavaScript: an answer as six numbers."""
    six = "[...a.mean, a.covariance[0], a.covariance[1], a.covariance[3], a.logEvidence]"
    return f"((a) => a && {six})({found})"


def pull(page: Page, c: float) -> None:
    """Put the handle on a c of its track, as keys would: Python hears after a rest."""
    position = round(1000 * np.log(c / 0.01) / np.log(1000))
    handle = figure(page).get_by_role("slider", name="Likelihood variance c")
    handle.evaluate(
        "(input, at) => { input.value = at; input.dispatchEvent(new Event('input')); }", position
    )
    painted(page)


def test_formula_and_grid_are_scipys_for_any_affine_f(open_page):
    page = open_page(PATH, ready=READY)
    asked = models(60)
    both = ", ".join(six(f"canvas.btp.{way}(m)") for way in ("formula", "grid"))
    found = plane(page).evaluate(f"(canvas, all) => all.map((m) => [{both}])", asked)
    refused = 0
    for model, (formula, grid) in zip(asked, found, strict=True):
        assert formula == pytest.approx(oracle(model), rel=1e-9, abs=1e-9)
        refused += grid is None
        if grid is not None:
            assert grid == pytest.approx(oracle(model), abs=TOLERANCE)
    assert refused < len(asked) / 5
    far = {"W": [0.1, 0, 0, 2], "b": [0, 0], "c": 0.01, "x": [3.3, 1]}  # m = 16, σ down to 0.05
    assert plane(page).evaluate("(canvas, m) => canvas.btp.grid(m)", far) is None

    # the opening: f(z) = z, and the chapter's question
    x = np.array(OPENING.x)
    for c in (0.1, 1.0, 10.0, 0.01):
        pull(page, c)
        assert numbers(page, "data-c") == [c]
        spread = c / (1 + c)
        evidence = multivariate_normal([0, 0], (1 + c) * np.eye(2)).logpdf(x)
        expected = [*(x / (1 + c)), spread, 0, spread, evidence]
        assert shown(page) == pytest.approx(np.stack([expected, expected], 1), abs=6e-5)
        formula = figure(page).locator(".of-covariance").inner_text()
        assert formula == f"c/(1 + c) I = {c:g}/{1 + c:g} I = {spread:.3f} I"
    expect(figure(page).locator(".note")).to_contain_text("shrinks to the point f⁻¹(x)")
    pull(page, 10)
    expect(figure(page).locator(".note")).to_contain_text("becomes the prior")


def test_x_is_dragged_nothing_is_sent_and_the_covariance_stays(open_page):
    page = open_page(f"{PATH}?bayes_f=1,0.8,0,1,0.3,-0.2&bayes_c=0.4", ready=READY)
    canvas, w, b = plane(page), np.array([[1, 0.8], [0, 1]]), np.array([0.3, -0.2])
    before = shown(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()

    def go(place: tuple[float, float]) -> None:
        left, top = share(place)
        page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"], steps=4)

    go(OPENING.x)
    page.mouse.down()
    counted = sent(page)
    for place in [(0, 0), (2, -1), (1.504, 1.996)]:
        go(place)
        painted(page)
        assert numbers(page, "data-x") == pytest.approx(place, abs=0.03)
        model = {"W": w.ravel(), "b": b, "c": 0.4, "x": numbers(page, "data-x")}
        assert shown(page) == pytest.approx(np.stack([oracle(model)] * 2, 1), abs=1e-4)
        assert shown(page)[2:5] == pytest.approx(before[2:5], abs=1e-9)
        x_hat = w @ shown(page)[:2, 1] + b
        text = figure(page).locator(".of-f").inner_text().replace("−", "-")
        assert [float(part) for part in text.strip("()").split(",")] == pytest.approx(
            x_hat, abs=0.006
        )
    assert sent(page) == counted
    same = canvas.evaluate("canvas => canvas.btp.same")
    assert same["places"] > 3
    assert same["apart"] < TOLERANCE
    assert f"{same['places']} places of x" in figure(page).locator(".same").inner_text()
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]bayes_x="))
    assert numbers(page, "data-x") == [round(value, 2) for value in numbers(page, "data-x")]

    # off the plane, with keys: it stops at the edge and says so
    canvas.focus()
    for _ in range(12):
        key(page, "Shift+ArrowRight")
    assert numbers(page, "data-x")[0] == 3.3
    expect(figure(page).locator(".note")).to_contain_text("x stays on this plane")
    expect(page).to_have_url(re.compile(r"bayes_x=3\.3%2C|bayes_x=3\.3,"))
    again = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    for attribute in ("data-x", "data-c", "data-f"):
        assert numbers(again, attribute) == numbers(page, attribute)
    assert shown(again).tolist() == shown(page).tolist()
    canvas.focus()
    key(page, "Home")
    assert numbers(page, "data-x") == list(OPENING.x)


def test_f_is_changed_by_hand_and_by_name(open_page):
    page = open_page(f"{PATH}?bayes_c=0.3", ready=READY)
    canvas = plane(page)
    grips = figure(page).locator(".grip")
    expect(grips.first).to_be_hidden()
    drag(page, canvas, share((1, 0)), share((0.5, 1.5)))  # not yet: this moves x
    assert numbers(page, "data-f") == list(FUNCTIONS["identity"])
    assert numbers(page, "data-x") == pytest.approx([0.5, 1.5], abs=0.02)

    figure(page).get_by_role("switch").click()
    expect(grips.first).to_be_visible()
    x = numbers(page, "data-x")
    drag(page, canvas, share((1, 0)), share((1.5, 0.5)))
    drag(page, canvas, share((0, 0)), share((0.4, -0.3)))  # both arrows go along
    f = numbers(page, "data-f")
    assert f == pytest.approx([1.5, 0, 0.5, 1, 0.4, -0.3], abs=0.03)
    assert f == [round(value, 2) for value in f]
    assert numbers(page, "data-x") == x
    model = {"W": f[:4], "b": f[4:], "c": 0.3, "x": x}
    assert shown(page) == pytest.approx(np.stack([oracle(model)] * 2, 1), abs=6e-5)
    expect(figure(page).get_by_role("radio", checked=True)).to_have_count(0)
    drag(page, canvas, share((1.9, 0.2)), share((3.3, 3.3)))  # no longer than 2
    assert np.hypot(*numbers(page, "data-f")[0:3:2]) <= 2
    expect(page).to_have_url(re.compile(r"[?&]bayes_f="))

    grips.nth(1).focus()  # by keys
    w22 = numbers(page, "data-f")[3]
    key(page, "Shift+ArrowDown")
    assert numbers(page, "data-f")[3] == pytest.approx(w22 - 0.34, abs=0.006)

    for name, said in [("flat", "f flattens the plane: along (0.51, 0.86)"), ("stretch", "narrow")]:
        figure(page).get_by_role("radio", name=name).check()
        expect(canvas).to_have_attribute("data-ready", "true")
        painted(page)
        f = numbers(page, "data-f")
        assert f == list(FUNCTIONS[name])
        model = {"W": f[:4], "b": f[4:], "c": 0.3, "x": x}
        assert shown(page) == pytest.approx(np.stack([oracle(model)] * 2, 1), abs=6e-5)
        if name == "flat":
            expect(figure(page).locator(".note")).to_contain_text("keeps the prior’s variance: 1.0")
        else:
            figure(page).get_by_role("switch").click()
        expect(figure(page).locator(".note")).to_contain_text(said)


def test_what_lies_off_the_plane_or_beyond_a_grid_is_said(open_page):
    page = open_page(
        f"{PATH}?bayes_f=0.1,0,0,2,0,0&bayes_c=0.01&bayes_x=3,1&nonsense=1", ready=READY
    )
    expect(figure(page).locator(".note")).to_contain_text("The grid gives up")
    first = figure(page).locator(".answers tbody tr").first.locator("td").all_inner_texts()
    assert first == ["–", "15.0000", "–"]
    pull(page, 0.05)
    expect(figure(page).locator(".note")).to_contain_text("off the plane")
    assert not re.search("nan|infinity", figure(page).inner_text(), re.IGNORECASE)


def test_a_finger_drags_x_on_a_phone(open_page):
    page = open_page(PATH, width=390, height=844, ready=READY, has_touch=True, is_mobile=True)
    canvas = plane(page)
    swipe(page, canvas, share(OPENING.x), share((1.5, -1)))
    assert numbers(page, "data-x") == pytest.approx([1.5, -1], abs=0.05)
    x = np.array(numbers(page, "data-x"))
    assert shown(page)[:2, 0] == pytest.approx(x / 1.1, abs=6e-5)
    expect(page).to_have_url(re.compile(r"[?&]bayes_x="))
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

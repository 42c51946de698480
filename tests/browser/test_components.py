"""Chapters 2 and 3: how many components, what the eigenvalues say, where a deep network lies."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from sklearn.decomposition import PCA
from sklearn.feature_selection import mutual_info_regression

from tests.browser.conftest import key, painted, pixels, sent
from ui.components import DEEP, FLOOR_MOST
from ui.shipped import shipped
from vae_core import load_dataset
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean

SECOND, THIRD = "/pca", "/autoencoders"
SEVERAL, FLOOR = ".st-key-figure_components .range", ".st-key-figure_floor .range"
TURNED = '[data-testid="rotation"]'


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_dataset("digits").x_train.astype(np.float64)


@pytest.fixture(scope="module")
def pca(digits) -> PCA:
    return PCA().fit(digits)


@pytest.fixture(scope="module")
def second(open_console) -> Page:
    return open_console(SECOND, SEVERAL)


@pytest.fixture(scope="module")
def third(open_console) -> Page:
    return open_console(THIRD, FLOOR)


def btp(handle: Locator) -> dict[str, list[float]]:
    found = handle.evaluate("input => ({ ...input.btp, x_hat: input.btp.x_hat(3) })")
    return dict(found)


def measured(pca: PCA, x: np.ndarray) -> np.ndarray:
    """Mean squared error per image with k = 0 … 64 components, put back by scikit-learn."""
    z = pca.transform(x)
    back = [z[:, :k] @ pca.components_[:k] + pca.mean_ for k in range(65)]
    return np.array([((x - x_hat) ** 2).sum(1).mean() for x_hat in back])


def put(page: Page, handle: Locator, value: float) -> None:
    """Pull a handle to a value, as a drag that goes on does."""
    handle.evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )
    painted(page)


# --- how many components


def test_errors_eigenvalues_and_images_are_scikit_learns(second, digits, pca):
    page = second
    handle = page.locator(SEVERAL)
    for k in (0, 1, 2, 20, 61, 64):
        put(page, handle, k)
        found = btp(handle)
        assert handle.get_attribute("data-k") == str(k)
        values = pca.explained_variance_ * (len(digits) - 1) / len(digits)
        assert found["values"] == pytest.approx(values, abs=1e-6)
        assert found["measured"] == pytest.approx(measured(pca, digits), abs=1e-6)
        assert found["measured"] == pytest.approx(found["discarded"], abs=1e-10)
        z = pca.transform(digits[3:4])[:, :k]
        assert found["x_hat"] == pytest.approx((z @ pca.components_[:k] + pca.mean_)[0], abs=1e-6)
        twice = page.locator(".st-key-figure_components .twice dd").all_inner_texts()
        error = measured(pca, digits)[k]
        assert twice[:2] == [f"{abs(error):.9f}"] * 2
        assert twice[3] == f"{100 * error / measured(pca, digits)[0]:.1f} %"
        sheet = page.locator('[data-testid="eigen-digits"]').get_attribute("aria-label")
        assert f"64 components as images, in the order of their eigenvalues; the first {k}" in sheet


def test_the_two_numbers_differ_by_rounding_only(second):
    page = second
    handle = page.locator(SEVERAL)
    apart = page.locator(".st-key-figure_components .twice dd").nth(2)
    for k in (0, 2, 31, 64):
        put(page, handle, k)
        text = apart.inner_text()
        assert text == "0" or int(re.search("10⁻(.+)$", text)[1].translate(DOWN)) >= 6


DOWN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def test_no_component_is_the_mean_and_all_are_lossless(second, digits):
    page = second
    handle, note = page.locator(SEVERAL), page.locator(".st-key-figure_components .note")
    put(page, handle, 0)
    expect(note).to_contain_text("mean image")
    assert btp(handle)["x_hat"] == pytest.approx(digits.mean(0), abs=1e-12)
    for k in (61, 64):
        put(page, handle, k)
        expect(note).to_contain_text("61 components are lossless")
        expect(note).to_contain_text("the last 3 eigenvalues are 0")
        assert btp(handle)["x_hat"] == pytest.approx(digits[3], abs=1e-9)
    put(page, handle, 60)
    expect(note).to_be_empty()


def test_the_handle_is_pulled_and_nothing_is_sent_until_it_is_let_go(open_page):
    page = open_page(SECOND, ready=SEVERAL)
    handle = page.locator(SEVERAL)
    expect(handle).to_have_attribute("data-ready", "true")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    rows = page.locator(".st-key-figure_components .row.pca canvas")
    image = pixels(rows.nth(4))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 10 + (box["width"] - 20) * 2 / 64, middle)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=15)
    painted(page)
    assert handle.get_attribute("data-k") == "32"
    assert pixels(rows.nth(4)) != image
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile("components=32"))
    again = open_page(page.url[page.url.index("/", 8) :], ready=SEVERAL)
    assert again.locator(SEVERAL).get_attribute("data-k") == "32"
    assert pixels(again.locator(".st-key-figure_components .row.pca canvas").nth(4)) == pixels(
        rows.nth(4)
    )


def test_keys_move_k_and_other_digits_are_other_digits(open_page):
    page = open_page(SECOND, ready=SEVERAL)
    handle = page.locator(SEVERAL)
    handle.focus()
    key(page, "ArrowRight")
    assert handle.get_attribute("data-k") == "3"
    expect(page).to_have_url(re.compile("components=3"))
    for _ in range(2):
        key(page, "ArrowLeft")
    expect(page.locator(".st-key-figure_components .spoken")).to_contain_text("1 component:")
    originals = page.locator(".st-key-figure_components .row.x canvas")
    before = pixels(originals.nth(0))
    page.locator(".st-key-figure_components").get_by_role("button", name="Other digits").click()
    expect(page).to_have_url(re.compile("components_row=1"))
    assert pixels(originals.nth(0)) != before


def test_a_bad_link_is_the_start(open_page):  # others: tests/ui/test_links.py
    page = open_page(f"{SECOND}?components=65&rotation=nan&rotation_with=7", ready=SEVERAL)
    assert page.locator(SEVERAL).get_attribute("data-k") == "2"
    canvas = page.locator(TURNED)
    expect(canvas).to_have_attribute("data-ready", "true")
    assert [canvas.get_attribute(f"data-{name}") for name in ("turn", "partner")] == ["0", "6"]
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_the_last_digits_of_the_largest_class_are_committed_and_then_the_first_again(open_page):
    last = int(np.bincount(load_dataset("digits").y_train).max()) - 1
    page = open_page(f"{SECOND}?components_row={last - 1}", ready=SEVERAL)
    others = page.locator(".st-key-figure_components").get_by_role("button", name="Other digits")
    others.click()
    expect(page).to_have_url(re.compile(f"components_row={last}"))
    others.click()
    expect(page).not_to_have_url(re.compile("components_row="))


def test_a_finger_pulls_k_on_a_phone_and_nothing_is_too_wide(open_page):
    page = open_page(SECOND, width=390, height=844, has_touch=True, is_mobile=True, ready=SEVERAL)
    handle = page.locator(SEVERAL)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    painted(page)
    assert handle.get_attribute("data-k") == "32"
    for figure in ("components", "rotation"):
        over = page.locator(f".st-key-figure_{figure} .body").evaluate(
            "e => e.scrollWidth - e.clientWidth"
        )
        assert over <= 1


# --- uncorrelated is not independent


def turned(pca: PCA, x: np.ndarray, partner: int, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The two rows (2, d) turned by `degrees`, and the codes (n, 2) along them."""
    angle = np.deg2rad(degrees)
    a, b = pca.components_[0], pca.components_[partner - 1]
    a, b = (row * np.sign(row[np.abs(row).argmax()]) for row in (a, b))
    rows = np.array([np.cos(angle) * a + np.sin(angle) * b, np.cos(angle) * b - np.sin(angle) * a])
    return rows, (x - pca.mean_) @ rows.T


def test_correlation_information_and_error_are_numpys_and_scikit_learns(open_page, digits, pca):
    page = open_page(f"{SECOND}?rotation=45&rotation_with=2", ready=TURNED)
    for partner, degrees in ((2, 45), (2, 0), (4, 30), (6, 90), (6, 20)):
        radio = page.locator(".st-key-figure_rotation").get_by_role("radio", name=str(partner))
        radio.check(force=True)
        put(page, page.get_by_role("slider", name="Turn both axes"), degrees)
        found = page.locator(TURNED).evaluate("canvas => canvas.btp")
        rows, z = turned(pca, digits, partner, degrees)
        assert found["correlation"] == pytest.approx(np.corrcoef(z.T)[0, 1], abs=1e-9)
        information = mutual_info_regression(z[:, :1], z[:, 1], random_state=0)[0]
        assert found["information"] == pytest.approx(information, abs=1e-3)
        centred = digits - pca.mean_
        left = ((centred - centred @ rows.T @ rows) ** 2).sum(1).mean()
        assert found["error"] == pytest.approx(left, abs=1e-9)
        assert found["skew"] < 1e-12
        assert found["torn"] < 0.1 < information
        shown = page.locator(".st-key-figure_rotation .measures td").all_inner_texts()
        assert shown[0].replace("−", "-") == f"{np.corrcoef(z.T)[0, 1]:.3f}".replace(
            "-0.000", "0.000"
        )
        assert shown[1] == f"{found['information']:.2f} nats"
        assert shown[3] == f"{left:.6f}"


def test_turning_keeps_the_error_and_loses_the_zero_correlation(open_page):
    page = open_page(SECOND, ready=TURNED)
    canvas, handle = page.locator(TURNED), page.get_by_role("slider", name="Turn both axes")
    seen = []
    for degrees in (0, 20, 45, 90):
        put(page, handle, degrees)
        seen.append(canvas.evaluate("canvas => [canvas.btp.error, canvas.btp.correlation]"))
    assert [error for error, _ in seen] == pytest.approx([seen[0][0]] * 4, abs=1e-9)
    assert [abs(round(r, 6)) > 0.02 for _, r in seen] == [False, True, True, False]
    handle.focus()
    key(page, "ArrowLeft")
    expect(page).to_have_url(re.compile("rotation=89"))
    page.locator(".st-key-figure_rotation").get_by_role("radio", name="3").check(force=True)
    expect(page).to_have_url(re.compile("rotation_with=3"))
    expect(canvas).to_have_attribute("data-partner", "3")


# --- the floor


def test_the_deep_networks_errors_are_torchs(third, digits, pca):
    page = third
    found = btp(page.locator(FLOOR))
    model, held_out = shipped(DEEP), load_dataset("digits").x_val
    network = Autoencoder(model.config, 64).load(model.weights)
    for name, x in (("training", digits), ("held_out", held_out)):
        with torch.no_grad():
            z = network.encode(torch.from_numpy(np.float32(x)))[0]
            x_hat = likelihood_mean(network.decode(z), model.config).numpy()
        assert found["deep"][name] == pytest.approx(((x - x_hat) ** 2).sum(1).mean(), abs=1e-5)
    assert found["measured"] == pytest.approx(measured(pca, digits), abs=1e-6)
    assert found["held_out"] == pytest.approx(measured(pca, held_out.astype(float)), abs=1e-6)
    shown = page.locator(".st-key-figure_floor .losses tbody td").all_inner_texts()
    heads = page.locator(".st-key-figure_floor .losses th")
    scopes = heads.evaluate_all("heads => heads.map((head) => head.scope)")
    assert scopes == ["col", "col", "row", "row"]
    deep = [f"{found['deep'][name]:.3f}" for name in ("training", "held_out")]
    assert shown == [f"{found['measured'][2]:.3f}", f"{found['held_out'][2]:.3f}", *deep]


def test_pulling_k_lets_pca_catch_up_first_on_held_out_digits(third):
    page = third
    handle, verdict = page.locator(FLOOR), page.locator(".st-key-figure_floor .verdict")
    said = []
    for k in range(FLOOR_MOST + 1):
        put(page, handle, k)
        said.append(verdict.inner_text())
    assert [k for k, text in enumerate(said) if "still loses more" in text] == list(range(8))
    halfway = [k for k, text in enumerate(said) if "on the held-out digits, not yet" in text]
    assert halfway == [8, 9]
    assert all("on both sets" in text and "caught up" in text for text in said[10:])


def test_the_floor_opens_from_its_link_on_a_phone(open_page):
    page = open_page(
        f"{THIRD}?floor=9&floor_row=4", width=360, height=800, has_touch=True, is_mobile=True,
        ready=FLOOR,
    )  # fmt: skip
    assert page.locator(FLOOR).get_attribute("data-k") == "9"
    body = page.locator(".st-key-figure_floor .body")
    assert body.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    widths = page.locator(".st-key-figure_floor .row.deep canvas").evaluate_all(
        "canvases => canvases.map(canvas => canvas.width)"
    )
    assert widths == [8] * 10

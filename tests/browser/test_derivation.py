"""The derivation (chapter 8): every line's terms add up, and the lines agree as they say."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import at_rest, key, painted, sent

PATH = "/variational_inference"
READY = '[data-testid="derivation"]'
WEIGHTS = np.array([[1.2, -0.4], [0.3, 0.9], [-0.7, 0.5]])  # f(z) = W z: the posterior is Gaussian
IMAGE, NOISE = np.array([0.9, -0.2, 0.4]), 0.1
QS = [
    ([0.6, -0.1], [[0.2, 0.05], [0.05, 0.1]]),
    ([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]),
    ([-2.1, 1.4], [[0.01, 0.0], [0.0, 2.0]]),
]
TELL = """(told) => {
  const bus = window[Symbol.for("between-the-points.bus")];
  const detail = { ...told, x: Float32Array.from(told.x) };
  bus.last.set("variational", detail);
  bus.dispatchEvent(new CustomEvent("variational", { detail }));
}"""


def gaussian_kl(mean, cov, other_mean, other_cov) -> float:
    """KL between two Gaussians, in nats."""
    inverse, away = np.linalg.inv(other_cov), np.subtract(other_mean, mean)
    logs = np.linalg.slogdet(other_cov)[1] - np.linalg.slogdet(cov)[1]
    return float(0.5 * (np.trace(inverse @ cov) + away @ inverse @ away - len(mean) + logs))


def mean_log_density(mean, cov, of_mean, of_cov) -> float:
    """The mean over N(mean, cov) of the log density of N(of_mean, of_cov)."""
    inverse, away = np.linalg.inv(of_cov), np.subtract(of_mean, mean)
    square = np.trace(inverse @ cov) + away @ inverse @ away
    logs = np.linalg.slogdet(2 * np.pi * np.asarray(of_cov))[1]
    return float(-0.5 * (square + logs))


def told(mean, cov) -> dict[str, object]:
    """What a figure would tell of this q, each term by a closed form of its own."""
    cov, unit = np.array(cov), np.eye(2)
    spread = np.linalg.inv(unit + WEIGHTS.T @ WEIGHTS / NOISE)
    centre = spread @ WEIGHTS.T @ IMAGE / NOISE
    marginal = WEIGHTS @ WEIGHTS.T + NOISE * np.eye(3)
    evidence = mean_log_density(IMAGE, np.zeros((3, 3)), np.zeros(3), marginal)
    decoded, seen = WEIGHTS @ mean, WEIGHTS @ cov @ WEIGHTS.T
    likelihood = mean_log_density(decoded, seen, IMAGE, NOISE * np.eye(3))
    kl_prior = gaussian_kl(mean, cov, np.zeros(2), unit)
    terms = {
        "logEvidence": evidence, "error": 1e-12, "elbo": likelihood - kl_prior, "klPrior": kl_prior,
        "gap": gaussian_kl(mean, cov, centre, spread), "expectedLogLikelihood": likelihood,
        "entropy": 0.5 * np.linalg.slogdet(2 * np.pi * np.e * cov)[1],
        "crossPrior": mean_log_density(mean, cov, np.zeros(2), unit),
        "expectedLogPosterior": mean_log_density(mean, cov, centre, spread),
    }  # fmt: skip
    return {"x": IMAGE.tolist(), "c": NOISE, "terms": terms}


def lines(page: Page) -> Locator:
    return page.locator(READY)


def value(text: str) -> float:
    return float(re.search(r"−?\d+\.\d+", text)[0].replace("−", "-"))


def read(page: Page) -> list[tuple[float, float]]:
    """Of each line: its signed terms added up, and the value that it shows."""
    found = []
    for row in lines(page).locator(".line").all():
        signs = [int(t.get_attribute("data-sign")) for t in row.locator(".term").all()]
        terms = [value(text) for text in row.locator(".value").all_inner_texts()]
        total = sum(sign * term for sign, term in zip(signs, terms, strict=True))
        written = row.locator(".piece").all_inner_texts()
        minus = [text.startswith("−") for text in written]
        assert minus == [sign < 0 for sign in signs]
        found.append((total, value(row.locator(".sum b").inner_text())))
    return found


def test_the_terms_add_up_and_the_lines_stand_to_each_other_as_they_say(open_page):
    page = open_page(f"{PATH}?line=7", ready=READY)
    plane = page.locator('[data-testid="posterior"]')
    expect(plane).to_have_attribute("data-side", "161")
    before = read(page)[0][1]
    plane.focus()
    key(page, "Shift+ArrowRight")  # the figure above tells of its q
    gap, elbo = (float(plane.get_attribute(f"data-{name}")) for name in ("gap", "elbo"))
    rows = read(page)
    assert rows[0][1] == pytest.approx(gap, abs=0.0051)
    assert rows[0][1] != before
    assert rows[5][1] == pytest.approx(elbo, abs=0.0051)
    assert [total for total, _ in rows] == pytest.approx([sum_ for _, sum_ in rows], abs=0.026)
    expect(page).to_have_url(re.compile("elbo_q="))
    at_rest(page)  # from here on only this test tells
    for mean, cov in QS:
        facts = told(mean, cov)
        page.evaluate(TELL, facts)
        painted(page)
        terms, rows = facts["terms"], read(page)
        assert len(rows) == 7
        for total, shown in rows:
            assert total == pytest.approx(shown, abs=0.026)  # up to five rounded numbers
        shown = [sum_ for _, sum_ in rows]
        assert shown[:3] == pytest.approx([terms["gap"]] * 3, abs=0.0051)
        elbo = terms["logEvidence"] - terms["gap"]
        assert shown[3:6] == pytest.approx([-elbo, -elbo, elbo], abs=0.0051)
        decoded = WEIGHTS @ mean
        squared = ((IMAGE - decoded) ** 2).sum() + np.trace(WEIGHTS @ np.array(cov) @ WEIGHTS.T)
        last = -squared / (2 * NOISE) - terms["klPrior"]
        assert shown[6] == pytest.approx(last, abs=0.0051)
        notes = lines(page).locator(".sum .sub").all_inner_texts()
        assert value(notes[3]) == pytest.approx(terms["logEvidence"], abs=0.0051)
        assert value(notes[6]) == pytest.approx(-1.5 * np.log(2 * np.pi * NOISE), abs=0.0051)
    expect(page.locator(".st-key-figure_derivation .agree")).to_contain_text("less than 0.0001")


def test_lines_come_one_by_one_and_a_term_says_what_it_is(open_page):
    page = open_page(PATH, width=390, height=844, has_touch=True, is_mobile=True, ready=READY)
    figure = page.locator(".st-key-figure_derivation")
    expect(lines(page).locator(".line")).to_have_count(1)
    expect(figure.get_by_role("button", name="Back")).to_have_attribute("aria-disabled", "true")
    for _ in range(2):
        figure.get_by_role("button", name="Next line").tap()
    expect(lines(page).locator(".line")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"[?&]line=3"))
    expect(figure.locator(".spoken")).to_contain_text("Line 3")
    page.evaluate(TELL, told(*QS[0]))
    painted(page)
    counted = sent(page)
    row = lines(page).locator(".line").nth(2)
    row.locator(".term").nth(3).focus()
    expect(row.locator(".why")).to_contain_text("The evidence")
    key(page, "ArrowLeft")
    expect(row.locator(".why")).to_contain_text("how well draws from q decode")
    key(page, "ArrowLeft")
    key(page, "ArrowLeft")
    touched = lines(page).locator(".touched")
    expect(touched).to_have_count(2)  # E_q[log q] stands in lines 2 and 3
    assert set(touched.evaluate_all("all => all.map((e) => e.dataset.term)")) == {"log_q"}
    assert sent(page) == counted
    figure.get_by_role("button", name="All lines").tap()
    expect(lines(page).locator(".line")).to_have_count(7)
    expect(figure.get_by_role("button", name="Next line")).to_have_attribute(
        "aria-disabled", "true"
    )
    expect(page).to_have_url(re.compile(r"[?&]line=7"))
    assert figure.locator(".widget").evaluate("e => e.scrollWidth <= e.clientWidth")
    for piece in lines(page).locator(".piece").all():
        box = piece.bounding_box()
        assert box["x"] + box["width"] <= 390

"""Two estimators of one slope (chapter 9): closed forms, torch, numpy, and the hand."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import beyond, key, painted, sent, swipe
from ui.estimators import MODEL, OPENING, ROW
from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import negative_log_likelihood

PATH = "/reparametrisation"
READY = '[data-testid="estimators"]'
EPS, STEP = np.linspace(-8, 8, 3201, retstep=True)
WEIGHT = np.exp(-(EPS**2) / 2) / np.sqrt(2 * np.pi) * STEP
SETTINGS = [
    {"r": r, "mean": mean, "std": std, "omega": omega, "of": of, "baseline": baseline}
    for r, mean, std, omega in (
        ("decoder", 0.4, 0.3, 1), ("decoder", -1.1, 0.06, 1), ("decoder", 2.5, 0.8, 1),
        ("parabola", -0.7, 0.5, 1), ("cosine", 0.3, 0.4, 1.5), ("cosine", -2.0, 0.7, 6.0),
    )
    for of in ("mu", "std")
    for baseline in (False, True)
]  # fmt: skip
COVERED = """(canvas, [setting, seeds, count]) => {
  const tally = { score: { inside: 0, off: 0, wavers: 0 }, path: { inside: 0, off: 0, wavers: 0 } };
  for (let seed = 1; seed <= seeds; seed++) {
    const found = canvas.btp.estimate(setting, seed, count);
    for (const [name, sums] of Object.entries(tally)) {
      const { mean, error, variance } = found[name], off = mean - found.exact.truth;
      sums.inside += Math.abs(off) <= error;
      sums.off += off / Math.sqrt(found.exact[name] / count) / seeds;
      sums.wavers += variance / found.exact[name] / seeds;
    }
  }
  return tally;
}"""


def plane(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_estimators")


def q_of(page: Page) -> list[float]:
    return [float(part) for part in (plane(page).get_attribute("data-q") or "").split(",")]


def shown(page: Page, row: str) -> list[str]:
    """A row of the table: last draw, mean (with its interval), variance."""
    return [text.replace("−", "-") for text in figure(page).locator(f".{row} td").all_inner_texts()]


def press(page: Page, name: str) -> None:
    figure(page).get_by_role("button", name=name, exact=True).click()
    painted(page)


def choose(page: Page, name: str) -> None:
    figure(page).get_by_role("radio", name=name).check()
    painted(page)


def share(z: float, width: float) -> float:
    """Where z stands on the chart, as a share of its width."""
    return (34 + (width - 44) * (z / 3.4 + 1) / 2) / width


def decoder_along(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """−log p(x|z) at z = (t, μ₂), and its slope in t, by torch."""
    model = shipped(MODEL)
    network = Autoencoder(model.config, 64).load(model.weights).double()
    z = torch.tensor(np.stack([t, np.full_like(t, model.mu[ROW, 1])], 1), requires_grad=True)
    x = torch.tensor(model.data.x_train[ROW]).double().expand(len(t), -1)
    r = negative_log_likelihood(network.decode(z), x, model.config)
    (slope,) = torch.autograd.grad(r.sum(), z)
    return r.detach().numpy(), slope[:, 0].numpy()


def function_of(setting: dict[str, object], z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is averaged, and its slope."""
    if setting["r"] == "decoder":
        return decoder_along(z)
    if setting["r"] == "parabola":
        return (z - 1) ** 2, 2 * (z - 1)
    omega = setting["omega"]
    return np.cos(omega * z), -omega * np.sin(omega * z)


def single_draws(
    setting: dict[str, object], eps: np.ndarray, b: float
) -> tuple[np.ndarray, np.ndarray]:
    """What the score function and the path-wise way say of each draw."""
    std = setting["std"]
    r, slope = function_of(setting, setting["mean"] + std * eps)
    if setting["of"] == "mu":
        return (r - b) * eps / std, slope
    return (r - b) * (eps**2 - 1) / std, slope * eps


def closed_form(setting: dict[str, object]) -> float:
    mean, std, omega = setting["mean"], setting["std"], setting["omega"]
    if setting["r"] == "parabola":
        return 2 * (mean - 1) if setting["of"] == "mu" else 2 * std
    left = np.exp(-((omega * std) ** 2) / 2)
    sine = -omega * np.sin(omega * mean) * left
    return sine if setting["of"] == "mu" else -(omega**2) * std * np.cos(omega * mean) * left


def test_truth_and_variances_are_closed_forms_and_quadratures_and_nothing_is_biased(open_page):
    page = open_page(PATH, ready=READY)
    canvas = plane(page)
    places = np.linspace(-5, 5, 401)
    r, slope = decoder_along(places)
    sampled = "(c, all) => all.map((z) => [c.btp.value(z), c.btp.slope(z)])"
    seen = np.array(canvas.evaluate(sampled, places.tolist()))
    assert np.abs(seen[:, 0] - r).max() < 1e-3
    assert np.abs(seen[:, 1] - slope).max() < 0.1
    assert np.sqrt(((seen[:, 1] - slope) ** 2).mean()) < 0.01
    for setting in SETTINGS:
        exact = canvas.evaluate("(c, s) => c.btp.estimate(s, 1, 2).exact", setting)
        decoder = setting["r"] == "decoder"
        b = exact["baseline"] if setting["baseline"] else 0
        score, path = single_draws(setting, EPS, b)
        truth = WEIGHT @ path if decoder else closed_form(setting)
        assert exact["truth"] == pytest.approx(truth, rel=1e-3, abs=1e-3 if decoder else 1e-9)
        variances = [WEIGHT @ each**2 - truth**2 for each in (score, path)]
        near = 2e-3 if decoder else 5e-5
        assert [exact["score"], exact["path"]] == pytest.approx(variances, rel=near), setting
        for other in (b - 0.1, b + 0.1) if setting["baseline"] else ():
            worse, _ = single_draws(setting, EPS, other)
            assert WEIGHT @ worse**2 - truth**2 > variances[0]
        for name, tally in canvas.evaluate(COVERED, [setting, 400, 1000]).items():
            case = f"{name} of {setting}"
            assert 0.915 < tally["inside"] / 400 < 0.985, case  # .95 give or take 3 standard errors
            assert abs(tally["off"]) < 4 / np.sqrt(400), case  # mean of 400 standard scores
            assert tally["wavers"] == pytest.approx(1, abs=0.05), case


def test_every_number_shown_follows_from_the_draws(open_page):
    page = open_page(PATH, ready=READY, reduced_motion="reduce")
    canvas = plane(page)
    setting = {"r": "decoder", "mean": 0.4, "std": 0.3, "omega": 1.5, "of": "mu"}
    assert q_of(page) == [OPENING.mean, OPENING.std]
    press(page, "Draw 1")
    press(page, "Draw 10 000")
    eps = np.array(canvas.evaluate("c => c.btp.eps()"))
    assert len(eps) == 10_101
    z = 0.4 + 0.3 * eps[-1]
    last = figure(page).locator(".last .sub").inner_text().replace("−", "-")
    r, slope = (float(each[0]) for each in decoder_along(np.array([z])))
    said = [float(number) for number in re.findall(r"= (-?[\d.]+\d)", last)]
    assert said == pytest.approx([eps[-1], z, r, slope], abs=0.03)
    for baseline in (False, True):
        exact = canvas.evaluate("c => c.btp.exact")
        both = single_draws(setting, eps, exact["baseline"] if baseline else 0)
        for row, values in zip(("score", "path"), both, strict=True):
            one, mean, variance = shown(page, row)
            half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
            inside = abs(values.mean() - exact["truth"]) <= half
            assert float(one) == pytest.approx(values[-1], rel=0.01, abs=0.05)
            found = re.fullmatch(r"(\S+)\s*± (\S+), truth (inside|outside)", mean)
            assert found, mean
            assert float(found[1]) == pytest.approx(values.mean(), abs=0.06)
            assert float(found[2]) == pytest.approx(half, abs=0.006)
            assert found[3] == ("inside" if inside else "outside")
            assert float(variance) == pytest.approx(exact[row], rel=0.01)
            for group in canvas.evaluate(f"c => c.btp.groups.{row}"):
                whole = len(values) // group["L"] * group["L"]
                means = values[:whole].reshape(-1, group["L"]).mean(1)
                assert group["variance"] == pytest.approx(means.var(ddof=1), rel=5e-3)
        times = exact["score"] / exact["path"]
        expect(figure(page).locator(".note")).to_contain_text(
            f"worth {times:.{int(times < 9.95)}f} of"
        )
        if not baseline:
            before, spread = shown(page, "truth")[1], exact["score"]
            figure(page).get_by_role("switch").click()
            expect(page).to_have_url(re.compile("slope_b=1"))
            painted(page)
    assert shown(page, "truth")[1] == before
    assert exact["score"] < spread
    assert [g["L"] for g in canvas.evaluate("c => c.btp.groups.path")] == [1, 4, 16, 64, 256]
    press(page, "Start again")
    assert canvas.get_attribute("data-n") == "0"
    assert shown(page, "score")[:2] == ["–", "–"]
    press(page, "Draw 100")
    assert canvas.evaluate("c => c.btp.eps()") == eps[:100].tolist()
    for _ in range(2):
        press(page, "Draw 10 000")
    expect(figure(page).locator("[data-count='1']")).to_have_attribute("aria-disabled", "true")
    assert canvas.get_attribute("data-n") == "20000"

    # a mark that falls below the decade of its own line is still on the axis
    choose(page, "a parabola")
    canvas.focus()
    for _ in range(3):
        key(page, "ArrowDown")
    groups = canvas.evaluate("c => [...c.btp.groups.score, ...c.btp.groups.path]")
    low, high = canvas.evaluate("c => c.btp.falls")
    marks = [group["variance"] for group in groups]
    assert min(marks) < 1e-3 < canvas.evaluate("c => c.btp.exact.path") / 256
    assert [low, high] == pytest.approx([1e-4, 10 ** np.ceil(np.log10(max(marks)))])
    assert low <= min(marks)


def test_q_is_dragged_and_a_fast_wave_makes_the_score_function_win(open_page):
    page = open_page(PATH, ready=READY)
    canvas = plane(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    scale, height = (box["width"] - 44) / 6.8, box["height"]
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + box["width"] / 2 - 0.9 * scale, box["y"] + 60, steps=12)
    painted(page)
    assert q_of(page) == pytest.approx([-0.5, 0.3], abs=0.01)
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile("slope_q="))

    grip = height - 24 - 0.4 * (height - 38) * np.exp(-0.5)
    page.mouse.move(box["x"] + share(-0.2, box["width"]) * box["width"], box["y"] + grip)
    page.mouse.down()
    page.mouse.move(box["x"] + share(0.0, box["width"]) * box["width"], box["y"] + grip, steps=8)
    page.mouse.up()
    painted(page)
    assert q_of(page) == pytest.approx([-0.5, 0.5], abs=0.01)

    choose(page, "a wave")
    expect(figure(page).locator(".note")).to_contain_text("one path-wise draw is worth")
    frequency = figure(page).get_by_role("slider", name="Frequency ω")
    frequency.fill("3.5")
    expect(figure(page).locator(".note")).to_contain_text("the score function wins")
    frequency.press("ArrowRight")
    choose(page, "slope in σ")
    canvas.focus()
    key(page, "Shift+ArrowRight")
    key(page, "ArrowDown")
    expect(page).to_have_url(re.compile("slope_q=-0.16%2C0.48|slope_q=-0.16,0.48"))
    expect(figure(page).locator(".spoken")).to_contain_text("q has mean −0.16 and width 0.48")
    again = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    for name in ("data-q", "data-r", "data-omega", "data-of", "data-baseline"):
        assert plane(again).get_attribute(name) == canvas.get_attribute(name), name
    assert canvas.get_attribute("data-omega") == "3.6"
    assert shown(again, "truth") == shown(page, "truth")
    plane(again).focus()
    key(again, "Home")
    assert q_of(again) == [OPENING.mean, OPENING.std]


def test_a_finger_moves_q_as_far_as_it_goes_and_the_page_keeps_its_width(open_page):
    page = open_page(
        PATH + "?slope_q=9,9", width=390, height=844, has_touch=True, is_mobile=True, ready=READY
    )
    assert q_of(page) == [OPENING.mean, OPENING.std]
    width = plane(page).bounding_box()["width"]
    swipe(page, plane(page), (share(0.4, width), 0.3), (share(-0.9, width), 0.3))
    assert q_of(page)[0] == pytest.approx(-0.9, abs=0.1)
    swipe(page, plane(page), (0.1, 0.3), (0.99, 0.3))
    assert q_of(page)[0] == 2.5
    for wide in (390, 360):
        assert beyond(page, wide) <= 1
        assert figure(page).locator(".widget").evaluate("e => e.scrollWidth <= e.clientWidth")

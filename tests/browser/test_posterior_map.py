"""A real image's exact posterior on the latent plane, and Bayes' rule in numbers."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch.distributions import Normal

from tests.browser.conftest import decoded, key, maps, painted, pixels, sent, swipe, z_of
from ui.posterior import LEAST, MODELS
from ui.shipped import builtin_data, shipped
from vae_core import RunConfig
from vae_core.networks import Autoencoder
from vae_core.posterior import Grid, posterior_on

SEVENTH = "/probabilistic_model"
HANDLE = "Posterior’s likelihood variance c"
ROWS = (0, 17, 41, 101, 230)  # of the images kept aside


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_posterior")


def plane(page: Page) -> Locator:
    """The map, once its grid has been decoded as finely as every picture wants it."""
    canvas = maps(page).first
    expect(canvas).to_have_attribute("data-side", re.compile("161|321"))
    expect(canvas).to_have_attribute("data-working", "false")
    return canvas


def btp(page: Page, expression: str, argument: object = None) -> object:
    """What the figure offers in the console; `given` is the argument."""
    code = f"(canvas, given) => {{ const {{ btp }} = canvas; return {expression}; }}"
    return maps(page).first.evaluate(code, argument)


def network(name: str) -> tuple[Autoencoder, RunConfig]:
    model = shipped(MODELS[name])
    made = Autoencoder(model.config, model.data.x_train.shape[1]).load(model.weights)
    return made.double(), model.config


def ask(page: Page, x: np.ndarray) -> None:
    """Tell the page's figures of an image, as the pad does."""
    page.evaluate(
        """x => {
          const bus = window[Symbol.for("between-the-points.bus")], last = bus.last.get("input");
          const detail = { ...last, x: Float32Array.from(x), row: null, words: "a test" };
          bus.last.set("input", detail);
          bus.dispatchEvent(new CustomEvent("input", { detail }));
        }""",
        x.tolist(),
    )
    painted(page)


def set_c(page: Page, position: int) -> None:
    """Put the handle's thumb at a thousandth of its track."""
    page.get_by_role("slider", name=HANDLE).evaluate(
        "(input, at) => { input.value = at; input.dispatchEvent(new Event('input')); }", position
    )
    painted(page)


def test_evidence_mean_and_covariance_are_the_cores(open_page):
    page = open_page(SEVENTH)
    plane(page)
    made, config = network("trained")
    images = builtin_data("digits").x_val[list(ROWS)]
    for c in (0.1, 0.4):
        at = RunConfig.from_dict({**config.to_dict(), "c": c})
        exact = posterior_on(
            Grid(made, 241), torch.tensor(images), at
        )  # another grid than the page's
        for k, x in enumerate(images):
            found = btp(page, f"btp.evidence(given, {c})", x.tolist())
            assert found["logEvidence"] == pytest.approx(float(exact.log_evidence[k]), abs=1e-3)
            assert found["error"] < 0.01
            assert found["mean"] == pytest.approx(exact.mean[k].tolist(), abs=1e-3)
            assert np.array(found["cov"]) == pytest.approx(exact.covariance[k].numpy(), abs=1e-3)


def test_bayes_rule_holds_at_the_probe_and_is_what_is_shown(open_page):
    page = open_page(f"{SEVENTH}?posterior_z=-0.2,-0.9")
    canvas, (made, config) = plane(page), network("trained")
    assert z_of(canvas) == [-0.2, -0.9]
    x = builtin_data("digits").x_val[17]
    ask(page, x)
    mu = np.array(btp(page, "Array.from(btp.encode(given).mu)", x.tolist()))
    with torch.no_grad():
        assert mu == pytest.approx(
            made.encode(torch.tensor(x).double()[None])[0][0].numpy(), abs=1e-5
        )
    assert z_of(canvas) == pytest.approx(
        mu.tolist(), abs=1e-4
    )  # another image: the probe is on its μ
    evidence = float(posterior_on(Grid(made, 161), torch.tensor(x)[None], config).log_evidence)
    for z in (mu.tolist(), [0.0, 0.0], [1.5, -2.0]):
        with torch.no_grad():
            mean = made.decode(torch.tensor([z], dtype=torch.float64))[0]
        likelihood = Normal(mean, config.c**0.5).log_prob(torch.tensor(x).double()).sum()
        joint = float(likelihood + Normal(0.0, 1.0).log_prob(torch.tensor(z)).sum())
        terms = btp(page, f"btp.bayes({z})")
        assert terms["prior"] + terms["likelihood"] == pytest.approx(joint, abs=1e-3)
        assert terms["posterior"] == pytest.approx(joint - evidence, abs=2e-3)
    terms = {**btp(page, f"btp.bayes({z_of(canvas)})"), "evidence": evidence}
    for name, value in terms.items():
        shown = figure(page).locator(f".amount.{name}").inner_text().replace("−", "-")
        assert float(shown) == pytest.approx(value, abs=0.02)
    cells = figure(page).locator(".exact td").all_inner_texts()
    (a, b), (_, d) = btp(page, "btp.now.cov")
    mean = btp(page, "btp.now.mean")
    shown = [float(n) for n in re.findall(r"-?\d+\.\d+", " ".join(cells).replace("−", "-"))]
    assert shown == pytest.approx([*mean, a**0.5, d**0.5, b / (a * d) ** 0.5], abs=0.006)
    drawn = btp(page, "(({columns, rows, values}) => [columns, rows, [...values]])(btp.drawn())")
    columns, rows, values = (np.array(part) for part in drawn)
    values = values.reshape(len(rows), len(columns))
    places = np.argwhere(values > values.max() - 3)[
        ::97
    ]  # inside the outlines, between grid points
    assert len(places) > 5
    with torch.no_grad():
        z = torch.tensor(np.stack([columns[places[:, 1]], rows[places[:, 0]]], 1))
        likelihood = Normal(made.decode(z), config.c**0.5).log_prob(torch.tensor(x).double()).sum(1)
        exact = likelihood + Normal(0.0, 1.0).log_prob(z).sum(1)
    assert values[tuple(places.T)] == pytest.approx(exact.numpy(), abs=0.02)
    held = btp(
        page,
        "btp.now.levels.map((level) => btp.now.mass.reduce((sum, m, i) => "
        "sum + (btp.now.logJoint[i] > level ? m : 0), 0))",
    )
    assert held == pytest.approx([1 - np.exp(-0.5), 1 - np.exp(-2)], abs=0.02)


def test_the_probe_is_dragged_and_nothing_is_sent_until_it_is_let_go(open_page):
    page = open_page(SEVENTH)
    canvas = plane(page)
    canvas.scroll_into_view_if_needed()
    box, image = canvas.bounding_box(), pixels(decoded(page).first)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=10)
    painted(page)
    assert z_of(canvas) == pytest.approx([1.7, 1.7], abs=0.05)
    assert pixels(decoded(page).first) != image
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile("posterior_z="))
    again = open_page(page.url[page.url.index("/", 8) :])
    assert z_of(plane(again)) == z_of(canvas)
    canvas.focus()
    key(page, "Enter")
    assert z_of(canvas) == pytest.approx(btp(page, "btp.now.mean"), abs=6e-4)
    key(page, "Escape")
    expect(page).not_to_have_url(re.compile("posterior_z="))
    assert pixels(decoded(page).first) == image


def test_c_widens_refines_and_is_refused_where_the_grid_cannot_follow(open_page):
    page = open_page(SEVENTH)
    canvas, words = plane(page), figure(page).locator(".note")
    own, picture = np.sqrt(np.diag(btp(page, "btp.now.cov"))), pixels(canvas)
    set_c(page, 1000)
    assert canvas.get_attribute("data-c") == "1"
    assert (np.sqrt(np.diag(btp(page, "btp.now.cov"))) > 3 * own).all()
    expect(figure(page).locator(".encoder")).to_be_hidden()  # the encoder has no answer to this c
    expect(words).to_contain_text("trained with c = 0.1")
    set_c(page, 667)
    assert canvas.get_attribute("data-c") == "0.1"
    assert pixels(canvas) == picture  # nothing of the wide one stays behind
    set_c(page, 300)
    expect(canvas).to_have_attribute("data-side", "321")
    assert canvas.get_attribute("data-exact") == "true"
    assert (np.sqrt(np.diag(btp(page, "btp.now.cov"))) < own / 2).all()
    set_c(page, 0)
    expect(words).to_contain_text("too narrow for the finest grid")
    assert canvas.get_attribute("data-exact") == "false"
    assert figure(page).locator(".amount.evidence").inner_text() == "–"
    handle = page.get_by_role("slider", name=HANDLE)
    handle.focus()
    key(page, "End")
    expect(page).to_have_url(re.compile(r"posterior_c=1\b"))
    assert not re.search("nan|infinity", figure(page).inner_text(), re.IGNORECASE)


def test_a_link_with_a_small_c_reaches_its_finer_grid(open_page):
    page = open_page(f"{SEVENTH}?posterior_c=0.01")
    expect(plane(page)).to_have_attribute("data-side", "321")
    expect(plane(page)).to_have_attribute("data-exact", "true")
    expect(figure(page).locator(".note")).not_to_contain_text("Refining")


def test_far_at_the_border_and_collapsed_are_said(open_page):
    page = open_page(SEVENTH)
    canvas, words = plane(page), figure(page).locator(".note")
    frame = np.zeros((8, 8))
    frame[[0, -1]] = frame[:, [0, -1]] = 1
    ask(page, frame.ravel())
    expect(words).to_contain_text(
        f"no training image is below {LEAST['trained']:.1f}".replace("-", "−")
    )
    made, _ = network("trained")
    with torch.no_grad():
        ask(page, made.decode(torch.tensor([[9.0, 4.0]], dtype=torch.float64))[0].numpy())
    expect(words).to_contain_text("of the posterior lies beyond the plane")
    assert figure(page).locator(".amount.evidence").inner_text() == "–"
    figure(page).get_by_role("radio", name="Collapsed").check(force=True)
    expect(words).to_contain_text("The posterior is the prior")
    plane(page)
    assert np.array(btp(page, "btp.now.cov")) == pytest.approx(np.eye(2), abs=0.1)
    assert float(canvas.get_attribute("data-c")) == 1
    expect(page).to_have_url(re.compile("posterior_model=collapsed"))


def test_a_finger_draws_and_the_posterior_follows(open_page):
    page = open_page(SEVENTH, width=390, height=844, has_touch=True, is_mobile=True)
    canvas = plane(page)
    before = btp(page, "btp.now.mean")
    pad = page.get_by_test_id("draw-pad")
    swipe(page, pad, (0.5, 0.1), (0.5, 0.9))
    assert btp(page, "btp.now.mean") != pytest.approx(before, abs=0.05)
    assert z_of(canvas) == pytest.approx(
        btp(page, "Array.from(btp.encode(btp.now.x).mu)"), abs=1e-4
    )
    swipe(page, canvas, (0.5, 0.5), (0.3, 0.3))
    x, y = z_of(canvas)
    assert x < -0.8
    assert y > 0.8
    expect(page).to_have_url(re.compile("posterior_z="))

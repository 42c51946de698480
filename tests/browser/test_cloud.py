"""The cloud of one input on chapter 5's map: encoded, drawn from, decoded, paid for."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    CHAPTER,
    decoded,
    drag,
    key,
    maps,
    painted,
    pixels,
    press,
    sent,
    status,
    z_of,
)  # fmt: skip
from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import kl_to_prior, negative_log_likelihood
from vae_core.training import encode

OBJECTIVE = Path(__file__).parents[2] / "ui" / "widgets" / "shared" / "objective.js"
TELL = """([dataset, x, row, words, drawing]) => {
  const bus = window[Symbol.for("between-the-points.bus")], side = Math.sqrt(x.length);
  const detail = {x: Float32Array.from(x), row, words, drawing, dataset, shape: [side, side],
                  answer: Float32Array.from(x, (value) => 0.8 * value)};
  bus.last.set("input", detail);
  bus.dispatchEvent(new CustomEvent("input", {detail}));
}"""
CLOUD = """canvas => {
  const cloud = canvas.btp.cloud();
  return cloud && {mu: [...cloud.mu], std: [...cloud.std], draws: cloud.draws, inside: cloud.inside,
    kl: cloud.kl, recon: cloud.recon(), pulls: cloud.variational && cloud.pulls(1),
    model: canvas.dataset.model, z: canvas.dataset.z.split(",").map(Number)};
}"""
TOLD = """window[Symbol.for("between-the-points.bus")]?.last.get("input") != null"""
_seeds = itertools.count(5000)


@pytest.fixture
def chapter(open_page):
    """Open chapter 5 and wait until its pad has said the first image."""

    def opened(query: str = "", **options: object) -> Page:
        page = open_page(CHAPTER + query, **options)
        expect(page.locator('[data-testid="draw-pad"]')).to_be_visible()
        page.wait_for_function(TOLD)
        return page

    return opened


def tell(page: Page, x: np.ndarray, row: int | None = None, **more: object) -> None:
    """Say to the page's figures what a pad says: x (d,) in [0, 1]."""
    told = {"dataset": "digits", "words": "your drawing", "drawing": False, **more}
    page.evaluate(TELL, [told["dataset"], x.tolist(), row, told["words"], told["drawing"]])
    painted(page)


def scribbles(n: int, seed: int = 0) -> np.ndarray:
    """Inputs (n, 64) no training image looks like, in sixteenths as the pad makes them."""
    grey = np.random.default_rng(seed).integers(0, 17, (n, 64)) / 16
    return grey.astype(np.float32)


def cloud_of(page: Page) -> dict:
    return maps(page).first.evaluate(CLOUD)


def draw(page: Page, what: str) -> None:
    """Press "Draw z" or "Draw 100"."""
    page.get_by_role("button", name=what, exact=True).click()
    painted(page)


def strip(page: Page, selector: str) -> Locator:
    return page.locator(f".below {selector}")


def test_the_objective_in_the_browser_is_torchs(browser):
    source = OBJECTIVE.read_text()
    config = shipped("digits-vae-beta1").config
    rng = np.random.default_rng(1)
    mu, std = rng.normal(size=2), rng.uniform(0.01, 2, 2)
    x, output = rng.uniform(size=64), rng.normal(size=64) * 30
    x[:3] = 0, 1, 0.5
    page = browser.new_page()
    ours = page.evaluate(
        f"([mu, std, x, output]) => {{ {source}; const c = 0.3;"
        "const mean = output.map((value) => 1 / (1 + Math.exp(-value / 30)));"
        "return [klToPrior(mu, std), klTerms(mu, std), entropyFloor(x),"
        "negativeLogLikelihoodOfOutput(output, x, {likelihood: 'bernoulli'}),"
        "negativeLogLikelihoodOfOutput(output, x, {likelihood: 'gaussian', c}),"
        "negativeLogLikelihood(mean, x, {likelihood: 'bernoulli'}),"
        "negativeLogLikelihood(output, x, {likelihood: 'gaussian', c})]; }",
        [mu.tolist(), std.tolist(), x.tolist(), output.tolist()],
    )
    page.close()
    kl = torch.distributions.kl_divergence(
        torch.distributions.Normal(torch.tensor(mu), torch.tensor(std)),
        torch.distributions.Normal(0.0, 1.0),
    )
    assert ours[0] == pytest.approx(kl.sum().item(), rel=1e-9)
    assert [term["total"] for term in ours[1]] == pytest.approx(kl.tolist(), rel=1e-9)
    entropy = torch.distributions.Bernoulli(torch.tensor(x)).entropy()
    assert ours[2] == pytest.approx(entropy.sum().item(), rel=1e-6)
    images, outputs = torch.tensor(x)[None], torch.tensor(output)[None]
    assert ours[3] == pytest.approx(negative_log_likelihood(outputs, images, config).item())
    assert ours[5] == pytest.approx(negative_log_likelihood(outputs / 30, images, config).item())
    normal = torch.distributions.Normal(outputs, 0.3**0.5).log_prob(images).sum().item()
    assert ours[4] == ours[6] == pytest.approx(-normal)


def test_an_input_is_encoded_live_without_the_server_and_the_probe_stands_on_its_centre(chapter):
    page = chapter()
    expect(maps(page).first).to_have_attribute("data-ready", "true")
    counted = sent(page)
    model = shipped("digits-vae-beta1")
    x = scribbles(6)
    mu, std = encode(model.config, model.weights, x)
    for row in range(6):
        tell(page, x[row], drawing=True)
        cloud = cloud_of(page)
        assert cloud["mu"] == pytest.approx(mu[row].tolist(), rel=1e-5, abs=1e-5)
        assert cloud["std"] == pytest.approx(std[row].tolist(), rel=1e-5, abs=1e-5)
        assert cloud["z"] == pytest.approx(mu[row].tolist(), abs=6e-5)
    assert sent(page) == counted


def test_draws_are_counted_as_numpy_counts_them_and_hold_39_and_86_per_cent(chapter):
    page = chapter()
    tell(page, scribbles(1, seed=4)[0])
    for _ in range(20):
        draw(page, "Draw 100")
    draw(page, "Draw z")
    cloud = cloud_of(page)
    z, mu, std = (np.array(cloud[name]) for name in ("draws", "mu", "std"))
    radius = np.linalg.norm((z.reshape(-1, 2) - mu) / std, axis=1)
    n = len(radius)
    assert n == 2001
    for sigma, counted, expected in zip((1, 2), cloud["inside"], (0.3935, 0.8647), strict=True):
        near = np.abs(radius - sigma) < 1e-5  # the browser counts before it rounds z
        assert abs(counted - (radius <= sigma).sum()) <= near.sum()
        error = np.sqrt(expected * (1 - expected) / n)
        assert counted / n == pytest.approx(expected, abs=4 * error)
        row = strip(page, f".inside{sigma}")
        expect(row).to_contain_text(f"{counted} of 2001")
        expect(row).to_contain_text(f"{100 * expected:.0f} %")
    assert n == len(np.unique(z.reshape(-1, 2), axis=0))


def test_reconstruction_and_kl_of_the_image_are_torchs(chapter):
    page = chapter()
    model = shipped("digits-vae-beta1")
    network = Autoencoder(model.config, 64).load(model.weights)
    x = torch.from_numpy(scribbles(1, seed=5))
    tell(page, x[0].numpy())
    the_reconstruction_is_that_of_the_centre(page, network, x)
    draw(page, "Draw 100")
    cloud = cloud_of(page)
    z = torch.tensor(cloud["draws"]).reshape(-1, 2)
    with torch.no_grad():
        losses = negative_log_likelihood(network.decode(z), x.expand(100, -1), model.config)
        kl = kl_to_prior(*network.encode(x)).item()
    assert cloud["recon"]["mean"] == pytest.approx(losses.mean().item(), rel=1e-5)
    assert cloud["recon"]["error"] == pytest.approx(losses.std().item() / 10, rel=1e-3)
    assert cloud["kl"] == pytest.approx(kl, rel=1e-5)
    shown = {
        name: strip(page, f"[data-cell={name}]").inner_text() for name in ("recon", "kl", "loss")
    }
    assert shown["recon"] == f"{losses.mean().item():.1f}"
    assert shown["kl"] == f"{kl:.2f}"
    assert shown["loss"] == f"{losses.mean().item() + kl:.1f}"
    above = losses.mean().item() - torch.distributions.Bernoulli(x).entropy().sum().item()
    expect(strip(page, "[data-cell=recon-gloss]")).to_contain_text(f"{above:.1f} above the floor")
    expect(strip(page, ".set")).to_contain_text("297 kept aside")
    expect(strip(page, "[data-cell=set-kl]")).to_have_text("3.23")


def the_reconstruction_is_that_of_the_centre(page: Page, network: Autoencoder, x) -> None:
    """As long as nothing has been drawn; and it says so."""
    with torch.no_grad():
        output = network.decode(network.encode(x)[0])
        loss = negative_log_likelihood(output, x, shipped("digits-vae-beta1").config).item()
    expect(strip(page, "[data-cell=recon]")).to_have_text(f"{loss:.1f}")
    expect(strip(page, "[data-cell=recon-gloss]")).to_contain_text("at μ, nothing drawn yet")
    expect(strip(page, ".cost")).to_have_text(f"costs {loss:.1f} nats")


def test_the_pulls_on_the_centre_are_the_gradients_of_both_terms(chapter):
    page = chapter()
    model = shipped("digits-vae-beta1")
    network = Autoencoder(model.config, 64).load(model.weights)
    x = torch.from_numpy(model.data.x_train[36:37].copy())
    tell(page, x[0].numpy(), row=36)
    pulls = cloud_of(page)["pulls"]
    mu, logvar = (part.detach() for part in network.encode(x))
    mu.requires_grad_()
    eps = torch.randn(40_000, 2, generator=torch.Generator().manual_seed(0))
    output = network.decode(mu + torch.exp(0.5 * logvar) * eps)
    losses = negative_log_likelihood(output, x.expand(len(eps), -1), model.config)
    recon = torch.autograd.grad(losses.mean(), mu)[0][0]
    kl = torch.autograd.grad(kl_to_prior(mu, logvar).sum(), mu)[0][0]
    assert pulls["recon"] == pytest.approx((-recon).tolist(), abs=0.1)
    assert pulls["kl"] == pytest.approx((-kl).tolist(), rel=1e-5)


def test_a_press_continues_the_count_and_another_image_begins_it_again(chapter):
    page = chapter()
    x = scribbles(2, seed=7)
    tell(page, x[0])
    draw(page, "Draw z")
    draw(page, "Draw z")
    assert len(cloud_of(page)["draws"]) == 4
    tell(page, x[0])  # the pad says the same once more: nothing is lost
    assert len(cloud_of(page)["draws"]) == 4
    tell(page, x[1])
    assert cloud_of(page)["draws"] == []
    expect(strip(page, ".inside1")).to_contain_text("0 of 0")


def test_every_draw_is_shown_decoded_on_the_probe_and_kept_in_the_link(chapter):
    page = chapter()
    tell(page, scribbles(1, seed=8)[0])
    seen = {pixels(decoded(page).first)}
    for _ in range(3):
        draw(page, "Draw z")
        seen.add(pixels(decoded(page).first))
    assert len(seen) == 4
    last = cloud_of(page)["draws"][-2:]
    assert z_of(maps(page).first) == pytest.approx(last, abs=1e-3)
    expect(page).to_have_url(
        re.compile(f"[?&]z={round(last[0], 3):g}%2C{round(last[1], 3):g}(&|$)")
    )
    z = z_of(maps(page).first)
    page.reload()
    expect(maps(page).first).to_have_attribute("data-ready", "true")
    page.wait_for_function(TOLD)
    painted(page)
    assert z_of(maps(page).first) == pytest.approx(z, abs=1e-3)


def test_the_four_steps_move_the_figure_and_say_what_they_are(chapter):
    page = chapter()
    tell(page, scribbles(1, seed=9)[0])
    told, said, pictures = strip(page, ".told"), set(), set()
    for step, name in enumerate(("Encode", "Draw", "Decode", "Send back"), start=1):
        page.get_by_role("button", name="Next").click()
        painted(page)
        button = page.get_by_role("button", name=f"{step} {name}")
        expect(button).to_have_attribute("aria-pressed", "true")
        said.add(told.inner_text())
        pictures.add(pixels(maps(page).first))
        assert len(cloud_of(page)["draws"]) == (0 if step == 1 else 2)
    assert len(said) == 4
    assert len(pictures) >= 3  # the third lights up the strip, not the map


def test_the_walk_takes_over_and_gives_back(chapter):
    page = chapter()
    tell(page, scribbles(1, seed=10)[0])
    centre = z_of(maps(page).first)
    page.get_by_role("slider", name="Interpolation").focus()
    key(page, "PageUp")
    assert z_of(maps(page).first) != centre
    expect(page.get_by_role("radio", name="A walk from A to B")).to_be_checked()
    expect(page).to_have_url(re.compile(r"[?&]walk=0\.1"))
    expect(page.get_by_role("button", name="Draw 100", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="One cloud").focus()
    page.keyboard.press("Space")
    painted(page)
    expect(page.get_by_role("button", name="Draw 100", exact=True)).to_be_visible()
    assert z_of(maps(page).first) == pytest.approx(centre, abs=1e-4)


def test_a_link_to_a_walk_opens_the_walk_whatever_the_pad_says(chapter):
    page = chapter("?picks=5,9&walk=0")
    expect(page.get_by_role("radio", name="A walk from A to B")).to_be_checked()
    mu = shipped("digits-vae-beta1").mu[5]
    assert z_of(maps(page).first) == pytest.approx(mu.tolist(), abs=1e-4)


def test_clouds_are_added_one_by_one_first_those_of_the_same_class(chapter):
    page = chapter()
    data = shipped("digits-vae-beta1").data
    row = int(np.argmax(data.y_train == 7))
    tell(page, data.x_train[row], row=row)
    handle = page.get_by_role("slider", name="Clouds on the map")
    head = page.locator(".head.codes")
    shown: list[list[int]] = []
    for many, words in ((1, "this image"), (3, "this image and 2 of class 7"), (40, "40 images")):
        handle.fill(str(many))
        painted(page)
        expect(head).to_contain_text(f"of {words} at 1σ")
        shown.append(maps(page).first.evaluate("canvas => canvas.btp.crowd()"))
        assert len(set(shown[-1])) == many - 1
    assert shown[1] == shown[2][:2]
    assert (data.y_train[shown[1]] == 7).all()
    assert len(set(data.y_train[shown[2]].tolist())) == 10
    handle.focus()
    key(page, "End")
    assert len(maps(page).first.evaluate("canvas => canvas.btp.crowd()")) == 199


def test_the_cloud_of_the_same_image_follows_the_training(chapter):
    page = chapter(f"?seed={next(_seeds)}&epochs=400")
    x = scribbles(1, seed=11)[0]
    tell(page, x)
    press(page, "train")
    expect(status(page)).to_have_text(re.compile("^training · epoch [1-9]"))
    seen = {}
    for _ in range(2):
        model = maps(page).first.get_attribute("data-model")
        expect(maps(page).first).not_to_have_attribute("data-model", model)
        answer = maps(page).first.evaluate(
            f"(canvas, x) => [({CLOUD})(canvas), [...canvas.btp.encode(x).mu]]", x.tolist()
        )
        cloud, mu = answer
        assert cloud["mu"] == pytest.approx(mu, abs=1e-6)
        assert cloud["z"] == pytest.approx(mu, abs=6e-5)
        seen[cloud["model"]] = tuple(mu)
    assert len(set(seen.values())) == 2
    press(page, "stop")


def test_clouds_too_small_collapsed_or_absent_are_explained(chapter):
    x = scribbles(1, seed=12)[0]
    page = chapter("?beta=0")
    tell(page, shipped("digits-vae-beta0").data.x_train[0], row=0)
    expect(strip(page, ".note")).to_contain_text("dotted ring")
    page.get_by_role("button", name="Zoom to it").click()
    expect(strip(page, ".note")).to_be_hidden()
    tell(page, x)
    expect(strip(page, ".note")).to_contain_text("outside the square")
    page = chapter("?beta=30")
    tell(page, x)
    expect(strip(page, ".note")).to_contain_text("the prior itself")
    page = chapter("?model=ae")
    tell(page, x)
    expect(strip(page, ".told")).to_contain_text("a single point")
    expect(page.get_by_role("button", name="Draw 100", exact=True)).to_be_hidden()
    mu, _ = encode(shipped("digits-ae").config, shipped("digits-ae").weights, x[None])
    assert cloud_of(page)["mu"] == pytest.approx(mu[0].tolist(), rel=1e-5)
    assert maps(page).first.evaluate("canvas => canvas.btp.crowd()") == []
    press(page, "picture_beta1")
    expect(page.get_by_role("button", name="Draw 100", exact=True)).to_be_visible()
    assert len(maps(page).first.evaluate("canvas => canvas.btp.crowd()")) == 39


def test_an_input_that_does_not_fit_the_model_is_no_error_and_no_cloud(chapter):
    page = chapter()
    tell(page, np.zeros(784, np.float32), dataset="shapes")
    assert cloud_of(page) is None
    expect(strip(page, "[data-testid=decoded]")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    drag(page, maps(page).first, (0.3, 0.3), (0.6, 0.6))
    tell(page, scribbles(1)[0])
    assert cloud_of(page) is not None


def test_a_finger_and_a_key_draw_too(chapter):
    page = chapter(width=390, height=900, has_touch=True)
    tell(page, scribbles(1, seed=13)[0])
    button = page.get_by_role("button", name="Draw z", exact=True)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box["height"] >= 40
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    painted(page)
    assert len(cloud_of(page)["draws"]) == 2
    button.focus()
    key(page, "Enter")
    assert len(cloud_of(page)["draws"]) == 4
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_a_link_shows_as_many_clouds(open_page):
    page = open_page(CHAPTER)
    handle = page.get_by_role("slider", name="Clouds on the map")
    handle.focus()
    key(page, "Home")
    expect(page).to_have_url(re.compile(r"clouds=1\b"))
    other = open_page(page.url[page.url.index("/", 8) :])
    expect(other.get_by_role("slider", name="Clouds on the map")).to_have_value("1")
    assert maps(other).first.evaluate("canvas => canvas.btp.crowd()") == []

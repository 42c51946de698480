"""The graph of chapter 9: its numbers are torch's, its edges and its source light each other."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import at_rest, key, painted, sent
from ui.networks import LISTING, MODEL, PARTS, lines_of
from ui.pad import first_row
from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import kl_to_prior, negative_log_likelihood, squared_error

NINTH = "/reparametrisation"
READY = '[data-testid="networks"]'
CLOSE = {"rel": 1e-5, "abs": 1e-5}
HIDDEN = [f"{letter}{k}" for letter in "ed" for k in (1, 2, 3)]


def canvas(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_networks")


def part(page: Page, name: str) -> Locator:
    return figure(page).locator(f"svg [data-part={name}]")


def btp(page: Page, expression: str, argument: object = None) -> object:
    """What the figure offers in the console; typed arrays come as lists."""
    script = f"""(canvas, argument) => {{ const {{ btp }} = canvas;
      return JSON.parse(JSON.stringify({expression}, (_, value) =>
        ArrayBuffer.isView(value) ? [...value] : value)); }}"""
    return canvas(page).evaluate(script, argument)


def link(seed: int = 1, name: str = "e1", unit: int = 0, back: int = 0, inside: int = 0) -> str:
    return f"{NINTH}?net={seed},{PARTS.index(name)},{unit},{back},{inside}"


def first_image() -> np.ndarray:
    data = shipped(MODEL).data
    return data.x_train[first_row(data)]


def there_and_back(x: np.ndarray, eps: list[float], inside: bool) -> tuple[dict, dict]:
    """The same by torch: every value, and by autograd every slope, before the activations."""
    model = shipped(MODEL)
    network = Autoencoder(model.config, len(x)).load(model.weights)
    values: dict[str, torch.Tensor] = {"x": torch.from_numpy(np.array(x, np.float32))[None]}
    before = {}

    def through(value: torch.Tensor, layers: list, letter: str) -> torch.Tensor:
        for k, layer in enumerate(layers, 1):
            before[f"{letter}{k}"] = layer(value)
            value = values[f"{letter}{k}"] = network.activation(before[f"{letter}{k}"])
        return value

    code = through(values["x"], list(network.encoder), "e")
    mu, logvar = network.mu(code), network.logvar(code)
    std, noise = torch.exp(0.5 * logvar), torch.tensor([eps], dtype=torch.float32)
    z = mu + std * noise
    z = z.detach().requires_grad_() if inside else z
    x_hat = network.output(through(z, list(network.decoder)[:-1], "d"))
    values |= {"mu": mu, "logvar": logvar, "std": std, "z": z, "x_hat": x_hat}
    before |= {"mu": mu, "logvar": logvar, "z": z, "x_hat": x_hat}
    recon, kl = negative_log_likelihood(x_hat, values["x"], model.config), kl_to_prior(mu, logvar)
    reached = torch.autograd.grad(recon.sum() + kl.sum(), list(before.values()))
    slopes = {name: slope[0].numpy() for name, slope in zip(before, reached, strict=True)}
    numbers = {name: value[0].detach().numpy() for name, value in values.items()}
    squares = squared_error(x_hat, values["x"])
    ends = {"squares": squares, "kl": kl, "elbo": -(recon + kl)}
    return numbers | {name: float(end.detach()) for name, end in ends.items()}, slopes


def assert_same(found: dict, values: dict, slopes: dict, case: object) -> None:
    for name in ["x", *HIDDEN, "mu", "logvar", "std", "z", "x_hat"]:
        assert found["values"][name] == pytest.approx(values[name], **CLOSE), (case, name)
    for name in [*HIDDEN, "mu", "logvar", "z", "x_hat"]:
        size = max(1, np.abs(slopes[name]).max())
        assert np.abs(np.subtract(found["slopes"][name], slopes[name])).max() < 1e-5 * size, (
            case, name,
        )  # fmt: skip
    numbers = found["values"]
    assert numbers["C"] == pytest.approx(5)
    for name in ("squares", "kl"):
        assert numbers[name] == pytest.approx(values[name], **CLOSE), (case, name)
    assert numbers["kl_mu"] == pytest.approx((values["mu"] ** 2).sum() / 2, **CLOSE)
    assert numbers["loss"] == pytest.approx(5 * values["squares"] + values["kl"], **CLOSE)
    assert numbers["loss"] + numbers["constant"] == pytest.approx(-values["elbo"], **CLOSE)


def test_values_and_slopes_are_torchs_for_any_image_and_throw(open_page):
    page = open_page(link(seed=4), ready=READY)
    shown = btp(page, "btp")
    assert_same(shown, *there_and_back(first_image(), shown["values"]["eps"], False), "shown")
    data, chance = shipped(MODEL).data, np.random.default_rng(0)
    images = [*data.x_val[:3], np.zeros(64), np.ones(64), chance.uniform(0, 1, 64)]
    for row, x in enumerate(images):
        for inside in (False, True):
            eps = chance.normal(size=2).tolist()
            asked = [np.array(x, np.float32).tolist(), eps, inside]
            found = btp(page, "btp.see(...argument)", asked)
            assert_same(found, *there_and_back(x, eps, inside), (row, inside))
    assert_recon_stops_where_the_draw_is(found["slopes"], found["values"])


def assert_recon_stops_where_the_draw_is(slopes: dict, values: dict) -> None:
    """Inside: nothing of the reconstruction; what is left are KL's own slopes."""
    assert slopes["mu_recon"] == slopes["logvar_recon"] == [0, 0]
    assert slopes["mu"] == pytest.approx(values["mu"], rel=1e-6)
    half = [(std**2 - 1) / 2 for std in values["std"]]
    assert slopes["logvar"] == pytest.approx(half, rel=1e-5)


def test_a_part_lights_its_lines_and_a_line_its_parts(open_page):
    page = open_page(NINTH, ready=READY)
    at_rest(page)
    before = sent(page)
    told = [
        piece for function in LISTING for line in lines_of(function) for piece in line["pieces"]
    ]
    pieces = figure(page).locator(".piece")
    texts = [piece["text"] for piece in told if piece["parts"]]
    assert pieces.all_inner_texts() == texts
    for name in PARTS:
        part(page, name).locator(".box").hover(force=True)
        expect(part(page, name)).to_have_class(re.compile(r"\blit\b"))
        lit = [piece["text"] for piece in told if name in piece["parts"]]
        assert figure(page).locator(".piece.lit").all_inner_texts() == lit, name
    for k, piece in enumerate(piece for piece in told if piece["parts"]):
        pieces.nth(k).hover()
        own = piece["parts"][:3] if piece["parts"][0] in ("e1", "d1") else piece["parts"][:1]
        lit = figure(page).locator("svg .part.lit")
        for name in own:
            expect(lit.and_(part(page, name)), piece["text"]).to_be_visible()
        expect(lit, piece["text"]).to_have_count(len(own))
    assert sent(page) == before, "looking at a part is nobody's business but the reader's"


def test_the_keyboard_reaches_parts_units_and_lines(open_page):
    page = open_page(link(name="e1", unit=0), ready=READY)
    part(page, "e1").focus()
    for _ in range(3):
        key(page, "ArrowRight")
    expect(canvas(page)).to_have_attribute("data-unit", "3")
    weight = shipped(MODEL).weights["encoder.0.weight"]
    assert_printed(page, weight[3])
    key(page, "ArrowLeft")
    assert_printed(page, weight[2])
    for _ in range(3):
        key(page, "ArrowDown")
    expect(canvas(page)).to_have_attribute("data-part", "mu")
    expect(figure(page).locator(".piece.lit")).to_have_text(["mu = self.mu(x)"])
    expect(figure(page).locator(".spoken")).to_contain_text("Mean μ, 1 of 2: μ₁ = ")
    expect(page).to_have_url(page_url(1, "mu", 0))
    figure(page).locator(".piece").first.focus()
    key(page, "ArrowDown")
    expect(figure(page).locator("svg .lit.part")).to_have_count(3)


def page_url(seed: int, name: str, unit: int, back: int = 0, inside: int = 0) -> re.Pattern[str]:
    state = ",".join(map(str, (seed, PARTS.index(name), unit, back, inside)))
    return re.compile(f"net={state.replace(',', '(,|%2C)')}")


def assert_printed(page: Page, weights: np.ndarray) -> None:
    """The unit's picture: mid-grey is 0, and the rest goes as its weights do."""
    painted(page)
    shown = (
        figure(page)
        .locator(".picture canvas")
        .evaluate(
            "c => [...c.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, i) => !(i % 4))"
        )
    )
    ink = np.array(shown, float)
    paper, dark = 252, 34  # the theme's, red channel
    expected = paper + (dark - paper) * (1 + weights / np.abs(weights).max()) / 2
    np.testing.assert_allclose(ink, expected, atol=1.5)


def test_backward_the_draw_breaks_the_way_and_the_dice_outside_mend_it(open_page):
    page = open_page(link(seed=3, name="mu", back=1), ready=READY)
    values, slopes = there_and_back(first_image(), btp(page, "btp.values.eps"), False)
    rows = figure(page).locator(".slopes tbody tr")
    together = [read(text) for text in rows.locator("td:last-child").all_inner_texts()]
    assert together == pytest.approx([*slopes["mu"], *slopes["logvar"]], abs=6e-4)
    half = [*values["mu"], *((values["std"] ** 2 - 1) / 2)]
    kl = [read(text) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert kl == pytest.approx(half, abs=6e-4)
    expect(figure(page).locator(".break").first).to_be_hidden()
    figure(page).get_by_text("Draw inside").click()
    expect(figure(page).locator(".break")).to_have_count(2)
    expect(figure(page).locator(".break").last).to_be_visible()
    expect(part(page, "eps")).to_be_hidden()
    expect(rows.locator("td:nth-child(2)")).to_have_text(["nothing"] * 4)
    assert rows.locator("td:last-child").all_inner_texts() == (
        rows.locator("td:nth-child(3)").all_inner_texts()
    )
    expect(page).to_have_url(page_url(3, "mu", 0, 1, 1))
    figure(page).get_by_text("Dice outside").click()
    expect(figure(page).locator(".break").last).to_be_hidden()


def read(text: str) -> float:
    """A number as it is shown."""
    return float(text.replace("−", "-"))


def test_a_throw_changes_what_comes_after_it_and_a_reload_keeps_it(open_page):
    page = open_page(link(name="loss"), ready=READY)
    before = btp(page, "btp.values")
    figure(page).get_by_role("button", name="Throw the dice").click()
    expect(canvas(page)).to_have_attribute("data-seed", "2")
    after = btp(page, "btp.values")
    for name in ("e1", "mu", "std", "kl"):
        assert after[name] == before[name]
    assert all(after[name] != before[name] for name in ("eps", "z", "d1", "x_hat", "loss"))
    shown = [read(text) for text in figure(page).locator(".equation b").all_inner_texts()]
    values, _ = there_and_back(first_image(), after["eps"], False)
    sum_ = 5 * values["squares"] + values["kl"]
    assert shown == pytest.approx(
        [sum_, 5, values["squares"], values["kl"], -values["elbo"]], abs=6e-3
    )
    expect(page).to_have_url(page_url(2, "loss", 0))
    page.reload()
    expect(canvas(page)).to_have_attribute("data-ready", "true")
    expect(canvas(page)).to_have_attribute("data-seed", "2")
    assert btp(page, "btp.values.eps") == after["eps"]


def test_the_pads_image_runs_through_the_graph_at_once(open_page):
    page = open_page(NINTH, ready=READY)
    at_rest(page)
    x = shipped(MODEL).data.x_val[5]
    tell = """(x, words) => {
      const bus = window[Symbol.for("between-the-points.bus")];
      bus.dispatchEvent(new CustomEvent("input", { detail: x && {
        x: Float32Array.from(x), words, dataset: words } }));
    }"""
    page.evaluate(f"x => ({tell})(x, 'digits')", x.tolist())
    painted(page)
    shown = btp(page, "btp")
    assert_same(shown, *there_and_back(x, shown["values"]["eps"], False), "told")
    for other in ("null", str([0.5] * 784)):  # no image any more, or one of other data
        page.evaluate(f"() => ({tell})({other}, 'shapes')")
        painted(page)
        assert btp(page, "btp.values.x") == pytest.approx(first_image(), abs=1e-7)


def test_on_a_phone_the_graph_stands_upright_and_a_finger_chooses_a_cell(open_page):
    page = open_page(NINTH, width=390, height=844, ready=READY, has_touch=True, is_mobile=True)
    box = figure(page).locator(".graph").bounding_box()
    assert box["height"] > 2 * box["width"]
    tall = [part(page, name).locator(".box").bounding_box()["y"] for name in PARTS[:4]]
    assert tall == sorted(tall)
    listing = figure(page).locator(".listing").bounding_box()
    assert listing["y"] > box["y"] + box["height"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    strip = part(page, "d3").locator(".box")
    strip.evaluate("strip => strip.scrollIntoView({ block: 'center' })")
    place, unit = strip.bounding_box(), 64 + 9  # the tenth cell of the second row
    page.touchscreen.tap(
        place["x"] + place["width"] * 9.5 / 64, place["y"] + place["height"] * 0.75
    )
    expect(canvas(page)).to_have_attribute("data-part", "d3")
    expect(canvas(page)).to_have_attribute("data-unit", str(unit))
    assert_printed(page, shipped(MODEL).weights["decoder.3.weight"][:, unit])
    expect(figure(page).locator(".picture")).to_be_in_viewport()
    figure(page).get_by_role("button", name="›").click()
    assert_printed(page, shipped(MODEL).weights["decoder.3.weight"][:, unit + 1])

"""The loop on four weights (chapter 3): its numbers are autograd's, its rounds are the reader's."""

import itertools
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from sklearn.decomposition import PCA

from tests.browser.conftest import drag, finger, key, painted, sent
from ui.loop import FED, OPENING, STAGES, cloud, starts

THIRD = "/autoencoders?deeper_loop=true"
READY = '[data-testid="loop"]'
WEIGHTS = ["a1", "a2", "b1", "b2"]
STILL_CALM = {"reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def untouched(open_console) -> Page:
    return open_console(THIRD, READY)


def plane(page: Page) -> Locator:
    return page.locator(READY)


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_loop")


def press_button(page: Page, name: str) -> None:
    figure(page).get_by_role("button", name=name, exact=True).click()
    painted(page)


def btp(page: Page, expression: str) -> object:
    """What the figure offers in the console."""
    return plane(page).evaluate(f"canvas => {{ const {{ btp }} = canvas; return {expression}; }}")


def link(**parts: object) -> str:
    """A link to a state that differs from the opening in `parts`."""
    names = ("start", "rate", "round", "stage", "point", "axis")
    state = dict(zip(names, OPENING, strict=True)) | parts
    return f"{THIRD}&loop=" + ",".join(f"{float(state[name]):g}" for name in names)


def losses_of(weights: torch.Tensor) -> torch.Tensor:
    """Every point's loss under four weights."""
    x = torch.from_numpy(cloud()).double() / 100
    x_hat = (x @ weights[:2])[:, None] * weights[2:]
    return ((x_hat - x) ** 2).sum(1)


def slopes(weights: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradient of every point's loss (24, 4) and of their mean (4,), by autograd."""
    w = torch.tensor(weights, dtype=torch.float64)
    each = torch.autograd.functional.jacobian(losses_of, w)
    mean = torch.autograd.functional.jacobian(lambda v: losses_of(v).mean(), w)
    return each, mean


def rounds(start: int, rate: float, count: int) -> tuple[np.ndarray, list[float]]:
    """The weights after `count` updates by autograd, and the losses on the way."""
    w = torch.from_numpy(starts()[start]).double() / 100
    losses = [float(losses_of(w).mean())]
    for _ in range(count):
        w = w - rate * slopes(w.tolist())[1]
        losses.append(float(losses_of(w).mean()))
    return w.numpy(), losses


def floor() -> float:
    """PCA's discarded eigenvalue, of the 1/N covariance."""
    return float(PCA().fit(cloud() / 100).explained_variance_[1] * 23 / 24)


def read(text: str) -> float:
    """A number as it is shown."""
    return float(text.replace("−", "-").lstrip("=← \u2009"))


# --- its numbers


def test_the_gradient_is_autograds_for_the_point_and_for_the_mean(open_page):
    page = open_page(link(round=4, stage=4, point=5), ready=READY, **STILL_CALM)
    for start in range(12):
        expect(plane(page)).to_have_attribute("data-start", str(start))
        weights = btp(page, "btp.weights")
        each, mean = slopes(weights)
        assert btp(page, "btp.gradient") == pytest.approx(mean.tolist(), abs=1e-12)
        assert btp(page, "btp.pass.gradient") == pytest.approx(each[5].tolist(), abs=1e-12)
        z = torch.tensor(
            float(cloud()[5] / 100 @ weights[:2]), dtype=torch.float64, requires_grad=True
        )
        x, b = torch.from_numpy(cloud()[5] / 100), torch.tensor(weights[2:], dtype=torch.float64)
        ((z * b - x) ** 2).sum().backward()
        assert btp(page, "btp.pass.dz") == pytest.approx(float(z.grad), abs=1e-12)
        press_button(page, "Another start")
        figure(page).locator(".stage").nth(4).click()


@pytest.mark.parametrize(("start", "rate"), [(0, 0.1), (7, 0.3)])
def test_ten_rounds_are_ten_rounds_of_autograd(open_page, start, rate):
    page = open_page(link(start=start, rate=rate), ready=READY, **STILL_CALM)
    press_button(page, "Ten rounds")
    weights, losses = rounds(start, rate, 10)
    assert btp(page, "btp.weights") == pytest.approx(weights, abs=1e-12)
    assert btp(page, "btp.losses") == pytest.approx(losses, abs=1e-12)
    expect(figure(page).locator(".loss")).to_have_text(f"{losses[-1]:.3f}")


def test_the_floor_is_what_pca_discards(untouched):
    page = untouched
    assert btp(page, "btp.floor") == pytest.approx(floor(), abs=1e-12)
    label = figure(page).locator(".losses").get_attribute("aria-label")
    assert label.endswith(f"PCA’s floor {floor():.3f}")
    assert "over 24 points" in label


def test_no_edge_runs_through_a_number_of_the_diagram(open_page):
    page = open_page(link(stage=1), ready=READY)
    for width, stage in itertools.product((1440, 390), (1, 4)):
        page.set_viewport_size({"width": width, "height": 1000})
        figure(page).locator(".stage").nth(stage).click()
        painted(page)
        through = (
            figure(page)
            .locator(".diagram")
            .evaluate(
                """svg => {
              const texts = [...svg.querySelectorAll(".symbol, .value")].filter(
                text => text.textContent);
              return [...svg.querySelectorAll("line")].flatMap(line => {
                const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map(k => line[k].baseVal.value);
                return texts.filter(text => {
                  const { x, y, width, height } = text.getBBox();
                  return Array.from({ length: 201 }, (_, k) => k / 200).some(k => {
                    const [a, b] = [x1 + k * (x2 - x1), y1 + k * (y2 - y1)];
                    return x < a && a < x + width && y < b && b < y + height;
                  });
                }).map(text => text.textContent);
              });
            }"""
            )
        )
        assert through == []


def test_from_every_start_it_stands_still_on_pcas_line(untouched):
    page = untouched
    descent = "const d = btp.descend(k, 0.1); return d.after(d.rest());"
    ends = btp(page, f"btp.starts.map((_, k) => {{ {descent} }})")
    axis = PCA().fit(cloud() / 100).components_[0]
    assert len(ends) == 20
    for end in ends:
        b = np.array(end["weights"][2:])
        cosine = abs(b @ axis) / np.linalg.norm(b)
        assert end["still"]
        assert np.degrees(np.arccos(min(1, cosine))) < 1
        assert end["loss"] / floor() < 1.001


def test_every_line_on_the_screen_is_right(open_page):
    page = open_page(link(start=2, round=3, stage=0, point=9), ready=READY, **STILL_CALM)
    weights, losses = rounds(2, 0.1, 2)
    each, mean = slopes(weights.tolist())
    for stage, name in enumerate(STAGES):
        figure(page).locator(".stage").nth(stage).click()
        expect(plane(page)).to_have_attribute("data-stage", name)
        (a1, a2, b1, b2), (x1, x2) = weights, cloud()[9] / 100
        z = a1 * x1 + a2 * x2
        d1, d2 = b1 * z - x1, b2 * z - x2
        expected = {
            "feed": [x1, x2], "encode": [z], "decode": [b1 * z, b2 * z],
            "compare": [d1, d2, d1**2 + d2**2],
            "back": [each[9][2], each[9][3], 2 * (d1 * b1 + d2 * b2), each[9][0], each[9][1]],
            "update": list(weights - 0.1 * mean.numpy()),
        }[name]  # fmt: skip
        results = figure(page).locator(".line .result.number").all_inner_texts()
        digits = 2 if stage == 0 else 3
        assert [read(text) for text in results] == [round(float(v), digits) for v in expected]
        shown = [
            read(text) for text in figure(page).locator(".line .mean.number").all_inner_texts()
        ]
        means = {3: [losses[-1]], 4: [float(mean[k]) for k in (2, 3, 0, 1)]}.get(stage, [])
        assert shown == [round(value, 3) for value in means]
        for line in figure(page).locator(".line:has(.numbers)").all():
            sum_shown = line.locator(".numbers").inner_text().replace("·", "*").replace("²", "**2")
            value = eval(sum_shown.replace("−", "-").lstrip("= "), {"__builtins__": {}})
            assert value == pytest.approx(read(line.locator(".result").inner_text()), abs=6e-3)


def test_the_diagram_shows_the_same_numbers_once_they_are_known(open_page):
    page = open_page(THIRD, ready=READY)

    def said(part: str) -> str:
        return figure(page).locator(f'.diagram [data-part="{part}"] .value').text_content()

    assert [said("x1"), said("z"), said("L")] == [f"{cloud()[FED][0] / 100:.2f}", "", ""]
    for _ in range(3):
        press_button(page, "Next step")
    values = btp(page, "btp.values")
    assert [read(said(part)) for part in ("z", "y1", "d2", "L", "b1")] == [
        pytest.approx(values[part], abs=6e-4) for part in ("z", "y1", "d2", "L", "b1")
    ]
    press_button(page, "Next step")
    assert read(said("b1")) == pytest.approx(values["gb1"], abs=6e-4)
    assert read(said("z")) == pytest.approx(values["dz"], abs=6e-4)


# --- the reader's steps


def test_six_steps_make_a_round_and_the_row_of_stages_goes_anywhere(open_page):
    page = open_page(THIRD, ready=READY, **STILL_CALM)
    before = btp(page, "btp.weights")
    for stage in STAGES[1:]:
        assert btp(page, "btp.weights") == before
        press_button(page, "Next step")
        expect(plane(page)).to_have_attribute("data-stage", stage)
    assert btp(page, "btp.weights") != before
    figure(page).locator(".stage").nth(1).click()
    expect(plane(page)).to_have_attribute("data-stage", "encode")
    expect(plane(page)).to_have_attribute("data-round", "1")
    assert btp(page, "btp.weights") == before
    figure(page).locator(".stage").nth(5).click()
    press_button(page, "Next step")
    expect(plane(page)).to_have_attribute("data-round", "2")
    expect(figure(page).locator(".stage[aria-current]")).to_have_text(re.compile(r"1\s*Feed"))
    expect(figure(page).locator(".spoken")).to_contain_text("Round 2, Feed: x₁ = ")


def test_it_runs_until_it_stands_still_and_says_where(open_page):
    page = open_page(THIRD, ready=READY, **STILL_CALM)
    press_button(page, "Until it stands still")
    note = figure(page).locator(".note")
    expect(note).to_contain_text(f"loss {floor():.3f}, PCA’s floor {floor():.3f}")
    expect(note).to_contain_text("0.0° from PCA’s axis")
    assert btp(page, "btp.gradient.every(slope => Math.abs(slope) < 1e-5)")
    expect(page).to_have_url(re.compile(r"[?&]loop=0%2C0.1%2C\d{3}%2C5"))
    press_button(page, "Another start")
    expect(plane(page)).to_have_attribute("data-start", "1")
    expect(plane(page)).to_have_attribute("data-round", "1")
    expect(note).to_have_text("")


def test_a_run_can_be_paused_and_started_again(open_page):
    page = open_page(THIRD, ready=READY)
    figure(page).get_by_role("button", name="Until it stands still").click()
    expect(plane(page)).to_have_attribute("data-running", "true")
    expect(plane(page)).not_to_have_attribute("data-round", "1")
    figure(page).get_by_role("button", name="Pause").click()
    expect(plane(page)).to_have_attribute("data-running", "false")
    reached = int(plane(page).get_attribute("data-round"))
    assert 1 < reached < btp(page, "btp.descend(0, 0.1).rest()")
    assert len(btp(page, "btp.losses")) == reached + 1
    press_button(page, "Start again")
    assert len(btp(page, "btp.losses")) == 1


def test_another_rate_shows_the_same_rounds_as_they_would_have_gone(open_page):
    page = open_page(link(round=30, stage=5), ready=READY)
    handle = figure(page).get_by_role("slider", name="Learning rate η")
    handle.focus()
    key(page, "ArrowRight")
    expect(plane(page)).to_have_attribute("data-rate", "0.15")
    weights, _ = rounds(0, 0.15, 30)
    assert btp(page, "btp.weights") == pytest.approx(weights, abs=1e-12)
    expect(page).to_have_url(re.compile(r"loop=0%2C0.15%2C30%2C5"))


def test_a_rate_too_large_is_explained_and_mended(open_page):
    page = open_page(link(rate=2, round=30, stage=5), ready=READY)
    note = figure(page).locator(".note")
    expect(note).to_contain_text("overshoots")
    last = int(plane(page).get_attribute("data-round"))
    assert last < 8
    assert btp(page, "btp.losses.at(-1)") > 1000
    expect(figure(page).get_by_role("button", name="Next step")).to_be_disabled()
    figure(page).get_by_role("button", name="Next step").dispatch_event("click")
    painted(page)
    assert int(plane(page).get_attribute("data-round")) == last
    handle = figure(page).get_by_role("slider", name="Learning rate η")
    handle.focus()
    for _ in range(4):
        key(page, "ArrowLeft")
    expect(plane(page)).to_have_attribute("data-rate", "0.6")
    expect(plane(page)).to_have_attribute("data-round", "30")
    expect(note).to_contain_text("to and fro")
    key(page, "Home")
    expect(note).to_have_text("")
    text = figure(page).inner_text()
    assert not re.search(r"nan|infinity|undefined", text, re.IGNORECASE)


# --- plane, terms, link


def test_a_point_is_fed_by_pointing_and_nothing_is_sent_until_it_is_let_go(open_page):
    page = open_page(link(stage=3), ready=READY)
    canvas = plane(page)
    expect(canvas).to_have_attribute("data-ready", "true")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()

    def move(x: float, y: float) -> None:
        across, down = (x / 2.6 + 1) / 2, (1 - y / 2.6) / 2
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])

    move(2.1, 0.6)
    page.mouse.down()
    counted = sent(page)
    painted(page)
    expect(canvas).to_have_attribute("data-point", "23")
    move(-1.45, -1.5)
    painted(page)
    expect(canvas).to_have_attribute("data-point", "0")
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"loop=0%2C0.1%2C1%2C3%2C0%2C0"))
    x = figure(page).locator('.diagram [data-part="x1"] .value')
    assert read(x.text_content()) == cloud()[0][0] / 100


def test_keys_feed_step_and_return(open_page):
    page = open_page(THIRD, ready=READY)
    plane(page).focus()
    key(page, "ArrowRight")
    expect(plane(page)).to_have_attribute("data-point", str(FED + 1))
    key(page, "ArrowRight")
    expect(plane(page)).to_have_attribute("data-point", "0")
    key(page, "Enter")
    expect(plane(page)).to_have_attribute("data-stage", "encode")
    key(page, "Home")
    expect(plane(page)).to_have_attribute("data-point", str(FED))


def test_a_term_lights_what_it_stands_for(open_page):
    page = open_page(link(stage=1), ready=READY)
    terms = figure(page).locator(".formula .term")
    edge = figure(page).locator('.diagram [data-part="a1"]')
    terms.nth(0).focus()
    painted(page)
    expect(figure(page).locator('.diagram [data-part="z"]')).to_have_class(re.compile("touched"))
    key(page, "ArrowRight")
    expect(terms.nth(1)).to_be_focused()
    expect(edge).to_have_class(re.compile("touched"))
    assert terms.nth(1).get_attribute("aria-label") == f"a₁ = {starts()[0][0] / 100:.3f}".replace(
        "-", "−"
    )
    figure(page).locator('.diagram [data-part="a2"] .value').hover()
    painted(page)
    expect(edge).not_to_have_class(re.compile("touched"))
    expect(terms.nth(3)).to_have_class(re.compile("touched"))
    assert btp(page, "btp.touched") == "a2"


def test_the_axis_is_hidden_until_asked_for(open_page):
    page = open_page(THIRD, ready=READY)
    switch = figure(page).get_by_role("switch")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(figure(page).locator(".note")).to_have_text("")
    switch.click()
    b, axis = starts()[0][2:] / 100, PCA().fit(cloud() / 100).components_[0]
    away = np.degrees(np.arccos(abs(b @ axis) / np.linalg.norm(b)))
    expect(figure(page).locator(".note")).to_have_text(
        f"The decoder’s line is {away:.1f}° from PCA’s axis."
    )
    expect(page).to_have_url(re.compile(r"%2C1$"))


def test_a_link_gives_the_same_picture(open_page):
    page = open_page(link(start=4, rate=0.2, round=17, stage=4, point=3, axis=1), ready=READY)
    weights, _ = rounds(4, 0.2, 16)
    assert btp(page, "btp.weights") == pytest.approx(weights, abs=1e-12)
    for name, value in {"start": 4, "round": 17, "stage": "back", "point": 3}.items():
        expect(plane(page)).to_have_attribute(f"data-{name}", str(value))
    press_button(page, "Next step")
    expect(page).to_have_url(re.compile(r"loop=4%2C0.2%2C17%2C5%2C3%2C1"))


def test_a_bad_link_is_the_start(open_page):  # others: tests/ui/test_links.py
    page = open_page(f"{THIRD}&loop=0,nan,1,0,0,0", ready=READY)
    expect(plane(page)).to_have_attribute("data-round", "1")
    expect(plane(page)).to_have_attribute("data-point", str(FED))
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_on_a_phone_everything_fits_and_a_finger_feeds(open_page):
    page = open_page(
        link(stage=4), width=390, height=844, ready=READY, has_touch=True, is_mobile=True
    )
    page.wait_for_function(  # the page is laid out when its last part has come
        "() => [...document.querySelectorAll('html, body, [data-testid=\"stMain\"]')]"
        ".every(e => e.scrollWidth - e.clientWidth <= 1)"
    )
    box = figure(page).locator(".formula").bounding_box()
    for cell in figure(page).locator(".formula .line > *").all():
        place = cell.bounding_box()
        assert place["x"] + place["width"] <= box["x"] + box["width"] + 1
    tall = box["height"]
    press_button(page, "1 Feed")
    assert figure(page).locator(".formula").bounding_box()["height"] < tall / 2
    fed, value = (figure(page).locator(f".formula .{part}").first for part in ("left", "result"))
    assert value.bounding_box()["x"] - fed.bounding_box()["x"] < 60
    press_button(page, "5 Back-propagate")
    touch = finger(page, plane(page))
    touch("touchStart", (2.14 / 2.6 + 1) / 2, (1 - 0.56 / 2.6) / 2)
    touch("touchEnd")
    painted(page)
    expect(plane(page)).to_have_attribute("data-point", "23")
    figure(page).locator(".formula .term").nth(1).tap()
    painted(page)
    part = figure(page).locator('.diagram [data-part="d1"]')
    expect(part).to_have_class(re.compile("touched"))
    press_button(page, "Next step")
    expect(plane(page)).to_have_attribute("data-stage", "update")


def test_dragging_across_the_plane_keeps_the_page_still(open_page):
    page = open_page(THIRD, ready=READY)
    drag(page, plane(page), (0.9, 0.4), (0.2, 0.8))
    expect(plane(page)).to_have_attribute("data-point", "0")

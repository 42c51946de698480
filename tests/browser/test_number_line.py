"""The number line of chapter 4 in a real browser: trained there, slid along, checked with torch."""

import itertools
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import drag, finger, key, painted, pixels, sent, swipe
from ui.distances import mean_distance
from ui.prose import words
from ui.shipped import builtin_data

PAGE = "/too_much_freedom"
DATA = builtin_data("digits")
X = torch.from_numpy(DATA.x_train.copy()).double()
LEVELS = np.rint(DATA.x_train * DATA.levels).astype(int)
WORDS = words("number_line", "words")
UNITS = {
    "relu": torch.relu,
    "hat": lambda a: torch.relu(1 - a.abs()),
    "wave": torch.sin,
    "identity": lambda a: a,
}
EDGE = 24  # CSS pixels from the canvas's side to the first and from the last integer
NUMBERS = """lesson => ({
  rows: lesson.rows, exact: lesson.exact, recovered: lesson.recovered,
  networks: Object.fromEntries(["encoder", "hats", "waves"].map((name) => [
    name, lesson[name].layers.map(({ unit, inputs, weight, bias, gradient }) => ({
      unit, inputs, weight: Array.from(weight), bias: Array.from(bias),
      gradient: gradient.map((values) => Array.from(values)),
    })),
  ])),
})"""
# fresh networks, taught for some steps; the gradient is that of the step to come
TAUGHT = f"""(canvas, [n, seed, draw, steps]) => {{
  const lesson = canvas.btp.newLesson(n, seed, draw);
  while (!lesson.done && lesson.steps < steps) lesson.step();
  const before = ({NUMBERS})(lesson);
  if (!lesson.done) {{ lesson.step(); before.next = ({NUMBERS})(lesson).networks; }}
  return before;
}}"""


@pytest.fixture
def open_line(open_page):
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(PAGE + query, ready='[data-testid="number-line"]', **options)
        expect(line(page)).to_have_attribute("data-trained", "true")
        return page

    return opened


@pytest.fixture(scope="module")
def canvas(open_console) -> Locator:
    """The line, only to be asked."""
    return line(open_console(PAGE, '[data-testid="number-line"]'))


def line(page: Page) -> Locator:
    return page.get_by_test_id("number-line")


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_number_line")


def large(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"line-{name}")


def t_of(page: Page) -> float:
    return float(line(page).get_attribute("data-t") or "nan")


def share(page: Page, t: float) -> float:
    """Where a place on the line is, as a share of the canvas's width."""
    width, n = line(page).bounding_box()["width"], int(line(page).get_attribute("data-n"))
    return (EDGE + (t - 1) * (width - 2 * EDGE) / (n - 1)) / width


def lesson(page: Page) -> dict:
    return line(page).evaluate(f"canvas => ({NUMBERS})(canvas.btp.lesson)")


def run(layers: list[dict], x: torch.Tensor) -> torch.Tensor:
    """The network in torch; leaves weights and biases with gradients in the layers."""
    for layer in layers:
        layer["w"] = torch.tensor(layer["weight"], dtype=torch.double, requires_grad=True)
        layer["b"] = torch.tensor(layer["bias"], dtype=torch.double, requires_grad=True)
        x = UNITS[layer["unit"]](x @ layer["w"].view(-1, layer["inputs"]).T + layer["b"])
    return x


def integers(n: int, shift: float = 0.0) -> torch.Tensor:
    return torch.arange(1, n + 1, dtype=torch.double)[:, None] + shift


def tasks(found: dict) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """What each network is fed, and what it shall answer."""
    n, x = len(found["rows"]), X[found["rows"]]
    return {
        "encoder": (x, (integers(n) - (n + 1) / 2) / (n / 4)),
        "hats": (integers(n), x),
        "waves": (integers(n), x),
    }


def halfway(found: dict, name: str) -> tuple[float, float]:
    """From the average of both neighbours, and from the nearest digit, in mean distances."""
    x = X[found["rows"]]
    with torch.no_grad():
        images = run(found["networks"][name], integers(len(x) - 1, 0.5)).clamp(0, 1)
    blend = (images - (x[:-1] + x[1:]) / 2).norm(dim=1).mean()
    nearest = torch.cdist(images, X).min(1).values.mean()
    unit = mean_distance(DATA.x_train)
    return float(blend) / unit, float(nearest) / unit


def test_gradients_are_torchs(canvas):
    for n, steps in itertools.product((3, 30), (0, 5)):
        gradients_are_torchs(canvas.evaluate(TAUGHT, [n, 1, 2, steps]))


def gradients_are_torchs(found: dict) -> None:
    for name, (fed, target) in tasks(found).items():
        layers = found["networks"][name]
        ((run(layers, fed) - target) ** 2).sum(1).mean().backward()
        for layer, after in zip(layers, found["next"][name], strict=True):
            for tensor, ours in zip((layer["w"], layer["b"]), after["gradient"], strict=True):
                expected = tensor.grad.numpy().ravel()
                scale = np.abs(expected).max()
                np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5 * scale + 1e-12)


def test_the_first_steps_are_those_of_torchs_adam(canvas):
    found, later = (canvas.evaluate(TAUGHT, [5, 3, 1, steps]) for steps in (0, 6))
    for name, (fed, target) in tasks(found).items():
        layers = found["networks"][name]
        run(layers, fed)
        numbers = [layer[part] for layer in layers for part in ("w", "b")]
        adam = torch.optim.Adam(numbers, lr=0.02)
        for step in range(6):
            adam.param_groups[0]["lr"] = 0.02 * (1 + np.cos(np.pi * step / 300)) / 2
            x = fed
            for layer in layers:
                x = UNITS[layer["unit"]](x @ layer["w"].view(-1, layer["inputs"]).T + layer["b"])
            adam.zero_grad()
            ((x - target) ** 2).sum(1).mean().backward()
            adam.step()
        for layer, after in zip(layers, later["networks"][name], strict=True):
            np.testing.assert_allclose(after["weight"], layer["w"].detach(), atol=1e-6)
            np.testing.assert_allclose(after["bias"], layer["b"].detach(), atol=1e-6)


def test_both_decoders_and_the_encoder_lose_nothing(canvas):
    for n, seed in itertools.product((3, 8, 20, 30), range(3)):
        found = canvas.evaluate(TAUGHT, [n, seed, seed + 5, 300])
        rows = found["rows"]
        assert len(np.unique(LEVELS[rows], axis=0)) == n
        assert found["exact"] == found["recovered"]["hats"] == found["recovered"]["waves"] == n
        with torch.no_grad():
            place = run(found["networks"]["encoder"], X[rows])
            codes = ((n + 1) / 2 + n / 4 * place).round()
            assert codes.ravel().tolist() == list(range(1, n + 1))
            for name in ("hats", "waves"):
                images = run(found["networks"][name], codes) * DATA.levels
                assert (images.round().numpy().astype(int) == LEVELS[rows]).all()
        blend, nearest = zip(halfway(found, "hats"), halfway(found, "waves"), strict=True)
        assert blend[0] < 0.005
        assert blend[1] > 0.9
        assert nearest[0] < 0.6
        assert nearest[1] > 0.9


@pytest.mark.parametrize("query", ["", "?line_n=20&line_seed=4&line_digits=3"])
def test_the_numbers_shown_are_those_of_the_networks(open_line, query):
    page = open_line(query)
    found = lesson(page)
    n, x = len(found["rows"]), X[found["rows"]]
    expect(figure(page).locator(".tally b")).to_have_text([f"{n} of {n}"] * 3)
    shown = {}
    for row in figure(page).locator("tbody tr").all():
        shown[row.locator("th").inner_text()] = row.locator("td").all_inner_texts()
    for k, name in enumerate(("hats", "waves")):
        with torch.no_grad():
            off = run(found["networks"][name], integers(n)) - x
        blend, nearest = halfway(found, name)
        assert shown[WORDS["blend"]][k] == f"{blend:.2f}"
        assert shown[WORDS["nearest"]][k] == f"{nearest:.2f}"
        loss = float((off**2).sum(1).mean())
        assert read(shown[WORDS["loss"]][k]) == pytest.approx(loss, rel=0.5)
        worst = float(off.abs().max()) * DATA.levels
        assert read(shown[WORDS["worst"]][k]) == pytest.approx(worst, rel=0.5)


def read(text: str) -> float:
    """A number as the table says it: 0.031 or 4 · 10⁻⁵."""
    small = re.fullmatch(r"(\d) · 10⁻([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text)
    if not small:
        return float(text)
    return int(small[1]) * 10.0 ** -int("".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".index(c)) for c in small[2]))


def ink(canvas: Locator) -> np.ndarray:
    """What a canvas shows, one colour channel."""
    found = canvas.evaluate("""canvas => Array.from(canvas.getContext("2d")
      .getImageData(0, 0, canvas.width, canvas.height).data).filter((_, i) => i % 4 === 0)""")
    return np.array(found)


def test_the_decoders_agree_on_the_integers_and_part_between_them(open_line):
    page = open_line("?line_t=3")
    original = ink(figure(page).locator("canvas.lower"))
    for name in ("hats", "waves"):
        assert np.abs(ink(large(page, name)) - original).max() <= 1
        assert "image 3 again" in figure(page).locator(f"th:has(canvas.{name})").inner_text()
    line(page).focus()
    key(page, "Shift+ArrowRight")
    ours = {name: ink(large(page, name)) for name in ("hats", "waves")}
    both = [ink(figure(page).locator(f"canvas.{name}")) for name in ("lower", "upper")]
    assert np.abs(ours["hats"] - (both[0] + both[1]) / 2).max() <= 2
    assert np.abs(ours["waves"] - ours["hats"]).mean() > 20
    found, away = lesson(page), {}
    for name in ours:
        with torch.no_grad():
            image = run(found["networks"][name], torch.tensor([[3.5]]).double()).clamp(0, 1)
        away[name] = float(torch.cdist(image, X).min()) / mean_distance(DATA.x_train)
        said = figure(page).locator(f"th:has(canvas.{name}) .here").inner_text()
        assert f"{away[name]:.2f} away" in said


def test_a_drag_follows_at_once_and_python_hears_when_it_is_let_go(open_line):
    page = open_line()
    line(page).scroll_into_view_if_needed()
    before, box = pixels(large(page, "waves")), line(page).bounding_box()
    places = [box["x"] + share(page, t) * box["width"] for t in (2.5, 5.5)]
    page.mouse.move(places[0], box["y"] + 60)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(places[1], box["y"] + 60, steps=12)
    painted(page)
    assert t_of(page) == pytest.approx(5.5, abs=0.02)
    assert pixels(large(page, "waves")) != before
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"[?&]line_t=5\.\d+"))
    again = open_line(page.url[page.url.index("?") :])
    assert t_of(again) == t_of(page)
    for name in ("hats", "waves"):
        assert pixels(large(again, name)) == pixels(large(page, name))


def test_the_ring_catches_on_an_integer(open_line):
    page = open_line()
    near = share(page, 6) + 3 / line(page).bounding_box()["width"]
    drag(page, line(page), (share(page, 2.5), 0.3), (near, 0.3))
    assert t_of(page) == 6
    expect(line(page)).to_have_attribute("aria-valuetext", re.compile(r"^6, the code of an? \d$"))


def test_keys_walk_the_line(open_line):
    page = open_line()
    line(page).focus()
    page.evaluate("() => addEventListener('keydown', ({ key }) => (window.got ??= []).push(key))")
    for name, place in [
        ("Home", 1), ("ArrowRight", 1.1), ("Shift+ArrowRight", 1.6), ("ArrowLeft", 1.5),
        ("ArrowUp", 1.6), ("Enter", 2), ("End", 8), ("ArrowRight", 8), ("Shift+ArrowDown", 7.5),
    ]:  # fmt: skip
        key(page, name)
        assert t_of(page) == pytest.approx(place)
    assert set(page.evaluate("() => window.got ?? []")) <= {"Shift"}  # none is Streamlit's
    expect(page).to_have_url(re.compile(r"[?&]line_t=7\.5"))
    expect(figure(page).locator(".spoken")).to_contain_text("7.50, between a")
    expect(line(page)).to_have_attribute("aria-valuenow", "7.5")


def test_a_finger_slides_on_a_phone(open_line):
    page = open_line("?line_n=30", width=390, height=844, has_touch=True, is_mobile=True)
    swipe(page, line(page), (share(page, 3), 0.15), (share(page, 20.4), 0.15))
    assert t_of(page) == pytest.approx(20.4, abs=0.1)
    expect(page).to_have_url(re.compile(r"[?&]line_t=20\.\d+"))
    assert page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"
    )
    touch = finger(page, line(page))
    touch("touchStart", share(page, 10), 0.15)
    painted(page)
    assert t_of(page) == pytest.approx(10, abs=0.1)
    touch("touchEnd")


def test_the_handle_changes_how_many_and_keeps_the_first(open_line):
    page = open_line()
    handle = page.get_by_role("slider", name="Images")
    first = lesson(page)["rows"]
    handle.focus()
    key(page, "End")
    expect(line(page)).to_have_attribute("data-n", "30")
    expect(line(page)).to_have_attribute("data-trained", "true")
    expect(figure(page).locator(".tally b")).to_have_text(["30 of 30"] * 3)
    expect(page).to_have_url(re.compile(r"[?&]line_n=30"))
    rows = lesson(page)["rows"]
    assert rows[:8] == first
    for start in (0, 10, 20):
        assert sorted(DATA.y_train[rows[start : start + 10]]) == list(range(10))
    line(page).focus()
    key(page, "End")
    handle.focus()
    key(page, "Home")
    expect(line(page)).to_have_attribute("data-n", "3")
    assert t_of(page) == 3


def film(page: Page, name: str) -> np.ndarray:
    places = "Float64Array.from({ length: 71 }, (_, k) => 1 + k / 10)"
    script = f"canvas => Array.from(canvas.btp.lesson.film('{name}', {places}))"
    return np.array(line(page).evaluate(script))


def test_training_again_is_watched_and_only_the_waves_change(open_line):
    page = open_line()
    before = {name: film(page, name) for name in ("hats", "waves")}
    page.get_by_role("button", name="Train again").click()
    expect(line(page)).to_have_attribute("data-trained", "false")
    expect(figure(page).locator(".tally")).to_contain_text(re.compile("[0-7] of 8 by waves"))
    expect(line(page)).to_have_attribute("data-trained", "true")
    expect(page).to_have_url(re.compile(r"[?&]line_seed=1"))
    expect(figure(page).locator(".tally b")).to_have_text(["8 of 8"] * 3)
    assert np.abs(film(page, "hats") - before["hats"]).max() < 0.01
    assert np.abs(film(page, "waves") - before["waves"]).mean() > 0.1


@pytest.mark.parametrize(("motion", "pace"), [("reduce", "0"), ("no-preference", "3000")])
def test_with_reduced_motion_training_does_not_take_its_time(open_line, motion, pace):
    page = open_line(reduced_motion=motion)
    expect(line(page)).to_have_attribute("data-pace", "0")  # nobody asked to see the first one
    page.get_by_role("button", name="Train again").click()
    expect(line(page)).to_have_attribute("data-pace", pace)
    expect(line(page)).to_have_attribute("data-trained", "true")


def test_the_first_training_is_not_spoken_of_and_one_asked_for_is(open_line):
    page = open_line(reduced_motion="reduce")
    spoken = figure(page).locator(".spoken")
    painted(page)
    assert spoken.text_content() == ""
    page.get_by_role("button", name="Train again").click()
    expect(spoken).to_contain_text("8 of 8 by waves, step 300.")


def test_the_curves_say_what_they_have_come_to(open_line):
    page = open_line()
    said = figure(page).get_by_role("img", name=re.compile("^Largest error after 300 steps: "))
    label = said.get_attribute("aria-label")
    found = lesson(page)
    shown = dict(part.split(" ", 1) for part in label.split(": ")[1].split(", "))
    for name, (fed, target) in tasks(found).items():
        with torch.no_grad():
            off = (run(found["networks"][name], fed) - target).abs().max()
        scale = len(found["rows"]) / 4 if name == "encoder" else DATA.levels
        assert read(shown[WORDS[name]]) == pytest.approx(float(off) * scale, rel=0.5), name


def test_other_images_are_other_images(open_line):
    page = open_line()
    rows = lesson(page)["rows"]
    page.get_by_role("button", name="Other images").click()
    expect(page).to_have_url(re.compile(r"[?&]line_digits=1"))
    expect(line(page)).to_have_attribute("data-trained", "true")
    assert lesson(page)["rows"] != rows
    assert len(set(lesson(page)["rows"])) == 8


def test_an_image_is_never_drawn_twice(canvas):
    """Twelve images, of which only five differ: none of them gets two integers."""
    rows = canvas.evaluate("""canvas => {
      const bytes = Uint8Array.from({ length: 24 }, (_, i) => Math.floor(i / 2) % 5);
      const classes = Uint8Array.from({ length: 12 }, (_, i) => i % 2);
      return [0, 1, 2].map((seed) => canvas.btp.drawRows(bytes, classes, 8, seed));
    }""")
    for found in rows:
        assert sorted(row % 5 for row in found) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("?line_n=1", "asked for 1 image."),
        ("?line_n=99", "asked for 99 images. This line has room for 30"),
        ("?line_n=x&line_t=nan&line_seed=-1&line_digits=1e9", ""),
    ],
)
def test_a_bad_link_is_the_start_and_explained_if_it_asks_for_too_few_or_many(
    open_line, query, note
):  # more: tests/ui/test_links.py
    page = open_line(query)
    found = {name: line(page).get_attribute(f"data-{name}") for name in ("n", "seed", "draw")}
    assert found == {"n": "8", "seed": "0", "draw": "0"}
    said = figure(page).locator(".note")
    if note:
        expect(said).to_contain_text(note)
        page.get_by_role("button", name="Other images").click()
    expect(said).to_be_hidden()
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_an_image_is_there_again_only_once_it_is_recovered(open_line):
    """On an integer, in every step of a training: told by the decoder's answer, in torch."""
    page = open_line("?line_t=3")
    for steps in (1, 20, 300):
        found = line(page).evaluate(TAUGHT, [8, 0, 0, steps])
        back = line(page).evaluate(
            """(canvas, steps) => {
              const lesson = canvas.btp.newLesson(8, 0, 0);
              while (lesson.steps < steps) lesson.step();
              return lesson.back;
            }""",
            steps,
        )
        for name in ("hats", "waves"):
            assert sum(back[name]) == found["recovered"][name]
            if steps == 300:
                assert all(back[name])
                with torch.no_grad():
                    answer = run(found["networks"][name], integers(8)) * DATA.levels
                assert (answer.round().numpy() == LEVELS[found["rows"]]).all(1).tolist() == back[
                    name
                ]
    page.get_by_role("button", name="Train again").click()
    said = figure(page).locator("th:has(canvas.hats) .here")
    expect(said).to_contain_text("away")
    expect(line(page)).to_have_attribute("data-trained", "true")
    expect(said).to_have_text("image 3 again")


def film_box(page: Page) -> dict:
    return line(page).evaluate("""canvas => {
      const { isStretch, shown, first, frame, perInterval } = canvas.btp.line;
      return { isStretch, shown, first, frame, places: [...canvas.btp.line.places] };
    }""")


def test_on_a_phone_many_images_show_the_stretch_around_the_ring(open_line):
    page = open_line("?line_n=30&line_t=12", width=390, height=844, has_touch=True, is_mobile=True)
    found = film_box(page)
    assert found["isStretch"]
    assert found["frame"] > 30
    assert found["places"] == [10 + k / 2 for k in range(9)]  # 10 … 14, and half-way between
    before = pixels(line(page))
    line(page).focus()
    for name, first in (("Home", 1), ("End", 26)):
        key(page, name)
        assert film_box(page)["first"] == first
        assert pixels(line(page)) != before
    assert not film_box(open_line("?line_n=30"))["isStretch"]

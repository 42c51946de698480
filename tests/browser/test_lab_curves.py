"""Curves of several runs in a real browser: read, compare, save, by mouse, keys and finger."""

import csv
import io
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import at_rest, finger, key, painted, pixels, sent
from vae_core import RunConfig, load_dataset
from vae_core.training import initial_snapshot, train

SVG = "{http://www.w3.org/2000/svg}"
READY = '[data-testid="lab-curves"]'
RUNS = {"one": RunConfig(hidden=(8,), epochs=6, seed=61),
        "other": RunConfig(hidden=(8,), epochs=9, seed=61, beta=4.0, batch_size=64)}  # fmt: skip
SETTINGS = {"one": "hidden=8&epochs=6&seed=61",
            "other": "hidden=8&epochs=9&seed=61&beta=4&batch_size=64"}  # fmt: skip
ROWS = """canvas => [...canvas.getRootNode().querySelectorAll("tbody tr")].map(
  row => [...row.children].map(cell => cell.textContent))"""


ROOM = """canvas => {
  const { left, right } = canvas.btp.widget.panels[0].room;
  return [left, right];
}"""


def link(*names: str) -> str:
    spelled = (f"{name}(dataset=digits,{SETTINGS[name].replace('&', ',')})" for name in names)
    return "/lab?runs=" + ";".join(spelled)


def history(config):
    """The losses of a run made here, by epoch, and the steps they were taken after."""
    data = load_dataset("digits")
    snapshots = [initial_snapshot(config, data), *train(config, data)]
    losses = [(s.val_recon, s.val_kl, s.val_recon + config.beta * s.val_kl) for s in snapshots]
    return losses, [s.step for s in snapshots]


def shown(text: str) -> float:
    return float(text.replace("−", "-"))


def same(row: list[str], losses) -> bool:
    """Whether a row reads these losses, to the digits it shows."""
    found = [shown(text) for text in row[2:]]
    return all(abs(a - b) <= off for a, b, off in zip(found, losses, (0.06, 0.006, 0.06),
                                                      strict=True))  # fmt: skip


@pytest.fixture(scope="module")
def trained(open_console):
    """Both runs, trained by the page in the server whose cache the other tests meet."""
    for name, config in RUNS.items():
        page = open_console(f"/lab?{SETTINGS[name]}", '[data-testid="latent-map"]')
        page.locator(".st-key-train button").click()
        expect(page.locator(".st-key-run_status")).to_contain_text(
            f"done · epoch {config.epochs} of {config.epochs}"
        )
    return {name: history(config) for name, config in RUNS.items()}


def test_runs_are_read_compared_and_saved(trained, open_page):
    page = open_page(link("one", "other"), ready=READY)
    canvas = page.locator(READY)
    losses = {name: found for name, (found, _) in trained.items()}
    rows = canvas.evaluate(ROWS)
    assert [row[0] for row in rows] == ["●one", "■other"]
    assert [row[1] for row in rows] == ["ended at 6", "epoch 9"]
    assert same(rows[0], losses["one"][6])
    assert same(rows[1], losses["other"][9])

    before = sent(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    left, right = canvas.evaluate(ROOM)  # beside its lines
    right = canvas.evaluate("c => c.clientWidth") - right
    page.mouse.move(box["x"] + left + (right - left) * 3.2 / 9, box["y"] + 60)
    expect(canvas).to_have_attribute("data-at", "3")
    for row, name in zip(canvas.evaluate(ROWS), RUNS, strict=True):
        assert row[1] == "epoch 3"
        assert same(row, losses[name][3])
    handle = page.get_by_role("slider", name="Epoch", exact=True)
    handle.focus()
    key(page, "ArrowRight")
    expect(canvas).to_have_attribute("data-at", "4")
    assert handle.get_attribute("aria-valuetext") == "epoch 4"
    plain = pixels(canvas)
    page.locator(".st-key-figure_lab_curves tbody tr").nth(1).hover()
    painted(page)
    assert pixels(canvas) != plain
    assert sent(page) == before  # nothing so far was anybody else's business

    check_names_and_range(canvas)
    check_numbers(canvas)
    check_pens(canvas)

    with page.expect_download() as saved:
        page.locator(".lab-curves").get_by_role("button", name="SVG").click()
    drawing = ET.parse(saved.value.path()).getroot()
    texts = [each.text for each in drawing.iter(f"{SVG}text")]
    assert {"one", "other", "● one", "■ other", "Reconstruction, nats", "KL, nats"} <= set(texts)
    assert len(list(drawing.iter(f"{SVG}path"))) >= 6  # lines of two runs
    with page.expect_download() as saved:
        page.locator(".lab-curves").get_by_role("button", name="PNG").click()
    content = saved.value.path().read_bytes()
    assert content[:4] == b"\x89PNG"
    assert [int.from_bytes(content[at : at + 4], "big") for at in (16, 20)] == [2112, 1040]

    with page.expect_download() as saved:
        page.locator(".st-key-lab_csv button").click()
    sheet = list(csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8-sig"))))
    assert [row["name"] for row in sheet] == ["one", "other"]
    assert float(sheet[1]["val_kl"]) == pytest.approx(losses["other"][9][1], rel=1e-4)
    assert all(float(row["coverage"]) <= 1 for row in sheet)


def check_names_and_range(canvas):
    """Names keep apart within the panel; a run that diverges does not stretch the others' range."""
    found = canvas.evaluate(
        """canvas => {
          const { spread, rangeOf } = canvas.btp, out = [], x = [0, 1, 2, 3];
          for (const heights of [[10, 11, 12, 13], [95, 96, 97, 98], [0, 0, 0, 99],
                                 [5, 50, 70, 99]]) {
            const names = heights.map((y) => ({ y }));
            spread(names, 14, 4, 100);
            out.push(names.map(({ y }) => y));
          }
          const line = (values, loss = values) => (
            { values, train: null, x, calm: canvas.btp.calmEpochs(loss) });
          const range = (...lines) => rangeOf({ lines, span: 3, fromZero: false });
          const calm = [30, 25, 22, 20], wild = [31, 900, 4000, 1e9];
          return {
            out, calm: range(line(calm)), wild: range(line(calm), line(wild)),
            spike: range(line([30, 25, 7000, 20])), lone: range(line(wild)),
            other: range(line(calm), line([150, 110, 100, 95])),
            far: range(line(calm), line([9000, 8000, 7500, 7000])),
            kl: range(line([0.1, 0.02, 0.01, 0.01]), line([0, 8, 11, 12], calm),
                      line([0, 1e5, 2e6, 3e6], wild)),
          };
        }"""
    )
    for heights in found["out"]:
        assert all(b - a >= 14 - 1e-9 for a, b in itertools.pairwise(heights))
        assert min(heights) >= 4
        assert max(heights) <= 100
    assert found["out"][3] == [5, 50, 70, 99]  # those with room stay where they are
    assert found["calm"]["low"] < 20
    assert 25 < found["calm"]["high"] < 31  # the first epoch may leave at the top
    for name in ("wild", "spike", "far"):  # what leaves at the top leaves the rest as it was
        assert found[name] == found["calm"], name
    assert found["lone"]["low"] < 31  # with nobody to be read beside it, all of a run is shown
    assert found["lone"]["high"] > 1e9
    assert found["other"]["low"] < 20  # another scale is no reason to leave
    assert 110 < found["other"]["high"] < 120
    assert 12 < found["kl"]["high"] < 13  # beside a KL of next to nothing, too


def check_numbers(canvas):
    """Ticks are short and say their values; a name keeps its first word beside everything else."""
    found = canvas.evaluate(
        """canvas => {
          const { shortTicks, formatLoss, fitting } = canvas.btp;
          const ranges = [[18.2, 46.1], [0, 1.9e6], [-3e6, 1e6], [0, 9.3e-5], [1999000, 2001000],
                          [0, 4.4e9], [0, 99000], [-0.31, 0.02]];
          const context = canvas.getContext("2d");
          context.save();
          context.font = "500 12px sans-serif";
          const name = "B digits VAE, β = 1, 64 hidden", beyond = " ↑ 2.1 · 10⁶";
          const room = context.measureText("B" + beyond).width + 1;
          const out = {
            ticks: ranges.map(([low, high]) => shortTicks(low, high, 4)),
            losses: [31.44, -0.04, 2.14e6, -2e10, 99999, NaN].map((value) => formatLoss(value, 1)),
            names: [fitting(context, name, beyond, ", diverged", room),
                    fitting(context, name, "", "", 1000), fitting(context, name, "", "", 80)],
          };
          context.restore();
          return out;
        }"""
    )
    for ticks in found["ticks"]:
        assert 2 <= len(ticks) <= 6
        for tick in ticks:
            assert said(tick["text"]) == pytest.approx(tick["value"], rel=1e-9, abs=1e-12)
            assert len(tick["text"]) <= 12
    texts = [[tick["text"] for tick in ticks] for ticks in found["ticks"]]
    assert texts[0] == ["20", "30", "40"]
    assert texts[1] == ["0", "0.5 · 10⁶", "1.0 · 10⁶", "1.5 · 10⁶"]
    assert texts[2][0].startswith("−")
    assert found["losses"] == ["31.4", "0.0", "2.1 · 10⁶", "−2.0 · 10¹⁰", "99999.0", "–"]
    cut, whole, part = found["names"]
    assert cut == "B ↑ 2.1 · 10⁶"
    assert whole == "B digits VAE, β = 1, 64 hidden"
    assert part.startswith("B digit")
    assert part.endswith("…")


def said(tick: str) -> float:
    """The number that a tick spells."""
    front, _, power = tick.partition(" · 10")
    plain = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return shown(front) * 10.0 ** int(plain or 0)


def check_pens(canvas):
    """Four equal runs, one of them far above: each is seen in the drawing, all numbers whole."""
    found = canvas.evaluate(
        """canvas => {
          const { widget, SvgContext, drawOverlay } = canvas.btp, x = [...Array(41).keys()];
          const calm = x.map((k) => 20 + 20 * Math.exp(-k / 5)), wild = x.map((k) => 40 + 1e6 * k);
          const draw = (...lists) => {
            const svg = new SvgContext(480, 200), lines = lists.map((values, pen) => ({
              values, train: null, x, calm: canvas.btp.calmEpochs(values), pen, ended: "",
              name: "ABCD"[pen] + " a long name of a run of the lab", mark: "●■▲◆"[pen],
              strength: 1,
            }));
            const figure = {
              lines, span: 40, at: null, fromZero: false, role: "recon", axis: "epoch" };
            const room = drawOverlay(svg, 480, 200, widget.theme, figure);
            return { room, text: svg.text() };
          };
          const ruler = document.createElement("canvas").getContext("2d");
          ruler.font = `400 11px ${widget.theme.sans}`;
          const same = draw(calm, calm, calm, calm), far = draw(calm, calm, calm, wild);
          const close = draw(calm.map((value) => 2e6 + value)), lone = draw(wild);
          const numbers = (text) => [...text.matchAll(/text x="([^"]+)"[^>]*"end"[^>]*>([^<]+)</g)]
            .map(([, at, tick]) => at - ruler.measureText(tick).width);
          const starts = [same, far, close, lone].map(({ text }) => numbers(text));
          return { same, far, starts };
        }"""
    )
    marks = ET.fromstring(found["same"]["text"])
    lines = [each for each in marks.iter(f"{SVG}path") if each.get("fill") == "none"
             and each.get("d").count("L") > 30]  # fmt: skip
    looks = [tuple(line.get(key) for key in ("stroke", "stroke-width", "stroke-dasharray"))
             for line in lines]  # fmt: skip
    assert len(set(looks)) == 4
    widths = [float(look[1]) for look in looks]
    assert widths[0] > widths[1] + 2  # the first is seen on both sides of the second
    assert [look[2] is None for look in looks] == [True, True, False, False]
    circles = [float(each.get("cx")) for each in marks.iter(f"{SVG}circle")
               if each.get("fill") != "none"]  # fmt: skip
    squares = [float(each.get("x")) + float(each.get("width")) / 2
               for each in marks.iter(f"{SVG}rect") if each.get("fill") != "none"]  # fmt: skip
    end = 480 - found["same"]["room"]["right"]
    on_lines = [[x for x in each if x < end - 4] for each in (circles, squares)]
    assert min(len(each) for each in on_lines) >= 6
    assert min(abs(a - b) for a, b in itertools.product(*on_lines)) > 7  # none covers another
    texts = [each.text for each in ET.fromstring(found["far"]["text"]).iter(f"{SVG}text")]
    assert any(text.startswith("D") and "↑ 4.0 · 10⁷" in text for text in texts)
    assert {text[:2] for text in texts if text[0] in "ABC"} == {"A ", "B ", "C "}
    assert "30" in texts  # the others are still read
    for starts in found["starts"]:  # of the numbers upwards: none is cut off
        assert len(starts) >= 2
        assert min(starts) >= 0


def test_the_axis_and_the_switch_are_in_the_link_and_a_finger_reads(trained, open_page):
    page = open_page(
        link("one", "other") + "&curves=<b>", ready=READY, width=390, height=844, has_touch=True,
        is_mobile=True,
    )  # fmt: skip
    canvas = page.locator(READY)
    expect(canvas).to_have_attribute("data-axis", "epoch")
    page.get_by_role("radio", name="step", exact=True).tap()
    expect(page).to_have_url(re.compile("curves=step"))
    page.get_by_role("switch", name="Training losses too").tap()
    expect(page).to_have_url(re.compile("curves_train=1"))
    expect(page.locator(".st-key-caption_lab_curves")).to_contain_text("thin lines")
    at_rest(page)
    steps = {name: found for name, (_, found) in trained.items()}
    end = steps["other"][-1]
    expect(canvas).to_have_attribute("data-at", str(end))
    before, touch = sent(page), finger(page, canvas)
    wide = canvas.evaluate("c => c.clientWidth")
    wanted = steps["one"][4]
    left, right = canvas.evaluate(ROOM)
    touch("touchStart", (left + (wide - left - right) * wanted / end) / wide, 0.5)
    expect(canvas).not_to_have_attribute("data-at", str(end))
    at = int(canvas.get_attribute("data-at"))
    assert at < end
    for row, name in zip(canvas.evaluate(ROWS), RUNS, strict=True):  # the last epoch done by then
        epoch = sum(step <= at for step in steps[name]) - 1
        assert row[1] in (f"epoch {epoch}", f"ended at {epoch}")
        assert same([*row[:2], *(cell.partition("train")[0] for cell in row[2:])],
                    trained[name][0][epoch])  # fmt: skip
    touch("touchEnd")
    assert sent(page) == before
    address = page.url
    page.reload()
    page.wait_for_function("() => location.href.includes('curves=step')")
    expect(page.locator(READY)).to_have_attribute("data-axis", "step")
    assert page.url == address

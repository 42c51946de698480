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

READY = '[data-testid="lab-curves"]'
RUNS = {"one": RunConfig(hidden=(8,), epochs=6, seed=61),
        "other": RunConfig(hidden=(8,), epochs=9, seed=61, beta=4.0, batch_size=64)}  # fmt: skip
SETTINGS = {"one": "hidden=8&epochs=6&seed=61",
            "other": "hidden=8&epochs=9&seed=61&beta=4&batch_size=64"}  # fmt: skip
ROWS = """canvas => [...canvas.getRootNode().querySelectorAll("tbody tr")].map(
  row => [...row.children].map(cell => cell.textContent))"""


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
    left, right = canvas.evaluate("c => [40, c.clientWidth - 104]")  # its lines' room
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

    with page.expect_download() as saved:
        page.locator(".lab-curves").get_by_role("button", name="SVG").click()
    drawing = ET.parse(saved.value.path()).getroot()
    texts = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"● one", "■ other", "Reconstruction, nats", "KL, nats"} <= set(texts)
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) >= 6  # lines of two runs
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
          const line = (values, ended = "") => ({ values, train: null, x, ended });
          const range = (...lines) => rangeOf({ lines, span: 3, fromZero: false });
          const calm = [30, 25, 22, 20], wild = [31, 900, 4000, 1e9];
          return { out, calm: range(line(calm)), wild: range(line(calm), line(wild, "diverged")) };
        }"""
    )
    for heights in found["out"]:
        assert all(b - a >= 14 - 1e-9 for a, b in itertools.pairwise(heights))
        assert min(heights) >= 4
        assert max(heights) <= 100
    assert found["out"][3] == [5, 50, 70, 99]  # those with room stay where they are
    assert found["calm"]["low"] < 20
    assert 25 < found["calm"]["high"] < 31  # the first epoch may leave at the top
    assert found["wild"]["high"] < 33


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
    expect(page.locator(".st-key-caption_lab_curves")).to_contain_text("dashed")
    at_rest(page)
    steps = {name: found for name, (_, found) in trained.items()}
    end = steps["other"][-1]
    expect(canvas).to_have_attribute("data-at", str(end))
    before, touch = sent(page), finger(page, canvas)
    wide = canvas.evaluate("c => c.clientWidth")
    wanted = steps["one"][4]
    touch("touchStart", (40 + (wide - 144) * wanted / end) / wide, 0.5)
    expect(canvas).to_have_attribute("data-at", re.compile(r"^\d+$"))
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

"""The lab's maps in a real browser, against numpy: planes, the shared probe, an input, files.

They stand on a page of their own (lab_maps.py), whose networks the tests compute again.
"""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import lab_maps
from tests.browser.conftest import (
    beyond,
    decoded,
    drag,
    key,
    maps,
    new_page,
    painted,
    pixels,
    sent,
    start_server,
    stop_server,
    swipe,
    z_of,
)
from tests.browser.lab_maps import LOSSES, SHOWN, TABLE, decode, digits, encode, four

SVG = "{http://www.w3.org/2000/svg}"
TELL = """([x, shape]) => {
  const bus = window[Symbol.for("between-the-points.bus")];
  const detail = { x: Float32Array.from(x), shape, table: null, words: "a test", dataset: "digits", row: null };
  bus.last.set("lab-input", detail);
  bus.dispatchEvent(new CustomEvent("lab-input", { detail }));
}"""  # noqa: E501


@pytest.fixture(scope="module")
def open_maps(browser, tmp_path_factory):
    running = start_server(tmp_path_factory.mktemp("runs"), script=lab_maps.__file__)
    pages = []

    def open_(query="", count=4, **screen):
        page = new_page(browser, **screen)
        pages.append(page)
        page.goto(f"{running.url}/{query}")
        for i in range(count):
            expect(maps(page).nth(i)).to_have_attribute("data-ready", "true")
        return page

    yield open_
    for page in pages:
        page.context.close()
    stop_server(running)


@pytest.fixture(scope="module")
def page(open_maps):
    return open_maps(viewport={"width": 1440, "height": 1000})


@pytest.fixture(scope="module")
def pictures():
    return [picture for _, picture in four()]


def code_of(canvas):
    return np.array([float(part) for part in canvas.get_attribute("data-code").split(",")])


def pca(mu):
    """Axes (2, k) of most variance with the sign convention of algebra.js, and their share."""
    values, vectors = np.linalg.eigh(np.cov(mu.T, bias=True))
    axes = vectors.T[::-1]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    return axes[:2], values[::-1][:2].sum() / values.sum()


def test_one_probe_stands_at_the_same_place_of_every_maps_own_codes(page, pictures):
    assert [maps(page).nth(i).get_attribute("data-points") for i in range(4)] == [
        *[str(SHOWN)] * 3, "90",
    ]  # fmt: skip
    expect(decoded(page)).to_have_count(4)
    before = [pixels(decoded(page).nth(i)) for i in range(4)]
    drag(page, maps(page).first, (0.5, 0.5), (0.62, 0.4))
    expect(page).to_have_url(re.compile(r"[?&]u="))
    painted(page)
    planes = [picture.mu for picture in pictures]
    planes[1] = planes[1] @ pca(planes[1])[0].T
    u = None
    for i in (0, 1, 3):
        m, a = planes[i].mean(0), np.linalg.cholesky(np.cov(planes[i].T))
        here = np.linalg.solve(a, np.array(z_of(maps(page).nth(i))) - m)
        u = here if u is None else u
        assert here == pytest.approx(u, abs=2e-3)
    one = planes[2][:, 0]
    expected = [one.mean() + one.std(ddof=1) * u[0], 0]
    assert z_of(maps(page).nth(2)) == pytest.approx(expected, abs=2e-3)
    assert all(pixels(decoded(page).nth(i)) != before[i] for i in range(4))


def test_a_drag_sends_nothing_until_the_finger_lifts(page):
    canvas = maps(page).nth(1)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    counted, z = sent(page), z_of(maps(page).first)
    page.mouse.move(box["x"] + 160, box["y"] + 120, steps=15)
    painted(page)
    assert z_of(maps(page).first) != z
    assert sent(page) == counted
    page.mouse.up()
    painted(page)
    assert sent(page) > counted


def test_a_picked_image_stands_on_its_own_code_in_every_map_of_its_data(page, pictures):
    table = z_of(maps(page).nth(3))
    maps(page).nth(1).focus()
    key(page, "Enter")
    expect(page).to_have_url(re.compile(r"picked=\d+"))
    row = int(re.search(r"picked=(\d+)", page.url)[1])
    assert z_of(maps(page).first) == pytest.approx(pictures[0].mu[row], abs=1e-3)
    assert code_of(maps(page).nth(1)) == pytest.approx(pictures[1].mu[row], abs=1e-3)
    assert z_of(maps(page).nth(2))[0] == pytest.approx(pictures[2].mu[row, 0], abs=1e-3)
    assert np.hypot(*np.subtract(z_of(maps(page).nth(3)), table)) < 5  # it has no such image
    expect(page.locator(".hold").nth(1)).to_have_value("image")
    key(page, "Escape")
    expect(page).not_to_have_url(re.compile("picked="))
    assert code_of(maps(page).nth(1)) == pytest.approx(pictures[1].mu[row], abs=5e-3)


def test_planes_ellipses_and_decodings_are_numpys(page, pictures):
    shown, canvas = pictures[1], maps(page).nth(1)
    axes, share = pca(shown.mu)
    expect(page.locator(".plane-words").nth(1)).to_contain_text(f"{100 * share:.1f} %")
    row = int(np.arange(20)[3] * SHOWN // 20)
    found = canvas.evaluate(
        """(canvas, row) => {
          const { projection, cloud, ellipses } = canvas.btp.seen(), { rx, ry, angle } = ellipses.get(row);
          return { across: [...projection.across], up: [...projection.up],
                   points: [...cloud.points], rx, ry, angle };
        }""",  # noqa: E501
        row,
    )
    assert np.array([found["across"], found["up"]]) == pytest.approx(axes, abs=1e-5)
    assert np.reshape(found["points"], (-1, 2)) == pytest.approx(shown.mu @ axes.T, abs=1e-5)
    turn = np.array([np.cos(found["angle"]), np.sin(found["angle"])])
    cov = axes @ np.diag(shown.std[row].astype(float) ** 2) @ axes.T
    across = np.array([-turn[1], turn[0]])
    assert turn @ cov @ turn == pytest.approx(found["rx"] ** 2, rel=1e-5)
    assert across @ cov @ across == pytest.approx(found["ry"] ** 2, rel=1e-5)
    assert turn @ cov @ across == pytest.approx(0, abs=1e-7)
    z = code_of(canvas)
    image = canvas.evaluate("(canvas, z) => [...canvas.btp.decode(z)]", z.tolist())
    assert image == pytest.approx(decode(shown.weights, z), abs=1e-5)


def test_two_numbers_instead_of_pca_and_a_handle_for_each(page, pictures):
    canvas, choices = maps(page).nth(1), page.locator(".seen").nth(1)
    choices.locator(".kind").select_option("pair")
    choices.locator(".across").select_option("4")
    choices.locator(".up").select_option("0")
    choices.locator(".hold").select_option("mean")
    expect(page).to_have_url(re.compile(r"axes2=5%2C1"))
    drag(page, canvas, (0.5, 0.5), (0.45, 0.55))
    mean, z = pictures[1].mu.mean(0), code_of(canvas)
    assert z[[4, 0]] == pytest.approx(z_of(canvas), abs=1e-3)
    assert z[1:4] == pytest.approx(mean[1:4], abs=1e-3)
    numbers = page.locator("details.numbers").nth(1)
    numbers.locator("summary").click()
    variances = [float(text) for text in numbers.locator(".variance").all_inner_texts()]
    assert variances == pytest.approx(sorted(pictures[1].mu.var(0))[::-1], abs=6e-3)
    handle = numbers.get_by_label("z3", exact=True)
    handle.focus()
    key(page, "End")
    assert code_of(canvas)[2] == pytest.approx(float(handle.get_attribute("max")))
    assert code_of(canvas)[[0, 1, 3, 4]] == pytest.approx(z[[0, 1, 3, 4]], abs=2e-3)
    expect(page).to_have_url(re.compile(r"hold2=[-\d.]+%2C"))
    choices.locator(".kind").select_option("pca")
    expect(page).not_to_have_url(re.compile("axes2="))


def test_an_input_is_encoded_by_every_map_that_can_and_marked_if_it_is_unlike(page, pictures):
    x = digits()["x"][5] / digits()["levels"]
    for image, shown in ((x, 1), (1 - x, 2)):
        page.evaluate(TELL, [image.tolist(), [8, 8]])
        painted(page)
        picture, canvas = pictures[shown], maps(page).nth(shown)
        mu, std = encode(picture.weights, image)
        x_hat = decode(picture.weights, mu)
        recon = -(image * np.log(x_hat) + (1 - image) * np.log1p(-x_hat)).sum()
        kl = 0.5 * (mu**2 + std**2 - 2 * np.log(std) - 1).sum()
        loss = recon + picture.config.beta * kl
        found = canvas.evaluate("""canvas => { const { mu, recon, kl, loss, share } = canvas.btp.input();
          return { mu: [...mu], recon, kl, loss, share }; }""")  # noqa: E501
        assert found["mu"] == pytest.approx(mu, abs=1e-5)
        assert [found[name] for name in ("recon", "kl", "loss")] == pytest.approx(
            [recon, kl, loss], rel=1e-5
        )
        share = np.interp(loss, LOSSES, np.linspace(0, 1, 101))
        assert found["share"] == pytest.approx(share, abs=1e-6)
        terms = page.locator(".terms").nth(shown)
        expect(terms).to_contain_text(f"loss {loss:.1f} nats = {recon:.1f} + 0.5 · KL {kl:.1f}")
    shares = maps(page).nth(1).evaluate(
        "(canvas, [losses, values]) => values.map((value) => canvas.btp.shareBelow(losses, value))",
        [LOSSES.tolist(), [0, float(LOSSES[0]), float(LOSSES[99]), 1e9]],
    )  # fmt: skip
    assert shares == pytest.approx([0, 0, 0.99, 1], abs=1e-3)
    blank = decode(pictures[1].weights, pictures[1].mu.mean(0)) < 0.5  # ink where it expects none
    page.evaluate(TELL, [blank.astype(float).tolist(), [8, 8]])
    marked = page.locator(".verdict").nth(1)
    expect(marked).to_have_class("verdict unlike")
    expect(marked).to_contain_text("larger than that of every image kept aside")
    expect(page.locator(".verdict").first).to_contain_text("Nothing was measured of this run")
    expect(page.locator(".why").nth(3)).to_contain_text("8 × 8 pixels, this network takes 1 × 3")
    page.evaluate(TELL, [[0.1, 0.2, 0.3], [1, 3]])
    expect(page.locator(".why").nth(3)).to_contain_text("a row of another table")
    few = (
        maps(page)
        .nth(1)
        .evaluate(
            "(canvas, shares) => shares.map((share) => canvas.btp.countBelow(share, 5))",
            [0, 0.25, 0.3, 0.99, 1],
        )
    )
    assert few == [0, 1, 2, 4, 5]  # of 5 losses at 0, ¼, ½, ¾, 1: so many are smaller


def test_a_table_shows_the_probes_row_in_its_own_units(page, pictures):
    z = z_of(maps(page).nth(3))
    x = decode(pictures[3].weights, np.array(z))
    low, high = np.array(TABLE["low"]), np.array(TABLE["high"])
    texts = page.locator(".columns").nth(3).locator("dd").all_inner_texts()
    values = [float(text.replace("−", "-")) for text in texts]
    assert values == pytest.approx(low + x * (high - low), rel=2e-2, abs=0.02)
    assert decoded(page).nth(3).evaluate("canvas => [canvas.width, canvas.height]") == [3, 1]


def test_a_map_is_saved_as_svg_with_a_dot_per_code_and_as_png(page):
    for i, name in ((1, "five-numbers"), (2, "one-number")):
        text = maps(page).nth(i).evaluate("canvas => canvas.btp.svg()")
        root = ElementTree.fromstring(text)
        radii = [float(dot.get("r")) for dot in root.iter(f"{SVG}circle")]
        dots = max(radii.count(radius) for radius in set(radii))
        assert dots == SHOWN
        assert "".join(root.itertext()).count(name.capitalize().replace("-", " ")) >= 1
        image = next(root.iter(f"{SVG}image"))
        assert image.get("href", "").startswith("data:image/png")
        for kind in ("png", "svg"):
            with page.expect_download() as saved:
                page.locator(f".link.{kind}").nth(i).click()
            assert saved.value.suggested_filename == f"{name}.{kind}"
            content = saved.value.path().read_bytes()
            assert len(content) > 10_000
            assert content.startswith(b"\x89PNG" if kind == "png" else b"<svg")


def test_the_link_brings_back_plane_probe_and_what_is_held_and_a_finger_drags(open_maps, pictures):
    query = "?u=0.4,-0.3&axes2=2,4&hold2=7&picked=9999999"
    page = open_maps(
        query, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}
    )  # fmt: skip
    m, a = pictures[0].mu.mean(0), np.linalg.cholesky(np.cov(pictures[0].mu.T))
    assert z_of(maps(page).first) == pytest.approx(m + a @ [0.4, -0.3], abs=1e-3)
    assert code_of(maps(page).nth(1))[[0, 2, 4]] == pytest.approx(
        pictures[1].mu[7][[0, 2, 4]], abs=1e-3
    )
    z = z_of(maps(page).nth(1))
    swipe(page, maps(page).first, (0.5, 0.5), (0.7, 0.3))
    assert z_of(maps(page).nth(1)) != z
    assert beyond(page, 390) == 0


def test_while_it_trains_eight_bits_do_and_a_large_set_shows_every_code(open_maps):
    page = open_maps("?live", count=2)
    shown = lab_maps.training()[0][1]
    expect(page.locator(".coarse").first).to_contain_text("Eight bits")
    expect(page.locator(".coarse").nth(1)).to_be_hidden()
    z = [0.5, -1.0]
    image = np.array(maps(page).first.evaluate("(c, z) => [...c.btp.decode(z)]", z))
    exact = decode(shown.weights, np.array(z))
    assert 1e-6 < np.abs(image - exact).max() < 0.02
    page.evaluate(TELL, [[0.5] * 784, [28, 28]])
    expect(page.locator(".why").first).to_contain_text("encoded once training has ended")
    switch = page.get_by_role("switch")
    expect(switch).to_have_text("all 9 000")
    before = pixels(maps(page).nth(1))
    switch.click()
    expect(maps(page).nth(1)).to_have_attribute("data-points", "9000")
    painted(page)
    assert pixels(maps(page).nth(1)) != before

"""Chapter 3's race in a real browser: every seed reaches PCA; torch and scipy agree on the way."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from tests.browser.conftest import painted, pixels
from ui.recode import clouds, covariance, most_kept

CHAPTER = "/autoencoders"
READY = '[data-testid="race"]'
RACES = [(name, k) for name in clouds() for k in range(1, most_kept(name) + 1)]


def figure(page: Page) -> Locator:
    return page.locator(".st-key-figure_race")


def track(page: Page) -> Locator:
    canvas = figure(page).locator(READY)
    expect(canvas).to_have_attribute("data-ready", "true")
    return canvas


def trained(page: Page) -> Locator:
    canvas = track(page)
    expect(canvas).to_have_attribute("data-steps", "400")
    painted(page)
    return canvas


def floor(x: np.ndarray, k: int) -> float:
    """PCA's error with k numbers, from scikit-learn."""
    pca = PCA(k).fit(x)
    return float(((x - pca.inverse_transform(pca.transform(x))) ** 2).sum(1).mean())


@pytest.fixture(scope="module")
def race(open_console):
    """Start networks in the browser: race(covariance, k, seeds) → their Runners, as a handle."""
    canvas = track(open_console(CHAPTER, READY))

    def started(matrix: np.ndarray, k: int, seeds: list[int]):
        return canvas.evaluate_handle(
            "(c, [m, d, k, seeds]) => c.btp.race(m, d, k, seeds)",
            [matrix.ravel().tolist(), len(matrix), k, seeds],
        )

    return started


def test_loss_and_gradients_are_autograds(race):
    digits = clouds()["digits"]
    matrix, d, k = covariance(digits), 64, 3
    found = race(matrix, k, [7]).evaluate(
        """race => { const [{network}] = race.runners; for (let t = 0; t < 5; t++) network.step();
             const {loss, gradients} = network.lossAndGradients();
             return [[...network.encoder], [...network.decoder], loss,
                     ...gradients.map(g => [...g])]; }"""
    )
    encoder = torch.tensor(found[0], dtype=torch.float64).reshape(k, d).requires_grad_()
    decoder = torch.tensor(found[1], dtype=torch.float64).reshape(d, k).requires_grad_()
    x = torch.from_numpy(digits - digits.mean(0))
    loss = ((x - x @ encoder.T @ decoder.T) ** 2).sum(1).mean() / np.linalg.eigvalsh(matrix)[-1]
    loss.backward()
    assert found[2] == pytest.approx(loss.item(), rel=1e-10)
    assert found[3] == pytest.approx(encoder.grad.ravel().tolist(), abs=1e-10)
    assert found[4] == pytest.approx(decoder.grad.ravel().tolist(), abs=1e-10)


def test_ten_steps_are_torchs_adam(race):
    matrix = covariance(clouds()["cloud3"])
    scaled = torch.from_numpy(matrix / np.linalg.eigvalsh(matrix)[-1])
    handle = race(matrix, 2, [3])
    weights = """race => { const [{network}] = race.runners;
                           return [[...network.encoder], [...network.decoder]]; }"""
    start = handle.evaluate(weights)
    encoder = torch.tensor(start[0], dtype=torch.float64).reshape(2, 3).requires_grad_()
    decoder = torch.tensor(start[1], dtype=torch.float64).reshape(3, 2).requires_grad_()
    adam = torch.optim.Adam([encoder, decoder], lr=0.05, betas=(0.9, 0.99), eps=1e-8)
    for step in range(1, 11):
        adam.param_groups[0]["lr"] = 0.05 * (1 + np.cos(np.pi * step / 400)) / 2
        adam.zero_grad()
        rest = torch.eye(3, dtype=torch.float64) - decoder @ encoder
        torch.trace(rest @ scaled @ rest.T).backward()
        adam.step()
    handle.evaluate("race => { for (let t = 0; t < 10; t++) race.runners[0].network.step(); }")
    found = handle.evaluate(weights)
    assert found[0] == pytest.approx(encoder.ravel().tolist(), abs=1e-10)
    assert found[1] == pytest.approx(decoder.ravel().tolist(), abs=1e-10)


def test_floor_and_angles_are_scikit_learns_and_scipys(race):
    for name, k in RACES:
        x = clouds()[name]
        handle = race(covariance(x), k, [1, 2, 3])
        found = handle.evaluate(
            """race => [race.pca.floor, race.runners.map(({network}) => {
                 for (let t = 0; t < 30; t++) network.step();
                 return [[...network.decoder], race.angleOf(network.decoder)];
               })]"""
        )
        assert found[0] == pytest.approx(floor(x, k), rel=1e-5, abs=1e-9)
        for decoder, angle in found[1]:
            exact = subspace_angles(
                np.array(decoder).reshape(x.shape[1], k), PCA(k).fit(x).components_.T
            )
            assert angle == pytest.approx(np.degrees(exact.max()), abs=2e-2)


def test_every_seed_from_0_to_99_reaches_the_floor_and_the_plane(race):
    for name, k in (("cloud2", 1), ("cloud3", 2), ("digits", 2)):
        x = clouds()[name]
        found = race(covariance(x), k, list(range(100))).evaluate(
            """race => { race.runners.forEach(({network}) => network.train());
                 return race.runners.map(({network: n}) => [[...n.encoder], [...n.decoder]]); }"""
        )
        assert len(found) == 100
        centred, axes, least = x - x.mean(0), PCA(k).fit(x).components_.T, floor(x, k)
        for encoder, decoder in found:
            back = np.array(decoder).reshape(-1, k)
            copy = centred @ np.array(encoder).reshape(k, -1).T @ back.T
            assert 1 - 1e-6 < ((centred - copy) ** 2).sum(1).mean() / least < 1.001
            assert np.degrees(subspace_angles(back, axes).max()) < 1


def test_train_is_pressed_and_ten_of_ten_arrive(open_page):
    page = open_page(CHAPTER, ready=READY)
    canvas = track(page)
    assert canvas.get_attribute("data-steps") == "0"
    expect(figure(page).locator(".verdict")).to_have_text("Ten on the starting line")
    figure(page).get_by_role("button", name="Train").click()
    trained(page)
    expect(figure(page).locator(".verdict")).to_have_text("10 of 10 seeds have reached both marks")
    expect(figure(page).locator(".took")).to_contain_text("ms in your browser")
    rows = figure(page).locator("tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == [str(seed) for seed in range(1, 11)]
    runners = canvas.evaluate(
        """c => c.btp.runners.runners.map(r => [r.ratios.length, r.angles.length,
             c.btp.runners.arrival(r), r.ratios, r.angles])"""
    )
    for row, (ratios, angles, arrival, ratio, angle) in zip(rows, runners, strict=True):
        assert (ratios, angles) == (401, 401)
        there = (np.array(ratio) < 1.001) & (np.array(angle) < 1)
        assert there[arrival:].all()
        assert not there[arrival - 1]
        assert row.split()[1:] == [str(arrival), f"{ratio[-1]:.4f}", f"{angle[-1]:.3f}°"]
    expect(page).to_have_url(re.compile("race_done=1"))


def test_a_link_trains_the_same_ten_again(open_page):
    page = open_page(f"{CHAPTER}?race_data=digits&race_k=2&race_block=1", ready=READY)
    track(page)
    figure(page).get_by_role("button", name="Train").click()
    ends = "c => c.btp.runners.runners.map(r => [r.seed, r.ratios[400], ...r.network.decoder])"
    first = trained(page).evaluate(ends)
    assert [runner[0] for runner in first] == list(range(11, 21))
    expect(page).to_have_url(re.compile("race_done=1"))
    other = open_page(page.url[page.url.index("/", 8) :], ready=READY)
    assert trained(other).evaluate(ends) == first


def test_a_trained_race_in_the_link_does_not_hold_up_the_page(open_page):
    page = open_page(f"{CHAPTER}?race_data=digits&race_k=4&race_done=1", ready=READY)
    page.add_init_script(
        """window.steps = [];
        const look = () => {
          for (const each of document.querySelectorAll(".st-key-figure_race *")) {
            const canvas = each.shadowRoot?.querySelector('[data-testid="race"]');
            if (canvas?.dataset.steps) window.steps.push(Number(canvas.dataset.steps));
          }
          requestAnimationFrame(look);
        };
        look();"""
    )
    page.reload()
    trained(page)
    steps = page.evaluate("window.steps")
    assert any(0 < step < 400 for step in steps)
    assert steps == sorted(steps)
    expect(figure(page).locator(".spoken")).to_have_text("")
    assert "race_done=1" in page.url
    page.context.close()  # with its script


def test_other_seeds_are_trained_at_once_and_other_data_wait(open_page):
    page = open_page(CHAPTER, ready=READY, reduced_motion="reduce")
    track(page)
    figure(page).get_by_role("button", name="Seeds 11–20").click()
    canvas = trained(page)
    assert canvas.get_attribute("data-block") == "1"
    expect(figure(page).locator('[data-testid="race-plane"]')).to_be_visible()
    expect(figure(page).locator(".angle-name")).to_have_text("Angle between the two lines")
    before = canvas.bounding_box()
    figure(page).get_by_role("radio", name="3-D cloud").check()
    expect(canvas).to_have_attribute("data-steps", "0")
    assert canvas.get_attribute("data-k") == "2"
    expect(figure(page).locator('[data-testid="race-plane"]')).to_be_hidden()
    expect(figure(page).locator(".angle-name")).to_contain_text("planes")
    expect(figure(page).locator(".cloud figcaption")).to_contain_text("2 of 3 directions")
    after = canvas.bounding_box()
    assert [after[side] for side in ("x", "width")] == [before[side] for side in ("x", "width")]
    expect(page).to_have_url(re.compile("race_data=cloud3"))


def test_a_row_lights_its_curves_by_mouse_and_by_key(open_page):
    page = open_page(f"{CHAPTER}?race_done=1", ready=READY)
    canvas = trained(page)
    plain, rows = pixels(canvas), figure(page).locator("tbody tr")
    rows.nth(3).hover()
    painted(page)
    lit = pixels(canvas)
    assert lit != plain
    page.mouse.move(0, 0)
    expect(figure(page).locator('tbody tr[tabindex="0"]')).to_have_count(1)
    rows.nth(0).focus()
    page.keyboard.press("ArrowUp")
    expect(rows.nth(9)).to_be_focused()
    painted(page)
    assert pixels(canvas) not in (plain, lit)
    page.keyboard.press("Tab")
    assert figure(page).locator("tr:focus").count() == 0


def test_as_many_numbers_as_there_are_lose_nothing(open_page):
    page = open_page(f"{CHAPTER}?race_k=2&race_done=1", ready=READY)
    canvas = trained(page)
    expect(figure(page).locator(".ratio-sub")).to_contain_text("PCA’s floor is 0")
    expect(figure(page).locator(".verdict")).to_have_text("10 of 10 have lost next to nothing")
    expect(figure(page).locator("th").nth(2)).to_have_text("loss ÷ variance")
    assert canvas.evaluate("c => c.btp.runners.runners.map(r => r.ratios[400])") == pytest.approx(
        [0] * 10, abs=1e-9
    )
    assert "NaN" not in figure(page).inner_text()


def test_points_on_one_spot_have_no_axis_and_a_line_has_one(race):
    with pytest.raises(Exception, match="lie on one spot"):
        race(np.zeros((2, 2)), 1, [1])
    line = np.outer([3.0, 4.0], [3.0, 4.0]) / 25  # every point on one line: nothing left to lose
    found = race(line, 1, [1, 2]).evaluate(
        """race => { race.advance(400);
                     return race.runners.map(r => [race.there(r, 400), r.angles[400]]); }"""
    )
    for there, angle in found:
        assert there
        assert angle < 1


def test_the_handle_is_reached_by_keys_and_a_finger_presses_train(open_page):
    page = open_page(
        f"{CHAPTER}?race_data=digits&race_k=2", ready=READY, width=390, height=844,
        has_touch=True, is_mobile=True,
    )  # fmt: skip
    canvas = track(page)
    handle = page.get_by_role("slider", name="Numbers kept k")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(canvas).to_have_attribute("data-k", "3")
    expect(page).to_have_url(re.compile("race_k=3"))
    figure(page).get_by_role("button", name="Train").tap()
    trained(page)


def test_a_bad_link_is_the_start(open_page):  # others: tests/ui/test_links.py
    page = open_page(f"{CHAPTER}?race_data=cats&race_k=9&race_block=x", ready=READY)
    canvas = track(page)
    found = [canvas.get_attribute(f"data-{name}") for name in ("data", "k", "block", "steps")]
    assert found == ["cloud2", "1", "0", "0"]
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)

"""Layers over one map, deeper in chapter 6: heat, arrows and forces against torch and numpy."""

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from tests.browser.conftest import drag, key, painted, pixels, sent, swipe, z_of
from tests.core.pulls import balance, lengths, pulls
from ui.distances import image_distances
from ui.shipped import Shipped, shipped
from ui.terrain import FILES
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean, negative_log_likelihood

CHAPTER = "/continuity_and_completeness?deeper_terrain=true&terrain="
NODES = 41
VAES = [name for name in FILES if name != "ae"]


def open_map(open_page, view: str = "ae.step", **options):
    """Open the figure and wait until its layer is complete: (page, its map)."""
    page = open_page(CHAPTER + view, **options)
    canvas = page.locator('.st-key-figure_terrain [data-testid="latent-map"]')
    complete(canvas, re.split(r"[.&]", view)[1])
    return page, canvas


def complete(canvas, layer: str) -> None:
    expect(canvas).to_have_attribute("data-layer", layer)


def each_model(open_page, layer: str, names: Iterable[str] = FILES, query: str = ""):
    """The same layer over one model after the other: (name, page, map), once it is complete."""
    page, canvas = open_map(open_page, f"{next(iter(names))}.{layer}{query}")
    for name in names:
        page.locator(f".st-key-figure_terrain .models input[value={name}]").check()
        expect(canvas).to_have_attribute("data-model", shipped(FILES[name]).sha256[:16])
        complete(canvas, layer)
        yield name, page, canvas


def decoded(page):
    return page.locator('.st-key-figure_terrain [data-testid="decoded"]')


def facts(page) -> list[str]:
    return page.locator(".st-key-figure_terrain .facts dt").all_text_contents()


def table(page, name: str) -> np.ndarray:
    """The numbers of a table of pulls."""
    cells = page.locator(f".st-key-figure_terrain .{name} tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('.number')].map(c => c.textContent))"
    )
    return np.array([[float(cell.replace("−", "-")) for cell in row] for row in cells])


def choose(page, label: str) -> None:
    page.locator(".st-key-figure_terrain").get_by_role("radio", name=label, exact=True).check()


@cache
def model_of(name: str) -> tuple[Shipped, Autoencoder]:
    model = shipped(FILES[name])
    return model, Autoencoder(model.config, model.data.x_train.shape[1]).load(model.weights)


@torch.no_grad()
def decode(name: str, z: np.ndarray) -> np.ndarray:
    model, network = model_of(name)
    codes = torch.from_numpy(np.asarray(z, np.float32))
    return likelihood_mean(network.decode(codes), model.config).double().numpy()


@torch.no_grad()
def encode(name: str, x: np.ndarray) -> np.ndarray:
    return model_of(name)[1].encode(torch.from_numpy(x.astype(np.float32)))[0].double().numpy()


def square(name: str) -> tuple[float, float, float]:
    """Centre and half-width of a map: the prior's own square, larger if a code is outside."""
    model, _ = model_of(name)
    if name != "ae":
        return 0.0, 0.0, max(3.4, 1.06 * float(np.abs(model.mu).max()))
    low, high = model.mu.min(0), model.mu.max(0)
    x, y = (low + high) / 2
    return float(x), float(y), 1.07 * float((high - low).max()) / 2


def grid(name: str, count: int = NODES) -> np.ndarray:
    """The nodes (count, count, 2), row by row from the top left."""
    x, y, r = square(name)
    along = np.linspace(-1, 1, count)
    return np.stack(np.meshgrid(x + r * along, y - r * along), axis=-1)


def frame(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and Cholesky factor of the covariance of a model's codes."""
    mu = model_of(name)[0].mu.astype(np.float64)
    return mu.mean(0), np.linalg.cholesky(np.cov(mu.T))


@cache
def steps(name: str) -> np.ndarray:
    """The change per .1 standard deviation on the grid: root mean square over directions."""
    images = decode(name, grid(name).reshape(-1, 2)).reshape(NODES, NODES, -1)
    down, right = np.gradient(images, 2 * square(name)[2] / (NODES - 1), axis=(0, 1))
    jacobian = np.stack([right, -down], axis=-1) @ frame(name)[1]  # (NODES, NODES, d, 2)
    return 0.1 * np.sqrt((jacobian**2).sum((2, 3)) / 2) / image_distances()[0]


@cache
def distances(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Distance from each node's image to the nearest training image, and that image's row."""
    images = torch.from_numpy(decode(name, grid(name).reshape(-1, 2)))
    real = torch.from_numpy(model_of(name)[0].data.x_train.copy()).double()
    every = torch.cdist(images, real, compute_mode="donot_use_mm_for_euclid_dist").numpy()
    return every.min(1).reshape(NODES, NODES) / image_distances()[0], every.argmin(1)


def at_codes(name: str, values: np.ndarray) -> float:
    """The mean over all codes of a heat map read off between its nodes."""
    x, y, r = square(name)
    places = (model_of(name)[0].mu - [x - r, y + r]) * [1, -1] / (2 * r) * (NODES - 1)
    column, row = places.T.astype(np.float64)
    i, j = np.floor(row).astype(int), np.floor(column).astype(int)
    v, u = row - i, column - j
    top = (1 - u) * values[i, j] + u * values[i, j + 1]
    return float(
        ((1 - v) * top + v * ((1 - u) * values[i + 1, j] + u * values[i + 1, j + 1])).mean()
    )


# ---- the numbers


def test_the_step_is_the_slope_of_what_torch_decodes(open_page):
    for name, page, canvas in each_model(open_page, "step"):
        heat = canvas.evaluate("c => ({ ...c.btp.layer(), values: [...c.btp.layer().values] })")
        expected = steps(name)
        assert np.array(heat["values"]) == pytest.approx(expected.ravel(), rel=1e-3, abs=1e-6)
        assert heat["mean"] == pytest.approx(at_codes(name, expected), rel=1e-3, abs=1e-6)
        z = grid(name)[12, 23].tolist()
        assert canvas.evaluate("(c, z) => c.btp.at(z).value", z) == pytest.approx(
            expected[12, 23], rel=1e-3, abs=1e-6
        )
        assert facts(page)[1] == f"{heat['mean']:.3f}"


def test_the_nearest_real_image_is_the_one_brute_force_finds(open_page):
    for name, page, canvas in each_model(open_page, "nearest"):
        heat = canvas.evaluate("c => ({ ...c.btp.layer(), values: [...c.btp.layer().values] })")
        expected, rows = distances(name)
        assert np.array(heat["values"]) == pytest.approx(expected.ravel(), rel=1e-5)
        assert heat["mean"] == pytest.approx(at_codes(name, expected), rel=1e-4)
        for k in (0, 377, 1001):
            at = canvas.evaluate("(c, z) => c.btp.at(z)", grid(name).reshape(-1, 2)[k].tolist())
            assert at["row"] == rows[k]
            assert at["value"] == pytest.approx(expected.ravel()[k], rel=1e-5)
        assert facts(page)[1:] == [f"{heat['mean']:.2f}", f"{image_distances()[1]:.2f}"]


def test_the_round_trip_is_torchs_and_its_shrinkage_the_least_squares_fit(open_page):
    for name, page, canvas in each_model(open_page, "trip"):
        trip = canvas.evaluate(
            """c => {
              const t = c.btp.layer();
              return { ...t, nodes: [...t.nodes], back: [...t.back] };
            }"""
        )
        nodes, (m, a) = grid(name, 17).reshape(-1, 2), frame(name)
        assert np.array(trip["nodes"]).reshape(-1, 2) == pytest.approx(nodes, abs=1e-5)
        back = encode(name, decode(name, nodes))
        assert np.array(trip["back"]).reshape(-1, 2) == pytest.approx(back, abs=1e-4)
        draws = np.array(canvas.evaluate("c => c.btp.draws()")).reshape(-1, 2)
        assert np.linalg.norm(draws.mean(0) - m) < 0.2 * np.sqrt(np.trace(a @ a.T))
        ends = encode(name, decode(name, draws))
        s = np.linalg.lstsq((draws - m).reshape(-1, 1), (ends - m).ravel(), rcond=None)[0][0]
        deviation = np.sqrt(np.trace(a @ a.T) / 2)
        raw = np.linalg.norm(ends - draws, axis=1).mean() / deviation
        less = np.linalg.norm(ends - m - s * (draws - m), axis=1).mean() / deviation
        inward = (((ends - draws) * (m - draws)).sum(1) > 0).mean()
        for value, expected in (("s", s), ("raw", raw), ("less", less), ("inward", inward)):
            assert trip[value] == pytest.approx(expected, rel=2e-3, abs=2e-3), value
        assert facts(page)[1:] == [
            f"{trip[v]:.2f}".replace("-0.00", "0.00") for v in ("raw", "s", "less")
        ]
        z = [float(value) for value in m + a @ [0.5, -0.4]]
        arrow = canvas.evaluate("(c, z) => c.btp.at(z)", z)
        end = encode(name, decode(name, np.array([z])))[0]
        assert arrow["back"] == pytest.approx(end, abs=1e-4)
        assert arrow["value"] == pytest.approx(np.linalg.norm(end - z) / deviation, rel=1e-2)


def test_gradient_and_pulls_are_torchs_on_the_same_draws(open_page):
    for name, _, canvas in each_model(open_page, "step", VAES):
        model, network = model_of(name)
        generator = np.random.default_rng(3)
        for row in (0, 500, 1400):
            x, mu, std = model.data.x_train[row], model.mu[row], model.std[row]
            z = torch.tensor(mu + std * generator.normal(size=2), dtype=torch.float32)[None]
            z.requires_grad_()
            loss = negative_log_likelihood(
                network.decode(z), torch.from_numpy(x.copy())[None], model.config
            )
            slope = torch.autograd.grad(loss.sum(), z)[0][0].numpy()
            ours = canvas.evaluate(
                "(c, [z, x]) => c.btp.gradient(z, x)", [z[0].tolist(), x.tolist()]
            )
            assert np.abs(ours - slope).max() <= 1e-4 * max(np.abs(slope).max(), 0.01)
            draws = generator.normal(size=(64, 2))
            rule = (draws, np.full(64, 1 / 64))
            recon, kl = pulls(model.config, model.weights, x[None], mu[None], std[None], rule)
            arguments = [
                x.tolist(),
                mu.tolist(),
                std.tolist(),
                draws.ravel().tolist(),
                rule[1].tolist(),
            ]
            ours = canvas.evaluate("(c, a) => c.btp.pulls(...a)", arguments)
            assert np.abs(ours - recon[0]).max() <= 1e-4 * max(np.abs(recon).max(), 0.01)
            by_rule, _ = pulls(model.config, model.weights, x[None], mu[None], std[None])
            ours = canvas.evaluate("(c, a) => c.btp.pulls(...a)", arguments[:3])
            assert np.abs(ours - by_rule[0]).max() <= 1e-4 * max(np.abs(by_rule).max(), 0.01)
            assert kl[0] == pytest.approx(
                -model.config.beta * np.concatenate([mu, std**2 - 1]), rel=1e-4, abs=1e-6
            )


def test_the_tables_of_forces_show_what_torch_finds_for_one_image_and_for_all(open_page):
    for name, page, _ in each_model(open_page, "forces", VAES[:2], "&terrain_image=7"):
        model, _ = model_of(name)
        recon, kl = pulls(model.config, model.weights, model.data.x_train, model.mu, model.std)
        one = np.stack([recon[7], kl[7], recon[7] + kl[7]], axis=1)
        assert table(page, "one") == pytest.approx(one, abs=0.0051)
        residual = recon + kl
        columns = [lengths(recon), lengths(kl), lengths(residual), balance(residual)]
        assert table(page, "all") == pytest.approx(np.array(columns).T, abs=0.0051)
        assert "all 1500" in page.locator(".st-key-figure_terrain .all caption").text_content()


# ---- what the captions say


def test_steps_are_almost_twice_as_long_where_the_nearest_class_changes():
    for name in ("ae", "beta01", "beta1"):
        labels = model_of(name)[0].data.y_train[distances(name)[1]].reshape(NODES, NODES)
        edge = np.zeros((NODES, NODES), bool)
        for axis in (0, 1):
            change = np.diff(labels, axis=axis) != 0
            pad = [(0, 0), (0, 0)]
            for pad[axis] in ((0, 1), (1, 0)):
                edge |= np.pad(change, pad)
        ratio = steps(name)[edge].mean() / steps(name)[~edge].mean()
        assert 1.6 < ratio < 2.1


def test_the_average_step_at_beta_1_is_half_the_autoencoders_and_part_of_that_is_contrast():
    half = at_codes("beta1", steps("beta1")) / at_codes("ae", steps("ae"))
    assert half == pytest.approx(0.5, abs=0.05)

    def spread(name: str) -> float:
        return float(torch.pdist(torch.from_numpy(decode(name, model_of(name)[0].mu))).mean())

    assert half < spread("beta1") / spread("ae") < 0.95
    assert steps("beta30").max() < 1e-3


def test_the_autoencoders_green_wedge_holds_no_code_and_pale_places_are_near():
    heat, _ = distances("ae")
    row, column = np.argwhere(heat > 0.6).T
    wedge = (row < NODES / 2) & (column < NODES / 2)
    assert wedge.sum() > 25
    places, mu = grid("ae")[row[wedge], column[wedge]], model_of("ae")[0].mu
    assert np.linalg.norm(places[:, None] - mu, axis=2).min() > mu.std(0).max()
    for name in ("ae", "beta01", "beta1"):
        assert at_codes(name, distances(name)[0]) < image_distances()[1]
    assert np.ptp(distances("beta30")[0]) < 0.03


def test_arrows_are_short_among_the_codes_and_long_beyond():
    for name in ("ae", "beta01", "beta1"):
        nodes, (m, a) = grid(name, 17).reshape(-1, 2), frame(name)
        length = np.linalg.norm(encode(name, decode(name, nodes)) - nodes, axis=1)
        among = np.linalg.norm(np.linalg.solve(a, (nodes - m).T), axis=0) <= 2.5
        assert length[~among].mean() > 3 * length[among].mean()


# ---- the gestures


def test_dragging_moves_probe_image_and_reading_and_sends_nothing_until_it_is_let_go(open_page):
    page, canvas = open_map(open_page, "beta1.nearest")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    before = z_of(canvas), pixels(decoded(page)), facts(page)
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    counted = sent(page)
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=20)
    painted(page)
    after = z_of(canvas), pixels(decoded(page)), facts(page)
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert before[2][1:] == after[2][1:]  # what is true of the whole map stays
    assert decoded(page).evaluate("c => [c.width, c.height]") == [8, 8]
    assert sent(page) == counted
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"terrain_z="))


def test_keys_move_the_probe_enter_picks_and_home_centres(open_page):
    page, canvas = open_map(open_page, "beta1.forces&terrain_z=0.5,0.5")
    canvas.focus()
    key(page, "ArrowLeft")
    assert z_of(canvas) == pytest.approx([0.5 - 0.02 * 3.4, 0.5], abs=1e-3)
    key(page, "Enter")
    expect(page).to_have_url(re.compile(r"terrain_image=\d+"))
    row = int(re.search(r"terrain_image=(\d+)", page.url)[1])
    mu = model_of("beta1")[0].mu
    assert row == np.linalg.norm(mu - [0.432, 0.5], axis=1).argmin()
    assert z_of(canvas) == pytest.approx(mu[row], abs=1e-3)
    key(page, "Home")
    assert z_of(canvas) == [0, 0]


def test_a_finger_drags_the_picked_cloud_and_its_pulls_follow(open_page):
    page, canvas = open_map(
        open_page, "beta1.forces", width=390, height=844, has_touch=True, is_mobile=True
    )
    before = table(page, "one")
    swipe(page, canvas, (0.3, 0.3), (0.55, 0.5))
    model, z = model_of("beta1")[0], np.array(z_of(canvas), np.float32)
    assert table(page, "one") != pytest.approx(before, abs=0.01)
    recon, kl = pulls(model.config, model.weights, model.data.x_train[:1], z[None], model.std[:1])
    expected = np.stack([recon[0], kl[0], recon[0] + kl[0]], axis=1)
    assert table(page, "one") == pytest.approx(expected, abs=0.03)  # z is rounded when let go


def test_models_and_layers_change_by_their_radios_and_stand_in_the_link(open_page):
    page, canvas = open_map(open_page)
    model = canvas.get_attribute("data-model")
    choose(page, "β = 1")
    expect(canvas).not_to_have_attribute("data-model", model)
    choose(page, "Round trip")
    complete(canvas, "trip")
    page.locator(".st-key-figure_terrain").get_by_role("switch").click()
    expect(page).to_have_url(re.compile(r"terrain=beta1\.trip\.less"))
    expect(page.locator(".st-key-caption_terrain_trip")).to_be_visible()
    key(page, "Tab")
    page.locator(".st-key-figure_terrain .layers input:checked").focus()
    key(page, "ArrowLeft")
    complete(canvas, "nearest")
    expect(page).to_have_url(re.compile(r"terrain=beta1\.nearest\.less"))


def test_an_autoencoder_has_no_clouds_and_no_forces(open_page):
    page, canvas = open_map(open_page, "beta1.forces")
    choose(page, "AE")
    complete(canvas, "step")
    expect(page.locator(".st-key-figure_terrain input[value=forces]")).to_be_disabled()
    expect(page.locator(".st-key-figure_terrain .layers")).to_contain_text("VAEs only")
    choose(page, "VAE, β = 0.1")
    expect(page.locator(".st-key-figure_terrain input[value=forces]")).to_be_enabled()


def test_a_link_opens_the_same_picture_elsewhere(open_page):
    page, canvas = open_map(open_page, "beta01.trip.less")
    drag(page, canvas, (0.5, 0.5), (0.62, 0.31))
    expect(page).to_have_url(re.compile(r"terrain_z="))
    other, same = open_map(open_page, page.url.partition("&terrain=")[2])
    assert z_of(same) == z_of(canvas)
    assert pixels(same) == pixels(canvas)
    assert pixels(decoded(other)) == pixels(decoded(page))


def test_nonsense_in_a_link_counts_as_not_there(open_page):  # more: tests/ui/test_links.py
    page = open_page(CHAPTER + "gan.step&terrain_z=nan,inf&terrain_image=1500")
    canvas = page.locator('.st-key-figure_terrain [data-testid="latent-map"]')
    complete(canvas, "step")
    assert z_of(canvas) == pytest.approx(model_of("ae")[0].mu[0], abs=1e-4)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_collapsed_model_says_so_in_numbers_and_breaks_nothing(open_page):
    page, canvas = open_map(open_page, "beta30.step")
    assert facts(page) == ["0.000", "0.000"]
    choose(page, "Forces")
    complete(canvas, "forces")
    assert np.abs(table(page, "all")).max() < 0.3

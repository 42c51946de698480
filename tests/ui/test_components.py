"""What is said of digits and components is true of the images that are shipped."""

import re

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.feature_selection import mutual_info_regression
from streamlit.testing.v1 import AppTest

from ui import widgets
from ui.components import (
    DEEP,
    EXAMPLES,
    FLOOR_MOST,
    FLOOR_ROW,
    PARTNER,
    PARTNERS,
    PIXELS,
    _components_payload,
    _first_of,
    _floor_payload,
    _pixels_payload,
    _rotation_payload,
)
from ui.prose import section, words
from ui.shipped import shipped
from vae_core import load_dataset
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean

SAID = {
    "pixels": ("pixels_words",),
    "components": ("components_words", "floor_words"),
    "rotation": ("rotation_words",),
}


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_dataset("digits").x_train.astype(np.float64)


@pytest.fixture(scope="module")
def pca(digits) -> PCA:
    return PCA().fit(digits)


def errors(pca: PCA, x: np.ndarray) -> np.ndarray:
    """Mean squared error per image, summed over pixels, with k = 0 … 64 components."""
    centred = x - pca.mean_
    kept = [centred @ pca.components_[:k].T @ pca.components_[:k] for k in range(65)]
    return np.array([((centred - each) ** 2).sum(1).mean() for each in kept])


@pytest.mark.parametrize("name", list(SAID))
def test_every_word_a_figure_asks_for_is_in_the_content(name):
    source = "\n".join(path.read_text() for path in (widgets._HERE / name).glob("*.js"))
    said = set().union(*(words("components", part) for part in SAID[name]))
    asked = set(re.findall(r"words\.(\w+)", source))
    for stem, ends in re.findall(r"words\[`(\w*?_?)\$\{name\}(\w*)`\]", source):
        found = {word for word in said if word.startswith(stem) and word.endswith(ends)}
        assert found
        asked |= found
    asked |= {"correlation", "information", "rows", "error"} if name == "rotation" else set()
    assert asked == said


def test_two_components_leave_72_per_cent(digits, pca):
    left = errors(pca, digits) / errors(pca, digits)[0]
    assert "leave 72 % of the error" in section("components", "components")
    assert round(100 * left[2]) == 72
    assert [int(np.argmax(left < share)) for share in (0.5, 0.1)] == [5, 21]


def test_three_pixels_are_blank_and_three_eigenvalues_are_nothing(digits, pca):
    assert "three pixels are blank" in section("components", "try_components")
    assert (digits.std(0) == 0).sum() == 3
    assert digits[:, 0].max() == 0  # the upper left corner of try_pixels
    assert (pca.explained_variance_ > 1e-12).sum() == 61


def test_pca_catches_up_with_the_deep_network_at_10_and_on_held_out_digits_at_8(digits, pca):
    assert "With 10 numbers, and with 8." in section("components", "try_floor")
    model, held_out = shipped(DEEP), load_dataset("digits").x_val.astype(np.float64)
    network = Autoencoder(model.config, 64).load(model.weights)
    assert model.config.latent_dim == 2
    found = []
    for x in (digits, held_out):
        with torch.no_grad():
            given = torch.from_numpy(x).float()
            x_hat = likelihood_mean(network.decode(network.encode(given)[0]), model.config)
        deep = ((x - x_hat.numpy()) ** 2).sum(1).mean()
        found.append(int(np.argmax(errors(pca, x) <= deep)))
    assert found == [10, 8]
    assert max(found) < FLOOR_MOST


@pytest.mark.parametrize("partner", PARTNERS)
def test_components_are_uncorrelated_and_not_independent(digits, pca, partner):
    z = pca.transform(digits)[:, [0, partner - 1]]
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(0, abs=1e-9)
    information = mutual_info_regression(z[:, :1], z[:, 1], random_state=0)[0]
    draw = np.random.default_rng(0)
    torn = [mutual_info_regression(z[:, :1], draw.permutation(z[:, 1]))[0] for _ in range(10)]
    assert information > max(0.1, 2 * max(torn))
    c = np.cos(np.pi / 6), np.sin(np.pi / 6)
    turned = np.corrcoef(z @ (c[0], c[1]), z @ (-c[1], c[0]))[0, 1]
    assert abs(turned) > 0.03


def test_what_try_this_says_of_turning_is_so(digits, pca):
    found = {}
    for partner in (6, 2):
        z = pca.transform(digits)[:, [0, partner - 1]]
        for degrees in (0, 45, 90):
            c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
            a, b = z @ (c, s), z @ (-s, c)
            told = mutual_info_regression(a[:, None], b, random_state=0)[0]
            found[partner, degrees] = f"{np.corrcoef(a, b)[0, 1]:.2f}", f"{told:.2f}"
    said = section("components", "try_rotation").replace("−", "-")
    assert PARTNER == 6
    (_, before), (to, after) = found[6, 0], found[6, 45]
    assert f"To {to}; it rises from {before} to {after} nats." in said
    (_, before), (to, after) = found[2, 0], found[2, 45]
    assert f"only reaches {to}; the mutual information falls, from {before} to {after}" in said
    for partner in (6, 2):
        assert found[partner, 90][1] == found[partner, 0][1]


def test_the_floor_opens_on_a_5_and_an_8_that_come_back_as_a_3(digits):
    assert "The 5 and the 8, both as a 3." in section("components", "try_floor")
    model, classes = shipped(DEEP), load_dataset("digits").y_train
    network = Autoencoder(model.config, 64).load(model.weights)
    rows = [np.flatnonzero(classes == digit) for digit in range(10)]
    rows = [of_class[FLOOR_ROW % len(of_class)] for of_class in rows]
    with torch.no_grad():
        codes = network.encode(torch.from_numpy(digits[rows]).float())[0]
        x_hat = likelihood_mean(network.decode(codes), model.config).numpy()
    nearest = classes[((x_hat[:, None] - digits) ** 2).sum(2).argmin(1)]
    assert nearest.tolist() == [0, 1, 2, 3, 4, 3, 6, 7, 3, 9]


def test_how_many_greedy_pixels_lose_less_than_ten_features(digits, pca):
    """Try this 3: brute force by least squares, pixel after pixel."""
    centred = digits - digits.mean(0)
    kept: list[int] = []
    for _ in range(30):
        if losses(centred, kept) < errors(pca, digits)[10]:
            break
        free = [j for j in range(64) if j not in kept]
        kept.append(min(free, key=lambda j: losses(centred, [*kept, j])))
    assert f"({len(kept)}.)" in section("components", "try_pixels")


def losses(centred: np.ndarray, kept: list[int]) -> float:
    if not kept:
        return float((centred**2).sum(1).mean())
    weights = np.linalg.pinv(centred[:, kept]) @ centred
    return float(((centred - centred[:, kept] @ weights) ** 2).sum(1).mean())


def test_every_row_of_the_largest_class_can_be_linked_and_no_other():
    most = int(np.bincount(load_dataset("digits").y_train).max())
    for row, usable in ((150, True), (most - 1, True), (most, False)):
        at = AppTest.from_function(_several_components, default_timeout=60)
        at.query_params["components_row"] = str(row)
        at.run()
        assert not at.exception
        assert at.session_state["components_state"].row == (row if usable else 0)


def _several_components():
    from ui.components import _several

    _several("components", 64)


def test_what_is_sent_is_small_and_costs_a_rerun_nothing():
    assert len(set(PIXELS)) == len(PIXELS)
    assert [int(load_dataset("digits").y_train[_first_of(c)]) for c in EXAMPLES] == list(EXAMPLES)
    for payload, state, most in (
        (_pixels_payload, (PIXELS,), 100_000),
        (_components_payload, (2, 0), 102_000),
        (_rotation_payload, (0.0, 2), 102_000),
        (_floor_payload, (2, 0), 240_000),
    ):
        first = payload(*state)
        assert payload(*state) is first
        assert len(first) < most

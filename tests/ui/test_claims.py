"""What the prose says in numbers, against the shipped models it speaks of."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from ui.evidence import recorded
from ui.prose import prediction, section
from ui.shipped import manifest, shipped
from vae_core import RunConfig, load_dataset
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean
from vae_core.training import initial_snapshot, train


def span(name: str) -> np.ndarray:
    return np.ptp(shipped(name).mu, axis=0)


def share_within_two(name: str) -> float:
    return float((np.linalg.norm(shipped(name).mu, axis=1) < 2).mean())


def nearest_classes(name: str) -> np.ndarray:
    """Share of each class among the images nearest to decoded draws of the prior."""
    model = shipped(name)
    draws = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    network = Autoencoder(model.config, model.data.x_train.shape[1]).load(model.weights)
    with torch.no_grad():
        drawn = likelihood_mean(network.decode(draws), model.config)
    near = torch.cdist(drawn, torch.from_numpy(model.data.x_train.copy())).argmin(1)
    return np.bincount(model.data.y_train[near.numpy()], minlength=10) / len(draws)


def test_the_widths_grow_as_the_question_of_chapter_5_says():
    text = section("5_variational_autoencoders", "predict_sigma")
    assert text.count("from about 0.05 to about 0.2") == 2
    assert np.median(shipped("digits-vae-beta0.1").std) == pytest.approx(0.05, abs=0.01)
    assert np.median(shipped("digits-vae-beta1").std) == pytest.approx(0.2, abs=0.03)


def test_codes_without_a_kl_term_spread_over_tens_of_units():
    assert "twenty-five units" in section("pictures", "digits_ae")
    assert span("digits-ae") == pytest.approx([25, 25], abs=3)
    assert (span("digits-vae-beta0") > span("digits-ae")).all()
    assert span("shapes-vae-beta0").mean() == pytest.approx(20, abs=3)


def test_the_regular_maps_fill_the_disc_of_the_prior():
    """A standard Gaussian has 86 % of its mass within two standard deviations."""
    for name in ("digits-vae-beta1", "shapes-vae-beta1"):
        assert share_within_two(name) == pytest.approx(0.86, abs=0.06)
    assert share_within_two("digits-vae-beta0") < 0.4


def test_the_collapsed_map_says_nothing_about_its_images():
    model = shipped("digits-vae-beta30")
    assert np.abs(model.mu).max() < 0.1
    assert np.allclose(model.std, 1, atol=0.05)


def test_without_the_kl_term_few_kinds_of_digit_are_drawn():
    on, off = nearest_classes("digits-vae-beta1"), nearest_classes("digits-vae-beta0")
    assert on.min() > 0.05
    assert np.sort(off)[-3:].sum() > 0.8
    assert "few kinds of digit are left" in section("home", "wall")
    measures = manifest()["digits-vae-beta0"]["measures"]["val_recon"]
    assert measures <= manifest()["digits-vae-beta1"]["measures"]["val_recon"]


def test_twice_as_far_as_the_prior_would_at_a_tenth_of_its_weight():
    measures = manifest()["digits-vae-beta0.1"]["measures"]
    assert span("digits-vae-beta0.1") == pytest.approx([8, 8], abs=1)  # the prior: about ±2
    assert measures["precision"] > 0.9


def test_chapter_5_says_how_clouds_begin_and_end():
    text = section("5_variational_autoencoders", "train")
    assert "as wide as the prior" in text
    assert "shrink" in text
    config = RunConfig(dataset="digits", epochs=20)
    data = load_dataset("digits")
    first = initial_snapshot(config, data)
    *_, last = train(config, data)
    assert np.median(first.std) == pytest.approx(1, abs=0.15)
    assert np.median(last.std) < 0.5
    means = {s: [s.mu[data.y_train == k].mean(0) for k in range(10)] for s in (first, last)}
    spread = {s: np.linalg.norm(np.std(centres, axis=0)) for s, centres in means.items()}
    assert spread[last] > 3 * spread[first]  # classes pull away from each other


def test_chapter_6_says_what_serving_every_weight_costs():
    text = section("6_continuity_and_completeness", "rate")
    assert "at most half a nat behind" in text
    for name in ("digits-family", "shapes-family"):
        entry = manifest("families.json")[name]
        compared, own = entry["compared"], entry["individual"][:-1]  # the last: β beyond the handle
        costs = [
            a["val_recon"] + a["beta"] * a["val_kl"] - b["val_recon"] - a["beta"] * b["val_kl"]
            for a, b in zip(compared, own, strict=True)
        ]
        assert [a["beta"] for a in compared] == [b["beta"] for b in own]
        assert 0.1 < max(costs) < 0.5
        assert min(costs) < -0.1  # "here and there ahead of them"
        assert own[0]["val_kl"] > compared[0]["val_kl"] + 0.5  # "spread further out"
    digits = manifest("families.json")["digits-family"]
    assert digits["individual"][9]["beta"] == 3
    assert digits["individual"][9]["val_kl"] < 0.1  # "collapses"
    assert 0.3 < digits["compared"][9]["val_kl"] < 1  # "still remembers a little"


@pytest.mark.parametrize(("name", "least"), [("digits-family", 0.6), ("shapes-family", 0.4)])
def test_the_line_of_slope_minus_beta_touches_the_curve(name, least):
    curve = manifest("families.json")[name]["curve"]
    beta, recon, kl = (
        np.array([point[key] for point in curve]) for key in ("beta", "val_recon", "val_kl")
    )
    slopes = -(recon[2:] - recon[:-2]) / (kl[2:] - kl[:-2])
    inner = beta[1:-1]
    assert slopes[inner > least] == pytest.approx(inner[inner > least], rel=0.1)


def test_chapter_2_says_how_many_components_digits_take():
    values = PCA().fit(load_dataset("digits").x_train).explained_variance_ratio_
    left = 1 - np.cumsum(values)  # after 1, 2, … components
    assert round(100 * left[1]) == 72
    assert left[3] > 0.5 > left[4]  # "5 to bring the error below a half"
    assert left[19] > 0.1 > left[20]  # "and 21 to bring it below a tenth"
    question = prediction("2_pca", "predict_left")
    assert "72 %" in question.right
    for feedback in (question.yes, question.no):
        assert "takes 5 to bring the error below a half and 21" in feedback


def test_chapter_4_asks_for_the_coverage_that_was_measured():
    values = next(row for row in recorded()["digits"] if row["model"] == "ae")["values"]
    assert 0.5 < np.mean(values["coverage"]) < 0.6  # "a little over half on average"
    assert f"{np.mean(values['coverage_fitted']):.2f}" == "0.94"
    question = prediction("4_too_much_freedom", "predict_coverage")
    for feedback in (question.yes, question.no):
        assert "a little over half on average from N(0, I), and 0.94 from" in feedback

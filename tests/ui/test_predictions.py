"""The eleven questions asked before looking, one per chapter: their answers, worked out anew."""

import json
import math
import re

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ui import clouds, units
from ui.cut import AFTER
from ui.page import chapters
from ui.prose import CONTENT, Prediction, prediction
from ui.shipped import shipped
from vae_core import RunConfig, load_dataset
from vae_core.training import train

ASKED = {  # by chapter: the file and the section of its question
    1: ("1_dimensionality_reduction", "predict_axis"),
    2: ("2_pca", "predict_left"),
    3: ("3_autoencoders", "predict_seeds"),
    4: ("4_too_much_freedom", "predict_coverage"),
    5: ("5_variational_autoencoders", "predict_sigma"),
    6: ("6_continuity_and_completeness", "predict_coverage"),
    7: ("7_probabilistic_model", "predict_c"),
    8: ("8_variational_inference", "predict_elbo"),
    9: ("9_reparametrisation", "predict_sigma"),
    10: ("units", "predict_units"),
    11: ("11_takeaways", "predict_survivors"),
}


def ask(chapter: int) -> Prediction:
    return prediction(*ASKED[chapter])


def measured(beta: float | None, measure: str) -> float:
    rows = json.loads((CONTENT.parent / "measures.json").read_text())["digits"]
    [row] = [r for r in rows if r.get("beta") == beta]
    return float(np.mean(row["values"][measure]))


def test_every_chapter_asks_one_question():
    found = {
        (path.stem, name)
        for path in CONTENT.glob("*.md")
        for name in re.findall(r"^## (predict_\w+)", path.read_text(), re.M)
    }
    assert found == set(ASKED.values())
    for chapter in chapters():
        page = (CONTENT.parents[1] / "pages" / f"{chapter.page}.py").read_text()
        assert page.count(f'"{ASKED[chapter.number][1]}"') == 1


def test_1_the_long_axis_loses_least():
    on, off = clouds.long_cloud()
    x = on + off
    covariance = x.T @ x / len(x)
    slope = covariance[0, 1] / covariance[0, 0]  # of the regression of x₂ on x₁

    def left(axis: np.ndarray) -> float:
        axis = axis / np.linalg.norm(axis)
        return float(np.trace(covariance) - axis @ covariance @ axis)

    selected = [covariance[k, k] - covariance[0, 1] ** 2 / covariance[1 - k, 1 - k] for k in (0, 1)]
    axis = np.array([math.cos(math.radians(50)), math.sin(math.radians(50))])
    assert left(axis) < min(left(np.array([1, slope])), *selected)
    assert "long axis" in ask(1).right


def test_2_two_components_leave_72_per_cent():
    explained = PCA(2).fit(load_dataset("digits").x_train).explained_variance_ratio_
    assert ask(2).right == f"about {100 * (1 - explained.sum()):.0f} %"


def test_3_seeds_share_their_copies_and_not_their_codes():
    data = load_dataset("digits")
    codes, copies = [], []
    for seed in range(3):
        *_, last = train(RunConfig(dataset="digits", model="linear", seed=seed), data)
        codes.append(last.mu)
        weight, bias = last.weights["decoder.0.weight"], last.weights["decoder.0.bias"]
        copies.append(last.mu @ weight.T + bias)
    spread = data.x_train.std()
    for k in (1, 2):
        assert np.abs(copies[k] - copies[0]).max() < 0.05 * spread
        assert np.abs(codes[k] - codes[0]).mean() > 0.1 * codes[0].std()
    assert ask(3).right.startswith("The reconstructions")


def test_4_the_autoencoder_covers_half_and_more_than_nine_tenths():
    assert measured(None, "coverage") == pytest.approx(0.5, abs=0.06)
    assert measured(None, "coverage_fitted") > 0.9
    assert ask(4).right == "About half, and more than nine tenths"
    assert f"{measured(None, 'coverage_fitted'):.2f} from the Gaussian" in ask(4).yes


def test_5_more_weight_makes_the_clouds_wider():
    narrow, wide = (np.median(shipped(f"digits-vae-beta{beta}").std) for beta in ("0.1", "1"))
    assert narrow < wide
    told = re.search(r"from about ([\d.]+) to about ([\d.]+)\.", ask(5).yes)
    assert [f"{narrow:.2f}", f"{wide:.1f}"] == list(told.groups())
    assert ask(5).right.startswith("Grow")


def test_6_a_tenth_of_the_kl_term_covers_most():
    covered = {beta: measured(beta, "coverage") for beta in (0.0, 0.1, 1.0, 10.0)}
    assert ask(6).right.startswith(f"{max(covered, key=covered.get):g}:")
    assert {answer.partition(":")[0] for answer in ask(6).answers} == {"0", "0.1", "1", "10"}


@pytest.mark.parametrize(("c", "told"), [(0.1, "$x/1.1$"), (1.0, "$x/2$")])
def test_7_the_posterior_draws_back_and_widens(c, told):
    z, x = np.linspace(-12, 12, 200_001), 1.7
    density = np.exp(-(z**2) / 2 - (x - z) ** 2 / (2 * c))
    density /= density.sum()
    mean = (z * density).sum()
    variance = ((z - mean) ** 2 * density).sum()
    assert mean == pytest.approx(x / float(told.strip("$").partition("/")[2]))
    assert variance == pytest.approx(c / (1 + c))
    assert told in ask(7).right


def test_8_what_the_elbo_loses_the_gap_gains():
    z, x, c = np.linspace(-15, 15, 100_001), 0.8, 0.3
    step = z[1] - z[0]

    def log_normal(at: np.ndarray | float, mean: np.ndarray | float, variance: float) -> np.ndarray:
        return -((at - mean) ** 2) / (2 * variance) - math.log(2 * math.pi * variance) / 2

    joint = log_normal(z, 0, 1) + log_normal(x, np.sin(2 * z), c)  # any decoder will do
    evidence = math.log(np.exp(joint).sum() * step)
    elbos, sums = [], []
    for mean, variance in ((0.5, 0.2), (2.5, 0.2), (-1.0, 1.5)):
        log_q = log_normal(z, mean, variance)
        q = np.exp(log_q)
        elbos.append((q * (joint - log_q)).sum() * step)
        sums.append(elbos[-1] + (q * (log_q - joint + evidence)).sum() * step)
    assert max(elbos) - min(elbos) > 3
    assert sums == pytest.approx([evidence] * 3)
    assert ask(8).right.startswith("Nothing")


def test_9_with_the_path_cut_sigma_goes_to_1():
    assert f"for {AFTER} epochs" in ask(9).question
    config = RunConfig(
        dataset="digits", likelihood="gaussian", c=0.1, gradient="cut-z", cut_after=AFTER,
        epochs=AFTER + 15,
    )  # fmt: skip
    snapshots = list(train(config, load_dataset("digits")))
    before = next(s for s in snapshots if s.epoch == AFTER)
    assert np.median(before.std) < 0.5
    assert np.median(snapshots[-1].std) == pytest.approx(1, abs=0.03)
    assert np.abs(snapshots[-1].mu).mean() < 0.1
    assert ask(9).right == "They go to 1"


def test_10_a_warmed_up_network_uses_6_or_7_of_32():
    rows = json.loads(units.TABLE.read_text())["rows"]
    [row] = [r for r in rows if (r["activation"], r["beta"], r["warmup"]) == ("elu", 1.0, 60)]
    assert ask(10).right.startswith("6 or 7")
    assert set(row["values"]["active_units"]) == {6, 7}


def test_11_two_of_four_directions_survive():
    x = load_dataset("digits").x_train
    variances = PCA(4).fit(x).explained_variance_ * (len(x) - 1) / len(x)
    told = ask(11).question
    assert [f"{variance:.2f}" in told for variance in variances] == [True] * 4
    assert "c = 0.6" in told
    rows = json.loads((CONTENT.parent / "collapse.json").read_text())["linear"]
    [row] = [r for r in rows if r["c"] == 0.6]
    for lengths in row["singular"]:  # as trained, each seed
        assert sum(length > 0.01 for length in lengths[:4]) == (variances > 0.6).sum() == 2
    assert ask(11).right.startswith("2:")

"""Everything in models/: unspoilt, what the manifest says, and as good as the manifest says."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from tests.core import oracles
from vae_core import Dataset, RunConfig
from vae_core.checkpoints import load_checkpoint, load_family
from vae_core.rate_family import fold
from vae_core.regularity import evaluate
from vae_core.training import encode, train

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
MANIFEST = json.loads((MODELS / "manifest.json").read_text())
FAMILIES = json.loads((MODELS / "families.json").read_text())


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """scripts/train_models.py, imported from its file."""
    spec = importlib.util.spec_from_file_location("maker", ROOT / "scripts" / "train_models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_manifests_name_every_file_there_is_and_no_other(maker: ModuleType) -> None:
    files = [path.name.removesuffix(".safetensors") for path in MODELS.glob("*.safetensors")]
    names = {file.removesuffix(".codes") for file in files}
    assert set(MANIFEST) | set(FAMILIES) == names
    assert set(MANIFEST) == set(maker.SHIPPED)
    assert set(FAMILIES) == set(maker.FAMILIES)


@pytest.mark.parametrize("name", MANIFEST)
def test_a_shipped_model_is_unspoilt_and_of_the_settings_listed(
    name: str, maker: ModuleType
) -> None:
    entry, path = MANIFEST[name], MODELS / f"{name}.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    config = load_checkpoint(path, entry["sha256"]).config
    assert config == RunConfig.from_dict(entry["config"]) == maker.SHIPPED[name]
    assert name in entry["command"]


@pytest.mark.parametrize("name", [*MANIFEST, *FAMILIES])
def test_a_shipped_models_weights_are_float16_numbers(name: str) -> None:
    path = MODELS / f"{name}.safetensors"
    assert {array.dtype for array in load(path.read_bytes()).values()} == {np.dtype("float16")}
    loader = load_family if name in FAMILIES else load_checkpoint
    for array in loader(path).weights.values():
        np.testing.assert_array_equal(array.astype(np.float16).astype(np.float32), array)


@pytest.mark.parametrize("name", MANIFEST)
def test_a_shipped_model_measures_what_the_manifest_says(
    name: str, digits: Dataset, shapes: Dataset
) -> None:
    checkpoint = load_checkpoint(MODELS / f"{name}.safetensors")
    data = {"digits": digits, "shapes": shapes}[checkpoint.config.dataset]
    found = dataclasses.asdict(evaluate(checkpoint.config, checkpoint.weights, data))
    expected = MANIFEST[name]["measures"]
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        slack = 0.003 if key in ("precision", "coverage") else 2e-6  # three images; nats of noise
        if value is None:
            assert found[key] is None, key
        else:
            assert found[key] == pytest.approx(value, rel=1e-3, abs=slack), key


@pytest.mark.parametrize("name", MANIFEST)
def test_shipped_codes_are_those_of_the_shipped_weights(
    name: str, digits: Dataset, shapes: Dataset
) -> None:
    content = (MODELS / f"{name}.codes.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == MANIFEST[name]["codes_sha256"]
    checkpoint, codes = load_checkpoint(MODELS / f"{name}.safetensors"), load(content)
    data = {"digits": digits, "shapes": shapes}[checkpoint.config.dataset]
    mu, logvar = oracles.forward(checkpoint.config, checkpoint.weights, data.x_train)
    std = np.zeros_like(mu) if logvar is None else np.exp(logvar / 2)
    assert codes.keys() == {"mu", "std", "losses"}
    np.testing.assert_allclose(codes["mu"], mu, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(codes["std"], std, rtol=1e-3, atol=1e-6)
    mu, logvar = oracles.forward(checkpoint.config, checkpoint.weights, data.x_val)
    output = oracles.decoded(checkpoint.config, checkpoint.weights, mu)
    loss = oracles.nll(checkpoint.config, output, data.x_val.astype(np.float64))
    loss += 0 if logvar is None else checkpoint.config.beta * oracles.kl(mu, logvar)
    percentiles = np.percentile(loss, np.arange(101))
    np.testing.assert_allclose(codes["losses"], percentiles, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("name", ["digits-linear", "shapes-linear"])
def test_a_shipped_linear_model_lies_in_pcas_plane(
    name: str, digits: Dataset, shapes: Dataset
) -> None:
    checkpoint = load_checkpoint(MODELS / f"{name}.safetensors")
    data = {"digits": digits, "shapes": shapes}[checkpoint.config.dataset]
    oracles.assert_pcas_plane(checkpoint.config, checkpoint.weights, data.x_train)


def test_the_shipped_digits_tell_the_story() -> None:
    m = {name.removeprefix("digits-"): entry["measures"] for name, entry in MANIFEST.items()}
    assert m["ae"]["mmd2"] > 0.15 < m["vae-beta0"]["mmd2"]
    assert abs(m["vae-beta1"]["mmd2"]) < 0.01
    assert max(m["ae"]["coverage"], m["vae-beta0"]["coverage"]) < 0.6
    assert m["vae-beta1"]["coverage"] > 0.65
    assert m["vae-beta30"]["coverage"] < 0.03
    assert m["vae-beta0"]["val_kl"] > 20
    assert 2.5 < m["vae-beta1"]["val_kl"] < 4
    assert m["vae-beta30"]["val_kl"] < 0.01
    assert [m[name]["active_units"] for name in ("ae", "vae-beta1", "vae-beta30")] == [2, 2, 0]


def test_the_table_beside_the_models_is_made_from_the_manifest(maker: ModuleType) -> None:
    assert (MODELS / "README.md").read_text() == maker.table(MANIFEST, FAMILIES)


# --- families: one network for every β

BEHIND = 0.4  # nats of recon + β KL, one seed at the worst β; benchmarks: the mean of three ≤ .35


def losses_at(name: str, beta: float, data: Dataset) -> tuple[float, float]:
    """recon and KL of a family's fold on the validation images, in numpy but for torch's noise."""
    family = load_family(MODELS / f"{name}.safetensors")
    folded = fold(family.weights, beta, family.trained)
    mu, logvar = oracles.forward(family.config, folded, data.x_val)
    assert logvar is not None
    generator, recons = torch.Generator().manual_seed(0), []
    for _ in range(8):
        eps = torch.randn(mu.shape, generator=generator).numpy()
        logits = oracles.decoded(family.config, folded, mu + np.exp(logvar / 2) * eps)
        recons.append(oracles.bernoulli_nll(logits, data.x_val.astype(np.float64)).mean())
    return float(np.mean(recons)), float(oracles.kl(mu, logvar).mean())


@pytest.mark.parametrize("name", FAMILIES)
def test_a_shipped_family_is_unspoilt_and_of_the_settings_listed(
    name: str, maker: ModuleType
) -> None:
    entry, path, plan = FAMILIES[name], MODELS / f"{name}.safetensors", maker.FAMILIES[name]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    family = load_family(path, entry["sha256"])
    assert family.config == RunConfig.from_dict(entry["config"]) == plan.config
    assert list(family.trained) == entry["family"]["trained"] == list(plan.trained)
    assert list(family.shown) == entry["family"]["shown"] == list(plan.shown)
    assert entry["command"] == f"python scripts/train_models.py {name}"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_familys_curve_is_what_its_folds_measure(
    name: str, digits: Dataset, shapes: Dataset
) -> None:
    entry = FAMILIES[name]
    data = {"digits": digits, "shapes": shapes}[entry["config"]["dataset"]]
    betas = [point["beta"] for point in entry["curve"]]
    np.testing.assert_allclose(betas, np.geomspace(*entry["family"]["shown"], 41), rtol=1e-5)
    for point in [*entry["curve"][::8], *entry["compared"][1::4]]:
        recon, kl = losses_at(name, point["beta"], data)
        assert point["val_recon"] == pytest.approx(recon, abs=1e-3)
        assert point["val_kl"] == pytest.approx(kl, abs=1e-3)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_compared_with_ordinary_vaes_over_its_whole_range(
    name: str, maker: ModuleType
) -> None:
    entry, compared = FAMILIES[name], maker.FAMILIES[name].compared
    low, high = entry["family"]["shown"]
    assert [point["beta"] for point in entry["individual"]] == list(compared)
    assert [point["beta"] for point in entry["compared"]] == list(compared[:-1])
    assert (compared[0], compared[-2], len(compared)) == (low, high, 11)
    assert entry["individual"][-1]["val_kl"] < 0.01  # the true collapse, by a run of its own


def test_an_individual_point_is_an_ordinary_run(digits: Dataset) -> None:
    """One of them, trained again: the others are made by the same line."""
    entry = FAMILIES["digits-family"]
    point = entry["individual"][5]
    config = RunConfig.from_dict({**entry["config"], "beta": point["beta"]})
    *_, last = train(config, digits)
    assert point["val_recon"] == pytest.approx(last.val_recon, abs=0.02)  # other machines round
    assert point["val_kl"] == pytest.approx(last.val_kl, abs=0.02)  # otherwise


@pytest.mark.parametrize("name", FAMILIES)
def test_along_a_family_kl_falls_and_codes_move_without_leaps(
    name: str, digits: Dataset, shapes: Dataset
) -> None:
    entry, family = FAMILIES[name], load_family(MODELS / f"{name}.safetensors")
    data = {"digits": digits, "shapes": shapes}[family.config.dataset]
    compared = entry["compared"]
    for ours, own in zip(compared, entry["individual"], strict=False):
        behind = (
            ours["val_recon"] - own["val_recon"] + ours["beta"] * (ours["val_kl"] - own["val_kl"])
        )
        assert behind < BEHIND, ours["beta"]
    for here, there in pairwise(compared):
        assert there["val_kl"] < here["val_kl"] + 0.02
        before, after = (
            encode(family.config, fold(family.weights, p["beta"], family.trained), data.x_train)[0]
            for p in (here, there)
        )
        radius = np.sqrt(((before - before.mean(0)) ** 2).sum(1).mean())
        assert np.linalg.norm(after - before, axis=1).mean() < 0.25 * radius, here["beta"]

"""Everything in models/: unspoilt, what the manifest says, and as good as the manifest says."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from safetensors.numpy import load

from tests.core import oracles
from vae_core import Dataset, RunConfig
from vae_core.checkpoints import load_checkpoint
from vae_core.regularity import evaluate

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
MANIFEST = json.loads((MODELS / "manifest.json").read_text())


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """scripts/train_models.py, imported from its file."""
    spec = importlib.util.spec_from_file_location("maker", ROOT / "scripts" / "train_models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_manifest_names_every_file_there_is_and_no_other(maker: ModuleType) -> None:
    files = [path.name.removesuffix(".safetensors") for path in MODELS.glob("*.safetensors")]
    names = {file.removesuffix(".codes") for file in files}
    assert set(MANIFEST) == names == set(maker.SHIPPED)


@pytest.mark.parametrize("name", MANIFEST)
def test_a_shipped_model_is_unspoilt_and_of_the_settings_listed(
    name: str, maker: ModuleType
) -> None:
    entry, path = MANIFEST[name], MODELS / f"{name}.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    config = load_checkpoint(path, entry["sha256"]).config
    assert config == RunConfig.from_dict(entry["config"]) == maker.SHIPPED[name]
    assert name in entry["command"]


@pytest.mark.parametrize("name", MANIFEST)
def test_a_shipped_models_weights_are_float16_numbers(name: str) -> None:
    path = MODELS / f"{name}.safetensors"
    assert {array.dtype for array in load(path.read_bytes()).values()} == {np.dtype("float16")}
    for array in load_checkpoint(path).weights.values():
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
    assert codes.keys() == {"mu", "std"}
    np.testing.assert_allclose(codes["mu"], mu, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(codes["std"], std, rtol=1e-3, atol=1e-6)


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
    assert (MODELS / "README.md").read_text() == maker.table(MANIFEST)

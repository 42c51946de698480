"""Checkpoint files: bit-equal there and back, and refused in one sentence when spoilt."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from tests.core import oracles
from vae_core import RunConfig
from vae_core.checkpoints import (
    CheckpointError,
    checkpoint_bytes,
    load_checkpoint,
    save_checkpoint,
)
from vae_core.training import encode, initial_snapshot, train

MODELS = ("linear", "ae", "vae")
CONFIG = oracles.small_config()
WEIGHTS = initial_snapshot(CONFIG, oracles.toy_dataset()).weights


def complaint(path: Path, sha256: str | None = None) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, sha256)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "network.safetensors"
        path.write_bytes(content)
        return path

    return write


# --- there and back


@pytest.mark.parametrize("model", MODELS)
def test_a_trained_network_comes_back_bit_for_bit(model: str, tmp_path: Path) -> None:
    data = oracles.toy_dataset()
    *_, last = train(oracles.small_config(model=model, beta=0.1 + 0.2, seed=3), data)
    path = tmp_path / "network.safetensors"
    sha256 = save_checkpoint(path, last.weights, last.config)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    found = load_checkpoint(path, sha256)
    assert found.config == last.config
    assert found.weights.keys() == last.weights.keys()
    for name, array in last.weights.items():
        assert found.weights[name].dtype == np.float32
        np.testing.assert_array_equal(found.weights[name], array)
    mu, std = encode(found.config, found.weights, data.x_train)
    np.testing.assert_array_equal(mu, last.mu)
    np.testing.assert_array_equal(std, last.std)


def test_float16_comes_back_as_float32_with_the_same_values(tmp_path: Path) -> None:
    halves = {name: array.astype(np.float16) for name, array in WEIGHTS.items()}
    path = tmp_path / "half.safetensors"
    save_checkpoint(path, halves, CONFIG)
    found = load_checkpoint(path).weights
    for name, array in halves.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array.astype(np.float32))
    full = len(checkpoint_bytes(WEIGHTS, CONFIG))
    assert path.stat().st_size < 0.8 * full  # the file itself is half as wide, header apart


def test_a_file_appears_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    path.write_bytes(b"an older file")
    save_checkpoint(path, WEIGHTS, CONFIG)
    assert list(tmp_path.iterdir()) == [path]
    assert load_checkpoint(path).config == CONFIG


def test_the_bytes_are_safetensors_with_the_configuration_as_metadata() -> None:
    content = checkpoint_bytes(WEIGHTS, CONFIG)
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    assert json.loads(header.pop("__metadata__")["config"]) == CONFIG.to_dict()
    assert {name: tuple(entry["shape"]) for name, entry in header.items()} == {
        name: array.shape for name, array in WEIGHTS.items()
    }
    assert {entry["dtype"] for entry in header.values()} == {"F32"}
    first, last = header["mu.bias"]["data_offsets"]
    raw = np.frombuffer(content[8 + length + first : 8 + length + last], "<f4")
    np.testing.assert_array_equal(raw, WEIGHTS["mu.bias"])


def test_arrays_that_lie_crosswise_in_memory_are_written_upright(tmp_path: Path) -> None:
    crosswise = {
        name: np.asfortranarray(array) if array.ndim == 2 else array[::-1][::-1]
        for name, array in WEIGHTS.items()
    }
    path = tmp_path / "network.safetensors"
    save_checkpoint(path, crosswise, CONFIG)
    for name, array in load_checkpoint(path).weights.items():
        np.testing.assert_array_equal(array, WEIGHTS[name])


# --- what is refused


def test_a_flipped_bit_is_found_by_the_sha256_and_by_nothing_else(
    put: Callable[[bytes], Path],
) -> None:
    content = checkpoint_bytes(WEIGHTS, CONFIG)
    sha256 = hashlib.sha256(content).hexdigest()
    spoilt = bytearray(content)
    spoilt[-4] ^= 1
    path = put(bytes(spoilt))
    load_checkpoint(path)  # silently: why there is a sha256
    assert "sha256" in complaint(path, sha256)
    assert load_checkpoint(put(content), sha256).config == CONFIG


@pytest.mark.parametrize("kept", [0, 4, 8, 100, 0.5, -1])
def test_a_truncated_file(kept: float, put: Callable[[bytes], Path]) -> None:
    content = checkpoint_bytes(WEIGHTS, CONFIG)
    end = int(kept * len(content)) if kept == 0.5 else int(kept)
    complaint(put(content[:end]))


@pytest.mark.parametrize(
    "content",
    [b"no checkpoint at all", b"\xff" * 200, b"PK\x03\x04" + bytes(100), b"{}", bytes(64)],
    ids=["text", "ones", "zip", "json", "zeros"],
)
def test_a_file_of_another_kind(content: bytes, put: Callable[[bytes], Path]) -> None:
    assert "not a checkpoint" in complaint(put(content))


@given(content=st.binary(max_size=80))
def test_any_bytes_are_refused_in_one_sentence(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.safetensors"
    path.write_bytes(content)
    complaint(path)


@given(at=st.integers(0, 10**6), mask=st.integers(1, 255))
def test_a_changed_byte_anywhere_is_a_checkpoint_or_one_sentence(
    at: int, mask: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(checkpoint_bytes(WEIGHTS, CONFIG))
    content[at % (len(content) // 2)] ^= mask  # most of it the header
    path = tmp_path_factory.mktemp("fuzz") / "x.safetensors"
    path.write_bytes(content)
    try:
        found = load_checkpoint(path)
    except CheckpointError as error:
        assert "\n" not in str(error)
    else:
        assert found.weights.keys() == WEIGHTS.keys()


def test_a_missing_file_or_a_folder(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(tmp_path / "missing.safetensors")
    assert "cannot be read" in complaint(tmp_path)


@pytest.mark.parametrize("metadata", [None, {}, {"settings": "{}"}], ids=str)
def test_weights_without_a_configuration(
    metadata: dict[str, str] | None, put: Callable[[bytes], Path]
) -> None:
    assert "config" in complaint(put(save(WEIGHTS, metadata=metadata)))


@pytest.mark.parametrize(
    "config",
    ["", "null", "[]", "1", '"vae"', '["dataset"]', '{"beta": NaN}', '{"beta": 1e400}',
     '{"dataset": "nowhere"}', '{"model": "gan"}', '{"colour": 1}', '{"epochs": "many"}',
     "[" * 100_000],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_a_configuration_that_is_none(config: str, put: Callable[[bytes], Path]) -> None:
    assert "not a checkpoint" in complaint(put(save(WEIGHTS, metadata={"config": config})))


def without(name: str) -> dict[str, np.ndarray]:
    return {key: array for key, array in WEIGHTS.items() if key != name}


@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_a_missing_weight_is_named(name: str, put: Callable[[bytes], Path]) -> None:
    message = complaint(put(checkpoint_bytes(without(name), CONFIG)))
    assert name in message or name == f"decoder.{len(CONFIG.hidden)}.bias"


@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_a_weight_of_another_shape_is_refused(name: str, put: Callable[[bytes], Path]) -> None:
    for shape in ((*WEIGHTS[name].shape[:-1], WEIGHTS[name].shape[-1] + 1), (3,), (), (1, 2, 3)):
        changed: Any = {**WEIGHTS, name: np.zeros(shape, np.float32)}
        complaint(put(checkpoint_bytes(changed, CONFIG)))


@pytest.mark.parametrize("name", ["mu.extra", "encoder.2.weight", "optimizer"])
def test_a_weight_too_many_is_named(name: str, put: Callable[[bytes], Path]) -> None:
    weights = {**WEIGHTS, name: np.zeros(3, np.float32)}
    assert name in complaint(put(checkpoint_bytes(weights, CONFIG)))


@pytest.mark.parametrize(
    "fields",
    [{"model": "ae"}, {"model": "linear"}, {"hidden": (6,)}, {"hidden": (4, 6)},
     {"hidden": (6, 4, 4)}, {"latent_dim": 3}],
    ids=str,
)  # fmt: skip
def test_weights_of_another_network_than_the_configuration_says(
    fields: dict[str, Any], put: Callable[[bytes], Path]
) -> None:
    complaint(put(checkpoint_bytes(WEIGHTS, oracles.small_config(**fields))))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_finite_numbers(value: float, put: Callable[[bytes], Path]) -> None:
    weights = {name: array.copy() for name, array in WEIGHTS.items()}
    weights["encoder.0.weight"][0, 0] = value
    assert "finite" in complaint(put(checkpoint_bytes(weights, CONFIG)))


def test_checkpoint_bytes_are_the_same_each_time() -> None:
    first = checkpoint_bytes(WEIGHTS, CONFIG)
    assert first == checkpoint_bytes(WEIGHTS, CONFIG)
    assert load(first).keys() == WEIGHTS.keys()
    other = RunConfig.from_dict({**CONFIG.to_dict(), "seed": 1})
    assert checkpoint_bytes(WEIGHTS, other) != first

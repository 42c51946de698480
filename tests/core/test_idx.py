"""IDX files: what is written is read back, and whatever is broken is told in one sentence."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.oracles import encoded
from vae_core import DataError, idx


def images(n: int = 5, rows: int = 3, columns: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, rows, columns)).astype(np.uint8)


@pytest.fixture(params=["raw", "gz"])
def put(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes bytes as an image file, plain and gzipped."""

    def write(content: bytes) -> Path:
        path = tmp_path / "train-images-idx3-ubyte"
        if request.param == "gz":
            path, content = path.with_name(path.name + ".gz"), gzip.compress(content)
        path.write_bytes(content)
        return path

    return write


def complaint(path: Path, magic: int = idx.IMAGES) -> str:
    with pytest.raises(DataError) as caught:
        idx.read(path, magic)
    message = str(caught.value)
    assert message.startswith(path.name)
    assert "\n" not in message
    return message


def test_images_are_read_as_the_format_says(put: Callable[[bytes], Path]) -> None:
    values = images()
    found = idx.read(put(encoded(values)), idx.IMAGES)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, values)


def test_labels_are_read_as_the_format_says(put: Callable[[bytes], Path]) -> None:
    values = np.array([3, 0, 255], np.uint8)
    np.testing.assert_array_equal(idx.read(put(encoded(values)), idx.LABELS), values)


@given(
    shape=st.tuples(*3 * [st.integers(1, 6)]) | st.tuples(st.integers(1, 30)),
    seed=st.integers(0, 99),
)
def test_what_is_written_is_read_back(
    shape: tuple[int, ...], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    path = tmp_path_factory.mktemp("idx") / "file.gz"
    idx.write(path, values)
    magic = idx.IMAGES if len(shape) == 3 else idx.LABELS
    np.testing.assert_array_equal(idx.read(path, magic), values)
    assert gzip.decompress(path.read_bytes()) == encoded(values)
    assert [p.name for p in path.parent.iterdir()] == ["file.gz"]  # no partial file stays


@pytest.mark.parametrize("length", [0, 1, 4, 15])
def test_a_file_that_ends_within_its_header(length: int, put: Callable[[bytes], Path]) -> None:
    assert "header" in complaint(put(encoded(images())[:length]))


@pytest.mark.parametrize("missing", [1, 59, 60])
def test_a_file_that_is_cut_short(missing: int, put: Callable[[bytes], Path]) -> None:
    message = complaint(put(encoded(images())[:-missing]))
    assert "cut short" in message
    assert "60" in message


def test_a_file_that_is_too_long(put: Callable[[bytes], Path]) -> None:
    assert "longer" in complaint(put(encoded(images()) + b"\0"))


def test_a_wrong_magic_number_is_named_beside_the_right_one(put: Callable[[bytes], Path]) -> None:
    path = put(encoded(images()))
    message = complaint(path, idx.LABELS)
    assert "2051" in message
    assert "2049" in message
    assert "2051" in complaint(put(b"\x89PNG" + bytes(100)))


@pytest.mark.parametrize(
    "sizes",
    [(2**32 - 1, 2**32 - 1, 2**32 - 1), (2**28 + 1, 1, 1), (2**31, 28, 28), (2**16, 2**16, 2**16)],
)
def test_huge_announced_sizes_are_refused_without_memory(
    sizes: tuple[int, ...], put: Callable[[bytes], Path]
) -> None:
    path = put(np.array([2051, *sizes], ">u4").tobytes() + b"abc")
    tracemalloc.start()
    try:
        message = complaint(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert str(sizes[0]) in message
    assert str(2**28) in message


@pytest.mark.parametrize("sizes", [(0, 28, 28), (5, 0, 28), (5, 28, 0)])
def test_a_file_of_no_images_is_refused(
    sizes: tuple[int, ...], put: Callable[[bytes], Path]
) -> None:
    assert "announces" in complaint(put(np.array([2051, *sizes], ">u4").tobytes()))


def test_a_gzip_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(encoded(images()))
    assert "cannot be read" in complaint(path)


def test_a_gzip_file_with_a_flipped_byte_or_a_lost_end(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    whole = gzip.compress(encoded(images(200)))
    for at in range(10, len(whole), 97):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0xFF
        path.write_bytes(spoilt)
        complaint(path)
    path.write_bytes(whole[:-9])
    assert "cannot be read" in complaint(path) or "cut short" in complaint(path)


@given(content=st.binary(max_size=60))
def test_any_bytes_are_an_idx_file_or_one_sentence(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "labels"
    path.write_bytes(content)
    try:
        values = idx.read(path, idx.LABELS)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert encoded(values) == content


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(tmp_path / "train-images-idx3-ubyte")


@pytest.mark.parametrize("name", [
    "t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte", "t10k-images-idx3-ubyte.gz",
    "t10k-images.idx3-ubyte.gz",
])  # fmt: skip
def test_files_are_found_by_the_names_they_ship_under(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    assert idx.find(tmp_path, "t10k", "images") == tmp_path / name
    assert idx.find(tmp_path, "train", "images") is None
    assert idx.find(tmp_path, "t10k", "labels") is None
    assert idx.files(tmp_path) == [tmp_path / name]


def test_sizes_come_from_the_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(np.array([idx.IMAGES, 60000, 28, 28], ">u4").tobytes())  # and nothing more
    assert idx.sizes(path, idx.IMAGES) == (60000, 28, 28)
    with pytest.raises(DataError, match="cut short"):
        idx.read(path, idx.IMAGES)
    with pytest.raises(DataError, match="no IDX file of that kind"):
        idx.sizes(path, idx.LABELS)

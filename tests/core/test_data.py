"""Data sets: what is in them, how they are split, and what is said when they are not there."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch

from tests.core.oracles import encoded
from vae_core import DataError, Dataset, RunConfig, idx, load_dataset
from vae_core.data import FASHION, bernoulli_entropy, data_home, fingerprint
from vae_core.openml import MARKER, holds_images
from vae_core.training import train

ROOT = Path(__file__).parents[2]


def digest(data: Dataset) -> str:
    arrays = (data.x_train, data.y_train, data.x_val, data.y_val)
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def complaint(name: str | Path, data_dir: str | Path | None = None) -> str:
    with pytest.raises(DataError) as caught:
        load_dataset(name, data_dir)
    message = str(caught.value)
    assert "\n" not in message
    return message


def in_a_new_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


# --- every data set


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_images_are_rows_of_whole_levels_between_zero_and_one(
    name: str, request: pytest.FixtureRequest
) -> None:
    data: Dataset = request.getfixturevalue(name)
    d = data.image_shape[0] * data.image_shape[1]
    for x, y in ((data.x_train, data.y_train), (data.x_val, data.y_val)):
        assert x.dtype == np.float32
        assert y.dtype == np.int64
        assert x.shape == (len(y), d)
        assert x.min() == 0
        assert x.max() == 1
        levels = x.astype(np.float64) * data.levels
        np.testing.assert_allclose(levels, np.round(levels), atol=1e-4)
        assert set(y) == set(range(len(data.classes)))


def test_a_data_set_cannot_be_changed(digits: Dataset) -> None:
    with pytest.raises(AttributeError):
        digits.x_train = digits.x_val  # type: ignore[misc]


# --- digits


def test_digits_are_scikit_learns(digits: Dataset) -> None:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    expected = np.column_stack([bunch.data / 16, bunch.target])
    x = np.concatenate([digits.x_train, digits.x_val])
    found = np.column_stack([x, np.concatenate([digits.y_train, digits.y_val])])
    ordered = (rows[np.lexsort(rows.T)] for rows in (found, expected))  # the split shuffles
    np.testing.assert_array_equal(*ordered)
    assert digits.image_shape == (8, 8)
    assert digits.levels == 16
    assert digits.classes == tuple("0123456789")
    assert (len(digits.x_train), len(digits.x_val)) == (1500, 297)


def test_digits_without_scikit_learn_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "requirements.txt" in complaint("digits")


# --- shapes


def extents(data: Dataset, kind: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Area, and the coverage of the widest row and the highest column, of one class's images."""
    images = data.x_train[data.y_train == kind].reshape(-1, 28, 28).astype(np.float64)
    return images.sum((1, 2)), images.sum(2).max(1), images.sum(1).max(1)


def test_circles_squares_and_triangles_have_the_area_their_extent_implies(shapes: Dataset) -> None:
    assert shapes.classes == ("circle", "square", "triangle")
    area, width, height = extents(shapes, 0)
    np.testing.assert_allclose(area, np.pi * (width / 2) ** 2, rtol=0.03)
    np.testing.assert_allclose(width, height)
    area, width, height = extents(shapes, 1)
    np.testing.assert_allclose(area, width**2, rtol=0.015)
    np.testing.assert_allclose(width, height)
    area, _, column = extents(shapes, 2)  # equilateral: area = height² / √3
    height = column + np.sqrt(3) / 2  # the tip lies between two columns
    np.testing.assert_allclose(area, height**2 / np.sqrt(3), rtol=0.02)


def test_radii_run_evenly_from_four_and_a_half_to_nine_and_a_half(shapes: Dataset) -> None:
    for kind in range(3):
        r = np.sort(np.sqrt(extents(shapes, kind)[0] / np.pi))
        assert 4.4 < r[0] < 4.7
        assert 9.3 < r[-1] < 9.6
        np.testing.assert_allclose(np.quantile(r, [0.25, 0.5, 0.75]), [5.75, 7, 8.25], atol=0.35)


def test_shapes_are_centred(shapes: Dataset) -> None:
    images = shapes.x_train.reshape(-1, 28, 28).astype(np.float64)
    axis, area = np.arange(28) - 13.5, images.sum((1, 2))
    across, down = images.sum(1) @ axis / area, images.sum(2) @ axis / area
    assert np.abs(across).max() < 1e-6
    assert np.abs(down).max() < 0.05  # a large triangle's tip leaves the image


def test_triangles_stand_on_their_base_and_only_they_differ_top_from_bottom(
    shapes: Dataset,
) -> None:
    images = shapes.x_train.reshape(-1, 28, 28)
    np.testing.assert_array_equal(images, images[:, :, ::-1])  # left and right mirror each other
    widths = images.sum(2)
    lower = widths[:, 14:].max(1) - widths[:, :14].max(1)
    assert (lower[shapes.y_train == 2] > 1).all()
    np.testing.assert_allclose(lower[shapes.y_train != 2], 0, atol=1e-5)


def test_shapes_are_three_balanced_classes(shapes: Dataset) -> None:
    assert (len(shapes.x_train), len(shapes.x_val)) == (2000, 500)
    assert shapes.image_shape == (28, 28)
    assert shapes.levels == 255
    for y in (shapes.y_train, shapes.y_val):
        np.testing.assert_allclose(np.bincount(y) / len(y), 1 / 3, atol=0.05)


def test_digits_and_shapes_are_the_same_in_every_process(digits: Dataset, shapes: Dataset) -> None:
    code = (
        "import hashlib, vae_core\n"
        "for name in ('digits', 'shapes'):\n"
        "    d = vae_core.load_dataset(name)\n"
        "    arrays = (d.x_train, d.y_train, d.x_val, d.y_val)\n"
        "    print(hashlib.sha256(b''.join(a.tobytes() for a in arrays)).hexdigest())"
    )
    assert in_a_new_process(code).split() == [digest(digits), digest(shapes)]


# --- the split


def test_the_split_is_the_same_whatever_the_seed_of_the_run(digits: Dataset) -> None:
    before = digest(digits)
    np.random.seed(5)  # noqa: NPY002 (the global state must not matter)
    assert digest(load_dataset("digits")) == before
    seen = {
        digest(next(train(RunConfig(dataset="digits", epochs=1, seed=seed), digits)).data)
        for seed in (0, 1)
    }
    assert seen == {before}


def test_training_and_validation_share_no_image(digits: Dataset) -> None:
    held_out = {row.tobytes() for row in digits.x_val}
    assert len(held_out) == 297
    assert not held_out & {row.tobytes() for row in digits.x_train}


# --- folders of IDX files

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Writes a folder of IDX files: part -> (images, labels or None)."""

    def write(gz: bool = True, **parts: tuple[np.ndarray, np.ndarray | None]) -> Path:
        home = tmp_path / "images"
        home.mkdir(exist_ok=True)
        for part, (images, labels) in parts.items():
            for kind, number, values in (("images", 3, images), ("labels", 1, labels)):
                if values is not None:
                    name = f"{part}-{kind}-idx{number}-ubyte" + (".gz" if gz else "")
                    content = encoded(values)
                    (home / name).write_bytes(gzip.compress(content) if gz else content)
        return home

    return write


def some(n: int, seed: int = 0, shape: tuple[int, int] = (3, 4)) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of which each tells the other: every pixel of row i is (i + seed) % 256."""
    values = (np.arange(n) + seed) % 256
    images = np.broadcast_to(values[:, None, None], (n, *shape)).astype(np.uint8)
    return images, (values % 7).astype(np.uint8)


@pytest.mark.parametrize("gz", [False, True], ids=["raw", "gz"])
def test_training_and_test_files_are_taken_as_they_are(gz: bool, folder: Folder) -> None:
    train_part, test_part = some(30), some(12, seed=100)
    home = folder(gz, train=train_part, t10k=test_part)
    data = load_dataset(home)
    pairs = ((data.x_train, data.y_train, train_part), (data.x_val, data.y_val, test_part))
    for x, y, (images, labels) in pairs:
        np.testing.assert_array_equal(np.round(x * 255).reshape(-1, 3, 4), images)
        np.testing.assert_array_equal(y, labels)
    assert data.image_shape == (3, 4)
    assert data.levels == 255
    assert data.classes == tuple("0123456")
    assert data.name == str(home)
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64


@pytest.mark.parametrize("part", ["t10k", "train"])
def test_one_part_alone_is_split_nine_to_one(part: str, folder: Folder) -> None:
    images, labels = some(200)
    data = load_dataset(folder(**{part: (images, labels)}))
    assert (len(data.x_train), len(data.x_val)) == (180, 20)
    x, y = np.concatenate([data.x_train, data.x_val]), np.concatenate([data.y_train, data.y_val])
    values = np.round(x[:, 0] * 255).astype(int)
    assert sorted(values) == list(range(200))  # every image once
    np.testing.assert_array_equal(y, values % 7)  # with its own label
    assert values.tolist() != sorted(values)  # files sorted by class must not be split by class


def test_the_split_of_a_folder_is_constant(folder: Folder) -> None:
    home = folder(t10k=some(50))
    assert digest(load_dataset(home)) == digest(load_dataset(home))


def test_images_without_labels_are_of_one_class(folder: Folder) -> None:
    data = load_dataset(folder(train=(some(30)[0], None)))
    assert data.classes == ("0",)
    assert not data.y_train.any()
    assert data.y_train.shape == (27,)


def test_mnist_is_read_from_the_folder_given(folder: Folder) -> None:
    home = folder(t10k=some(40))
    for name in ("mnist", "fashion-mnist"):
        data = load_dataset(name, home)
        assert data.name == name
        assert len(data.x_train) == 36
    assert load_dataset("mnist", home).classes == tuple("0123456")
    assert load_dataset("fashion-mnist", home).classes == FASHION


def test_more_labels_than_images_are_counted_for_the_reader(folder: Folder) -> None:
    message = complaint(folder(train=(some(30)[0], some(31)[1])))
    assert "30" in message
    assert "31" in message


def test_training_and_test_images_of_different_sizes_are_refused(folder: Folder) -> None:
    assert "size" in complaint(folder(train=some(30), t10k=some(30, shape=(4, 3))))


def test_too_few_images_to_hold_any_out_are_refused(folder: Folder) -> None:
    message = complaint(folder(t10k=some(19)))
    assert "19" in message
    assert "20" in message
    assert len(load_dataset(folder(t10k=some(20))).x_val) == 2


def test_a_broken_file_in_a_folder_is_named(folder: Folder) -> None:
    home = folder(t10k=some(30))
    (home / "t10k-labels-idx1-ubyte.gz").write_bytes(b"no gzip")
    assert "t10k-labels-idx1-ubyte.gz" in complaint(home)


@pytest.mark.parametrize("name", [None, "mnist"])
def test_a_folder_without_images_or_no_folder_at_all_is_told_apart(
    name: str | None, tmp_path: Path
) -> None:
    def told(path: Path) -> str:
        return complaint(path) if name is None else complaint(name, path)

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no IDX images" in told(empty)
    (empty / "t10k-labels-idx1-ubyte").write_bytes(encoded(some(3)[1]))
    assert "no IDX images" in told(empty)
    assert "not a folder" in told(tmp_path / "missing")
    assert "not a folder" in told(empty / "t10k-labels-idx1-ubyte")


@pytest.mark.parametrize(
    "name", ["/" + "x" * 5000, "a/\0b", "/\ud800"], ids=["long", "nul", "lone"]
)
def test_a_path_no_file_system_takes_is_one_sentence(name: str) -> None:
    complaint(name)
    complaint("mnist", name)
    with pytest.raises(DataError):
        fingerprint(name)


# --- the real MNIST test files; never copied into the project


def mnist_folder() -> Path:
    return Path(os.environ.get("VAE_TEST_MNIST") or ROOT.parent / "shared" / "data" / "mnist")


@pytest.mark.skipif(
    not list(mnist_folder().glob("t10k-images*")),
    reason="REAL MNIST NOT TESTED: set VAE_TEST_MNIST to a folder with t10k-images-idx3-ubyte.gz "
    "and its labels",
)
def test_the_official_mnist_test_set_is_split_into_9000_and_1000() -> None:
    data = load_dataset("mnist", mnist_folder())
    assert data.x_train.shape == (9000, 784)
    assert data.x_val.shape == (1000, 784)
    assert data.image_shape == (28, 28)
    assert data.classes == tuple("0123456789")
    counts = np.bincount(np.concatenate([data.y_train, data.y_val]))  # as published
    assert counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    levels = data.x_train * np.float32(255)
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-3)
    pixels = np.concatenate([data.x_train, data.x_val])
    assert pixels.mean() == pytest.approx(0.1325, abs=5e-4)


# --- downloads


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_downloads_go_where_the_environment_says_or_below_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    default = tmp_path / ".cache" / "between-the-points" / "data"
    monkeypatch.setenv("HOME", str(tmp_path))
    for value, expected in (("~/images", tmp_path / "images"), ("/images", Path("/images")),
                            ("", default)):  # fmt: skip
        monkeypatch.setenv("VAE_DATA", value)
        assert data_home() == expected
    monkeypatch.delenv("VAE_DATA")
    assert data_home() == default


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_without_a_network_mnist_is_one_sentence_with_what_to_do(
    name: str, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_: object) -> None:
        raise URLError("[Errno -3] Temporary failure\nin name resolution")

    monkeypatch.setattr("sklearn.datasets.fetch_openml", unreachable)
    message = complaint(name)
    assert message.startswith(name)
    assert str(downloads / name) in message
    assert "URLError" in message
    assert "network" in message
    assert not list(downloads.rglob("*ubyte*"))


def fake_openml(asked: list[int]) -> Callable[..., SimpleNamespace]:
    """Seventy thousand images whose first pixels count them, as OpenML would send them."""
    data = np.zeros((70_000, 784), np.uint8)
    data[:, 0], data[:, 1] = np.arange(70_000) % 256, np.arange(70_000) // 256 % 256
    target = np.array([str(i % 10) for i in range(70_000)], object)

    def fetch(*, data_id: int, **_: object) -> SimpleNamespace:
        asked.append(data_id)
        return SimpleNamespace(data=data, target=target)

    return fetch


def test_mnist_is_downloaded_once_and_kept_as_idx_files(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fake_openml(asked))
    data = load_dataset("mnist")
    assert asked == [554]  # OpenML's mnist_784
    assert (len(data.x_train), len(data.x_val)) == (60_000, 10_000)
    for x, y, first in ((data.x_train, data.y_train, 0), (data.x_val, data.y_val, 60_000)):
        number = np.arange(first, first + len(x))
        np.testing.assert_array_equal(np.round(x[:, 0] * 255), number % 256)
        np.testing.assert_array_equal(np.round(x[:, 1] * 255), number // 256 % 256)
        np.testing.assert_array_equal(y, number % 10)
    assert sorted(path.name for path in (downloads / "mnist").iterdir()) == [
        ".lock", MARKER, *(f"{part}-{kind}-ubyte.gz" for part in ("t10k", "train")
        for kind in ("images-idx3", "labels-idx1"))
    ]  # fmt: skip
    assert digest(load_dataset("mnist")) == digest(data)
    assert asked == [554]


@pytest.mark.parametrize("kept", range(4))
def test_a_download_that_breaks_off_is_not_taken_for_the_data(
    kept: int, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fake_openml(asked))
    original, written = idx.write, []  # type: ignore[var-annotated]

    def full_disk(path: Path, values: np.ndarray) -> None:
        if len(written) == kept:
            raise OSError(28, "No space left on device", str(path))
        written.append(path)
        original(path, values)

    with monkeypatch.context() as patch:
        patch.setattr(idx, "write", full_disk)
        with pytest.raises((DataError, OSError)):
            load_dataset("mnist")
    load_dataset("mnist")
    assert len(asked) == 2  # asked again: what was left behind did not count


class Killed(BaseException):
    """What no `except Exception` sees."""


def test_a_process_killed_between_two_renames_leaves_no_half_of_the_data(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    moved: list[str] = []
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fake_openml(asked))
    replace = Path.replace

    def last_but_one(self: Path, target: Path) -> Path:
        if target.parent == downloads / "mnist":
            moved.append(target.name)
            if len(moved) == 5:
                raise Killed
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", last_but_one)
        with pytest.raises(Killed):
            load_dataset("mnist")
    assert MARKER in moved[:3]
    assert all("images" in name for name in moved[3:])
    data = load_dataset("mnist")
    assert (len(data.x_train), len(data.x_val)) == (60_000, 10_000)
    assert asked == [554, 554]


@pytest.mark.parametrize("part", ["train", "t10k"])
def test_one_part_counts_only_where_no_download_was_kept(part: str, folder: Folder) -> None:
    home = folder(**{part: some(30)})
    assert holds_images(home)
    (home / MARKER).touch()
    assert not holds_images(home)


def test_what_is_done_is_said_and_how_much_has_arrived(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As scikit-learn does it: into a temporary folder beside the place, then moved, then read."""
    monkeypatch.setattr("vae_core.openml._LOOK", 0.001)
    said: list[str] = []
    looks: list[Path] = []
    glob = Path.rglob
    monkeypatch.setattr(Path, "rglob", lambda self, what: looks.append(self) or glob(self, what))

    def wait_for(words: str) -> None:
        deadline = time.monotonic() + 20
        while words not in said:
            assert time.monotonic() < deadline, said
            threading.Event().wait(0.005)

    def wait_for_looks(count: int) -> None:
        deadline, seen = time.monotonic() + 20, len(looks)
        while len(looks) < seen + count:
            assert time.monotonic() < deadline
            threading.Event().wait(0.001)

    def fetch(*, data_home: str, **_: object) -> SimpleNamespace:
        place = Path(data_home) / "openml" / "openml.org" / "data"
        with tempfile.TemporaryDirectory(dir=_made(place)) as temporary:
            arriving = Path(temporary) / "52667.gz"
            for megabytes in (0, 3, 7):
                arriving.touch()
                os.truncate(arriving, megabytes * 10**6)
                wait_for(f"downloading mnist: {megabytes} MB so far")
            arriving.rename(elsewhere)
            wait_for_looks(3)  # which find it neither here nor there, as one can while it is moved
            elsewhere.rename(place / "52667.gz")
        wait_for("reading 70 000 images")
        (place / "52667.gz").unlink()
        wait_for_looks(3)
        return fake_openml([])(data_id=554)

    elsewhere = downloads.parent / "moving"
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    load_dataset("mnist", say=said.append)
    assert said == [  # twice a second, but only what is new
        *(f"downloading mnist: {megabytes} MB so far" for megabytes in (0, 3, 7)),
        "reading 70 000 images", "reading the images",
    ]  # fmt: skip
    assert not (downloads / "mnist" / "openml").exists()  # 15 MB nobody needs again


def _made(place: Path) -> Path:
    place.mkdir(parents=True)
    return place


def test_two_runs_at_once_download_once(downloads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    waiting = threading.Event()

    def fetch(**about: int) -> SimpleNamespace:
        assert waiting.wait(20)
        return fake_openml(asked)(**about)

    def say(words: str) -> None:
        if words.startswith("waiting for another run"):
            waiting.set()

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(load_dataset, "mnist", None, say) for _ in range(2)]
        found = {digest(run.result(60)) for run in runs}
    assert len(found) == 1
    assert asked == [554]


def test_what_a_killed_process_left_is_removed(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [downloads / "mnist" / "tmpabc.part", downloads / "mnist" / "openml" / "data" / "tmpdef"]
    for folder in left:
        (_made(folder) / "52667.gz").write_bytes(bytes(10**6))
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fake_openml([]))
    said: list[str] = []
    load_dataset("mnist", say=said.append)
    assert said[0] == "downloading mnist: 0 MB so far"
    assert not any(folder.exists() for folder in left)


# --- fingerprints


def test_mnist_has_the_same_fingerprint_before_and_after_it_is_downloaded(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint("mnist")
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fake_openml([]))
    load_dataset("mnist")
    assert fingerprint("mnist") == before
    assert fingerprint("mnist", downloads / "mnist") != before  # as any folder: by its files
    marker = downloads / "mnist" / MARKER
    kept = marker.read_bytes()
    marker.unlink()
    assert fingerprint("mnist") == fingerprint("mnist", downloads / "mnist")
    marker.write_bytes(kept)
    idx.write(downloads / "mnist" / "t10k-labels-idx1-ubyte.gz", np.zeros(10_000, np.uint8))
    assert fingerprint("mnist") == fingerprint("mnist", downloads / "mnist")  # other files now


def test_the_hash_of_a_data_set_is_of_all_it_holds(digits: Dataset) -> None:
    assert dataclasses.replace(digits, name="own").sha256 == digits.sha256
    other = digits.x_val.copy()
    other[-1, -1] += 1 / 16
    changes: list[dict[str, object]] = [
        {"x_val": other}, {"y_train": digits.y_train[::-1]}, {"levels": 255},
        {"image_shape": (4, 16)}, {"classes": tuple("abcdefghij")},
        {"x_train": digits.x_train.reshape(750, 128)},
    ]  # fmt: skip
    found = {dataclasses.replace(digits, **change).sha256 for change in changes}  # type: ignore[arg-type]
    assert len(found | {digits.sha256}) == 7


def test_the_entropy_of_many_images_is_that_of_all_of_them() -> None:
    from torch.distributions import Bernoulli

    x = np.random.default_rng(0).integers(0, 256, (9000, 5)) / np.float32(255)
    expected = Bernoulli(torch.from_numpy(x).double()).entropy().sum(1).mean().item()
    assert bernoulli_entropy(x) == pytest.approx(expected, rel=1e-6)


def test_a_fingerprint_changes_when_a_byte_of_the_data_does(folder: Folder) -> None:
    images, labels = some(30)
    home = folder(gz=False, t10k=(images, labels))
    first = fingerprint(home)
    assert fingerprint(home) == first == fingerprint("mnist", home)
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        path = home / name
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        stamp = path.stat().st_mtime_ns + 1_000_000_000  # coarse clocks may not have moved
        os.utime(path, ns=(stamp, stamp))
        assert fingerprint(home) != first
        content[-1] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(stamp + 1_000_000_000, stamp + 1_000_000_000))
        assert fingerprint(home) == first


def test_a_fingerprint_does_not_depend_on_where_the_files_lie(folder: Folder) -> None:
    home = folder(t10k=some(30))
    first = fingerprint(home)
    assert fingerprint(home.rename(home.with_name("elsewhere"))) == first


def test_labels_of_another_part_are_another_fingerprint(folder: Folder) -> None:
    images, labels = some(30)
    home = folder(train=(images, labels))
    first, with_labels = fingerprint(home), load_dataset(home)
    (home / "train-labels-idx1-ubyte.gz").rename(home / "t10k-labels-idx1-ubyte.gz")
    assert digest(load_dataset(home)) != digest(with_labels)
    assert fingerprint(home) != first


def test_every_data_set_has_its_own_fingerprint(folder: Folder, downloads: Path) -> None:
    names = ["digits", "shapes", "mnist", "fashion-mnist", folder(t10k=some(30))]
    assert len({fingerprint(name) for name in names}) == 5


def test_the_fingerprint_of_no_data_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DataError):
            fingerprint(path)
        with pytest.raises(DataError):
            fingerprint("mnist", path)

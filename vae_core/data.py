"""The data sets: images as rows of numbers in [0, 1], split into training and validation by a
constant seed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from vae_core import idx, openml
from vae_core.config import BUILT_IN, OWN
from vae_core.idx import DataError as DataError  # raised here too

FASHION: Final = (
    "T-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "boot",
)
_SPLIT_SEED: Final = 0  # never the run's: all runs on a data set are judged on the same images


class Table(NamedTuple):
    """What the d numbers of a row are: column i holds low[i] + x[i] (high[i] - low[i])."""

    names: tuple[str, ...]
    low: tuple[float, ...]  # the smallest and the largest value of each column, in its own unit
    high: tuple[float, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Images and their classes; read-only.

    x_train (n, d) and x_val (m, d) are float32 in [0, 1], multiples of 1/levels; y_train (n,)
    and y_val (m,) are int64 indices into `classes`; d = rows * columns of `image_shape`. With a
    `table` the rows are no images but numbers, any in [0, 1], and `image_shape` is (1, d).
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    image_shape: tuple[int, int]
    classes: tuple[str, ...]
    levels: int = 255
    table: Table | None = None

    @cached_property
    def entropy_floor(self) -> float:
        """Nats per training image below which no Bernoulli reconstruction can go."""
        return bernoulli_entropy(self.x_train)

    @cached_property
    def sha256(self) -> str:
        """Hash of all that is here but the name."""
        about = (self.image_shape, self.classes, self.levels, self.table, self.x_train.shape)
        digest = hashlib.sha256(repr(about).encode())
        for rows in (self.x_train, self.y_train, self.x_val, self.y_val):
            digest.update(np.ascontiguousarray(rows).data)
        return digest.hexdigest()


def bernoulli_entropy(x: np.ndarray) -> float:
    """Return the mean over rows of sum_i -(x log x + (1 - x) log(1 - x)), in nats; x (n, d)."""
    rows = [_entropies(x[i : i + 4096]) for i in range(0, len(x), 4096)]  # MNIST needs 2 GB at once
    return float(np.concatenate(rows).mean())


def _entropies(x: np.ndarray) -> np.ndarray:
    p = np.clip(x.astype(np.float64), 1e-300, 1.0)
    q = np.clip(1 - x.astype(np.float64), 1e-300, 1.0)
    return np.asarray(-(x * np.log(p) + (1 - x) * np.log(q)).sum(1))


def data_home() -> Path:
    """Return the folder of downloads and own images: `VAE_DATA`, else this user's cache folder."""
    home = Path.home() / ".cache" / "between-the-points" / "data"
    return Path(os.environ.get("VAE_DATA") or home).expanduser()


def load_dataset(
    name: str | Path, data_dir: str | Path | None = None, say: openml.Say | None = None
) -> Dataset:
    """Load digits, shapes, mnist, fashion-mnist or a folder of IDX files.

    `data_dir` says where the IDX files of mnist, fashion-mnist or a folder lie. Without it
    mnist and fashion-mnist are looked for in `data_home()` and downloaded there if missing.
    `say` is called with a few words on what takes its time. Raises `DataError` with one sentence.
    """
    name = str(name)
    if name == "digits":
        return _digits()
    if name == "shapes":
        return _shapes()
    folder, say = _folder(name, data_dir), say or (lambda words: None)
    if name in openml.IDS and data_dir is None and not openml.holds_images(folder):
        openml.download(name, folder, say)
    say("reading the images")
    return _from_folder(name, folder)


def fingerprint(name: str | Path, data_dir: str | Path | None = None) -> str:
    """Return a hash that changes when the data does, without decoding it; raise `DataError`."""
    name = str(name)
    if name == "digits":
        return hashlib.sha256(_digits_file().read_bytes()).hexdigest()
    if name == "shapes":
        return "shapes, 2000 + 500 images of 28 x 28, generator 1"
    folder = _folder(name, data_dir)
    if name in openml.IDS and data_dir is None:
        return openml.fingerprint(name, folder)
    return idx.fingerprint(folder)


def _folder(name: str, data_dir: str | Path | None) -> Path:
    if name == OWN:
        raise DataError(
            "Own data live only in the session they were uploaded in: upload them there again"
        )
    if data_dir is not None:
        return Path(data_dir)
    return data_home() / name if name in BUILT_IN else Path(name)


def _digits_file() -> Path:
    spec = importlib.util.find_spec("sklearn")  # found, not imported: 180 MB less in the server
    if spec is None or spec.origin is None:
        raise DataError("The digits come with scikit-learn: install requirements.txt")
    return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"


def _digits() -> Dataset:
    table = np.loadtxt(_digits_file(), delimiter=",", dtype=np.float32)
    x, y = table[:, :-1] / 16, table[:, -1].astype(np.int64)
    return split("digits", x, y, 297, (8, 8), _numerals(10), levels=16)


def _shapes() -> Dataset:
    """Circles, squares and triangles, centred, of equal area for equal r; r from 4.5 to 9.5
    pixels.
    """
    random = np.random.RandomState(_SPLIT_SEED)
    y, r = random.randint(0, 3, 2500), random.uniform(4.5, 9.5, 2500)
    side = np.arange(28) - 13.5
    u, v = np.meshgrid(side, side)
    images = np.stack([_shape(int(kind), u, v, radius) for kind, radius in zip(y, r, strict=True)])
    x = (np.round(images.reshape(2500, -1) * 255) / 255).astype(np.float32)
    return split("shapes", x, y.astype(np.int64), 500, (28, 28), ("circle", "square", "triangle"))


def _shape(kind: int, u: np.ndarray, v: np.ndarray, r: float) -> np.ndarray:
    if kind == 0:
        distance = np.hypot(u, v) - r
    elif kind == 1:
        half = r * np.sqrt(np.pi) / 2  # the half-side that gives a circle's area
        du, dv = np.abs(u) - half, np.abs(v) - half
        distance = np.hypot(np.maximum(du, 0), np.maximum(dv, 0)) + np.minimum(
            np.maximum(du, dv), 0
        )
    else:
        inner = r * np.sqrt(np.pi / np.sqrt(27))  # the inradius that does
        angles = np.pi / 2 + np.arange(3) * 2 * np.pi / 3  # tip upwards: rows grow downwards
        distance = np.max([u * np.cos(a) + v * np.sin(a) - inner for a in angles], axis=0)
    return np.asarray(np.clip(0.5 - distance, 0, 1))


def _numerals(count: int) -> tuple[str, ...]:
    return tuple(str(i) for i in range(count))


def split(
    name: str, x: np.ndarray, y: np.ndarray, held_out: int,
    shape: tuple[int, int], classes: tuple[str, ...], levels: int = 255,
) -> Dataset:  # fmt: skip
    """Keep `held_out` rows of x (n, d) and y (n,) for validation: the same ones every time."""
    order = np.random.RandomState(_SPLIT_SEED).permutation(len(x))
    x, y = x[order], y[order]
    return Dataset(
        name, x[:-held_out], y[:-held_out], x[-held_out:], y[-held_out:], shape, classes, levels
    )


def _from_folder(name: str, folder: Path) -> Dataset:
    idx.files(folder)
    parts = [_part(folder, part) for part in ("train", "t10k") if idx.find(folder, part, "images")]
    shape = parts[0][0].shape[1:]
    if any(images.shape[1:] != shape for images, _ in parts):
        raise DataError(f"{folder}: training and test images differ in size, expected one size")
    x = [
        (images.reshape(len(images), -1) / np.float32(255)).astype(np.float32, copy=False)
        for images, _ in parts
    ]
    y = [labels.astype(np.int64) for _, labels in parts]
    highest = int(max(labels.max() for labels in y))
    classes = FASHION if name == "fashion-mnist" and highest < 10 else _numerals(highest + 1)
    if (x[0] == x[0][0]).all():
        raise DataError(f"{folder}: all images are the same, expected different ones")
    if len(parts) == 2:
        return Dataset(name, x[0], y[0], x[1], y[1], shape, classes)
    if len(x[0]) < 20:
        raise DataError(
            f"{folder} holds {len(x[0])} images, expected at least 20: a tenth is held out"
        )
    return split(name, x[0], y[0], len(x[0]) // 10, shape, classes)


def _part(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    image_file, label_file = idx.find(folder, part, "images"), idx.find(folder, part, "labels")
    assert image_file is not None
    images = idx.read(image_file, idx.IMAGES)
    labels = idx.read(label_file, idx.LABELS) if label_file else np.zeros(len(images), np.uint8)
    if len(labels) != len(images):
        raise DataError(
            f"{folder}: {len(images)} {part} images but {len(labels)} labels, expected one each"
        )
    return images, labels

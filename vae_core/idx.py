"""IDX, the format of MNIST's files: big-endian header (magic, sizes), then one byte per value.

Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, file formats.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final, TypeVar, cast

import numpy as np

IMAGES: Final = 2051  # magic number of unsigned bytes in three dimensions (images, rows, columns)
LABELS: Final = 2049  # of unsigned bytes in one
_Result = TypeVar("_Result")
_LIMIT: Final = 2**28  # bytes of one file's contents: 256 MiB, five times MNIST


class DataError(ValueError):
    """Data that cannot be read; the message is one sentence that says what was found and what
    to do.
    """


def find(folder: Path, part: str, kind: str) -> Path | None:
    """Return the file of a part ("train", "t10k") and kind ("images", "labels"), or None."""
    number = 3 if kind == "images" else 1
    for mark in ("-", "."):
        for ending in ("", ".gz"):
            path = folder / f"{part}-{kind}{mark}idx{number}-ubyte{ending}"
            if path.is_file():
                return path
    return None


def files(folder: Path) -> list[Path]:
    """Return the IDX files of `folder` in a fixed order; raise `DataError` without images."""
    try:
        known = folder.is_dir()
    except OSError:  # a name too long for any folder
        known = False
    if not known:
        raise DataError(
            f"{folder} is not a folder; expected one with IDX files as MNIST ships them"
        )
    found = [
        find(folder, part, kind) for part in ("train", "t10k") for kind in ("images", "labels")
    ]
    if found[0] is None and found[2] is None:
        raise DataError(
            f"{folder} holds no IDX images; expected train-images-idx3-ubyte or "
            "t10k-images-idx3-ubyte, gzipped or not"
        )
    return [path for path in found if path]


def read(path: Path, magic: int) -> np.ndarray:
    """Return the values of an IDX file as uint8, shaped as its header says.

    The header is read and checked before the contents, so a small file cannot ask for unbounded
    memory. Raises `DataError` on a wrong magic number, sizes without values, or a file too
    short or too long.
    """
    return _told(path, lambda stream: _read(stream, path.name, magic))


def sizes(path: Path, magic: int) -> tuple[int, ...]:
    """Return the sizes an IDX file announces, from its header alone; `DataError` as `read`."""
    return _told(path, lambda stream: _sizes(stream, path.name, magic))


def _told(path: Path, what: Callable[[BinaryIO], _Result]) -> _Result:
    try:
        with _open(path) as stream:
            return what(stream)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} cannot be read ({error}); get the file again") from error


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _sizes(stream: BinaryIO, name: str, magic: int) -> tuple[int, ...]:
    dimensions = 3 if magic == IMAGES else 1
    header = stream.read(4 * (1 + dimensions))
    if len(header) < 4 * (1 + dimensions):
        raise DataError(f"{name} ends within its header; get the file again")
    found, *sizes = (int(value) for value in np.frombuffer(header, ">u4"))
    if found != magic:
        raise DataError(f"{name} begins with {found}, expected {magic}: no IDX file of that kind")
    length = math.prod(sizes)
    if not 0 < length <= _LIMIT:
        shape = " x ".join(map(str, sizes))
        raise DataError(f"{name} announces {shape} bytes, expected 1 to {_LIMIT} in all")
    return tuple(sizes)


def _read(stream: BinaryIO, name: str, magic: int) -> np.ndarray:
    announced = _sizes(stream, name, magic)
    length = math.prod(announced)
    values = stream.read(length + 1)
    if len(values) != length:
        state = "is cut short" if len(values) < length else "is longer than its header says"
        raise DataError(f"{name} {state}: expected {length} bytes more; get the file again")
    return np.frombuffer(values, np.uint8).reshape(announced)


def write(path: Path, values: np.ndarray) -> None:
    """Write unsigned bytes, images (n, rows, columns) or labels (n,), as a gzipped IDX file."""
    magic = IMAGES if values.ndim == 3 else LABELS
    header = np.array([magic, *values.shape], ">u4").tobytes()
    partial = path.with_name(path.name + ".part")
    with gzip.open(partial, "wb", compresslevel=1) as stream:
        stream.write(header + values.astype(np.uint8).tobytes())
    partial.replace(path)


def fingerprint(folder: Path) -> str:
    """Return the sha256 of the IDX files in `folder`, as stored, and of their names."""
    stats = tuple(
        (str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files(folder)
    )
    return _digest(stats)


@lru_cache(maxsize=32)
def _digest(stats: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _size, _time in stats:
        digest.update(Path(path).name.encode())  # train labels may lie beside t10k images
        with Path(path).open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()

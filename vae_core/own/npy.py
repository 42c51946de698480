"""The headers of arrays in an NPZ or NPY file, judged before a value is read; then the values."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
from numpy.lib import format as npy

from vae_core.idx import DataError
from vae_core.own import MAX_COLUMNS, Upload, left_out, shown
from vae_core.own.archive import Archive, read_exactly

_PIECE: Final = 500_000  # values of an array held at once
MAX_ROW: Final = 4_000_000  # values of one example before resizing
MAX_WHOLE: Final = 40_000_000  # bytes of an array that is stored by columns, and so read whole


class Array(NamedTuple):
    """What the header of an array says, and where its values are."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool
    content: bytes  # of the NPY file, if it was uploaded as one
    archive: Archive | None = None
    member: zipfile.ZipInfo | None = None

    def stream(self) -> BinaryIO:
        """Return the NPY file from its beginning."""
        if self.archive is None or self.member is None:
            return io.BytesIO(self.content)
        return self.archive.open(self.member)

    @property
    def row(self) -> int:
        """Values of one example."""
        return math.prod(self.shape[1:])

    @property
    def side(self) -> int:
        """The side of the square images that rows of numbers are, 0 if they are a table."""
        side = math.isqrt(self.row)
        return side if len(self.shape) == 2 and side >= 8 and side * side == self.row else 0

    @property
    def size(self) -> tuple[int, int] | None:
        """Rows and columns of its images; None for a table."""
        if len(self.shape) == 2:
            return (self.side, self.side) if self.side else None
        return self.shape[1], self.shape[2]

    @property
    def objection(self) -> str:
        """Why its rows cannot be examples, "" if they can."""
        if self.dtype.kind not in "buif":
            return "holds no plain numbers"
        if len(self.shape) not in (2, 3) and (
            len(self.shape) != 4 or self.shape[3] not in (1, 3, 4)
        ):
            return f"is {str(self.shape)[:60]}, expected (n, d), (n, h, w) or (n, h, w, 1, 3 or 4)"
        if math.prod(self.shape) == 0:
            return "is empty"
        if self.size is None and not 2 <= self.row <= MAX_COLUMNS:
            return f"has {self.row} columns, expected 2 to {MAX_COLUMNS}, or a square number"
        if self.row > MAX_ROW:
            return f"has {self.row} values in each row, expected at most {MAX_ROW}"
        if self.by_columns and self.dtype.itemsize * math.prod(self.shape) > MAX_WHOLE:
            return "is stored by columns; save numpy.ascontiguousarray of it"
        return ""


def arrays_of(upload: Upload, notes: list[str]) -> list[Array]:
    """Return the arrays of a file, from their headers; note what is left out."""
    if not upload.content.startswith(b"PK"):
        return [_array(upload.name, len(upload.content), upload.content)]
    archive, found = Archive(upload), []
    notes += archive.notes
    for member in archive.members:
        name = member.filename.removesuffix(".npy")
        if name == member.filename:
            notes.append(f"{shown(name)} is left out: it is no array.")
            continue
        try:
            found.append(_array(name, member.file_size, b"", archive, member))
        except DataError as error:
            notes.append(left_out(name, error))
    return found


def _array(
    name: str, length: int, content: bytes,
    archive: Archive | None = None, member: zipfile.ZipInfo | None = None,
) -> Array:  # fmt: skip
    """Read a header, from a file of `length` bytes; raise `DataError` unless the values can fit."""
    array = Array(name, (), np.dtype(np.uint8), False, content, archive, member)
    with array.stream() as stream:
        shape, by_columns, dtype = _header(stream, name)
        left = length - stream.tell()
    if not all(isinstance(size, int) and 0 <= size < 2**63 for size in shape):
        raise DataError(f"{shown(name)} announces sizes that no array has")
    if dtype.itemsize * math.prod(shape) > left:
        raise DataError(f"{shown(name)} announces {str(shape)[:60]} values, more than it holds")
    return array._replace(shape=shape, dtype=dtype, by_columns=by_columns)


def _header(stream: BinaryIO, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        if npy.read_magic(stream) == (1, 0):
            return npy.read_array_header_1_0(stream)
        return npy.read_array_header_2_0(stream)
    except MemoryError:
        raise
    except Exception as error:  # numpy and zipfile let through errors of every kind
        raise DataError(f"{shown(name)} does not begin as an NPY file does") from error


def pieces(array: Array) -> Iterator[np.ndarray]:
    """Yield the rows, some at a time, (rows, …)."""
    n, row_bytes = array.shape[0], array.dtype.itemsize * array.row
    step = n if array.by_columns else max(1, _PIECE // array.row)
    with array.stream() as stream:
        _header(stream, array.name)
        for start in range(0, n, step):
            rows = min(step, n - start)
            content = read_exactly(stream, rows * row_bytes, array.name)
            values = np.frombuffer(content, array.dtype)
            if array.by_columns:
                whole = values.reshape(array.shape[::-1]).T
                cut = max(1, _PIECE // array.row)
                yield from (whole[i : i + cut] for i in range(0, n, cut))
            else:
                yield values.reshape(rows, *array.shape[1:])

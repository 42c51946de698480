"""NPZ and NPY files: the header of every array is judged first, then its values come in pieces."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image

from vae_core.idx import DataError
from vae_core.own import (
    LABEL_NAMES,
    MAX_COLUMNS,
    MAX_VALUES,
    Choices,
    Examples,
    Upload,
    check_choice,
    check_values,
    counted,
    few_classes,
    shown,
)
from vae_core.own.images import fitted, side_for
from vae_core.own.npy import Array, arrays_of, pieces
from vae_core.own.tables import Rows, finite, unique

_LABEL_BYTES: Final = 8_000_000
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114  # ITU-R 601, as for images


def read_arrays(upload: Upload, choices: Choices) -> Examples:
    """Return the examples of one array, labels of another; raise `DataError` with one sentence."""
    notes: list[str] = []
    arrays = arrays_of(upload, notes)
    array = _chosen(upload, arrays, choices.array, notes)
    n = array.shape[0]
    labelled = {other.name: found for other in arrays if (found := _labels(other, n)) is not None}
    label = _label(array, labelled, choices.labels)
    table, shape = None, array.size
    if array.side and array.row <= MAX_COLUMNS and _range(array)[0] < 0:
        shape = None  # a square number of columns, but no grey levels
    if shape is None:
        check_values(n, array.row, "save fewer rows")
        good, rows = _numbers(array)
        _note_gaps(good, notes)
        x, table = rows.scaled(unique([""] * array.row), notes)
        shape = (1, x.shape[1])
    else:
        if choices.side is not None or max(shape) > 64:
            side = side_for(n, shape, choices.side)
            shape = (side, side)
        check_values(n, math.prod(shape), "choose a smaller side, or save fewer rows")
        good, x = _images(array, shape, notes)
        _note_gaps(good, notes)
    labels = labelled.get(label)
    if labels is not None:
        labels = [labels[i] for i in np.flatnonzero(good)]
    sizes = 2 * (array.size[::-1],) if array.size and not table else None
    return Examples(
        x, labels, shape,
        Choices(choices.side if table is None else None, label, array=array.name), notes, table,
        sizes, possible_labels=tuple(labelled),
        possible_arrays=tuple((a.name, a.shape) for a in arrays if not a.objection),
    )  # fmt: skip


def _chosen(upload: Upload, arrays: list[Array], name: str | None, notes: list[str]) -> Array:
    """Return the reader's array, else the largest that fits."""
    possible = {array.name: array for array in arrays if not array.objection}
    if not possible:
        why = [f"{shown(array.name)} {array.objection}" for array in arrays[:3]] or notes[:1]
        found = f": {'; '.join(why)}".rstrip(".") if why else ""
        raise DataError(f"{shown(upload.name)} has no array of examples, one a row{found}")
    if name is not None:
        check_choice("array", name, tuple(possible))
        return possible[name]
    values = {key: math.prod(array.shape) for key, array in possible.items()}
    fitting = [key for key in possible if values[key] <= MAX_VALUES]
    return possible[max(fitting or possible, key=lambda key: values[key])]


def _label(array: Array, labelled: dict[str, list[str]], chosen: str | None) -> str:
    """Return the array of labels: the reader's, else one named like the examples or so."""
    if chosen is not None:
        if chosen:
            check_choice("labels", chosen, tuple(labelled))
        return chosen
    mate = array.name.lower().replace("x", "y", 1)
    named = [name for name in labelled if name.lower() in (mate, *LABEL_NAMES)]
    named.sort(key=lambda name: name.lower() != mate)
    return next(iter(named), "")


def _labels(array: Array, n: int) -> list[str] | None:
    """Return n labels that make classes, if an array holds them."""
    shape = array.shape
    if shape not in ((n,), (n, 1)) or array.dtype.itemsize * n > _LABEL_BYTES:
        return None
    if array.dtype.kind not in "biufUS":
        return None
    try:
        values = np.concatenate([piece.reshape(-1) for piece in pieces(array)])
        if array.dtype.kind == "f":
            if not (np.abs(values) < 1e9).all() or (values != np.rint(values)).any():
                return None
            values = values.astype(np.int64)
        labels = [_word(value) for value in values.tolist()]
    except (DataError, ValueError):  # damaged, or letters that are none
        return None
    return labels if few_classes(labels, n) else None


def _word(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _numbers(array: Array) -> tuple[np.ndarray, Rows]:
    """Return which rows of a table can be used, (n,), and these."""
    good, rows = [], Rows(array.shape[0], array.row)
    for piece in pieces(array):
        numbers = piece.reshape(len(piece), -1).astype(np.float64)
        good.append(finite(numbers))
        rows.add(numbers[good[-1]])
    return np.concatenate(good), rows


def _images(
    array: Array, shape: tuple[int, int], notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return which images are `finite`, (n,), and these as grey levels, uint8."""
    good = np.concatenate([finite(values) for values in _floats(array)])
    low, high = _range(array)
    if not (low >= 0 and (high <= 1 or 128 <= high <= 255)):
        found = f"{low:g} to {high:g}".replace("-", "−")
        notes.append(f"The values, {found}, are scaled to 0 … 1.")
    elif high > 1:
        low, high = 0.0, 255.0
    else:
        low, high = 0.0, 1.0
    x, row = np.empty((int(good.sum()), math.prod(shape)), np.uint8), 0
    for values in _floats(array):
        fine = values[finite(values)]
        if not len(fine):
            continue
        grey = _grey((fine - np.float32(low)) / np.float32(high - low or 1), array)
        if array.size != shape:
            grey = np.stack([fitted(Image.fromarray(image), shape) for image in grey])
        x[row : row + len(grey)] = grey.reshape(len(grey), -1)
        row += len(grey)
    return good, x


def _floats(array: Array) -> Iterator[np.ndarray]:
    """Yield the rows as float32, flat, (rows, values)."""
    for piece in pieces(array):
        with np.errstate(over="ignore"):
            yield piece.reshape(len(piece), -1).astype(np.float32)


def _range(array: Array) -> tuple[float, float]:
    ends = [
        (float(fine.min()), float(fine.max()))
        for values in _floats(array)
        if len(fine := values[finite(values)])
    ]
    if not ends:
        raise DataError(f"{shown(array.name)} has no row of finite numbers within ±1e30")
    return min(low for low, _ in ends), max(high for _, high in ends)


def _grey(values: np.ndarray, array: Array) -> np.ndarray:
    """Return values in [0, 1] as grey images, (rows, height, width) uint8; on white if clear."""
    size = array.size
    assert size is not None
    images = values.reshape(len(values), *size, -1)
    channels = images.shape[-1]
    grey: np.ndarray = images[..., 0]
    if channels > 1:
        grey = _RED * grey + _GREEN * images[..., 1] + _BLUE * images[..., 2]
    if channels == 4:
        grey = grey * images[..., 3] + (1 - images[..., 3])
    levels: np.ndarray = np.rint(np.clip(grey, 0, 1) * 255)
    return levels.astype(np.uint8)


def _note_gaps(good: np.ndarray, notes: list[str]) -> None:
    if not good.all():
        rows = counted(int((~good).sum()), "row")
        notes.append(f"{rows} left out: not all of its numbers are finite and within ±1e30.")

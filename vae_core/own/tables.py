"""A CSV file of numbers: read twice, line by line, so that little of it lies in memory at once.

The first pass finds out what the columns hold, the second one takes the numbers. Separated by
comma, semicolon or tab; with a first line of names or without; decimal points.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final, NamedTuple

import numpy as np

from vae_core.data import Table
from vae_core.idx import DataError
from vae_core.own import (
    LABEL_NAMES,
    MAX_CLASSES,
    Choices,
    Examples,
    Upload,
    check_choice,
    check_values,
    counted,
    few_classes,
    shown,
)
from vae_core.own.csv_text import Form, cells, floats, form_of, pieces

_FEWER: Final = "leave columns or rows out of the file"
LARGEST: Final = 1e30  # of a value: differences stay finite, also for float32
SMALLEST: Final = 1e-37  # of the difference of a column's ends: float32 still tells all between


@dataclasses.dataclass
class _Column:
    """What the first pass learns of a column."""

    filled: int = 0  # cells that are not empty
    numbers: int = 0
    labels: set[str] = dataclasses.field(default_factory=set)  # stops growing soon after 32

    def see(self, row: tuple[str, ...]) -> None:
        """Add some cells."""
        self.filled += len(row) - row.count("")
        self.numbers += int((~np.isnan(floats(row))).sum())
        if len(self.labels) <= MAX_CLASSES:
            self.labels |= {cell.strip() for cell in set(row)} - {""}

    @property
    def numeric(self) -> bool:
        """Most cells that are not empty hold a number."""
        return 2 * self.numbers > self.filled

    @property
    def whole(self) -> bool:
        """Its labels are whole numbers, as classes may be."""
        return all(re.fullmatch(r"-?\d{1,9}", label) for label in self.labels)


class Rows:
    """Rows of a table on their way to [0, 1]. They are held as float32 differences to the first
    row, as precise as what they become and half as large as what they were.
    """

    def __init__(self, n: int, d: int) -> None:
        """Make room for at most n rows of d numbers."""
        self._x = np.empty((n, d), np.float32)
        self._n = 0
        self._origin = self._low = self._high = np.zeros(d)

    def add(self, values: np.ndarray) -> None:
        """Add some rows of `finite` float64 numbers, (rows, d)."""
        if not len(values):
            return
        if self._n == 0:
            self._origin = self._low = self._high = values[0]
        self._low = np.minimum(self._low, values.min(0))
        self._high = np.maximum(self._high, values.max(0))
        self._x[self._n : self._n + len(values)] = values - self._origin
        self._n += len(values)

    def scaled(self, names: list[str], notes: list[str]) -> tuple[np.ndarray, Table]:
        """Return (value - low) / (high - low) and what it was; columns of one value are left out.

        To be called once, at the end. Raises `DataError`.
        """
        if self._n == 0:
            why = f" ({notes[0].rstrip('.')})" if notes else ""
            raise DataError(f"No row holds numbers in every column used: choose others{why}")
        varying = self._high - self._low > SMALLEST
        for i in np.flatnonzero(~varying):
            value = f"{self._low[i]:g}".replace("-", "−")
            near = ", give or take 1e−37" if self._high[i] > self._low[i] else ""
            notes.append(f"The column {names[i]} is left out: all its values are {value}{near}.")
        if varying.sum() < 2:
            why = f" ({notes[-1].rstrip('.')})" if notes else ""
            raise DataError(
                f"Found {varying.sum()} columns of numbers that vary, expected at least 2{why}"
            )
        x, low, high = self._x[: self._n], self._low[varying], self._high[varying]
        x = x if varying.all() else x[:, varying]
        x += (self._origin[varying] - low).astype(np.float32)
        x /= (high - low).astype(np.float32)
        np.clip(x, 0, 1, out=x)
        names = [names[i] for i in np.flatnonzero(varying)]
        return x, Table(tuple(names), tuple(low.tolist()), tuple(high.tolist()))


def finite(values: np.ndarray) -> np.ndarray:
    """Tell which rows of numbers can be used, (rows,)."""
    fine: np.ndarray = (np.abs(values) <= LARGEST).all(1)  # nan compares false
    return fine


class Survey(NamedTuple):
    """What a file offers: its rows below the names, and which columns are good for what."""

    names: list[str]
    skip: int  # rows of names: 0 or 1
    n: int
    numeric: list[int]
    labels: list[int]
    notes: list[str]


def read_table(upload: Upload, choices: Choices) -> Examples:
    """Return the rows whose chosen cells are all numbers; raise `DataError` with one sentence."""
    form = form_of(upload)
    survey = _survey(form, choices)
    names = survey.names
    label = _label(survey, choices.labels)
    used = _used(survey, label, choices.columns)
    check_values(survey.n, len(used), _FEWER)
    rows, labels = _fill(form, survey, used, label)
    x, table = rows.scaled([names[i] for i in used], survey.notes)
    return Examples(
        x, labels, (1, x.shape[1]),
        Choices(labels="" if label is None else names[label], columns=table.names),
        survey.notes, table, possible_labels=tuple(names[i] for i in survey.labels),
        possible_columns=tuple(names[i] for i in survey.numeric),
    )  # fmt: skip


def unique(names: list[str]) -> list[str]:
    """Return names with empty ones numbered and repeated ones told apart."""
    found: list[str] = []
    for i, name in enumerate(names):
        name = clean = shown(name) if name else f"column {i + 1}"
        repeat = 2
        while name in found:
            name, repeat = f"{clean} ({repeat})", repeat + 1
        found.append(name)
    return found


def _survey(form: Form, choices: Choices) -> Survey:
    first = next(cells(form))
    columns = [_Column() for _ in first]
    n = ragged = 0
    lines = form.upload.content.count(b"\n")
    for piece, others in pieces(form, 1):
        n, ragged = n + len(piece), ragged + others
        for column, values in zip(columns, zip(*piece, strict=True), strict=False):  # or none
            column.see(values)
        most = sum(column.numeric for column in columns) - 1  # one of them may be the label
        check_values(lines, max(2, len(choices.columns or ()) or most), _FEWER)
    named = n == 0 or any(
        cell and column.filled and column.numeric and np.isnan(floats([cell])[0])
        for cell, column in zip(first, columns, strict=True)
    )
    if not named:
        n += 1
        for cell, column in zip(first, columns, strict=True):
            column.see((cell,))
    notes = []
    if ragged:
        notes.append(
            f"{counted(ragged, 'row')} left out: not {form.width} cells, as the first line has."
        )
    names = unique([cell.strip() for cell in first] if named else [""] * len(first))
    empty = [name for name, column in zip(names, columns, strict=True) if not column.filled]
    notes += [f"The column {name} is left out: it is empty." for name in empty]
    numeric = [i for i, column in enumerate(columns) if column.filled and column.numeric]
    if not numeric:
        raise DataError(
            f"{shown(form.upload.name)} has no column of numbers: write one example a line, "
            "numbers with a decimal point"
        )
    labels = [
        i for i, column in enumerate(columns)
        if few_classes(column.labels, n) and (not column.numeric or column.whole)
    ]  # fmt: skip
    return Survey(names, int(named), n, numeric, labels, notes)


def _label(survey: Survey, chosen: str | None) -> int | None:
    """Return the column of labels: the reader's, else one named so, else the last of words."""
    if chosen == "":
        return None
    names = survey.names
    if chosen is not None:
        check_choice("labels", chosen, [names[i] for i in survey.labels])
        return names.index(chosen)
    named = [i for i in survey.labels if names[i].lower() in LABEL_NAMES]
    words = [i for i in survey.labels if i not in survey.numeric]
    return next(iter([*named, *reversed(words)]), None)


def _used(survey: Survey, label: int | None, chosen: tuple[str, ...] | None) -> list[int]:
    possible = [survey.names[i] for i in survey.numeric]
    for name in chosen or ():
        check_choice("columns", name, possible)
    if chosen is None:
        used = [i for i in survey.numeric if i != label]
    else:
        used = [i for i in survey.numeric if survey.names[i] in chosen]
    if not used:
        raise DataError("Found no column of numbers to learn from, expected at least 2 of them")
    return used


def _fill(
    form: Form, survey: Survey, used: list[int], label: int | None
) -> tuple[Rows, list[str] | None]:
    """Return the usable rows and their labels; note how many are left out."""
    rows, labels, empty, wild = Rows(survey.n, len(used)), [], 0, 0
    for piece, _ in pieces(form, survey.skip):
        if not piece:
            continue
        columns = list(zip(*piece, strict=True))
        numbers = np.stack([floats(columns[i]) for i in used], 1)
        good = finite(numbers)
        if label is not None:
            good &= np.array([cell != "" for cell in columns[label]])
            labels += [columns[label][i].strip() for i in np.flatnonzero(good)]
        looked_at = used if label is None else [*used, label]
        gappy = [columns[i] for i in looked_at if "" in columns[i]]
        gaps = sum("" in cells for cells in zip(*gappy, strict=True))
        empty, wild = empty + gaps, wild + int((~good).sum()) - gaps
        rows.add(numbers[good])
    if empty:
        survey.notes.append(f"{counted(empty, 'row')} left out: a cell is empty.")
    if wild:
        survey.notes.append(
            f"{counted(wild, 'row')} left out: a cell holds no number, or one beyond ±1e30."
        )
    return rows, None if label is None else labels

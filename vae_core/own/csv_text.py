"""How a CSV file writes its rows, and the rows, line by line."""

from __future__ import annotations

import codecs
import csv
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from vae_core.idx import DataError
from vae_core.own import MAX_COLUMNS, MAX_LINE, Upload, shown

_PIECE: Final = 65_536  # bytes checked, or cells held, in one go


class Form(NamedTuple):
    """How a file writes its rows."""

    upload: Upload
    encoding: str
    delimiter: str
    width: int  # cells of its first row, and so of every row


def form_of(upload: Upload) -> Form:
    """Find out encoding, delimiter and width; raise `DataError` with one sentence."""
    name, content = upload
    if _longest(content) > MAX_LINE:
        raise DataError(
            f"{shown(name)} has a line of more than {MAX_LINE} characters: "
            f"one example a line is expected, with at most {MAX_COLUMNS} columns"
        )
    encoding = _encoding(content)
    form = Form(upload, encoding, ",", 0)
    start = [line for line in islice(_lines(form), 20) if line.strip()]
    if not start:
        raise DataError(f"{shown(name)} begins with empty lines: one example a line is expected")
    sure = (sign for sign in "\t;," if all(sign in line for line in start))
    form = form._replace(delimiter=next(sure, ","))
    first = next(cells(form), [])
    if not first:
        raise DataError(f"{shown(name)} holds no values: one example a line is expected")
    if len(first) > MAX_COLUMNS:
        raise DataError(
            f"{shown(name)} has {len(first)} columns, expected at most {MAX_COLUMNS}: "
            "leave some out of the file"
        )
    return form._replace(width=len(first))


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _PIECE):
            decoder.decode(content[start : start + _PIECE])
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _lines(form: Form) -> Iterator[str]:
    return io.TextIOWrapper(
        io.BytesIO(form.upload.content), encoding=form.encoding, errors="replace", newline=""
    )


def _longest(content: bytes) -> int:
    """Return about how many bytes the longest line has, without splitting the text."""
    longest = begun = 0
    for start in range(0, len(content), _PIECE):
        signs = np.frombuffer(content, np.uint8, min(_PIECE, len(content) - start), start)
        breaks = np.flatnonzero((signs == 10) | (signs == 13)) + start
        if len(breaks):
            longest = max(longest, int(breaks[0]) - begun, int(np.diff(breaks).max(initial=0)))
            begun = int(breaks[-1])
    return max(longest, len(content) - begun)


def cells(form: Form) -> Iterator[list[str]]:
    """Yield the rows of lines that are not empty."""
    reader = csv.reader(_lines(form), delimiter=form.delimiter, skipinitialspace=True)
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        raise DataError(
            f"{shown(form.upload.name)} cannot be read in line {reader.line_num} ({error})"
        ) from error


def pieces(form: Form, skip: int) -> Iterator[tuple[list[list[str]], int]]:
    """Yield rows below the first `skip`, some at a time, and how many more have another width."""
    rows = islice(cells(form), skip, None)
    while piece := list(islice(rows, max(1, _PIECE // form.width))):
        fitting = [row for row in piece if len(row) == form.width]
        yield fitting, len(piece) - len(fitting)


def floats(row: Sequence[str]) -> np.ndarray:
    """Return cells as float64, nan where there is no number."""
    with suppress(ValueError):
        if "_" not in "".join(row):  # Python would read 1_0 as ten
            return np.array(list(map(float, row)))
    return np.array([_float(cell) for cell in row])


def _float(cell: str) -> float:
    try:
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan

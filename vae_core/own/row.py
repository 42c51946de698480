"""One row of numbers from a CSV file, as an input to try."""

from __future__ import annotations

from itertools import islice

import numpy as np

from vae_core.data import Table
from vae_core.idx import DataError
from vae_core.own import Upload, shown
from vae_core.own.csv_text import cells, floats, form_of


def read_row(upload: Upload, shape: tuple[int, int], table: Table | None) -> tuple[np.ndarray, str]:
    """Return the first row of numbers as x (d,) float32 in [0, 1], and what was done to it.

    A first line of names picks the columns of `table`; otherwise there must be d numbers. Without
    a table they are grey levels, 0 to 1 or 0 to 255. Raises `DataError` with one sentence.
    """
    rows = [[cell.strip() for cell in row] for row in islice(cells(form_of(upload)), 2)]
    d = shape[0] * shape[1]
    if table and len(rows) == 2 and set(table.names) <= set(rows[0]):
        cell = dict(zip(rows[0], rows[1], strict=False))
        rows = [[cell.get(name, "") for name in table.names]]
    numbers = (floats(row) for row in rows if len(row) == d)
    values = next((row for row in numbers if np.isfinite(row).all()), None)
    if values is None:
        names = f": {', '.join(table.names[:8])}{', …' if d > 8 else ''}" if table else ""
        raise DataError(
            f"{shown(upload.name)} has no row of {d} numbers in its first two lines, "
            f"as this network takes{names}"
        )
    return _from_table(values, table, upload) if table else _from_grey(values, upload)


def _from_table(values: np.ndarray, table: Table, upload: Upload) -> tuple[np.ndarray, str]:
    low, high = np.array(table.low), np.array(table.high)
    outside = [table.names[i] for i in np.flatnonzero((values < low) | (values > high))]
    words = f"{shown(upload.name)}, its first row of numbers"
    if outside:
        more = ", …" if len(outside) > 4 else ""
        words += (
            f"; moved to the nearest value of the training data: {', '.join(outside[:4])}{more}"
        )
    x = np.clip((np.clip(values, low, high) - low) / (high - low), 0, 1)
    return x.astype(np.float32), words


def _from_grey(values: np.ndarray, upload: Upload) -> tuple[np.ndarray, str]:
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 255:
        raise DataError(
            f"{shown(upload.name)} holds {low:g} to {high:g}, expected grey levels, "
            "0 to 1 or 0 to 255"
        )
    top = 1 if high <= 1 else 255
    words = f"{shown(upload.name)}, its first row of numbers as grey levels, 0 to {top}"
    return (values / top).astype(np.float32), words

"""A reader's own data: uploaded files, read with care, become a `Dataset`.

Headers come before contents, nothing is unpickled, nothing is written, no name is ever used as a
path. What is found is told in one sentence, also when it is refused. The limits:

| what                              | at most                                                  |
|-----------------------------------|----------------------------------------------------------|
| all files together                | 20 MB, 20 000 files, those within a zip counted          |
| values after resizing             | 8 million (examples × numbers each)                      |
| examples                          | 1 million, and at least 20                               |
| a zip's contents, as announced    | 200 MB and 100 × its own size; a zip within it is not opened |
| an image, by its header           | 25 megapixels, 40 MB decoded, 30 passes of a JPEG;       |
|                                   | all images 500 megapixels                                |
| a table                           | 256 columns, 65 536 characters a line                    |
| classes                           | 32                                                       |

`read_uploads` and `read_input` are pure; `engine.intake` runs them in a child process with a bound
on its memory and its time, which holds for what no header announces.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from vae_core.config import OWN
from vae_core.data import Dataset, Table, split
from vae_core.idx import DataError

MAX_BYTES: Final = 20 * 2**20  # Streamlit's megabytes
MAX_FILES: Final = 20_000
MAX_VALUES: Final = 8_000_000
MAX_EXAMPLES: Final = 1_000_000
MIN_EXAMPLES: Final = 20
MAX_CLASSES: Final = 32
MAX_COLUMNS: Final = 256
MAX_LINE: Final = 65_536  # characters of a line of a table
SIDES: Final = (8, 12, 16, 20, 24, 28, 32, 48, 64)  # of images after resizing, pixels
_KINDS: Final = {"images": "images", "table": "a table of numbers", "arrays": "arrays"}
IMAGE: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # what PNG and JPEG begin with
_ARRAY: Final = b"\x93NUMPY"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
LABEL_NAMES: Final = ("y", "label", "labels", "class", "target", "targets", "species")
_ALLOWED: Final = "PNG or JPEG images (also in a zip), one CSV table, or one NPZ or NPY file"


class Upload(NamedTuple):
    """A file as the browser sent it. Its name is shown and sorted by, never opened."""

    name: str
    content: bytes


@dataclasses.dataclass(frozen=True)
class Choices:
    """How the reader wants an upload read; what is None is chosen to suit.

    Only what belongs to the kind of upload matters: `side` to images, `columns` to tables, `array`
    to NPZ files, `labels` to all.
    """

    side: int | None = None  # both sides of every image, one of SIDES, pixels
    labels: str | None = None  # images: "folder" or "name"; a column; an array; "" for none
    columns: tuple[str, ...] | None = None  # of the table; None: every column of numbers
    array: str | None = None  # which one holds the examples


@dataclasses.dataclass(frozen=True, eq=False)
class Intake:
    """What became of an upload, and what else could: the reader's next choices."""

    kind: str  # images | table | arrays
    choices: Choices  # as used
    dataset: Dataset  # name "own", a tenth held out
    n: int  # examples in all
    sizes: tuple[tuple[int, int], ...] | None  # smallest and largest image sent: width, height
    possible_labels: tuple[str, ...]
    possible_columns: tuple[str, ...]
    possible_arrays: tuple[tuple[str, tuple[int, ...]], ...]  # names and shapes
    left_out: tuple[str, ...]  # a sentence each: what was left out or changed, and why
    before: tuple[bytes, ...]  # PNGs of the first images as sent, longest side <= 96 pixels
    after: np.ndarray  # (m, d) float32: the same examples, m <= 8, as the network sees them


@dataclasses.dataclass(eq=False)
class Examples:
    """What a reader of one kind found: x (n, d), uint8 grey levels or float32 in [0, 1]."""

    x: np.ndarray
    labels: list[str] | None  # one a row
    shape: tuple[int, int]
    choices: Choices
    notes: list[str]
    table: Table | None = None
    sizes: tuple[tuple[int, int], ...] | None = None
    possible_labels: tuple[str, ...] = ()
    possible_columns: tuple[str, ...] = ()
    possible_arrays: tuple[tuple[str, tuple[int, ...]], ...] = ()
    before: tuple[bytes, ...] = ()


def read_uploads(uploads: Sequence[Upload], choices: Choices | None = None) -> Intake:
    """Return a data set made of uploads of one kind: images, a table, or arrays.

    Images are PNG or JPEG, many files or a zip; a table is one CSV file; arrays come as NPZ or NPY.
    Raises `DataError` with one sentence: what was found, what is allowed, how to mend it.
    """
    _check_sizes(uploads)
    kinds = {kind_of(upload): upload for upload in uploads}
    if len(kinds) > 1:
        found = " and ".join(f"{_KINDS[kind]} ({shown(up.name)})" for kind, up in kinds.items())
        raise DataError(f"Found {found}: upload one kind at a time")
    (kind,) = kinds
    if kind != "images" and len(uploads) > 1:
        raise DataError(f"Found {len(uploads)} files of {kind_words(kind)}, expected one file")
    chosen = choices or Choices()
    if kind == "images":  # imported when needed: the child starts faster
        from vae_core.own.images import read_images

        return _intake(kind, read_images(uploads, chosen))
    if kind == "table":
        from vae_core.own.tables import read_table

        return _intake(kind, read_table(uploads[0], chosen))
    from vae_core.own.arrays import read_arrays

    return _intake(kind, read_arrays(uploads[0], chosen))


def read_input(
    upload: Upload, shape: tuple[int, int], table: Table | None
) -> tuple[np.ndarray, str]:
    """Return one image or one row of numbers as a network for `shape` takes it: x (d,) float32.

    The words say what was done to it. Raises `DataError` with one sentence.
    """
    _check_sizes([upload])
    kind = kind_of(upload)
    if kind == "table":
        from vae_core.own.row import read_row

        return read_row(upload, shape, table)
    if kind == "images" and table is None and not upload.content.startswith(_ZIP):
        from vae_core.own.images import read_image

        return read_image(upload, shape)
    wanted = "one CSV file with a row of numbers" if table else "one PNG or JPEG image"
    raise DataError(f"{shown(upload.name)} is something else: to try an input, upload {wanted}")


def kind_of(upload: Upload) -> str:
    """Return images, table or arrays, by the contents; a wrong ending is found out later."""
    name, content = upload
    if content.startswith(IMAGE):
        return "images"
    if content.startswith(_ARRAY):
        return "arrays"
    if content.startswith(_ZIP):
        from vae_core.own.archive import Archive

        members = Archive(upload).members
        return "arrays" if any(m.filename.endswith(".npy") for m in members) else "images"
    if re.search(r"\.(png|jpe?g)$", name.lower()):
        return "images"  # it is none, which the reader of images says beside the others
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{shown(name)} is of a kind that is not read here: upload {_ALLOWED}")
    return "table"


def kind_words(kind: str) -> str:
    """Return a kind as sentences name it."""
    return _KINDS[kind]


def shown(name: str) -> str:
    """Return a name as messages show it: on one line, at most 40 characters."""
    text = "".join(sign if sign.isprintable() else "?" for sign in name[:80]).strip() or "(no name)"
    return text if len(text) <= 40 else f"{text[:24]}…{text[-15:]}"


def grouped(n: int) -> str:
    """Return a count as sentences show it: thousands set apart by a thin space."""
    return f"{n:,}".replace(",", "\u202f")


def counted(n: int, what: str) -> str:
    """Return how a note on n things begins, as in "1 row is" or "20 rows are"."""
    return f"1 {what} is" if n == 1 else f"{grouped(n)} {what}s are"


def left_out(name: str, error: DataError) -> str:
    """Return the note on one file of several that cannot be read."""
    why = str(error)
    if why.startswith(shown(name)):
        why = why[len(shown(name)) :]
        why = why[2:] if why.startswith(": ") else f"it{why}"
    return f"{shown(name)} is left out: {why}."


def few_classes(labels: Iterable[str], n: int) -> bool:
    """Tell whether labels of n examples make classes: 2 to 32 of them, two examples each or so."""
    count = len(set(labels))
    return 2 <= count <= min(MAX_CLASSES, n // 2)


def check_choice(what: str, value: str, possible: Sequence[str]) -> None:
    """Raise `DataError` unless the reader's choice is one of what the upload offers."""
    if value not in possible:
        offered = ", ".join(shown(name) for name in possible[:8]) or "none"
        raise DataError(f"{what}: found {shown(value)}, expected one of {offered}")


def check_values(n: int, d: int, remedy: str) -> None:
    """Raise `DataError` if n examples of d numbers are too many; the remedy ends the sentence."""
    if n > MAX_EXAMPLES:
        raise DataError(f"Found {grouped(n)} examples, at most 1 million are read: {remedy}")
    if n * d > MAX_VALUES:
        raise DataError(
            f"Found {grouped(n)} examples of {grouped(d)} numbers each, "
            f"at most {MAX_VALUES // 10**6} million numbers are read: {remedy}"
        )


def _check_sizes(uploads: Sequence[Upload]) -> None:
    total = sum(len(upload.content) for upload in uploads)
    if total == 0:
        raise DataError(f"Found no data: upload {_ALLOWED}")
    if total > MAX_BYTES:
        raise DataError(
            f"Found {total / 2**20:.1f} MB, at most 20 MB are read: upload fewer or smaller files"
        )
    if len(uploads) > MAX_FILES:
        raise DataError(f"Found {len(uploads)} files, expected at most {MAX_FILES}: upload fewer")


def _intake(kind: str, found: Examples) -> Intake:
    n, d = found.x.shape
    if n < MIN_EXAMPLES:
        gone = next((note for note in found.notes if "left out" in note), "")
        why = f" ({gone.rstrip('.')})" if gone else ""
        raise DataError(
            f"Found {n} example{'s'[: n != 1]} to learn from, expected at least {MIN_EXAMPLES}: "
            f"a tenth is held out{why}"
        )
    check_values(n, d, "upload fewer")
    if (found.x == found.x[0]).all():
        raise DataError(
            "All examples are the same as a network would see them, expected different ones"
        )
    y, classes = _classes(found.labels, n)
    data = split(OWN, found.x, y, n // 10, found.shape, classes)
    data = dataclasses.replace(
        data, x_train=_floats(data.x_train), x_val=_floats(data.x_val), table=found.table
    )
    return Intake(
        kind, found.choices, data, n, found.sizes, found.possible_labels, found.possible_columns,
        found.possible_arrays, _shortened(found.notes), found.before, _floats(found.x[:8]),
    )  # fmt: skip


def _floats(x: np.ndarray) -> np.ndarray:
    if x.dtype == np.uint8:
        x = x / np.float32(255)
    return np.ascontiguousarray(x, np.float32)


def _classes(labels: list[str] | None, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    if labels is None:
        return np.zeros(n, np.int64), ("all",)
    counts = Counter(labels)
    if len(counts) > MAX_CLASSES:
        raise DataError(
            f"Found {len(counts)} different labels, expected at most {MAX_CLASSES}: "
            "choose other labels, or none"
        )
    whole = all(re.fullmatch(r"-?\d{1,15}", label) for label in counts)
    classes = sorted(counts, key=(lambda label: (int(label), label)) if whole else str)
    index = {label: i for i, label in enumerate(classes)}
    return np.array([index[label] for label in labels], np.int64), tuple(classes)


def _shortened(notes: list[str]) -> tuple[str, ...]:
    more = len(notes) - 5
    return (*notes[:5], f"… and {more} more.") if more > 0 else tuple(notes)

"""Images uploaded by a reader, made grey squares of one size: one at a time, header first."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin

from vae_core.idx import DataError
from vae_core.own import (
    IMAGE,
    MAX_FILES,
    MAX_VALUES,
    SIDES,
    Choices,
    Examples,
    Upload,
    check_choice,
    check_values,
    counted,
    few_classes,
    left_out,
    shown,
)
from vae_core.own.archive import Archive
from vae_core.own.jpeg import MAX_SCANS, scans

# Loaded now, not by Pillow when it needs them: the child opens no file once it has begun to read.
Image.preinit()
_LOADED: Final = (MpoImagePlugin, TiffImagePlugin)  # photographs of telephones; EXIF
MAX_PIXELS: Final = 25_000_000  # of an image, by its header
MAX_DECODED: Final = 40_000_000  # bytes of one in memory: 10 megapixels at 4 bytes
MAX_ALL_PIXELS: Final = 500_000_000  # of all images together
_PREVIEWS: Final = 8
_PREVIEW_SIDE: Final = 96
_DAMAGED: Final = "it is damaged, or holds too much besides its pixels: save it anew"
_ORIENTATION: Final = 0x0112  # the EXIF tag; 5 to 8: the image lies on its side


class _Source(NamedTuple):
    """A file that may be an image: its name, with folders, and how to get at its bytes."""

    name: str
    content: Callable[[], bytes]


class _Squares:
    """Images as grey squares of one side, in the order they are read, and what they were."""

    def __init__(self, side: int, files: int) -> None:
        """Make room for as many of the files as may be read."""
        self.side, self._files = side, files
        self.x = np.empty((min(files, MAX_VALUES // side**2), side * side), np.uint8)
        self.names: list[str] = []
        self.sizes: set[tuple[int, int]] = set()
        self.before: list[bytes] = []
        self.cropped = 0

    def add(self, image: Image.Image, name: str, size: tuple[int, int]) -> None:
        """Add one; raise `DataError` if there are too many."""
        side = self.side
        if len(self.names) == len(self.x):
            check_values(self._files, side**2, f"upload fewer, or choose a side below {side}")
        self.cropped += image.width != image.height
        if len(self.before) < _PREVIEWS:
            self.before.append(_preview(image))
        self.x[len(self.names)] = _grey(image, (side, side)).reshape(-1)
        self.names.append(name)
        self.sizes.add(size)


def read_images(uploads: Sequence[Upload], choices: Choices) -> Examples:
    """Return every readable image as a grey square; raise `DataError` with one sentence."""
    notes: list[str] = []
    sources = _sources(uploads, notes)
    found, more = _squares(sources, choices.side)
    notes += more
    if not found.names:
        why = f" ({notes[0].replace(' is left out', '').rstrip('.')})" if notes else ""
        raise DataError(f"Found no PNG or JPEG image that can be read{why}")
    if found.cropped:
        words = f"{counted(found.cropped, 'image')} not square: the middle square is used."
        notes.insert(0, words)
    possible = _possible_labels(found.names)
    chosen = next(iter(possible), "") if choices.labels is None else choices.labels
    if chosen:
        check_choice("labels", chosen, tuple(possible))
    areas = sorted(found.sizes, key=lambda size: (math.prod(size), size))
    return Examples(
        found.x[: len(found.names)], possible.get(chosen), (found.side, found.side),
        Choices(found.side, chosen), notes, sizes=(areas[0], areas[-1]),
        possible_labels=tuple(possible), before=tuple(found.before),
    )  # fmt: skip


def read_image(upload: Upload, shape: tuple[int, int]) -> tuple[np.ndarray, str]:
    """Return one image as x (rows * columns,) float32 in [0, 1], and what was done to it."""
    opened, (width, height) = _opened(upload.content, upload.name)
    x = _grey(_decoded(opened, upload.name, shape), shape).reshape(-1) / np.float32(255)
    rows, columns = shape
    fits = width * rows == height * columns
    part = "" if fits else "its middle, "
    words = f"{shown(upload.name)}, {width} × {height} pixels: {part}grey, {columns} × {rows}"
    return x, words


def side_for(n: int, size: tuple[int, int] | None, chosen: int | None) -> int:
    """Return the side of n images: the reader's, else their own if they agree, else 28 or less.

    Raises `DataError` if the reader's is none of SIDES.
    """
    if chosen is not None:
        if chosen not in SIDES:
            raise DataError(f"side: found {chosen}, expected one of {', '.join(map(str, SIDES))}")
        return chosen
    most = size[0] if size and size[0] == size[1] and size[0] in SIDES else 28
    fitting = [side for side in SIDES if side <= most and n * side**2 <= MAX_VALUES]
    return fitting[-1] if fitting else SIDES[0]


def fitted(image: Image.Image, shape: tuple[int, int]) -> np.ndarray:
    """Return the middle of a grey image at `shape` (rows, columns), uint8; at that size as is."""
    rows, columns = shape
    if image.size != (columns, rows):
        width = min(image.width, image.height * columns / rows)
        height = min(image.height, image.width * rows / columns)
        left, top = (image.width - width) / 2, (image.height - height) / 2
        image = image.resize(
            (columns, rows), Image.Resampling.BICUBIC, (left, top, left + width, top + height),
            reducing_gap=3.0,
        )  # fmt: skip
    return np.asarray(image)


def _sources(uploads: Sequence[Upload], notes: list[str]) -> list[_Source]:
    found = []
    for upload in uploads:
        if upload.content.startswith(b"PK"):
            archive = Archive(upload)
            notes += archive.notes
            found += [
                _Source(member.filename, _reader(archive, member)) for member in archive.members
            ]
        else:
            found.append(_Source(upload.name, _same(upload.content)))
    if len(found) > MAX_FILES:
        raise DataError(f"Found {len(found)} files, expected at most {MAX_FILES}: upload fewer")
    return sorted(found, key=lambda source: source.name)


def _squares(sources: Sequence[_Source], chosen: int | None) -> tuple[_Squares, list[str]]:
    """Return the images of all files, each read once, and notes on those that are none.

    Where the first is as small as images may stay and a later one has another size, it begins anew.
    """
    notes: list[str] = []
    n = len(sources)
    side = side_for(n, None, chosen)  # if they have several sizes
    found, first = _Squares(side, n), None
    for name, image, size in _each(sources, notes):
        if first is None:
            first = size
            found = _Squares(side_for(n, size, chosen), n)
        elif size != first and found.side != side:
            return _squares(sources, side)
        try:
            upright = _decoded(image, name, (found.side, found.side))
        except DataError as error:
            notes.append(left_out(name, error))
            continue
        found.add(upright, name, size)
    return found, notes


def _each(
    sources: Sequence[_Source], notes: list[str]
) -> Iterator[tuple[str, Image.Image, tuple[int, int]]]:
    """Yield name, image and its size for every image, not decoded yet; note what is none."""
    pixels = 0
    for source in sources:
        try:
            image, size = _opened(source.content(), source.name)
        except DataError as error:
            notes.append(left_out(source.name, error))
            continue
        pixels += math.prod(size)
        if pixels > MAX_ALL_PIXELS:
            raise DataError(
                f"The images have more than {MAX_ALL_PIXELS // 10**6} megapixels in all: "
                "upload fewer, or smaller ones"
            )
        yield source.name, image, size


def _opened(content: bytes, name: str) -> tuple[Image.Image, tuple[int, int]]:
    """Return an image not decoded yet, and width and height as seen; raise `DataError`."""
    large = "it has more than 25 megapixels, make it smaller"
    try:
        image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    except MemoryError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{shown(name)}: {large}") from error
    except Exception as error:  # Pillow lets through errors of every kind
        why = _DAMAGED if content.startswith(IMAGE) else "it is not a PNG or JPEG image"
        raise DataError(f"{shown(name)}: {why}") from error
    width, height = image.size
    _check(width * height <= MAX_PIXELS, name, large)
    if image.format == "PNG":  # its EXIF part may come after the pixels
        return image, (width, height)
    passes = f"it is built up in more than {MAX_SCANS} passes, save it as a plain JPEG"
    _check(scans(content) <= MAX_SCANS, name, passes)
    try:
        lies = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    except MemoryError:
        raise
    except Exception:  # a damaged EXIF part: the image is taken as it lies
        lies = False
    return image, (height, width) if lies else (width, height)


def _decoded(image: Image.Image, name: str, shape: tuple[int, int]) -> Image.Image:
    """Return an image upright, in its own colours, not much larger than needed if it is a JPEG."""
    least = max(2 * max(shape), _PREVIEW_SIDE)
    image.draft(image.mode, (least, least))
    fits = image.width * image.height * 4 <= MAX_DECODED
    _check(fits, name, "it has more than 10 megapixels after decoding, make it smaller")
    try:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception as error:
        raise DataError(f"{shown(name)}: {_DAMAGED}") from error
    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        image = Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))
    return image


def _grey(image: Image.Image, shape: tuple[int, int]) -> np.ndarray:
    """Return an image as the network sees it, (rows, columns) uint8; on white if transparent."""
    if not image.has_transparency_data:
        return fitted(image.convert("L"), shape)
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    paper = Image.new("L", image.size, 255)
    paper.paste(image.convert("L"), mask=image.getchannel("A"))
    return fitted(paper, shape)


def _preview(image: Image.Image) -> bytes:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    scale = min(1.0, _PREVIEW_SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.convert(mode) if image.mode != mode else image
    buffer = io.BytesIO()
    small.resize(size).save(buffer, "PNG")
    return buffer.getvalue()


def _possible_labels(names: list[str]) -> dict[str, list[str]]:
    """Return the labels that names offer: the folder a file lies in, or how its name begins."""
    parts = [name.replace("\\", "/").split("/") for name in names]
    found = {
        "folder": [part[-2] if len(part) > 1 else "" for part in parts],
        "name": [re.split(r"[_\-\d.]", part[-1], maxsplit=1)[0].strip() for part in parts],
    }
    return {
        source: labels
        for source, labels in found.items()
        if all(labels) and few_classes(labels, len(names))
    }


def _reader(archive: Archive, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: archive.read(member)


def _same(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _check(fine: bool, name: str, why: str) -> None:
    if not fine:
        raise DataError(f"{shown(name)}: {why}")

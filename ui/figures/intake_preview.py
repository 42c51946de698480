"""What became of an upload, as HTML: the first images before and after, or the first rows.

Images as the networks get them are masks: `look.css` gives them the ink of the theme.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from vae_core.data import Table

ROOM: Final = 96  # CSS pixels an image may take
COLUMNS: Final = 8  # of a table that are shown
ROWS: Final = 5


def images_preview(
    before: Sequence[bytes], after: np.ndarray, shape: tuple[int, int], words: Sequence[str]
) -> str:
    """Return a row of originals (PNGs) above a row of the same images as the networks get them.

    after (m, d) in [0, 1]; `words` name the two rows; without originals there is one row.
    """
    scale = max(1, ROOM // max(shape))
    size = f"width:{shape[1] * scale}px;height:{shape[0] * scale}px"
    sent = [f'<img alt="" style="{size}" src="{_address(png)}">' for png in before]
    got = [f'<i style="{size};{_mask(printed(x, shape, scale))}"></i>' for x in after]
    rows = [_row(name, images) for name, images in zip(words, (sent, got), strict=True) if images]
    named = f'role="region" tabindex="0" aria-label="{escape(words[-1])}"'
    return f'<div class="intake" {named}>{"".join(rows)}</div>'


def _row(name: str, images: Sequence[str]) -> str:
    said = f'role="img" aria-label="{escape(name)}: {len(images)}"'
    strip = f"<div {said}>{''.join(images)}</div>"
    return f"<figure><figcaption>{escape(name)}</figcaption>{strip}</figure>"


def table_preview(x: np.ndarray, table: Table, words: Sequence[str]) -> str:
    """Return the first rows in their own units, then each column's smallest and largest value.

    x (n, d) in [0, 1]; words: the caption, what the columns left out are called ("{n}" of them),
    and the names of the two last lines.
    """
    caption, more, lowest, highest = words
    low, high = np.array(table.low), np.array(table.high)
    d, spans = min(len(low), COLUMNS), high - low
    lines = [("", low + row * spans, "") for row in x[:ROWS].astype(np.float64)]
    lines += [(lowest, low, ' class="ends"'), (highest, high, ' class="ends"')]
    left = len(low) - d
    tail = f"<td>{escape(more.format(n=left))}</td>" if left > 0 else ""
    names = "".join(
        f'<th scope="col" title="{escape(n)}">{escape(n)}</th>' for n in table.names[:d]
    )
    body = "".join(
        f'<tr{kind}><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{own_unit(values[k], spans[k])}</td>" for k in range(d))
        + f"{'<td></td>' if tail else ''}</tr>"
        for name, values, kind in lines
    )
    return (
        f'<div class="intake-table" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr><td></td>{names}{tail}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def own_unit(value: float, span: float) -> str:
    """Return a column's value with the decimals that three figures of its range need."""
    size = max(abs(value), span)
    if size >= 1e7 or 0 < span < 1e-6:
        text = f"{value:.2e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    else:
        decimals = 3 - int(np.ceil(np.log10(span))) if span > 0 else 0
        text = f"{value + 0.0:.{min(max(decimals, 0), 9)}f}"
        text = text.removeprefix("-") if float(text) == 0 else text
    return text.replace("-", "−")


def printed(x: np.ndarray, shape: tuple[int, int], scale: int) -> bytes:
    """Return an image x (d,) in [0, 1] as a PNG of black whose opacity is x, every pixel a square
    of `scale` pixels.
    """
    opacity = np.rint(255 * np.clip(x.reshape(shape), 0, 1)).astype(np.uint8)
    opacity = opacity.repeat(scale, 0).repeat(scale, 1)
    height, width = opacity.shape
    pixels = np.zeros((height, 1 + 2 * width), np.uint8)  # a filter byte, then grey and opacity
    pixels[:, 2::2] = opacity
    head = struct.pack(">IIBBBBB", width, height, 8, 4, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(pixels.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _mask(png: bytes) -> str:
    return f"--printed:url({_address(png)})"

"""In how many passes a JPEG is drawn, told from its markers alone: each may cost a decoding."""

from __future__ import annotations

import re
from typing import Final

MAX_SCANS: Final = 30  # a progressive JPEG has about ten
_MARKER: Final = re.compile(b"\xff[\xc0-\xcf\xd9-\xfe]")  # those with a length, and the end
_SCAN: Final = b"\xff\xda"
_END: Final = b"\xff\xd9"


def scans(content: bytes) -> int:
    """Count the passes of a JPEG, no further than one more than MAX_SCANS.

    From marker to marker, as a decoder goes: thumbnails and what follows the image do not count.
    """
    count, marker = 0, _MARKER.search(content, 2)
    while marker and marker[0] != _END and count <= MAX_SCANS:
        count += marker[0] == _SCAN
        start = marker.end()
        marker = _MARKER.search(content, start + int.from_bytes(content[start : start + 2], "big"))
    return count

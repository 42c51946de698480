"""Where private runs are recorded: runs on one reader's own data, for nobody else and not for long.

A folder that only this user can open, in memory where the system has a place for that and room in
it, else among the temporary files. Weights, codes and losses lie there, never the reader's images.
It goes with the server; what a killed server left goes when the next one starts.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.cache import OWNER, alive

PRIVATE_BYTES: Final = 512 * 2**20  # of all private runs together, but for those being watched
_MEMORY: Final = Path("/dev/shm")
_NAME: Final = re.compile(r"between-the-points-private\.((\d+)\.[0-9a-f]+)\..+")


def private_folder(room: int) -> Path:
    """Make a folder for private runs of about `room` bytes; remove what dead servers left."""
    places = [_MEMORY, Path(tempfile.gettempdir())]
    for place in places:
        _sweep(place)
    for place in places:
        with suppress(OSError):
            if place != _MEMORY or shutil.disk_usage(place).free >= room:
                return Path(
                    tempfile.mkdtemp(prefix=f"between-the-points-private.{OWNER}.", dir=place)
                )
    return Path(tempfile.mkdtemp())  # raises and says where it looked


def _sweep(place: Path) -> None:
    with suppress(OSError):
        for folder in place.iterdir():
            match = _NAME.fullmatch(folder.name)
            if match and match[1] != OWNER and not alive(int(match[2])):
                shutil.rmtree(folder, ignore_errors=True)

"""Where private runs are recorded: runs on one reader's own data, for nobody else and not for long.

A folder that only this user can open, in memory where the system has a place for that with some
room in it, else among the temporary files. Weights, codes and losses lie there, never the reader's
images. It goes with the server; what a killed server left goes when the next one starts.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.cache import OWNER, Cache, alive

FORGOTTEN: Final = 120.0  # seconds an ended private run stays unwatched, if that exceeds the grace
_BYTES: Final = 512 * 2**20  # of all private runs together, but for those being watched
_LEAST: Final = 32 * 2**20  # free bytes that make memory a place to record in; Docker gives 64 MB
_MEMORY: Final = Path("/dev/shm")
_NAME: Final = re.compile(r"between-the-points-private\.((\d+)\.[0-9a-f]+)\..+")


class PrivateRoom(Cache):
    """The folder of this server's private runs. Nothing is ever kept in it, nor put elsewhere."""

    def __init__(self, most: int) -> None:
        """Make the folder, for `most` bytes, 512 MB or half of what memory has free, whichever is
        least: the other half is for the runs being watched. Remove what dead servers left.
        """
        for place in (_MEMORY, Path(tempfile.gettempdir())):
            _sweep(place)
        place, room = _place()
        folder = tempfile.mkdtemp(prefix=f"between-the-points-private.{OWNER}.", dir=place)
        super().__init__(Path(folder), min(most, room))

    def begin(self, job_id: str) -> Path:
        """Return a new folder for an unfinished run; raise `OSError` where none can be made."""
        self.root.mkdir(mode=0o700, exist_ok=True)  # somebody may have tidied it away
        return self._make(job_id)

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self.discard(self.root)


def _place() -> tuple[Path, int]:
    """Return where to make the folder and how many bytes its runs may fill."""
    free = shutil.disk_usage(_MEMORY).free if os.access(_MEMORY, os.W_OK) else 0
    if free >= _LEAST:
        return _MEMORY, min(_BYTES, free // 2)
    return Path(tempfile.gettempdir()), _BYTES


def _sweep(place: Path) -> None:
    with suppress(OSError):
        for folder in place.iterdir():
            match = _NAME.fullmatch(folder.name)
            if match and match[1] != OWNER and not alive(int(match[2])):
                shutil.rmtree(folder, ignore_errors=True)

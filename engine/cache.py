"""The folder of all recordings: finished runs by id, unfinished ones beside them, a bound on both.

    0123456789abcdef/                    a finished run
    0123456789abcdef.4711.c0ffee.x1y2/   an unfinished one of process 4711

The folder is safe to delete at any time, also while the server runs: a run that loses its files
says so in a sentence and can be run again. Nothing but names of these two forms is ever touched,
and an unfinished run only by the process that owns it, or once that process is gone.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from engine.recording import RecordingError, Run, prepare

logger = logging.getLogger(__name__)

_FINISHED: Final = re.compile(r"[0-9a-f]{16}")
_RUN: Final = re.compile(r"[0-9a-f]{16}(?:\.(\d+\.[0-9a-f]+)\..+)?")
OWNER: Final = f"{os.getpid()}.{secrets.token_hex(4)}"  # a process number alone comes back


class Cache:
    """Recordings under `root`, at most about `limit` bytes of them."""

    def __init__(self, root: Path, limit: int) -> None:
        """Use `root`, or a temporary folder if nothing can be written there."""
        self._root = root
        self._limit = limit
        self._temporary: Path | None = None
        shutil.rmtree(self.begin("0" * 16))  # finds out now whether the folder can be written

    @property
    def root(self) -> Path:
        """The folder in use."""
        return self._root

    def begin(self, job_id: str) -> Path:
        """Return a new folder for an unfinished run."""
        try:
            return self._make(job_id)
        except OSError as error:
            self._temporary = Path(tempfile.mkdtemp(prefix="between-the-points-"))
            logger.warning(
                "%s cannot be written (%s): runs are kept in %s until the server ends; "
                "set VAE_CACHE to keep them.",
                self._root, error.strerror, self._temporary,
            )  # fmt: skip
            self._root = self._temporary
            return self._make(job_id)

    def open(self, job_id: str) -> Run | None:
        """Return a finished run, checked; throw a damaged one away and return None."""
        folder = self._root / job_id
        if not _FINISHED.fullmatch(job_id) or not folder.is_dir():
            return None
        try:
            run = Run.load(job_id, folder)
            os.utime(folder)  # its last use, for `shrink`
        except (RecordingError, OSError):
            logger.warning("The recording %s is damaged and is thrown away.", folder)
            self.discard(folder)
            return None
        return run

    def keep(self, run: Run) -> None:
        """Put a finished run in its place, where the next server finds it."""
        place = self._root / run.id
        try:
            self.discard(place)
            run.move(place)
        except OSError as error:  # it stays readable where it is
            logger.warning("The recording %s cannot be kept (%s).", run.folder, error.strerror)

    def discard(self, folder: Path) -> None:
        """Remove the folder of a run, if it is there."""
        shutil.rmtree(folder, ignore_errors=True)

    def shrink(self, in_use: Callable[[], Collection[str]]) -> None:
        """Remove runs, least recently used first, until the rest fits.

        Never a folder named by `in_use`, which is asked last: a run that begins while sizes are
        added up is safe. Never an unfinished run of another process.
        """
        sizes = {folder: _size(folder) for folder in self._folders()}
        total, spared = sum(sizes.values()), in_use()
        for folder in sorted(sizes, key=_last_use):
            mine = _owner(folder) in (None, OWNER)
            if total > self._limit and mine and folder.name not in spared:
                self.discard(folder)
                total -= sizes[folder]

    def sweep(self) -> None:
        """Remove unfinished runs whose process is gone."""
        for folder in self._folders():
            owner = _owner(folder)
            if owner not in (None, OWNER) and not alive(int(owner.partition(".")[0])):
                self.discard(folder)

    def close(self) -> None:
        """Remove the temporary folder, if one was needed."""
        if self._temporary is not None:
            self.discard(self._temporary)

    def _make(self, job_id: str) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{job_id}.{OWNER}.", dir=self._root))
        prepare(folder)
        return folder

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self._root.iterdir() if _RUN.fullmatch(path.name)]
        except OSError:
            return []


def _owner(folder: Path) -> str | None:
    """Return who works on an unfinished run; None for a finished one."""
    match = _RUN.fullmatch(folder.name)
    return match[1] if match else None


def alive(process: int) -> bool:
    """Tell whether another process has this number; our own belonged to somebody before us."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _size(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:  # removed meanwhile
        return 0


def _last_use(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0

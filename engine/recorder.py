"""The write side of a recording; `recording.py` says what lies where."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.jobs import State
from engine.recording import DATA, FINAL, LOG, RUNNING, Losses, keyframe_name

_STOP_EVERY: Final = 0.05  # seconds between two looks at the marker, each a trip to the disk


class Recorder:
    """The write side, used by one worker. Raises `OSError` when the folder is gone or full."""

    def __init__(self, folder: Path) -> None:
        """Take a folder made ready by `prepare`."""
        self._folder = folder
        self._digest = hashlib.sha256()
        self._next_look = 0.0
        self._stop = False

    def note(self, text: str) -> None:
        """Say what is being done before the run begins."""
        self._append({"note": text})

    def begin(self, job: Mapping[str, Any], data: bytes | None) -> None:
        """Write what the run is about and the images it shows: None if those stay in memory."""
        sha256 = None if data is None else self._write(DATA, data)
        self._append({"job": dict(job), "data": sha256})

    def epoch(self, losses: Losses, keyframe: bytes | None) -> None:
        """Add an epoch; once this returns, its keyframe is visible to every reader."""
        line: dict[str, Any] = dict(losses)
        if keyframe is not None:
            line["keyframe"] = self._write(keyframe_name(losses["epoch"]), keyframe)
        self._append(line)

    def final(self, content: bytes) -> None:
        """Add what is known of all images now that the training is done."""
        self._append({"final": self._write(FINAL, content)})

    def measures(self, measures: Mapping[str, float | None]) -> None:
        """Add what was measured on the trained network."""
        self._append({"measures": dict(measures)})

    def end(self, state: State, message: str) -> None:
        """Write how the run ended; nothing follows."""
        self._append({"end": state, "message": message, "sha256": self._digest.hexdigest()})
        (self._folder / RUNNING).unlink(missing_ok=True)

    def room(self) -> int:
        """Return the bytes that are free where the recording lies."""
        return shutil.disk_usage(self._folder).free

    def stop(self) -> bool:
        """Tell whether the run should end: its marker, or the whole folder, was removed."""
        now = time.monotonic()
        if not self._stop and now >= self._next_look:
            self._next_look = now + _STOP_EVERY
            self._stop = not (self._folder / RUNNING).exists()
        return self._stop

    def _write(self, name: str, content: bytes) -> str:
        partial = self._folder / f"{name}.part"
        partial.write_bytes(content)
        partial.replace(self._folder / name)
        return hashlib.sha256(content).hexdigest()

    def _append(self, line: Mapping[str, Any]) -> None:
        content = json.dumps(line, allow_nan=False, default=str).encode() + b"\n"
        self._digest.update(content)
        with (self._folder / LOG).open("r+b", buffering=0) as log:  # never creates a removed log
            log.seek(0, os.SEEK_END)
            log.write(content)

"""One run on disk. The recording is the transport: the worker appends, every session reads along.

    log.jsonl                    {"note": "reading the images"}    what is done before training
                                 {"job": …, "data": sha256}                                then
                                 {"epoch": 0, "step": 0, "recon": …, "keyframe": sha256}   then
                                 {"final": sha256}, {"measures": …}     once, of a run that is done
                                 {"end": "done", "message": "", "sha256": …}               last
    data.safetensors             the images a page shows beside the codes; never of a private run
    keyframe-0000.safetensors    weights and codes after that epoch
    final.safetensors            what is known of all images once the training is done
    running                      exists while the run may go on: remove it and the worker stops

A file is written whole, under another name, before the log line with its sha256 appears; the last
line holds the sha256 of all lines before it. So a reader never meets half a file, and damage shows.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any, Final, TypedDict, cast

from engine.jobs import ENDED, RESULTS, State

LOG: Final = "log.jsonl"
DATA: Final = "data.safetensors"
FINAL: Final = "final.safetensors"
RUNNING: Final = "running"
LOST: Final = "The recording of this run is gone or damaged. Press Train to run it again."


class Losses(TypedDict):
    """One epoch (0: untrained), in nats per example; `kl`, `val_kl` are None without a KL term."""

    epoch: int
    step: int
    recon: float
    kl: float | None
    loss: float
    val_recon: float
    val_kl: float | None


class RecordingError(RuntimeError):
    """A recording that cannot be read; the message is one sentence for the reader."""


def keyframe_name(epoch: int) -> str:
    """Return the name of the file that holds the keyframe of an epoch."""
    return f"keyframe-{epoch:04d}.safetensors"


def prepare(folder: Path) -> None:
    """Make an empty folder ready for a `Recorder` and a `Run`."""
    (folder / LOG).touch()
    (folder / RUNNING).touch()


class Run:
    """The read side: one run as every session sees it. Shared between threads.

    `LocalEngine.poll` brings it up to date; meanwhile it changes only when another session polls.
    """

    def __init__(self, job_id: str, folder: Path) -> None:
        """Watch a folder made by `prepare`; the state is "queued" until `start`."""
        self.id = job_id
        self._folder = folder
        self._lock = threading.RLock()
        self._state: State = "queued"
        self._message = ""
        self._offset = 0  # bytes of the log read so far
        self._losses: list[Losses] = []
        self._sha256: dict[str, str] = {}  # of every file, by name
        self._keyframes: list[int] = []
        self._measures: dict[str, float | None] | None = None
        self._held: bytes | None = None

    @classmethod
    def load(cls, job_id: str, folder: Path) -> Run:
        """Open a finished recording and check all of it; raise `RecordingError` on damage."""
        run = cls(job_id, folder)
        run.start()
        run.refresh()
        if run.state not in RESULTS:
            raise RecordingError(LOST)
        run._check()
        return run

    @property
    def state(self) -> State:
        """queued, running, done, diverged, failed or cancelled."""
        return self._state

    @property
    def message(self) -> str:
        """One sentence when the state is diverged, failed or cancelled; while it is running and has
        no epoch yet, what it is doing, as "downloading mnist: 7 MB so far"; else "".
        """
        return self._message

    @property
    def ended(self) -> bool:
        """Whether nothing will follow."""
        return self._state in ENDED

    @property
    def folder(self) -> Path:
        """Where the recording lies now."""
        return self._folder

    @property
    def losses(self) -> list[Losses]:
        """One entry per epoch so far, from epoch 0."""
        with self._lock:
            return list(self._losses)

    @property
    def keyframes(self) -> list[int]:
        """Epochs that have a keyframe, ascending."""
        with self._lock:
            return list(self._keyframes)

    @property
    def measures(self) -> dict[str, float | None] | None:
        """The fields of `vae_core.regularity.Measures` after the last epoch; None before it, and
        for a run that was not finished. A measure that has no value for this network is None.
        """
        with self._lock:
            return self._measures and dict(self._measures)

    def keyframe(self, epoch: int) -> bytes:
        """Return safetensors bytes: weights, mu and std (≤ 2000, k), header {"epoch", "step"}.

        Raises `RecordingError` when the epoch has no keyframe, or when the file is gone or damaged.
        """
        return self._read(keyframe_name(epoch))

    def data(self) -> bytes:
        """Return safetensors bytes: x (≤ 2000, d) and y, the rows that mu and std belong to.

        uint8, 0 to levels; of a table x is float32 in [0, 1] and levels is 1.

        Header: {"image_shape", "classes", "levels", "table", "entropy_floor", "n_train"}. Raises
        `RecordingError` before the first epoch, or when the file is gone or damaged.
        """
        return self._read(DATA) if self._held is None else self._held

    def hold(self, data: bytes) -> None:
        """Give out these images as `data`: those of a private run stay in memory."""
        self._held = data

    def final(self) -> bytes | None:
        """Return safetensors bytes about all N training images of a run that is done, else None.

        variance (k,) float32: of mu over them. losses (101,) float32: percentiles 0 … 100 of
        `vae_core.training.losses_at_mean` over the images kept aside, nats. If N > 2000, also
        mu (N, k), float16 unless too large for it, and y (N,) uint8. Raises `RecordingError` when
        the file is gone or damaged.
        """
        return self._read(FINAL) if FINAL in self._sha256 else None

    def start(self) -> None:
        """Leave the queue."""
        with self._lock:
            if self._state == "queued":
                self._state = "running"

    def refresh(self) -> None:
        """Read what the worker has added. A recording that vanished or is damaged ends the run."""
        with self._lock:
            try:
                if self._state == "running":
                    self._read_on()
                elif self._state in RESULTS:
                    (self._folder / LOG).stat()
            except (OSError, ValueError, KeyError, TypeError):
                self._lose()

    def close(self, state: State, message: str) -> None:
        """End the run for every reader, if it has not ended, and tell its worker to stop."""
        with self._lock:
            if not self.ended:
                self._state, self._message = state, message
        try:
            (self._folder / RUNNING).unlink(missing_ok=True)
        except OSError:  # the folder itself is gone or closed to us: the worker fails on its own
            return

    def move(self, folder: Path) -> None:
        """Rename the folder; raise `OSError` if that cannot be done."""
        with self._lock:
            self._folder.rename(folder)
            self._folder = folder

    def _read_on(self) -> None:
        with (self._folder / LOG).open("rb") as log:
            log.seek(self._offset)
            lines = log.read()
        lines = lines[: lines.rfind(b"\n") + 1]  # the last line may still be on its way
        self._offset += len(lines)
        for line in lines.splitlines():
            self._take(json.loads(line))

    def _take(self, line: dict[str, Any]) -> None:
        if "end" in line:
            self._state, self._message = line["end"], line["message"]
        elif "note" in line:
            self._message = str(line["note"])
        elif "job" in line:
            self._message = ""
            if line["data"] is not None:
                self._sha256[DATA] = line["data"]
        elif "final" in line:
            self._sha256[FINAL] = line["final"]
        elif "measures" in line:
            self._measures = dict(line["measures"])
        else:
            losses = {name: line[name] for name in Losses.__annotations__}
            self._losses.append(cast(Losses, losses))
            if "keyframe" in line:
                self._sha256[keyframe_name(line["epoch"])] = line["keyframe"]
                self._keyframes.append(line["epoch"])

    def _check(self) -> None:
        try:
            *lines, end = (self._folder / LOG).read_bytes().splitlines(keepends=True)
            damaged = json.loads(end)["sha256"] != hashlib.sha256(b"".join(lines)).hexdigest()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RecordingError(LOST) from error
        if damaged:
            raise RecordingError(LOST)
        for name in self._sha256:
            self._read(name)

    def _read(self, name: str) -> bytes:
        with self._lock:  # so that the folder is not renamed meanwhile
            if name not in self._sha256:
                raise RecordingError(f"This run has recorded no {name.partition('.')[0]} so far.")
            try:
                content = (self._folder / name).read_bytes()
            except OSError:
                content = b""
            if hashlib.sha256(content).hexdigest() != self._sha256[name]:
                self._lose()
                raise RecordingError(LOST)
            return content

    def _lose(self) -> None:
        self._state, self._message = "failed", LOST

"""What a worker process does: `warm_up` once, then `run` once per job.

The server imports this module too, to name these functions to its workers: torch is imported inside
functions only, streamlit nowhere.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.jobs import Job, Outcome
from engine.recorder import Recorder
from engine.recording import Losses
from vae_core.config import ConfigError, RunConfig
from vae_core.data import DataError, Dataset, load_dataset

if TYPE_CHECKING:
    from vae_core.training import Snapshot

UNEXPECTED: Final = "Training ended with an error nobody foresaw; the server's log has the details."
_SHOWN: Final = 2000  # images of a data set that a page shows
_KEYFRAMES: Final = 40
_FEWEST: Final = 7  # the first, the last and those after a cut
_RECORDING: Final = 256 * 2**20  # bytes of all keyframes: six layers of 1024 units have 48 MB each
_AFTER_A_CUT: Final = 4  # epochs, each with a keyframe


def warm_up(server: int) -> None:
    """Make this process a good worker: polite, mortal, on one thread, torch and Adam loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers
    os.nice(10)
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    from vae_core.training import initial_snapshot, train  # which sets one thread

    x, y = np.zeros((4, 4), np.float32), np.zeros(4, np.int64)
    data = Dataset("digits", x, y, x, y, (2, 2), ("0",))
    config = RunConfig(dataset="digits", hidden=(2,), epochs=1)
    for snapshot in (initial_snapshot(config, data), *train(config, data)):
        assert snapshot.mu.shape == (4, 2)


def run(job: Job, folder: Path) -> Outcome:
    """Do a job, record it in `folder` and say how it ended. Never raises."""
    recorder = Recorder(folder)
    try:
        outcome = TASKS[job.kind](job, recorder)
    except (ConfigError, DataError) as error:
        outcome = Outcome("failed", str(error))
    except OSError as error:  # reading data raises DataError, so this is the recording
        advice = "Choose a smaller network" if job.private else "Press Train to run it again"
        message = f"The run could not be recorded ({error.strerror}). {advice}."
        outcome = Outcome("failed", message, str(error))
    except Exception as error:
        outcome = Outcome("failed", UNEXPECTED, traced(error, job.private))
    with suppress(OSError):  # the outcome reaches the server all the same
        recorder.end(outcome.state, outcome.message)
    return outcome


def traced(error: Exception, private: bool) -> str:
    """Say for the server's log where an error arose; no value of a private run, which may be data,
    hence none of the messages.
    """
    if not private:
        return "".join(traceback.format_exception(error))
    frames = traceback.extract_tb(error.__traceback__)
    places = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {', '.join(places)}"


def keyframe_epochs(config: RunConfig, most: int = _KEYFRAMES) -> list[int]:
    """Return the epochs that get a keyframe: all of them if few, else at most so many, denser early
    and where the gradient's path is cut.
    """
    epochs = config.epochs
    if epochs < most:
        return list(range(epochs + 1))
    near: set[int] = set()
    if config.model == "vae" and config.gradient != "pathwise":
        near = set(range(config.cut_after, min(config.cut_after + _AFTER_A_CUT, epochs) + 1))
    last = most - len(near) - 1
    return sorted(near | {round(epochs * (i / last) ** 1.5) for i in range(last + 1)})


def _train(job: Job, recorder: Recorder) -> Outcome:
    from vae_core.training import DivergedError, StoppedError, initial_snapshot, train

    config = job.config
    data = job.data or load_dataset(config.dataset, job.data_dir, recorder.note)
    rows = _shown_rows(len(data.x_train))
    images = None if job.private else shown_images(data)
    recorder.begin({**config.to_dict(), "kind": job.kind}, images)
    try:
        first = initial_snapshot(config, data, recorder.stop)
        room = min(_RECORDING, recorder.room() // 2) if job.private else _RECORDING
        most = min(_KEYFRAMES, room // len(_keyframe_bytes(first, rows)))
        wanted = set(keyframe_epochs(config, max(_FEWEST, most)))
        for snapshot in itertools.chain([first], train(config, data, recorder.stop)):
            keyframe = _keyframe_bytes(snapshot, rows) if snapshot.epoch in wanted else None
            recorder.epoch(_losses(snapshot), keyframe)
    except DivergedError as error:
        return Outcome("diverged", str(error))
    except StoppedError:
        return Outcome("cancelled")
    if snapshot.epoch < config.epochs:
        return Outcome("cancelled")
    recorder.final(_final_bytes(snapshot))
    recorder.measures(_measured(snapshot))
    return Outcome("done")


TASKS: Final[dict[str, Callable[[Job, Recorder], Outcome]]] = {"train": _train}


def _shown_rows(n: int) -> np.ndarray:
    """Return which training images a page shows: all, or a fixed draw of them, in order."""
    if n <= _SHOWN:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, _SHOWN, replace=False))


def _losses(snapshot: Snapshot) -> Losses:
    return Losses(
        epoch=snapshot.epoch, step=snapshot.step, recon=snapshot.recon, kl=snapshot.kl,
        loss=snapshot.loss, val_recon=snapshot.val_recon, val_kl=snapshot.val_kl,
    )  # fmt: skip


def _measured(snapshot: Snapshot) -> dict[str, float | None]:
    from vae_core.regularity import measures

    found = measures(snapshot.config, snapshot.weights, snapshot.data)
    values: dict[str, float | None] = dataclasses.asdict(found)
    # Images that are all the same have no distance to measure a step by.
    return {name: v if v is None or math.isfinite(v) else None for name, v in values.items()}


def _keyframe_bytes(snapshot: Snapshot, rows: np.ndarray) -> bytes:
    from vae_core.training import encode

    # Not snapshot.mu: that would encode every image of MNIST to show 2000 of them.
    config, data = snapshot.config, snapshot.data
    mu, std = encode(config, snapshot.weights, data.x_train[rows], data.image_shape)
    tensors = {**snapshot.weights, "mu": mu, "std": std}
    return _pack(tensors, {"epoch": snapshot.epoch, "step": snapshot.step})


def _final_bytes(snapshot: Snapshot) -> bytes:
    from vae_core.training import losses_at_mean

    config, data, mu = snapshot.config, snapshot.data, snapshot.mu
    losses = losses_at_mean(config, snapshot.weights, data.x_val, data.image_shape)
    tensors = {
        "losses": np.percentile(losses, np.arange(101)).astype(np.float32),
        "variance": mu.var(0, dtype=np.float64).astype(np.float32),
    }
    if len(mu) > _SHOWN:
        small = np.abs(mu).max() <= np.finfo(np.float16).max  # an autoencoder's need not be
        tensors["mu"] = mu.astype(np.float16) if small else mu
        tensors["y"] = data.y_train.astype(np.uint8)
    return _pack(tensors, {"epoch": snapshot.epoch, "n_train": len(mu), "n_val": len(losses)})


def shown_images(data: Dataset) -> bytes:
    """Return what `Run.data` gives out: whole grey levels, or exact rows of a table; no torch."""
    rows = _shown_rows(len(data.x_train))
    x, levels = data.x_train[rows], 1 if data.table else data.levels
    header = {
        "image_shape": list(data.image_shape),
        "classes": list(data.classes),
        "levels": levels,
        "table": data.table and data.table._asdict(),
        "entropy_floor": data.entropy_floor,
        "n_train": len(data.x_train),
    }
    x = x if data.table else np.rint(x * levels).astype(np.uint8)
    return _pack({"x": x, "y": data.y_train[rows].astype(np.uint8)}, header)


def _pack(tensors: dict[str, np.ndarray], header: dict[str, object]) -> bytes:
    from safetensors.numpy import save

    return save(tensors, metadata={"header": json.dumps(header)})


def _end_with(server: int) -> None:
    """End this process soon after its server is gone: an executor's worker would outlive it."""
    pause = threading.Event()
    while os.getppid() == server:
        pause.wait(0.5)
    os._exit(1)

"""What the workers of these tests do: real training, or a script named in the job's `data_dir`."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
from pathlib import Path

from engine import Job, Losses, tasks
from engine.jobs import Outcome
from engine.recorder import Recorder
from vae_core.data import DataError

_train = tasks.TASKS["train"]


def losses(epoch: int) -> Losses:
    return Losses(epoch=epoch, step=epoch, recon=1.0, kl=None, loss=1.0, val_recon=1.0, val_kl=None)


def broken_start(server: int) -> None:
    raise ImportError("no torch here")


def quick_start(server: int) -> None:
    pass


def _wait(job: Job, recorder: Recorder) -> Outcome:
    """Record epoch 0 and 1 and go on until told to stop."""
    recorder.begin({}, b"")
    recorder.epoch(losses(0), b"zero")
    recorder.epoch(losses(1), b"one")
    while not recorder.stop():
        threading.Event().wait(0.01)
    return Outcome("cancelled")


def _deaf(job: Job, recorder: Recorder) -> Outcome:
    """Never ask whether to stop."""
    recorder.begin({}, b"")
    threading.Event().wait(120)
    return Outcome("done")


def _crash(job: Job, recorder: Recorder) -> Outcome:
    recorder.begin({}, b"")
    for epoch in range(3):
        recorder.epoch(losses(epoch), None)
    os.kill(os.getpid(), signal.SIGKILL)
    return Outcome("done")


def _raise(job: Job, recorder: Recorder) -> Outcome:
    raise ZeroDivisionError("a bug in the worker")


def _bad_data(job: Job, recorder: Recorder) -> Outcome:
    raise DataError("The labels are missing; add them.")


def _full_disk(job: Job, recorder: Recorder) -> Outcome:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "keyframe-0000.safetensors")


def _report(job: Job, recorder: Recorder) -> Outcome:
    """Record what this process is like."""
    import torch

    facts = {
        "pid": os.getpid(),
        "nice": os.nice(0),
        "threads": torch.get_num_threads(),
        "variables": [os.environ.get(f"{name}_NUM_THREADS") for name in ("OMP", "MKL", "OPENBLAS")],
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "main": getattr(sys.modules["__main__"], "__file__", ""),
    }
    recorder.begin({}, json.dumps(facts).encode())
    return Outcome("done")


SCRIPTS = {
    "wait": _wait,
    "deaf": _deaf,
    "crash": _crash,
    "raise": _raise,
    "bad data": _bad_data,
    "full disk": _full_disk,
    "report": _report,
}


def perform(job: Job, folder: Path) -> Outcome:
    """Do in place of training what the job's script says."""
    tasks.TASKS["train"] = SCRIPTS.get(str(job.data_dir), _train)
    return tasks.run(job, folder)

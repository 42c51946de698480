"""A viewer for the tests: jobs nobody else asks for, and waiting with a deadline."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from engine import Job, Run
from engine.local import LocalEngine
from vae_core.config import RunConfig

Found = TypeVar("Found")

_never = threading.Event()
_seeds = itertools.count(1000)


def until(condition: Callable[[], Found], seconds: float = 30.0) -> Found:
    """Return the first true value of `condition`; fail when none came in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        _never.wait(0.01)
    return found


def new_job(script: str | Path | None = None, **settings: Any) -> Job:
    """Return a job with a seed of its own. `script` names one of `scripted.SCRIPTS`."""
    settings = {"dataset": "digits", "hidden": (8,), "epochs": 3, "seed": next(_seeds), **settings}
    return Job(config=RunConfig(**settings), data_dir=script)


def ended(engine: LocalEngine, job_id: str, viewer: str = "ann") -> Run:
    """Watch a run until it ends."""
    return until(lambda: (run := engine.poll(job_id, viewer)) and run.ended and run, 60)  # type: ignore[return-value]


def started(engine: LocalEngine, job: Job, viewer: str = "ann") -> str:
    """Submit a job and watch it until its first keyframe is there."""
    job_id = engine.submit(job, viewer)
    until(lambda: poll(engine, job_id, viewer).keyframes, 60)
    return job_id


def poll(engine: LocalEngine, job_id: str, viewer: str = "ann") -> Run:
    run = engine.poll(job_id, viewer)
    assert run is not None
    return run


def report(engine: LocalEngine) -> dict[str, Any]:
    """Return what a worker says of itself."""
    facts: dict[str, Any] = json.loads(
        ended(engine, engine.submit(new_job("report"), "ann")).data()
    )
    return facts

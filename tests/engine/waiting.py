"""Waiting for a condition with a deadline, and jobs nobody else asks for."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from engine import Job
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

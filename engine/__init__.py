"""The engine room: runs jobs in worker processes, so that the server only ever reads results.

    engine = get_engine()
    job_id = engine.submit(Job(config=RunConfig(dataset="digits")), viewer="session 1")
    run = engine.poll(job_id, "session 1")      # .state .losses .keyframe(0) .measures

A page submits a `Job`; a worker trains it at full speed and records it into a folder; every session
reads that one recording at its own pace. Where to look:

- `jobs.py`       what a job is, its id, and the states of a run
- `tasks.py`      what a worker does with a job (the only place here that meets torch)
- `recording.py`  one run on disk, and `Run`, which reads it in the server
- `recorder.py`   `Recorder`, which writes it in the worker
- `cache.py`      the folder of all recordings: finished runs, eviction, leftovers
- `private.py`    where runs on a reader's own data are recorded: in memory, for nobody else
- `workers.py`    one warm process, alone in its executor
- `local.py`      `LocalEngine`: the queue, who watches what; submit, poll, cancel, position
- `sentences.py`  what a reader is told when the engine ends a run
- `intake.py`     uploads, parsed in a process of their own
- `settings.py`   the environment variables

Importing this package starts nothing and imports neither torch nor loky.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from engine.jobs import ENDED, Job, State
from engine.recording import Losses, RecordingError, Run

if TYPE_CHECKING:
    from engine.local import LocalEngine

__all__ = ["ENDED", "Job", "Losses", "RecordingError", "Run", "State", "get_engine"]

_lock = threading.Lock()
_engine: LocalEngine | None = None


def get_engine() -> LocalEngine:
    """Return the engine of this process; the first call makes it and starts to warm its workers."""
    global _engine
    with _lock:
        if _engine is None:
            from engine.local import LocalEngine
            from engine.settings import Settings

            _engine = LocalEngine(Settings.from_environment())
        return _engine

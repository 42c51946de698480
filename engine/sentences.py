"""What a reader is told when the engine itself ends a run."""

from __future__ import annotations

from typing import Final

from engine.recording import Run
from engine.workers import Worker

STOPPED: Final = "Training was stopped."
UNWATCHED: Final = "Training was stopped: nobody was watching it."


def crashed(run: Run, worker: Worker) -> str:
    """Explain that the process of a run is gone."""
    if worker.pid is None:
        return "The training process could not be started; the server's log has the details."
    return (
        f"The training process ended unexpectedly at epoch {_epoch(run)}. "
        "Press Train to run it again."
    )


def late(run: Run, limit: float) -> str:
    """Explain that a run took more than `limit` seconds."""
    return (
        f"Training was stopped at epoch {_epoch(run)}: one run may take {limit:g} seconds. "
        "Choose fewer epochs or a smaller network."
    )


def _epoch(run: Run) -> int:
    run.refresh()
    return run.losses[-1]["epoch"] if run.losses else 0

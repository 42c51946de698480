"""One worker process, alone in its executor, so that a crash takes nothing else with it.

loky's executor, not multiprocessing's: its workers start as `python -m loky…` with the server's
`sys.path` and never import the server's `__main__`, which under Streamlit would run the app again.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from typing import Any, Final

from engine import tasks

_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e15",  # else loky swaps a worker that grew, behind our back
}


class Worker:
    """A process that warms up as soon as it is made and then does one thing at a time."""

    def __init__(self, at_exit: Callable[[], None]) -> None:
        """Start the process. `at_exit` is called when the interpreter ends; it must `close` it."""
        from loky import ProcessPoolExecutor

        self._executor = ProcessPoolExecutor(
            max_workers=1,
            timeout=None,
            env=_ENVIRONMENT,
            initializer=tasks.warm_up,
            initargs=(os.getpid(),),
        )
        self._pid: Future[int] = self._executor.submit(os.getpid)  # known once the worker is warm
        self._broken = False
        # Python waits for executors before it calls `atexit` functions, so a long job would hold up
        # Ctrl-C. Hooks run last in, first out: this one must follow the one loky made just now.
        threading._register_atexit(at_exit)  # type: ignore[attr-defined]

    def wait_until_warm(self) -> bool:
        """Block until the process is warm; False if it could not start or was closed."""
        return self._pid.exception() is None

    @property
    def pid(self) -> int | None:
        """The process, or None before it is warm and if it could not start."""
        return self._pid.result() if self._pid.done() and self.wait_until_warm() else None

    @property
    def lost(self) -> bool:
        """Whether the process, once warm, is gone."""
        if self._broken or self.pid is None:
            return self._broken
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def run(self, function: Callable[..., Any], *args: object) -> Any:
        """Call `function` in the process and return its result.

        Raises `BrokenExecutor` when the process is gone: this worker is then of no further use.
        Whatever the function raises comes through.
        """
        try:
            return self._executor.submit(function, *args).result()
        except BrokenExecutor:
            self._broken = True
            raise

    def kill(self) -> None:
        """End the process at once; a `run` under way raises."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and the executor; a `run` under way raises."""
        self._executor.shutdown(wait=False, kill_workers=True)


def default_count() -> int:
    """Return how many workers suit this machine: one fewer than the cores it may use."""
    from loky import cpu_count

    return max(1, int(cpu_count()) - 1)

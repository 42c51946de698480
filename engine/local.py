"""`LocalEngine`: jobs on this machine: a queue, one thread per worker, and a look round.

A `_Task` is one attempt at a job: its `Run` and who watches it. A thread per worker (`_serve`)
takes tasks from the queue, waits for the process and files the result. One more (`_manage`) looks
round four times a second and stops what nobody watches or what takes too long.

To stop a run is to close it for its readers at once; its worker sees the marker gone and comes back
a moment later. The lock guards who does what; nobody holds it while waiting for a process.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Final

from engine import sentences, tasks
from engine.cache import Cache
from engine.jobs import RESULTS, Job, Outcome, State
from engine.private import FORGOTTEN, PrivateRoom
from engine.recording import Run
from engine.settings import Settings
from engine.workers import Worker, default_count

logger = logging.getLogger(__name__)

_LOOK: Final = 0.25  # seconds between two looks round
_DEAF: Final = 2.0  # seconds a worker may take to obey a stop before it is killed
_FORGET: Final = 3600.0  # seconds an ended run that is not private stays in memory unwatched


@dataclasses.dataclass(eq=False)
class _Task:
    """One attempt at a job, or a finished run found in the cache (without a job)."""

    run: Run
    job: Job | None = None  # until it has been done
    private: bool = False
    viewers: dict[str, float] = dataclasses.field(default_factory=dict)  # -> time of the last poll
    seen: float = 0.0  # time of the last poll by anyone
    started: float = 0.0
    stopped: float | None = None  # when it was told to stop

    def watch(self, viewer: str) -> None:
        self.viewers[viewer] = self.seen = time.monotonic()

    def watched(self, grace: float) -> bool:
        now = time.monotonic()
        self.viewers = {name: last for name, last in self.viewers.items() if now - last < grace}
        return bool(self.viewers)


@dataclasses.dataclass(eq=False)
class _Seat:
    """A place for one worker; workers come and go, the seat stays."""

    worker: Worker | None = None
    task: _Task | None = None


class LocalEngine:
    """Runs jobs in processes of this machine. Every method may be called from any thread."""

    def __init__(
        self, settings: Settings, perform: Callable[[Job, Path], Outcome] = tasks.run
    ) -> None:
        """Start to warm the workers up. `perform` is what they call, with a job and a folder."""
        self._settings = settings
        self._perform = perform
        self._cache = Cache(settings.cache, settings.cache_bytes)
        self._private = PrivateRoom(settings.cache_bytes)
        self._wake = threading.Condition(threading.RLock())  # guards everything below
        self._tasks: dict[str, _Task] = {}  # the latest attempt per job id
        self._queue: deque[_Task] = deque()
        self._seats: list[_Seat] = []
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._start(self._manage)

    def submit(self, job: Job, viewer: str) -> str:
        """Ask for a job and return its id; `viewer` watches from now on.

        A run that waits, runs or has finished is shared; after a failed or cancelled one a new one
        starts. Raises `DataError` when the data cannot be found, `OSError` without a place for it.
        """
        self.poll(job.id, viewer)  # finds a finished run in the cache, and one that lost its files
        with self._wake:
            task = self._tasks.get(job.id)
            if task is None or (task.run.ended and task.run.state not in RESULTS):
                task = self._enqueue(job)
            task.watch(viewer)
        return job.id

    def poll(self, job_id: str, viewer: str) -> Run | None:
        """Return the run, up to date, or None if there is none; `viewer` goes on watching it."""
        found = None
        if job_id not in self._tasks:
            found = self._cache.open(job_id)  # reads and checks files: not under the lock
        with self._wake:
            task = self._tasks.get(job_id)
            if task is None and found is not None:
                task = self._tasks[job_id] = _Task(found)
            if task is None:
                return None
            task.watch(viewer)
        task.run.refresh()
        return task.run

    def cancel(self, job_id: str, viewer: str) -> None:
        """Let `viewer` leave. The run ends unless somebody else polled it within the grace time.

        A private run that has ended is forgotten, with all that was recorded of it.
        """
        with self._wake:
            task = self._tasks.get(job_id)
            if task is None:
                return
            task.viewers.pop(viewer, None)
            if task.watched(self._settings.grace):
                return
            if not task.run.ended:
                self._stop(task, "cancelled", sentences.STOPPED)
            elif task.private:
                self._forget(task)

    def position(self, job_id: str) -> int:
        """Return the place in the queue: 1 is next; 0 is running, ended or unknown."""
        with self._wake:
            waiting = [task.run.id for task in self._queue]
        return waiting.index(job_id) + 1 if job_id in waiting else 0

    def close(self) -> None:
        """End every worker and drop unfinished runs. The engine is of no further use."""
        with self._wake:
            self._closing.set()
            self._wake.notify_all()
            for seat in self._seats:
                if seat.worker is not None:
                    seat.worker.close()
        for thread in self._threads:
            thread.join(timeout=5)
        for task in list(self._tasks.values()):
            self._drop(task)
        self._cache.close()
        self._private.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _enqueue(self, job: Job) -> _Task:
        old = self._tasks.get(job.id)
        room = self._private if job.private else self._cache
        task = _Task(Run(job.id, room.begin(job.id)), job, job.private)
        self._tasks[job.id] = task
        if old is not None:
            self._drop(old)
        self._queue.append(task)
        self._wake.notify_all()  # not one: that one may find its worker gone
        return task

    def _stop(self, task: _Task, state: State, message: str) -> None:
        task.run.close(state, message)
        task.stopped = time.monotonic()
        if task in self._queue:
            self._queue.remove(task)
            task.job = None  # no worker will take it; and with it go the reader's data

    def _drop(self, task: _Task) -> None:
        """Remove the files of a run not worth keeping, unless its worker still writes them."""
        kept = task.run.state in RESULTS and not task.private
        if not kept and all(seat.task is not task for seat in self._seats):
            self._cache.discard(task.run.folder)

    def _forget(self, task: _Task) -> None:
        del self._tasks[task.run.id]
        self._drop(task)

    def _serve(self, seat: _Seat) -> None:
        """Keep one worker warm and give it one task after the other (a thread of its own)."""
        while not self._closing.is_set():
            try:
                self._serve_one(seat)
            except Exception:  # one job, not the seat
                logger.exception("A job could not be filed")
                seat.task = None
        if seat.worker is not None:
            seat.worker.close()

    def _serve_one(self, seat: _Seat) -> None:
        if seat.worker is None or seat.worker.lost:
            self._hire(seat)
        task = self._next(seat)
        if task is not None and seat.worker is not None:
            self._finish(seat, task, self._outcome(seat.worker, task))

    def _hire(self, seat: _Seat) -> None:
        for _ in range(2):  # one that dies while it warms up costs nothing but time
            try:
                seat.worker = Worker(at_exit=self.close)
            except (OSError, RuntimeError):  # no more processes; or the interpreter is ending
                if not self._closing.wait(1.0):
                    logger.exception("A worker could not be started")
                continue
            if self._closing.is_set() or seat.worker.wait_until_warm():
                return

    def _next(self, seat: _Seat) -> _Task | None:
        """Wait up to a second for a task; None if there is none, or no worker for it."""
        with self._wake:
            self._wake.wait_for(lambda: self._queue or self._closing.is_set(), timeout=1.0)
            gone = seat.worker is None or seat.worker.lost
            if gone or not self._queue or self._closing.is_set():
                return None
            task = seat.task = self._queue.popleft()
            task.started = time.monotonic()
            task.run.start()
            return task

    def _outcome(self, worker: Worker, task: _Task) -> Outcome:
        try:
            if task.job and task.job.data:
                self._private.shrink(self._in_use)  # before: there may be little room
                task.run.hold(tasks.shown_images(task.job.data))
            outcome: Outcome = worker.run(self._perform, task.job, task.run.folder)
        except BrokenExecutor as error:
            logger.warning("The worker of job %s is gone: %s", task.run.id, error)
            return Outcome("failed", sentences.crashed(task.run, worker))
        except Exception as error:
            details = "" if self._closing.is_set() else tasks.traced(error, task.private)
            outcome = Outcome("failed", tasks.UNEXPECTED, details)
        if outcome.details:
            logger.error("Job %s failed: %s", task.run.id, outcome.details)
        return outcome

    def _finish(self, seat: _Seat, task: _Task, outcome: Outcome) -> None:
        task.run.refresh()
        task.run.close(outcome.state, outcome.message)  # no effect if the log said how it ended
        if task.run.state in RESULTS and not task.private:
            self._cache.keep(task.run)
        with self._wake:
            seat.task = task.job = None  # and with the job the reader's data
            if self._tasks.get(task.run.id) is not task:  # asked for anew while it was stopping
                self._drop(task)
        self._cache.shrink(self._in_use)

    def _in_use(self) -> set[str]:
        """Return the names of the folders that somebody writes, waits for or watches."""
        with self._wake:
            used = [seat.task for seat in self._seats if seat.task]
            for task in self._tasks.values():
                if not task.run.ended or task.watched(self._settings.grace):
                    used.append(task)
            return {task.run.folder.name for task in used}

    def _manage(self) -> None:
        """Open the room, then look round until it closes (a thread of its own)."""
        seats = [_Seat() for _ in range(self._settings.workers or default_count())]
        with self._wake:
            self._seats = seats
            for seat in seats:
                self._start(self._serve, seat)
        self._cache.sweep()
        while not self._closing.wait(_LOOK):
            try:
                self._look_round(seats)
            except Exception:  # once, not for good
                logger.exception("Looking round failed")

    def _look_round(self, seats: list[_Seat]) -> None:
        with self._wake:
            for task in list(self._tasks.values()):
                self._look_after(task)
            for seat in seats:
                self._look_at(seat)

    def _look_after(self, task: _Task) -> None:
        """Stop a task nobody watches or that takes too long; forget one that ended long ago."""
        now, limit, grace = time.monotonic(), self._settings.job_seconds, self._settings.grace
        if task.run.ended:
            if now - task.seen > (max(FORGOTTEN, 2 * grace) if task.private else _FORGET):
                self._forget(task)
        elif not task.watched(grace):
            self._stop(task, "cancelled", sentences.UNWATCHED)
        elif task.run.state == "running" and now - task.started > limit:
            self._stop(task, "failed", sentences.late(task.run, limit))

    def _look_at(self, seat: _Seat) -> None:
        """Kill a worker that was told to stop and does not."""
        stopped = seat.task.stopped if seat.task else None
        if seat.worker and stopped is not None and time.monotonic() - stopped > _DEAF:
            seat.worker.kill()

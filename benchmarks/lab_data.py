"""Do 60 000 images train smoothly?

A folder of the size of MNIST: its 10 000 test images six times over to learn from and once to be
judged by, two epochs of mnist's default network, asked of an engine with one warm worker as a page
asks. *First picture*: from submit to the first keyframe, reading the files included. Polls are what
a page pays twice a second while it watches. Memory is the worker's own peak, torch included.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.mnist import folder
from benchmarks.report import Figure, percentile
from engine import Job, Run
from engine.local import LocalEngine
from engine.settings import Settings
from vae_core import RunConfig, idx

QUESTION = "Do 60 000 images train smoothly?"
PATIENCE = 600  # seconds
PAUSE = 0.05  # seconds between two polls


def measure() -> list[Figure]:
    """Train once and watch."""
    with tempfile.TemporaryDirectory() as place:
        data = tiled(Path(place) / "images", 6)
        engine = LocalEngine(Settings(cache=Path(place) / "cache", workers=1))
        try:
            warm_up(engine)
            return watched(engine, Job(config=RunConfig(dataset=str(data), epochs=2)))
        finally:
            engine.close()


def tiled(place: Path, times: int) -> Path:
    """Write MNIST's test images so many times over to learn from and once to be judged by."""
    place.mkdir()
    for kind, magic, number in (("images", idx.IMAGES, 3), ("labels", idx.LABELS, 1)):
        file = idx.find(folder(), "t10k", kind)
        assert file is not None
        values = idx.read(file, magic)
        for part, rows in (("train", np.concatenate([values] * times)), ("t10k", values)):
            idx.write(place / f"{part}-{kind}-idx{number}-ubyte.gz", rows)
    return place


def warm_up(engine: LocalEngine) -> None:
    """Let the worker finish a short run."""
    job = Job(config=RunConfig(dataset="digits", epochs=1))
    engine.submit(job, "reader")
    deadline = time.monotonic() + PATIENCE
    while not polled(engine, job, []).ended and time.monotonic() < deadline:
        threading.Event().wait(PAUSE)


def watched(engine: LocalEngine, job: Job) -> list[Figure]:
    """Ask for the job, poll until it is done and say what was seen."""
    begun, seen, polls = time.perf_counter(), [], []  # type: ignore[var-annotated]
    engine.submit(job, "reader")
    run = polled(engine, job, polls)
    while not run.ended and time.perf_counter() - begun < PATIENCE:
        threading.Event().wait(PAUSE)
        run = polled(engine, job, polls)
        seen += [time.perf_counter() - begun] * (len(run.losses) - len(seen))
    done, peak = time.perf_counter() - begun, peak_memory(engine)
    size, final = len(run.keyframe(2)) / 1e3, len(run.final() or b"") / 1e3
    return [
        Figure("first picture", seen[0], "s", at_most=5, note="an untrained network's"),
        Figure("one epoch", seen[2] - seen[1], "s", note="938 steps and a validation"),
        Figure("after the last epoch", done - seen[2], "s", note="measures of all images"),
        Figure("memory of the worker", peak, "MB", at_most=2000, note="at its peak"),
        Figure("one keyframe", size, "kB", note="weights in float32, 2000 codes"),
        Figure("all codes and losses", final, "kB", note="once, at the end"),
        Figure("a poll, median", median(polls), "ms", at_most=2),
        Figure("a poll, p95", percentile(polls, 0.95), "ms", at_most=5),
    ]


def polled(engine: LocalEngine, job: Job, polls: list[float]) -> Run:
    """Poll once and note how long it took."""
    begun = time.perf_counter()
    run = engine.poll(job.id, "reader")
    polls.append(1000 * (time.perf_counter() - begun))
    assert run is not None
    return run


def peak_memory(engine: LocalEngine) -> float:
    """Return the most memory the worker ever held, in MB; nan where the system does not say."""
    seats: Any = engine._seats
    status = Path(f"/proc/{seats[0].worker.pid}/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return found[0] / 1024 if found else float("nan")

"""Runs on a reader's own data: theirs alone, in memory, gone when they or the server say so."""

import dataclasses
import logging
import os
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import weakref
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from engine import Job, RecordingError, private, tasks
from engine.cache import OWNER
from engine.local import LocalEngine
from engine.private import PrivateRoom
from engine.recorder import Recorder
from engine.recording import Run, prepare
from engine.settings import Settings
from tests.engine import scripted
from tests.engine.watching import ended, new_job, poll, started, until
from vae_core.config import RunConfig
from vae_core.data import Dataset, Table

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (120, 64)).astype(np.uint8)


def own(pixels: np.ndarray = PIXELS, **fields: object) -> Dataset:
    """Return images like those of an upload; 100 to learn from."""
    x, y = (pixels / np.float32(255)).astype(np.float32), np.arange(len(pixels)) % 3
    about: dict[str, object] = {"image_shape": (8, 8), "classes": ("a", "b", "c"), **fields}
    return Dataset("own", x[:100], y[:100], x[100:], y[100:], **about)  # type: ignore[arg-type]


def private_job(script: str | None = None, owner: str = "", **settings: object) -> Job:
    settings = {"hidden": (8,), "epochs": 3, **settings}
    config = RunConfig(dataset="own", **settings)  # type: ignore[arg-type]
    return Job(config=config, data_dir=script, data=own(), owner=owner or secrets.token_hex(16))


def holding(needles: list[bytes], *folders: Path) -> list[Path]:
    """Return the files below the folders that hold one of the needles."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(needle in path.read_bytes() for needle in needles)]


def images_in_every_form() -> list[bytes]:
    rows = own().x_train[:20]
    return [
        form(row).tobytes() for row in rows for form in (np.float32, np.float16, np.float64)
    ] + [row.tobytes() for row in PIXELS[:20]]


# --- the job


def test_a_private_job_brings_its_data_and_a_secret() -> None:
    config = RunConfig(dataset="own")
    with pytest.raises(ValueError, match="data: found none, expected the reader's"):
        Job(config=config, owner="s" * 32)
    with pytest.raises(ValueError, match="owner: found 0 characters, expected 16"):
        Job(config=config, data=own())
    with pytest.raises(ValueError, match="data: found some, expected none with digits"):
        Job(config=RunConfig(dataset="digits"), data=own(), owner="s" * 32)


def test_its_id_is_its_owners_and_its_datas() -> None:
    job, changed = private_job(owner="s" * 32), PIXELS.copy()
    changed[-1, -1] ^= 1
    assert job.id == private_job(owner="s" * 32).id
    table = Table(("u",) * 64, (0.0,) * 64, (1.0,) * 64)
    others = [
        private_job(owner="t" * 32),
        private_job(owner="s" * 32, seed=1),
        *(Job(config=job.config, data=data, owner="s" * 32) for data in
          (own(changed), own(image_shape=(4, 16)), own(classes=("a", "b", "d")), own(table=table))),
    ]  # fmt: skip
    assert len({job.id, *(other.id for other in others)}) == 7


def test_a_job_shows_neither_secret_nor_data_where_it_is_printed() -> None:
    text = repr(private_job(owner="sesame" * 5))
    assert "sesame" not in text
    assert "array" not in text


# --- a run from its beginning to the end of its server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private")


@pytest.fixture(scope="module")
def careful(place: Path) -> Iterator[LocalEngine]:
    """An engine whose temporary files can be told from those of others."""
    (place / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(place / "tmp"))
        patch.setattr(tempfile, "tempdir", None)
        engine = LocalEngine(
            Settings(cache=place / "cache", grace=1.0, workers=1), scripted.perform
        )
        yield engine
        engine.close()
    tempfile.tempdir = None


def test_the_images_are_given_out_but_written_nowhere(careful: LocalEngine, place: Path) -> None:
    job, needles = private_job(), images_in_every_form()
    run = ended(careful, careful.submit(job, "ann"))
    assert (run.state, run.message) == ("done", "")
    shown = load(run.data())
    np.testing.assert_array_equal(shown["x"], PIXELS[:100])
    np.testing.assert_array_equal(shown["y"], np.arange(100) % 3)
    assert load(run.keyframe(3))["mu"].shape == (100, 2)
    assert run.final() is not None
    folders = (place, careful._private.root)
    assert holding(needles, *folders) == []
    (place / "control").write_bytes(run.data())
    assert holding(needles, *folders) == [place / "control"]
    (place / "control").unlink()


def test_the_recording_is_closed_to_others_and_not_in_the_cache(
    careful: LocalEngine, place: Path
) -> None:
    run = ended(careful, careful.submit(private_job(), "ann"))
    for folder in (run.folder, run.folder.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == os.getuid()
    assert run.folder.parent == careful._private.root
    assert run.folder.parent.parent == private._place()[0]
    assert list((place / "cache").iterdir()) == []


def test_nothing_is_left_when_the_server_ends(careful: LocalEngine, place: Path) -> None:
    job = private_job()
    run, root = ended(careful, careful.submit(job, "ann")), careful._private.root
    assert run.folder.is_dir()
    later = LocalEngine(Settings(cache=place / "cache", workers=1))
    try:
        assert later._private.root != root
        assert later.poll(job.id, "ann") is None
        careful.close()
        assert not root.exists()
    finally:
        later.close()
    assert [path for path in place.rglob("*") if path.is_file()] == []


# --- readers


def test_equal_data_of_two_owners_are_two_runs(engine: LocalEngine) -> None:
    ann, bob = (private_job(owner=name * 16) for name in ("ann", "bob"))
    runs = [ended(engine, engine.submit(job, "viewer")) for job in (ann, bob)]
    assert runs[0] is not runs[1]
    assert runs[0].losses == runs[1].losses
    assert poll(engine, ended(engine, engine.submit(ann, "viewer")).id) is runs[0]


def test_a_run_that_has_ended_is_forgotten_when_its_reader_leaves(engine: LocalEngine) -> None:
    job = private_job()
    run = ended(engine, engine.submit(job, "ann"))
    engine.poll(job.id, "ann in another tab")
    engine.cancel(job.id, "ann")
    assert run.folder.is_dir()
    engine.cancel(job.id, "ann in another tab")
    until(lambda: not run.folder.exists())  # its worker may only just have laid it down
    assert engine.poll(job.id, "ann") is None
    with pytest.raises(RecordingError, match="gone or damaged"):
        run.keyframe(0)


def test_a_shared_run_that_has_ended_is_not_forgotten(engine: LocalEngine) -> None:
    job = Job(config=RunConfig(dataset="digits", hidden=(8,), epochs=2, seed=77))
    run = ended(engine, engine.submit(job, "ann"))
    engine.cancel(job.id, "ann")
    assert poll(engine, job.id) is run


def test_a_stopped_run_can_be_looked_at_until_its_reader_leaves(engine: LocalEngine) -> None:
    job = private_job("wait")
    run = poll(engine, started(engine, job))
    engine.cancel(job.id, "ann")
    assert poll(engine, job.id).state == "cancelled"
    assert run.keyframe(0) == b"zero"
    engine.cancel(job.id, "ann")
    assert engine.poll(job.id, "ann") is None
    until(lambda: not run.folder.exists())


def test_a_run_dropped_while_it_trains_leaves_nothing(engine: LocalEngine) -> None:
    job = private_job("wait")
    run = poll(engine, started(engine, job))
    engine.cancel(job.id, "ann")
    engine.cancel(job.id, "ann")  # at once: the worker may still be writing
    assert engine.poll(job.id, "ann") is None
    until(lambda: not run.folder.exists())


def test_a_stopped_run_can_be_asked_for_again(engine: LocalEngine) -> None:
    job = private_job("wait")
    first = poll(engine, started(engine, job))
    engine.cancel(job.id, "ann")
    again = poll(engine, started(engine, job))
    assert again is not first
    assert again.state == "running"
    engine.cancel(job.id, "ann")
    engine.cancel(job.id, "ann")


def test_a_run_nobody_polls_is_soon_forgotten(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = ended(engine, engine.submit(new_job(), "ann"))
    run = ended(engine, engine.submit(private_job(), "ann"))

    def forgotten_after(run: Run, seconds: float) -> bool:
        with engine._wake:
            task = engine._tasks[run.id]
            task.seen = time.monotonic() - seconds
            engine._look_after(task)
            return run.id not in engine._tasks

    grace = Settings(cache=Path()).grace
    assert not forgotten_after(run, 2 * grace)
    assert not forgotten_after(shared, 600)
    with monkeypatch.context() as patch:  # never while a poll within the grace time is awaited
        patch.setattr(engine, "_settings", dataclasses.replace(engine._settings, grace=700.0))
        assert not forgotten_after(run, 600)
    assert forgotten_after(run, 180)
    until(lambda: not run.folder.exists())
    assert engine.poll(run.id, "ann") is None


def test_a_run_stopped_in_the_queue_lets_its_data_go(strict_engine: LocalEngine) -> None:
    running = started(strict_engine, private_job("wait"))
    job = private_job("wait")
    data, waiting = weakref.ref(job.data), strict_engine.submit(job, "ann")  # type: ignore[arg-type]
    strict_engine.cancel(waiting, "ann")
    del job
    until(lambda: data() is None, 10)
    assert poll(strict_engine, waiting).state == "cancelled"  # it can be looked at all the same
    for job_id in (waiting, running, running):
        strict_engine.cancel(job_id, "ann")


def test_private_jobs_wait_in_the_queue_like_others(strict_engine: LocalEngine) -> None:
    running = started(strict_engine, private_job("wait"))
    waiting = strict_engine.submit(private_job("wait"), "ann")
    assert strict_engine.position(waiting) == 1
    assert poll(strict_engine, waiting).state == "queued"
    for job_id in (waiting, waiting, running, running):
        strict_engine.cancel(job_id, "ann")
    assert strict_engine.position(waiting) == 0
    assert strict_engine.poll(waiting, "ann") is None


# --- what goes wrong


def test_a_crash_is_a_sentence_and_the_run_can_be_asked_for_again(engine: LocalEngine) -> None:
    job = private_job("crash")
    run = ended(engine, engine.submit(job, "ann"))
    assert run.state == "failed"
    assert "ended unexpectedly at epoch 2" in run.message
    again = ended(engine, engine.submit(job, "ann"))
    assert again is not run
    assert not run.folder.exists()


def test_a_run_that_diverges_is_not_kept(engine: LocalEngine, cache_folder: Path) -> None:
    job = private_job(lr=10.0, hidden=(128, 64), epochs=60)
    run = ended(engine, engine.submit(job, "ann"))
    assert run.state == "diverged"
    assert run.final() is None
    other = ended(engine, engine.submit(private_job(), "ann"))  # once it is filed, so is the first
    assert other.state == "done"
    assert not (cache_folder / job.id).exists()
    assert run.keyframe(0)


def test_private_runs_do_not_fill_the_memory(strict_engine: LocalEngine) -> None:
    """Room for nothing: what nobody watches goes before the next run begins."""
    first = ended(strict_engine, strict_engine.submit(private_job("report"), "ann"))
    until(lambda: not _watched(strict_engine, first.id))
    assert first.folder.is_dir()
    second = poll(strict_engine, started(strict_engine, private_job("wait"), "bob"), "bob")
    assert not first.folder.exists()
    assert poll(strict_engine, first.id).state == "failed"
    assert second.folder.is_dir()
    for _ in range(2):
        strict_engine.cancel(second.id, "bob")


def test_a_run_in_little_memory_has_fewer_keyframes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = private_job(epochs=30)
    prepare(tmp_path)
    run = Run(job.id, tmp_path)
    run.start()
    monkeypatch.setattr(Recorder, "room", lambda self: 200_000)
    assert tasks.run(job, tmp_path).state == "done"
    run.refresh()
    assert {0, 30} <= set(run.keyframes)
    written = len(run.keyframes) * len(run.keyframe(0))
    assert 50_000 < written <= 100_000  # half: others record at the same time
    assert len(run.losses) == 31


def test_a_full_memory_is_a_sentence_that_helps(engine: LocalEngine) -> None:
    run = ended(engine, engine.submit(private_job("full disk"), "ann"))
    assert "No space left on device" in run.message
    assert run.message.endswith("Choose a smaller network.")


def test_the_log_says_where_a_private_run_failed_and_no_value(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quote(data: Dataset) -> bytes:
        raise ValueError("could not convert 0.123 in the server")

    ended(engine, engine.submit(private_job("raise"), "ann"))
    monkeypatch.setattr(tasks, "shown_images", quote)
    ended(engine, engine.submit(private_job(), "ann"))
    for expected in ("ZeroDivisionError at tasks.py:", " _raise", "ValueError at local.py:"):
        assert expected in caplog.text
    for quoted in ("a bug in the worker", "0.123"):
        assert quoted not in caplog.text


def _watched(engine: LocalEngine, job_id: str) -> bool:
    with engine._wake:
        return engine._tasks[job_id].watched(1.0)


# --- the folder


def test_what_dead_servers_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended_process = subprocess.Popen([sys.executable, "-c", ""])
    ended_process.wait()
    name = "between-the-points-private."
    dead = f"{name}{ended_process.pid}.abcd.x"
    others = [f"{name}{os.getppid()}.abcd.x", f"{name}{OWNER}.y", f"{name}notes", "photos"]
    for folder in (dead, *others):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(private, "_MEMORY", tmp_path)
    made = PrivateRoom(1).root
    assert {path.name for path in tmp_path.iterdir()} == {*others, made.name}
    assert made.name.startswith(f"{name}{OWNER}.")


@pytest.mark.parametrize(
    ("free", "in_memory", "most"),
    [(None, False, 512), (31, False, 512), (32, True, 16), (64, True, 32), (4000, True, 512)],
)
def test_it_lies_in_memory_where_there_is_some_room(
    free: int | None, in_memory: bool, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    memory, temporary = tmp_path / "memory", tmp_path / "tmp"
    for folder in (temporary, *([memory] if free else [])):
        folder.mkdir()
    monkeypatch.setattr(private, "_MEMORY", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(0, 0, (free or 0) * 2**20))
    room = PrivateRoom(2**40)
    assert room.root.parent == (memory if in_memory else temporary)
    assert room._limit == most * 2**20
    assert PrivateRoom(1)._limit == 1


def test_it_is_never_replaced_by_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(private, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    room = PrivateRoom(1)
    root = room.root
    root.rmdir()
    root.touch()
    with caplog.at_level(logging.WARNING), pytest.raises(OSError, match="exists"):
        room.begin("a" * 16)
    assert (room.root, caplog.text) == (root, "")
    assert list(tmp_path.iterdir()) == [root]
    root.unlink()
    room.begin("a" * 16)  # tidied away: it comes back, as closed as before
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    room.close()
    assert list(tmp_path.iterdir()) == []

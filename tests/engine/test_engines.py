"""What one engine keeps to, and what outlives it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import engine as engine_room
from engine.local import LocalEngine
from engine.settings import Settings
from tests.engine.watching import ended, new_job, poll, report, until


def test_a_small_cache_drops_old_runs_but_none_that_is_watched(
    strict_engine: LocalEngine, strict_cache: Path
) -> None:
    engine = strict_engine
    first, second = (engine.submit(new_job("report"), "ann") for _ in range(2))
    until(lambda: all([poll(engine, job_id).ended for job_id in (first, second)]), 60)
    third = engine.submit(new_job("wait"), "bob")  # once it runs, the others have been filed
    until(lambda: poll(engine, first) and poll(engine, third, "bob").state == "running")
    assert poll(engine, first).data()
    assert (strict_cache / first).is_dir()
    engine.cancel(first, "ann")
    engine.cancel(third, "bob")
    until(lambda: not (strict_cache / first).exists())
    assert poll(engine, first).state == "failed"


def test_a_run_longer_than_its_budget_ends_with_a_sentence(
    strict_engine: LocalEngine, strict_cache: Path
) -> None:
    for script in ("wait", "deaf"):
        run = ended(strict_engine, strict_engine.submit(new_job(script), "ann"))
        assert run.state == "failed"
        assert "one run may take 1.5 seconds" in run.message
    assert report(strict_engine)


def test_finished_runs_outlive_the_engine(engine: LocalEngine, cache_folder: Path) -> None:
    job, broken = new_job(), new_job()
    runs = [ended(engine, engine.submit(each, "ann")) for each in (job, broken)]
    until(lambda: all((cache_folder / each.id).is_dir() for each in (job, broken)))
    (cache_folder / broken.id / "keyframe-0001.safetensors").write_bytes(b"")
    later = LocalEngine(Settings(cache=cache_folder, workers=1))
    try:
        assert later.submit(job, "bob") == job.id
        run = poll(later, job.id, "bob")
        assert run is not runs[0]
        assert (run.state, run.losses) == ("done", runs[0].losses)
        assert run.keyframe(2) == runs[0].keyframe(2)
        assert later.poll(broken.id, "bob") is None
        later.submit(broken, "bob")
        assert poll(later, broken.id, "bob").state in {"queued", "running"}
        assert ended(later, broken.id, "bob").losses == runs[1].losses
    finally:
        later.close()


def test_there_is_one_engine_made_when_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr("engine.local.LocalEngine", lambda settings: made.append(settings) or made)
    monkeypatch.setattr(engine_room, "_engine", None)
    together = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: together.wait() >= 0 and engine_room.get_engine(), range(8))
        )
    assert len(made) == 1
    assert all(each is made for each in found)

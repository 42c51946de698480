"""Worker processes: what they are like, and what their death costs."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from engine.local import LocalEngine
from engine.settings import Settings
from tests.engine import scripted
from tests.engine.watching import ended, new_job, poll, report, started, until


def test_workers_are_polite_single_threaded_and_know_no_streamlit(engine: LocalEngine) -> None:
    facts = report(engine)
    assert facts["pid"] != os.getpid()
    assert facts["nice"] == min(19, os.nice(0) + 10)
    assert facts["threads"] == 1
    assert facts["variables"] == ["1", "1", "1"]
    assert "torch" in facts["modules"]
    assert not {"streamlit", "pytest", "conftest", "sklearn", "pandas"} & set(facts["modules"])
    assert "loky" in facts["main"]


def test_a_crash_costs_one_job(engine: LocalEngine, caplog: pytest.LogCaptureFixture) -> None:
    other = started(engine, new_job("wait"), "bob")
    crashed = engine.submit(new_job("crash"), "ann")
    after = engine.submit(new_job(), "ann")
    states = set()

    def both_ended() -> bool:
        states.add(poll(engine, other, "bob").state)
        return all(poll(engine, job_id).ended for job_id in (crashed, after))

    until(both_ended, 60)
    run = poll(engine, crashed)
    assert run.state == "failed"
    assert run.message == (
        "The training process ended unexpectedly at epoch 2. Press Train to run it again."
    )
    assert poll(engine, after).state == "done"
    assert states == {"running"}
    engine.cancel(other, "bob")


def test_a_worker_killed_while_idle_costs_nothing(engine: LocalEngine) -> None:
    def idle() -> list[int]:
        """Return both processes once they are warm and have nothing to do."""
        seats = [seat for seat in engine._seats if seat.task is None]
        found = [seat.worker.pid for seat in seats if seat.worker and not seat.worker.lost]
        return [pid for pid in found if pid] if None not in found and len(found) == 2 else []

    victims = until(idle)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(psutil.pid_exists(pid) for pid in victims))
    assert report(engine)["pid"] not in victims


def test_a_worker_that_cannot_start_is_a_sentence_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.tasks.warm_up", scripted.broken_start)
    engine = LocalEngine(Settings(cache=tmp_path, workers=1), scripted.perform)
    try:
        run = ended(engine, engine.submit(new_job("wait"), "ann"))
        assert run.state == "failed"
        assert run.message.startswith("The training process could not be started")
        monkeypatch.setattr("engine.tasks.warm_up", scripted.quick_start)
        assert poll(engine, started(engine, new_job("wait"))).state == "running"
    finally:
        engine.close()


def test_a_worker_deaf_to_stop_is_replaced(engine: LocalEngine) -> None:
    job_id = engine.submit(new_job("deaf"), "ann")
    until(lambda: poll(engine, job_id).state == "running", 60)
    seat = next(seat for seat in engine._seats if seat.task and seat.task.run.id == job_id)
    assert seat.worker is not None
    victim = seat.worker.pid
    engine.cancel(job_id, "ann")
    assert poll(engine, job_id).state == "cancelled"
    assert victim is not None
    until(lambda: not psutil.pid_exists(victim))
    assert poll(engine, job_id).state == "cancelled"

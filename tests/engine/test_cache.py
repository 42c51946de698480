import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cache import Cache
from engine.recorder import Recorder
from engine.recording import Run
from engine.settings import Settings
from tests.engine.scripted import losses

MB = 2**20


def fill(cache: Cache, job_id: str, last_use: float = 0.0, size: int = 1000) -> Run:
    """Put a finished run into the cache."""
    folder = cache.begin(job_id)
    recorder = Recorder(folder)
    recorder.begin({}, b"x" * size)
    recorder.epoch(losses(0), b"weights")
    recorder.end("done", "")
    run = Run(job_id, folder)
    run.start()
    run.refresh()
    cache.keep(run)
    os.utime(run.folder, (last_use, last_use))
    return run


def ids(cache: Cache) -> set[str]:
    return {path.name for path in cache.root.iterdir()}


def test_a_finished_run_is_found_by_its_id(tmp_path: Path) -> None:
    run = fill(Cache(tmp_path, MB), "a" * 16)
    assert run.keyframe(0) == b"weights"  # the run followed its folder
    again = Cache(tmp_path, MB).open("a" * 16)
    assert again is not None
    assert again.keyframe(0) == b"weights"
    assert ids(Cache(tmp_path, MB)) == {"a" * 16}


@pytest.mark.parametrize("job_id", ["", "..", "b" * 16, "../" + "a" * 16, "A" * 16, "\0", "a" * 17])
def test_what_is_no_id_finds_nothing(tmp_path: Path, job_id: str) -> None:
    cache = Cache(tmp_path / "runs", MB)
    fill(cache, "a" * 16)
    assert cache.open(job_id) is None


def test_a_damaged_run_is_thrown_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = Cache(tmp_path, MB)
    run = fill(cache, "a" * 16)
    (run.folder / "keyframe-0000.safetensors").write_bytes(b"weighty")
    assert cache.open("a" * 16) is None
    assert ids(cache) == set()
    assert "damaged" in caplog.text


def test_the_least_recently_used_runs_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 3500)
    for number, name in enumerate("abcd"):
        fill(cache, name * 16, last_use=number + 1)
    cache.open("a" * 16)  # now the latest
    cache.shrink(in_use=set)
    assert ids(cache) == {"d" * 16, "a" * 16}


def test_runs_in_use_and_those_of_other_processes_stay(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1)
    fill(cache, "a" * 16)
    fill(cache, "b" * 16)
    running = cache.begin("c" * 16)
    stopped = cache.begin("d" * 16)
    (stopped / "keyframe-0000.safetensors").write_bytes(b"x" * 1000)
    elsewhere = tmp_path / f"{'e' * 16}.{os.getppid()}.abcd.x"
    elsewhere.mkdir()
    (elsewhere / "keyframe-0000.safetensors").write_bytes(b"x" * 1000)
    cache.shrink(in_use=lambda: {"a" * 16, running.name})
    assert ids(cache) == {"a" * 16, running.name, elsewhere.name}


def test_a_run_that_begins_while_sizes_are_added_up_stays(tmp_path: Path) -> None:
    cache, begun = Cache(tmp_path, 1), []
    fill(cache, "a" * 16)

    def in_use() -> set[str]:
        begun.append(cache.begin("b" * 16))
        return set()

    cache.shrink(in_use)
    assert ids(cache) == {begun[0].name}


def test_a_cache_within_its_bound_keeps_everything(tmp_path: Path) -> None:
    cache = Cache(tmp_path, MB)
    fill(cache, "a" * 16)
    cache.shrink(in_use=set)
    assert ids(cache) == {"a" * 16}


def test_leftovers_go_when_their_process_is_gone(tmp_path: Path) -> None:
    cache = Cache(tmp_path, MB)
    mine = cache.begin("a" * 16).name
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    others = f"{'b' * 16}.{os.getppid()}.abcd.x"
    dead = [f"{'b' * 16}.{ended.pid}.abcd.x", f"{'b' * 16}.{os.getpid()}.00.x"]
    for name in (others, *dead, "holiday photos", "data"):
        (tmp_path / name).mkdir()
    cache.sweep()
    assert ids(cache) == {mine, others, "holiday photos", "data"}


def test_files_of_other_people_are_never_touched(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "beach.jpg").write_bytes(b"x" * 5000)
    cache = Cache(tmp_path, 1)
    fill(cache, "a" * 16)
    cache.shrink(in_use=set)
    cache.sweep()
    assert ids(cache) == {"photos"}


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING):
        cache = Cache(tmp_path / "file" / "runs", MB)
        fill(cache, "a" * 16)
        cache.begin("b" * 16)
    assert len(caplog.records) == 1
    assert "set VAE_CACHE to keep them" in caplog.text
    assert cache.open("a" * 16) is not None
    cache.close()
    assert not cache.root.exists()


def test_a_cache_removed_while_in_use_comes_back(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    cache = Cache(root, MB)
    root.rmdir()
    assert fill(cache, "a" * 16).folder == root / ("a" * 16)


def test_closing_leaves_a_folder_of_the_reader_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path, MB)
    fill(cache, "a" * 16)
    cache.close()
    assert ids(cache) == {"a" * 16}


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "CACHE": str(tmp_path),
        "CACHE_MB": "2",
        "JOB_SECONDS": "9",
        "GRACE": ".5",
    }.items():
        monkeypatch.setenv(f"VAE_{name}", value)
    assert Settings.from_environment() == Settings(
        cache=tmp_path, cache_bytes=2 * MB, job_seconds=9.0, grace=0.5
    )


@pytest.mark.parametrize("text", ["soon", "-1", "0", "inf", "nan", "1e999"])
def test_a_setting_that_makes_no_sense_is_logged_and_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    monkeypatch.setenv("VAE_GRACE", text)
    assert Settings.from_environment().grace == 15.0
    assert f"VAE_GRACE: found {text!r}" in caplog.text

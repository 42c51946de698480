import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.recorder import Recorder
from engine.recording import DATA, FINAL, LOG, RUNNING, RecordingError, Run, prepare
from tests.engine.scripted import losses

LOST = "gone or damaged"
MEASURES = {"coverage": 0.8, "kl_aggregate": None}


def record(folder: Path, epochs: int = 3, state: str = "done") -> Run:
    """Write a finished recording and return a run that has not read it yet."""
    prepare(folder)
    run = Run("0123456789abcdef", folder)
    run.start()
    recorder = Recorder(folder)
    recorder.note("reading the images")
    recorder.begin({"seed": 0}, b"images")
    for epoch in range(epochs + 1):
        recorder.epoch(losses(epoch), b"weights %d" % epoch)
    if state == "done":
        recorder.final(b"codes")
        recorder.measures(MEASURES)
    recorder.end(state, "")  # type: ignore[arg-type]
    return run


def test_a_run_reads_what_was_recorded(tmp_path: Path) -> None:
    run = record(tmp_path)
    run.refresh()
    assert (run.state, run.message, run.ended) == ("done", "", True)
    assert run.losses == [losses(epoch) for epoch in range(4)]
    assert run.keyframes == [0, 1, 2, 3]
    assert run.keyframe(2) == b"weights 2"
    assert run.data() == b"images"
    assert run.final() == b"codes"
    assert run.measures == MEASURES


def test_measures_are_there_once_they_are_recorded_and_belong_to_the_reader(tmp_path: Path) -> None:
    run = record(tmp_path)
    assert run.measures is None
    run.refresh()
    assert run.measures is not None
    run.measures["coverage"] = 0.0
    assert run.measures == MEASURES
    assert Run.load("0123456789abcdef", tmp_path).measures == MEASURES


def test_what_is_done_before_the_training_is_said_until_it_begins(tmp_path: Path) -> None:
    prepare(tmp_path)
    run, recorder, said = Run("0" * 16, tmp_path), Recorder(tmp_path), []
    run.start()
    for act in (
        lambda: recorder.note("downloading mnist: 7 MB so far"),
        lambda: recorder.note("reading the images"),
        lambda: recorder.begin({}, b""),
        lambda: recorder.epoch(losses(0), None),
    ):
        act()
        run.refresh()
        said.append((run.state, run.message))
    words = ["downloading mnist: 7 MB so far", "reading the images", "", ""]
    assert said == [("running", each) for each in words]


def test_images_held_in_memory_are_given_out_and_not_looked_for_on_disk(tmp_path: Path) -> None:
    prepare(tmp_path)
    run, recorder = Run("0" * 16, tmp_path), Recorder(tmp_path)
    run.start()
    recorder.begin({}, None)
    run.refresh()
    assert run.state == "running"
    assert not (tmp_path / DATA).exists()
    with pytest.raises(RecordingError, match="has recorded no data so far"):
        run.data()
    run.hold(b"images")
    assert run.data() == b"images"


def test_a_run_that_diverged_has_no_measures(tmp_path: Path) -> None:
    record(tmp_path, state="diverged")
    assert Run.load("0123456789abcdef", tmp_path).measures is None


@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(0, 900), max_size=6))
def test_half_a_line_is_not_read(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    """However the log arrives, each state of it shows whole epochs only, and nothing is lost."""
    folder = tmp_path_factory.mktemp("run")
    run = record(folder)
    whole = (folder / LOG).read_bytes()
    for cut in [*sorted(cuts), len(whole)]:
        (folder / LOG).write_bytes(whole[:cut])
        run.refresh()
        complete = [json.loads(line) for line in whole[:cut].splitlines(True) if b"\n" in line]
        assert [line["epoch"] for line in run.losses] == [
            line["epoch"] for line in complete if "epoch" in line
        ]
    assert run.state == "done"


def test_a_keyframe_not_recorded_yet_is_a_sentence_and_harms_nothing(tmp_path: Path) -> None:
    run = record(tmp_path)
    with pytest.raises(RecordingError, match="has recorded no data so far"):
        run.data()
    run.refresh()
    with pytest.raises(RecordingError, match="has recorded no keyframe-0099 so far"):
        run.keyframe(99)
    assert run.state == "done"


def test_removing_the_marker_or_the_folder_stops_the_recorder(tmp_path: Path) -> None:
    for name in ("closed", "removed"):
        folder = tmp_path / name
        folder.mkdir()
        prepare(folder)
        recorder = Recorder(folder)
        Run("0" * 16, folder).close("cancelled", "") if name == "closed" else shutil.rmtree(folder)
        assert recorder.stop()


def test_a_recorder_goes_on_while_its_marker_stands(tmp_path: Path) -> None:
    prepare(tmp_path)
    assert not Recorder(tmp_path).stop()


def test_a_recorder_does_not_bring_a_removed_folder_back(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    prepare(folder)
    recorder = Recorder(folder)
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        recorder.epoch(losses(0), None)
    assert not folder.exists()


def test_what_is_not_a_number_is_never_recorded(tmp_path: Path) -> None:
    prepare(tmp_path)
    with pytest.raises(ValueError, match="JSON compliant"):
        Recorder(tmp_path).epoch({**losses(0), "recon": float("nan")}, None)
    assert (tmp_path / LOG).read_bytes() == b""


def test_a_run_closed_by_the_engine_stays_as_it_was_closed(tmp_path: Path) -> None:
    run = record(tmp_path)
    run.close("cancelled", "Training was stopped.")
    run.refresh()
    run.close("failed", "too late")
    assert (run.state, run.message) == ("cancelled", "Training was stopped.")
    assert not (tmp_path / RUNNING).exists()


def test_a_vanished_recording_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    run = record(folder)
    run.refresh()
    shutil.rmtree(folder)
    with pytest.raises(RecordingError, match=LOST):
        run.keyframe(0)
    assert run.state == "failed"
    assert "Press Train" in run.message


def test_polling_notices_that_a_finished_recording_vanished(tmp_path: Path) -> None:
    run = record(tmp_path)
    run.refresh()
    (tmp_path / LOG).unlink()
    run.refresh()
    assert run.state == "failed"


@pytest.mark.parametrize("line", [b"not json\n", b"[1]\n", b'"end"\n', b'{"what": 1}\n', b"\xff\n"])
def test_a_damaged_log_ends_the_run_with_a_sentence(tmp_path: Path, line: bytes) -> None:
    run = record(tmp_path)
    (tmp_path / LOG).write_bytes(line)
    run.refresh()
    assert run.state == "failed"
    assert LOST in run.message


def damage(folder: Path, what: str) -> None:
    log = folder / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    if what == "keyframe":
        (folder / "keyframe-0002.safetensors").write_bytes(b"weights 3")
    elif what == "data":
        (folder / "data.safetensors").unlink()
    elif what == "final":
        (folder / FINAL).write_bytes(b"cods")
    elif what == "truncated log":
        log.write_bytes(b"".join(lines[:-1]))
    elif what == "changed log":
        log.write_bytes(log.read_bytes().replace(b'"recon": 1.0', b'"recon": 2.0', 1))
    elif what == "lost line":
        log.write_bytes(b"".join(lines[:2] + lines[3:]))
    elif what == "changed measures":
        log.write_bytes(log.read_bytes().replace(b'"coverage": 0.8', b'"coverage": 0.9', 1))
    elif what == "empty log":
        log.write_bytes(b"")


DAMAGES = [
    "keyframe",
    "data",
    "final",
    "truncated log",
    "changed log",
    "lost line",
    "changed measures",
    "empty log",
]


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_recording_does_not_load(tmp_path: Path, what: str) -> None:
    record(tmp_path)
    assert Run.load("0123456789abcdef", tmp_path).keyframes == [0, 1, 2, 3]
    damage(tmp_path, what)
    with pytest.raises(RecordingError, match=LOST):
        Run.load("0123456789abcdef", tmp_path)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_only_results_load(tmp_path: Path, state: str) -> None:
    record(tmp_path, state=state)
    with pytest.raises(RecordingError, match=LOST):
        Run.load("0123456789abcdef", tmp_path)

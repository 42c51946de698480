"""Uploads in a child: the same answer as without one, and a server that survives every file."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import intake as room
from engine.intake import intake, intake_input
from tests.core.test_own import COLUMNS, bomb_npz, npz, pictures, png, png_header, table, zipped
from vae_core import DataError
from vae_core.own import Choices, Intake, Upload, read_input, read_uploads

ROOT = Path(__file__).parents[2]
UPLOADS = {
    "images": [Upload("a.zip", zipped(pictures(24, 30)))],
    "photographs": [Upload(f"a{i}.jpg", b"") for i in range(20)],
    "table": [Upload("t.csv", table(40, header="é,b,kind").encode("utf-16"))],
    "arrays": [Upload("a.npz", npz(x=np.random.default_rng(0).normal(size=(30, 5)),
                                   y=np.arange(30) % 3))],
}  # fmt: skip


def photograph(seed: int) -> bytes:
    """A JPEG as telephones make it: two images in one file, lying on their side."""
    random, buffer = np.random.default_rng(seed), io.BytesIO()
    large, small = (Image.fromarray(random.integers(0, 256, (n, 60, 3), np.uint8)) for n in (90, 9))
    exif = Image.Exif()
    exif[0x0112] = 6
    large.save(buffer, "MPO", save_all=True, append_images=[small], exif=exif)
    return buffer.getvalue()


UPLOADS["photographs"] = [Upload(f"a{i}.jpg", photograph(i)) for i in range(20)]


def assert_equal(found: Intake, expected: Intake) -> None:
    for field in dataclasses.fields(Intake):
        a, b = getattr(found, field.name), getattr(expected, field.name)
        if field.name == "after":
            np.testing.assert_array_equal(a, b)
        elif field.name != "dataset":
            assert a == b, field.name
    for field in dataclasses.fields(found.dataset):
        a, b = getattr(found.dataset, field.name), getattr(expected.dataset, field.name)
        if isinstance(b, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b, field.name


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_child_answers_as_the_reader_itself(kind: str) -> None:
    assert_equal(intake(UPLOADS[kind]), read_uploads(UPLOADS[kind]))


def test_choices_reach_the_child() -> None:
    choices = Choices(labels="", columns=("é", "b"))
    found = intake(UPLOADS["table"], choices)
    assert found.choices == choices
    assert_equal(found, read_uploads(UPLOADS["table"], choices))


def test_an_input_to_try_is_read_in_a_child_too() -> None:
    row, image = Upload("r.csv", b"3,4"), Upload("i.png", png(np.eye(9, dtype=np.uint8) * 255))
    for upload, shape, columns in ((row, (1, 2), COLUMNS), (image, (4, 4), None)):
        x, words = intake_input(upload, shape, columns)
        expected, same = read_input(upload, shape, columns)
        np.testing.assert_array_equal(x, expected)
        assert words == same


def test_a_refusal_comes_through_in_its_own_words() -> None:
    with pytest.raises(DataError, match="is of a kind that is not read here"):
        intake([Upload("a.exe", b"MZ\0\1")])
    with pytest.raises(DataError, match="no row of 2 numbers"):
        intake_input(Upload("r.csv", b"1,2,3"), (1, 2), COLUMNS)


# What a child is, with a report on stderr: [memory before it reads, its peak], kilobytes.
WATCHED = """
import json, sys
from engine import intake
status = open("/proc/self/status")
def memory():
    status.seek(0)
    lines = dict(line.split(":", 1) for line in status)
    return [int(lines[name].split()[0]) for name in ("VmRSS", "VmHWM")]
close, send, start = intake._close_doors, intake._send, []
def closed():
    close()
    start.extend(memory())
def sent(*frame):
    print(json.dumps([start[0], memory()[1]]), file=sys.stderr, flush=True)
    send(*frame)
intake._close_doors, intake._send = closed, sent
intake.main()
"""


def asked(code: str, upload: Upload) -> subprocess.CompletedProcess[bytes]:
    request = io.BytesIO()
    room._send(request, {"choices": None, "names": [upload.name]}, [upload.content])
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, input=request.getvalue(), capture_output=True,
        env={**os.environ, **room._FRUGAL}, check=False,
    )  # fmt: skip


BOMBS = {
    "npz": lambda: Upload("a.npz", bomb_npz(2**21)),
    "png": lambda: Upload("a.png", png_header(12_000, 12_000)),
    "blank png": lambda: Upload("a.png", png(np.zeros((3100, 3200), np.uint8))),
    "columns": lambda: Upload("a.csv", (b",".join([b"1"] * 200_000) + b"\n") * 4),
    "rows": lambda: Upload("a.csv", b"1,2\n" * 5_000_000),
    "infinite": lambda: Upload("a.csv", b"1e400,1\n" * 200_000),
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told by /proc")
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_within_100_mb(bomb: str) -> None:
    ended = asked(WATCHED, BOMBS[bomb]())
    header, _ = room._receive(io.BytesIO(ended.stdout), 10**6)
    assert "Traceback" not in header["refused"]
    before, peak = json.loads(ended.stderr.splitlines()[-1])
    assert peak - before < 100_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process within its memory")
def test_what_no_header_announces_ends_in_a_sentence_too() -> None:
    code = WATCHED.replace(
        "intake.main()",
        """
import numpy
intake.own.read_uploads = lambda *_: numpy.ones(200_000_000, numpy.uint8)
intake.main()""",
    )
    ended = asked(code, Upload("a.csv", b"1"))
    header, _ = room._receive(io.BytesIO(ended.stdout), 10**6)
    assert header["refused"] == room._TOO_LARGE


@pytest.mark.parametrize(
    "deed", ["open('written', 'w')", "open(__file__)", "__import__('socket').socket()"]
)
def test_a_child_can_open_nothing(deed: str) -> None:
    code = WATCHED.replace(
        "intake.main()",
        f"""
import socket
__file__ = "app.py"
intake.own.read_uploads = lambda *_: {deed}
intake.main()""",
    )
    ended = asked(code, Upload("a.csv", b"1"))
    header, _ = room._receive(io.BytesIO(ended.stdout), 10**6)
    assert header["failed"].startswith("OSError")


CHILDREN = {
    "dies": "raise SystemExit(3)",
    "is killed": "import os; os.kill(os.getpid(), 9)",
    "talks": "print('hello ' * 99)",
    "is endless": "import sys\nwhile True: sys.stdout.write('x' * 9999)",
    "is absurd": "import sys; sys.stdout.write(chr(0) * 7 + chr(2) + '{}')",
    "is wrong": """
import sys, json
text = json.dumps({"sizes": [4] * 5, "shape": [1, 1], "table": None, "classes": ["a"]})
sys.stdout.buffer.write(len(text).to_bytes(8, "big") + text.encode() + b"\\xff" * 20)""",
}


@pytest.mark.parametrize("child", CHILDREN)
def test_a_child_that_fails_costs_a_sentence(child: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_COMMAND", (sys.executable, "-c", CHILDREN[child]))
    with pytest.raises(DataError) as caught:
        intake(UPLOADS["table"])
    assert str(caught.value) == room._BROKEN


def test_a_child_that_stopped_listening_leaves_nothing_to_send() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    stream = os.fdopen(theirs, "wb")
    room._send_all(stream, {}, [b"1,2"])
    assert stream.closed


def test_a_child_that_cannot_be_started_costs_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_COMMAND", ("/no/such/program",))
    with pytest.raises(DataError) as caught:
        intake(UPLOADS["table"])
    assert str(caught.value) == room._BUSY


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_COMMAND", (sys.executable, "-c", "while True: pass"))
    monkeypatch.setattr(room, "SECONDS", 0.1)
    with pytest.raises(DataError) as caught:
        intake(UPLOADS["table"])
    assert str(caught.value) == room._TOO_SLOW


def test_who_waits_too_long_for_a_turn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.01)
    monkeypatch.setattr(room, "_seats", threading.BoundedSemaphore(1))
    with room._seat(), pytest.raises(DataError) as caught:
        intake(UPLOADS["table"])
    assert str(caught.value) == room._CROWDED
    assert intake(UPLOADS["table"]).n == 40  # the turn is given back


def test_a_child_lets_the_pages_go_first() -> None:
    before = os.nice(0)
    code = WATCHED.replace(
        "intake.main()",
        """
import os
def niceness(*_):
    raise intake.DataError(str(os.nice(0)))
intake.own.read_uploads = niceness
intake.main()""",
    )
    ended = asked(code, Upload("a.csv", b"1"))
    header, _ = room._receive(io.BytesIO(ended.stdout), 10**6)
    assert int(header["refused"]) == min(before + 10, 19)


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "VAE_CACHE", "VAE_DATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    intake(UPLOADS["images"])
    assert list(tmp_path.iterdir()) == []

"""Uploads are read in a child process: whatever a file does to its reader, the server goes on.

    found = intake(uploads, choices)            # vae_core.own.Intake, or DataError
    x, words = intake_input(upload, shape, table)

The child is `python -m engine.intake`. It gets the files through its standard input and answers
through its standard output; before it looks at them it gives up the right to more than 100 MB of
memory, to 20 seconds of time and to opening anything: no file, no connection. Both directions carry
frames, never pickles: the length of a JSON header, the header, then the bytes it announces.
"""

from __future__ import annotations

import codecs
import dataclasses
import gc
import importlib
import json
import logging
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from vae_core import own
from vae_core.config import OWN
from vae_core.data import DataError, Dataset, Table
from vae_core.own import Choices, Intake, Upload

logger = logging.getLogger(__name__)

MEMORY: Final = 100_000_000  # bytes a child may take beyond what it has before it reads
SECONDS: Final = 20.0
PATIENCE: Final = 20.0  # seconds an upload waits for its turn
_COMMAND: Final = (sys.executable, "-m", "engine.intake")
_ROOT: Final = Path(__file__).parents[1]
_REPLY: Final = 64_000_000  # bytes: 8 million float32 and what goes with them
_BUSY: Final = "The server has no room to read files just now: try again in a minute"
_CROWDED: Final = "The server is busy reading other uploads: try again in a minute"
_MODULES: Final = (
    "numpy.random", "vae_core.own.arrays", "vae_core.own.images", "vae_core.own.row",
    "vae_core.own.tables", "vae_core.own.archive",
)  # fmt: skip
_ENCODINGS: Final = ("cp437", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1")
_FRUGAL: Final = {  # one thread; large arrays go back to the system as soon as they are dropped
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}
_TOO_SLOW: Final = (
    f"These files take longer than {SECONDS:g} seconds to read: upload fewer or smaller ones"
)
_TOO_LARGE: Final = (
    f"These files take more than {MEMORY // 10**6} MB of memory to read: "
    "upload fewer or smaller ones"
)
_BROKEN: Final = "These files could not be read: check that they open elsewhere, or upload others"
_NONSENSE: Final = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip
_seats = threading.BoundedSemaphore(2)  # children at once; a classroom waits its turn


def intake(uploads: Sequence[Upload], choices: Choices | None = None) -> Intake:
    """Return what `vae_core.own.read_uploads` makes of uploads, read in a child process.

    Raises `DataError` with one sentence, also when the child dies.
    """
    total = sum(len(upload.content) for upload in uploads)
    if total > own.MAX_BYTES or len(uploads) > own.MAX_FILES:  # says so without a child
        own.read_uploads(uploads)
    asked = None if choices is None else dataclasses.asdict(choices)
    header, blobs = _ask({"choices": asked}, uploads)
    with _sense():
        return _intake(header, blobs)


def intake_input(
    upload: Upload, shape: tuple[int, int], table: Table | None
) -> tuple[np.ndarray, str]:
    """Return what `vae_core.own.read_input` makes of an upload: x (d,) float32 and words.

    Raises `DataError` with one sentence, also when the child dies.
    """
    asked = {"shape": list(shape), "table": None if table is None else table._asdict()}
    header, blobs = _ask(asked, [upload])
    with _sense():
        (x,) = _unit(blobs[0], shape[0] * shape[1])
        return x, str(header["words"])


def _ask(asked: dict[str, Any], uploads: Sequence[Upload]) -> tuple[dict[str, Any], list[bytes]]:
    """Send one request to a child of its own and return its answer; raise `DataError`."""
    request = {**asked, "names": [upload.name for upload in uploads]}
    late = threading.Event()
    with _seat(), _child() as child:
        assert child.stdin is not None
        assert child.stdout is not None
        contents = [upload.content for upload in uploads]
        sender = threading.Thread(target=_send_all, args=(child.stdin, request, contents))
        clock = threading.Timer(SECONDS, _end, args=(child, late))
        sender.start()
        clock.start()
        try:
            return _answer(child.stdout, late)
        finally:
            clock.cancel()
            child.kill()
            sender.join()


@contextmanager
def _seat() -> Iterator[None]:
    if not _seats.acquire(timeout=PATIENCE):
        raise DataError(_CROWDED)
    try:
        yield
    finally:
        _seats.release()


def _child() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            _COMMAND, cwd=_ROOT, env={**os.environ, **_FRUGAL},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        logger.warning("A child to read uploads could not be started: %s", error)
        raise DataError(_BUSY) from error


def _end(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _answer(stream: IO[bytes], late: threading.Event) -> tuple[dict[str, Any], list[bytes]]:
    try:
        header, blobs = _receive(stream, _REPLY)
    except _NONSENSE as error:  # or it died
        if late.is_set():
            raise DataError(_TOO_SLOW) from error
        logger.warning("A child that read uploads died or answered nonsense: %s", error)
        raise DataError(_BROKEN) from error
    if "failed" in header:
        logger.warning("A child that read uploads failed: %s", header["failed"])
        raise DataError(_BROKEN)
    if "refused" in header:
        raise DataError(str(header["refused"]))
    return header, blobs


@contextmanager
def _sense() -> Iterator[None]:
    """Turn an answer that does not fit together into a `DataError`."""
    try:
        yield
    except _NONSENSE as error:
        logger.warning("A child that read uploads answered nonsense: %s", type(error).__name__)
        raise DataError(_BROKEN) from error


def _send_all(stream: IO[bytes], header: dict[str, Any], blobs: Sequence[bytes]) -> None:
    with suppress(OSError):  # it died, or answered without reading all of it
        _send(stream, header, blobs)
    with suppress(OSError):  # closing sends what is left: not again when the child is ended
        stream.close()


def _send(stream: IO[bytes], header: dict[str, Any], blobs: Sequence[Any]) -> None:
    sizes = [memoryview(blob).nbytes for blob in blobs]
    text = json.dumps({**header, "sizes": sizes}).encode()
    stream.write(len(text).to_bytes(8, "big") + text)
    for blob in blobs:
        stream.write(memoryview(blob).cast("B") if len(blob) else b"")
    stream.flush()


def _receive(stream: IO[bytes], limit: int) -> tuple[dict[str, Any], list[bytes]]:
    """Read a frame of at most `limit` bytes; raise `ValueError` and its like if it is none."""
    header = json.loads(_exactly(stream, int.from_bytes(_exactly(stream, 8, 8), "big"), limit))
    if sum(header["sizes"]) > limit or min(header["sizes"], default=0) < 0:
        raise ValueError("too long a frame")
    return header, [_exactly(stream, size, limit) for size in header["sizes"]]


def _exactly(stream: IO[bytes], size: int, limit: int) -> bytes:
    content = stream.read(size) if size <= limit else b""
    if len(content) != size:
        raise ValueError(f"{size} bytes announced, {len(content)} read")
    return content


def _intake(header: dict[str, Any], blobs: list[bytes]) -> Intake:
    """Build what a child described; raise `ValueError` and its like if it does not fit together."""
    shape = tuple(header["shape"])
    table = header["table"] and Table(*map(tuple, header["table"]))
    classes = tuple(map(str, header["classes"]))
    x_train, x_val, after = (_unit(blob, shape[0] * shape[1]) for blob in blobs[:3])
    y_train, y_val = (np.frombuffer(blob, np.uint8).astype(np.int64) for blob in blobs[3:5])
    for x, y in ((x_train, y_train), (x_val, y_val)):
        if len(x) != len(y) or y.max() >= len(classes):
            raise ValueError("labels that do not fit")
    chosen = header["choices"]
    columns = chosen.pop("columns")
    return Intake(
        kind=header["kind"],
        choices=Choices(**chosen, columns=None if columns is None else tuple(columns)),
        dataset=Dataset(OWN, x_train, y_train, x_val, y_val, shape, classes, table=table),
        n=len(x_train) + len(x_val),
        sizes=header["image_sizes"] and tuple((w, h) for w, h in header["image_sizes"]),
        possible_labels=tuple(header["possible_labels"]),
        possible_columns=tuple(header["possible_columns"]),
        possible_arrays=tuple((name, tuple(sizes)) for name, sizes in header["possible_arrays"]),
        left_out=tuple(map(str, header["left_out"])),
        before=tuple(blobs[5:]),
        after=after,
    )


def _unit(blob: bytes, d: int) -> np.ndarray:
    """Return rows of d float32, every one in [0, 1]."""
    x = np.frombuffer(blob, np.float32).reshape(-1, d)
    if not (len(x) and x.min() >= 0 and x.max() <= 1):  # nan compares false
        raise ValueError("values beyond [0, 1]")
    return x


def _described(found: Intake) -> tuple[dict[str, Any], list[Any]]:
    data = found.dataset
    header = {
        "kind": found.kind, "choices": dataclasses.asdict(found.choices),
        "shape": data.image_shape, "table": data.table, "classes": data.classes,
        "image_sizes": found.sizes, "possible_labels": found.possible_labels,
        "possible_columns": found.possible_columns, "possible_arrays": found.possible_arrays,
        "left_out": found.left_out,
    }  # fmt: skip
    labels = [y.astype(np.uint8) for y in (data.y_train, data.y_val)]
    return header, [data.x_train, data.x_val, found.after, *labels, *found.before]


def _close_doors() -> None:
    """Give up memory, time and the opening of anything, as far as this system lets one."""
    limits = {"CPU": int(SECONDS), "CORE": 0, "FSIZE": 0, "NOFILE": 0}
    with suppress(OSError):  # Linux tells how much there is already
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits["AS"] = pages * resource.getpagesize() + MEMORY
    for name, limit in limits.items():
        with suppress(OSError, ValueError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))


def _read(request: dict[str, Any], contents: list[bytes]) -> tuple[dict[str, Any], list[Any]]:
    uploads = [Upload(*pair) for pair in zip(request["names"], contents, strict=True)]
    if "shape" in request:
        table = request["table"] and Table(*map(tuple, request["table"].values()))
        x, words = own.read_input(uploads[0], tuple(request["shape"]), table)
        return {"words": words}, [x]
    chosen = request["choices"]
    if chosen and chosen["columns"] is not None:
        chosen["columns"] = tuple(chosen["columns"])
    return _described(own.read_uploads(uploads, chosen and Choices(**chosen)))


def main() -> None:
    """Answer one request; what a child does."""
    for module in _MODULES:  # all that is needed, before the doors close
        importlib.import_module(module)
    for encoding in _ENCODINGS:  # also what Python loads when it first meets such letters
        codecs.lookup(encoding)
    gc.disable()  # millions of rows make no circles
    os.nice(10)  # after the pages of those who read, as training does
    _close_doors()
    answer: tuple[dict[str, Any], list[Any]]
    try:
        answer = _read(*_receive(sys.stdin.buffer, own.MAX_BYTES))
    except DataError as error:
        answer = {"refused": str(error)}, []
    except MemoryError:
        answer = {"refused": _TOO_LARGE}, []
    except Exception as error:  # the place, never the message: that may quote a reader's data
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
        answer = {"failed": f"{type(error).__name__} in {where}"}, []
    _send(sys.stdout.buffer, *answer)


if __name__ == "__main__":
    main()

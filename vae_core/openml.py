"""MNIST and Fashion-MNIST from OpenML: fetched once, kept as IDX files, by one process at a time.

A marker beside the files says which of OpenML's data they are, so that they have the same
fingerprint before and after they are here.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from vae_core import idx

IDS: Final = {"mnist": 554, "fashion-mnist": 40996}  # OpenML data ids of the 70 000 images
MARKER: Final = "openml.txt"
Say = Callable[[str], None]  # takes a few words on what is being done
_LOOK: Final = 0.5  # seconds between two looks at what has arrived


def fingerprint(name: str, folder: Path) -> str:
    """Return the name of OpenML's data if they are, or will be, what `folder` holds; else the hash
    of its files.
    """
    if not holds_images(folder):
        return _source(name)
    found = idx.fingerprint(folder)
    with suppress(OSError):
        if (folder / MARKER).read_bytes() == _mark(name, found):
            return _source(name)
    return found


def holds_images(folder: Path) -> bool:
    """Tell whether there are IDX images in a folder; beside the marker, of both parts."""
    found = [idx.find(folder, part, "images") is not None for part in ("train", "t10k")]
    return all(found) if (folder / MARKER).exists() else any(found)


def download(name: str, folder: Path, say: Say) -> None:
    """Fetch the 70 000 images through scikit-learn's OpenML loader and keep them in `folder`.

    Another process that fetches them is waited for. Raises `DataError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(name, folder, say):
            if not holds_images(folder):
                _clear(folder)
                with _watched(name, folder, say):
                    bunch = _fetch(name, folder)
                images = bunch.data.reshape(-1, 28, 28).astype(np.uint8)
                _keep(name, images, bunch.target.astype(np.uint8), folder)
    except Exception as error:  # the loader lets through errors of every kind
        raise idx.DataError(
            f"{name} is not in {folder} and could not be downloaded ({type(error).__name__}); "
            "connect to a network once, or put MNIST's IDX files into that folder"
        ) from error


def _source(name: str) -> str:
    return f"openml {IDS[name]}"


def _mark(name: str, fingerprint: str) -> bytes:
    return f"{_source(name)}, files {fingerprint}\n".encode()


def _clear(folder: Path) -> None:
    """Remove what processes left that were killed."""
    for left in [*folder.glob("*.part"), *folder.glob(f"openml/**/{tempfile.gettempprefix()}*")]:
        shutil.rmtree(left, ignore_errors=True)


def _fetch(name: str, folder: Path) -> Any:
    from sklearn.datasets import fetch_openml

    with warnings.catch_warnings(action="ignore"):  # it warns of the failure that is told above
        return fetch_openml(
            data_id=IDS[name], as_frame=False, parser="liac-arff", data_home=str(folder)
        )


@contextmanager
def _alone(name: str, folder: Path, say: Say) -> Iterator[None]:
    """Hold the folder's lock, which a process that dies gives back."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that downloads {name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _watched(name: str, folder: Path, say: Say) -> Iterator[None]:
    """Say what has arrived in `folder`, which is all that the loader lets us see of its work."""
    over = threading.Event()

    def watch() -> None:
        most, said = (False, 0), ""
        with suppress(OSError):  # the run that is told of it may be gone
            while True:
                most = max(most, _arrived(folder))  # a file being moved may be in neither place
                here, size = most
                words = f"downloading {name}: {size / 1e6:.0f} MB so far"
                words = "reading 70 000 images" if here else words
                if words != said:
                    say(words)
                said = words
                if over.wait(_LOOK):
                    return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _arrived(folder: Path) -> tuple[bool, int]:
    """Return whether the loader's files are here, and their bytes; on their way they lie in a
    folder of their own, out of which they are moved.
    """
    sizes = {True: 0, False: 0}  # by whether they are still on their way
    with suppress(OSError):  # folders come and go meanwhile
        for path in folder.rglob("*"):
            on_its_way = path.parent.name.startswith(tempfile.gettempprefix())
            sizes[on_its_way] += path.stat().st_size if path.is_file() else 0
    return sizes[False] > 1e6, sum(sizes.values())  # what describes the images is some kilobytes


def _keep(name: str, images: np.ndarray, labels: np.ndarray, folder: Path) -> None:
    """Write files elsewhere, then move them in, images after the marker that asks for all of them:
    half a set is never taken for the whole. The loader's own copy is then of no further use.
    """
    with tempfile.TemporaryDirectory(dir=folder, suffix=".part") as place:
        new = Path(place)
        for part, rows in (("train", slice(0, 60000)), ("t10k", slice(60000, None))):
            idx.write(new / f"{part}-images-idx3-ubyte.gz", images[rows])
            idx.write(new / f"{part}-labels-idx1-ubyte.gz", labels[rows])
        (new / MARKER).write_bytes(_mark(name, idx.fingerprint(new)))
        for path in sorted(new.iterdir(), key=lambda path: "images" in path.name):
            path.replace(folder / path.name)
    shutil.rmtree(folder / "openml", ignore_errors=True)

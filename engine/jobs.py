"""What a job is: a kind of work and its validated settings. Equal jobs have equal ids.

The id is a hash of everything that decides the result: the settings, the data and the code. So two
readers who ask for the same thing share one run, and a recording made by older code is never shown.

A job on a reader's own data is private: its id is a hash of the reader's secret too. Nobody else
can ask for the run without it: 64 bits are not guessed, no link holds an id, and of all pages only
the owner's own does.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

import vae_core
from vae_core.config import OWN, RunConfig
from vae_core.data import Dataset, fingerprint

State = Literal["queued", "running", "done", "diverged", "failed", "cancelled"]
RESULTS: Final[frozenset[State]] = frozenset({"done", "diverged"})  # runs worth keeping
ENDED: Final[frozenset[State]] = RESULTS | {"failed", "cancelled"}
KINDS: Final = ("train",)
_SECRET: Final = 16  # characters of an owner's secret


class Outcome(NamedTuple):
    """How a job ended in its worker: a sentence for the reader, details for the server's log."""

    state: State
    message: str = ""
    details: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """Something for a worker to do. `data_dir` is where `load_dataset` looks for IDX files.

    With `dataset="own"`, and only then, the job brings its `data` and the secret of its `owner`.
    """

    kind: str = "train"
    config: RunConfig
    data_dir: str | Path | None = None
    data: Dataset | None = dataclasses.field(default=None, repr=False)
    owner: str = dataclasses.field(default="", repr=False)  # 32 hex digits of `secrets`, or alike

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: found {self.kind!r}, expected {' or '.join(KINDS)}")
        if self.private != (self.data is not None):
            found = "none" if self.data is None else "some"
            expected = "the reader's" if self.private else f"none with {self.config.dataset}"
            raise ValueError(f"data: found {found}, expected {expected}")
        if self.private and len(self.owner) < _SECRET:
            raise ValueError(
                f"owner: found {len(self.owner)} characters, expected {_SECRET} or more"
            )

    @property
    def private(self) -> bool:
        """Whether the run is for its owner alone: never kept, never shared."""
        return self.config.dataset == OWN

    @cached_property
    def id(self) -> str:
        """16 hex digits. Raises `DataError` when the data cannot be found."""
        parts = {
            "kind": self.kind,
            "config": self.config.essence(),
            "data": self._data(),
            "code": code_version(),
        }
        text = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _data(self) -> str:
        if self.data is not None:
            return f"{self.data.sha256} of {self.owner}"
        return fingerprint(self.config.dataset, self.data_dir)


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the sources that decide what a recording holds."""
    here = Path(__file__).parent
    core = sorted(Path(vae_core.__path__[0]).glob("*.py"))
    digest = hashlib.sha256()
    for source in [*core, here / "tasks.py", here / "recorder.py"]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()

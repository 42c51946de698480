"""What a job is: a kind of work and its validated settings. Equal jobs have equal ids.

The id is a hash of everything that decides the result: the settings, the data and the code. So two
readers who ask for the same thing share one run, and a recording made by older code is never shown.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

import vae_core
from vae_core.config import RunConfig
from vae_core.data import fingerprint

State = Literal["queued", "running", "done", "diverged", "failed", "cancelled"]
RESULTS: Final[frozenset[State]] = frozenset({"done", "diverged"})  # runs worth keeping
ENDED: Final[frozenset[State]] = RESULTS | {"failed", "cancelled"}
KINDS: Final = ("train",)


class Outcome(NamedTuple):
    """How a job ended in its worker: a sentence for the reader, details for the server's log."""

    state: State
    message: str = ""
    details: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """Something for a worker to do. `data_dir` is where `load_dataset` looks for IDX files."""

    kind: str = "train"
    config: RunConfig
    data_dir: str | Path | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: found {self.kind!r}, expected {' or '.join(KINDS)}")

    @cached_property
    def id(self) -> str:
        """16 hex digits. Raises `DataError` when the data cannot be found."""
        parts = {
            "kind": self.kind,
            "config": self.config.essence(),
            "data": fingerprint(self.config.dataset, self.data_dir),
            "code": code_version(),
        }
        text = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the sources that decide what a recording holds."""
    here = Path(__file__).parent
    core = sorted(Path(vae_core.__path__[0]).glob("*.py"))
    digest = hashlib.sha256()
    for source in [*core, here / "tasks.py", here / "recording.py"]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()

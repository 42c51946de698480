"""The engine's settings and the environment variables they come from.

VAE_CACHE        folder of recordings          (~/.cache/between-the-points/runs)
VAE_CACHE_MB     size it may grow to           (1024)
VAE_JOB_SECONDS  wall time one run may take    (600)
VAE_GRACE        seconds a run goes on when nobody watches it   (15)
"""

from __future__ import annotations

import dataclasses
import logging
import math
import os
from pathlib import Path

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What a `LocalEngine` needs to know; times in seconds."""

    cache: Path
    cache_bytes: int = 1024 * 2**20
    job_seconds: float = 600.0
    grace: float = 15.0
    workers: int | None = None  # None: one fewer than the cores of this machine, at least one

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the variables above; one that makes no sense is logged and left at its default."""
        default = Path.home() / ".cache" / "between-the-points" / "runs"
        return cls(
            cache=Path(os.environ.get("VAE_CACHE") or default).expanduser(),
            cache_bytes=int(_number("VAE_CACHE_MB", 1024) * 2**20),
            job_seconds=_number("VAE_JOB_SECONDS", 600),
            grace=_number("VAE_GRACE", 15),
        )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:  # nan compares false
        logger.warning("%s: found %r, expected a number above 0; using %g", name, text, default)
        return default
    return value

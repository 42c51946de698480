"""The generative process played: z from the prior, its mean f(z), then x around that mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, point, register, state_of, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register(
    "process", *_PARTS, "marks", "gestures", "range", "variance", "draws", "objective", "roving"
)


@dataclass(frozen=True)
class ProcessState:
    """What the reader last committed; None where nothing was touched yet."""

    z: tuple[float, float] | None = None  # drawn, or put there by hand; 3 decimals
    seed: int | None = None  # of the noise in x
    c: float | None = None  # variance of that noise; 3 significant digits
    first: int | None = None  # seed of the first of the twelve pairs


def process(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/process/process.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> ProcessState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return ProcessState(
        z=point(value.get("z")),
        seed=whole(value.get("seed")),
        c=number(value.get("c")),
        first=whole(value.get("first")),
    )

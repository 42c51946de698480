"""Which w each rule picks, where everything has a closed form: x = w z + noise, z ~ N(0, 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, register, state_of, whole

_PARTS = ("widget", "range", "payload", "format", "theme", "mount", "motion", "marks", "chart")
_component = register("lock", *_PARTS, "radios")


@dataclass(frozen=True)
class LockState:
    """What the reader last committed; None where nothing was touched yet."""

    direction: int | None = None  # which of the directions, from 0
    c: float | None = None  # variance of the noise, one of the stops
    square: float | None = None  # w², 3 decimals


def lock(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/lock/lock.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> LockState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return LockState(
        direction=whole(value.get("direction")),
        c=number(value.get("c")),
        square=number(value.get("square")),
    )

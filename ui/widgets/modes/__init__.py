"""A posterior with two modes, one Gaussian to place over it, and both directions of KL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, number, register, state_of

_PARTS = ("widget", "range", "payload", "format", "theme", "mount", "motion", "marks", "chart")
_component = register("modes", *_PARTS, "gestures", "bell")


@dataclass(frozen=True)
class ModesState:
    """What the reader last committed; None where nothing was touched yet."""

    x: float | None = None  # the observation, 1 decimal
    c: float | None = None  # variance of its noise, one of the stops
    q: tuple[float, ...] | None = None  # mean and standard deviation, 3 decimals


def modes(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/modes/modes.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> ModesState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return ModesState(
        x=number(value.get("x")), c=number(value.get("c")), q=floats(value.get("q"), 2)
    )

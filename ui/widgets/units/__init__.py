"""How many of k numbers are used: two networks' units, and what a linear theory would keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, register, state_of, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion")
_component = register("units", *_PARTS, "range", "beta", "radios", "chart")


@dataclass(frozen=True)
class UnitsState:
    """What the reader last committed; None where nothing was touched yet."""

    rank: int | None = None  # of the unit looked at: 0 is the one whose mean code varies most
    beta: float | None = None  # where the theory's line stands, three significant digits
    measured: int | None = None  # which networks' counts stand beside it, by their place


def units(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/units/units.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> UnitsState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return UnitsState(
        rank=whole(value.get("rank")),
        beta=number(value.get("beta")),
        measured=whole(value.get("measured")),
    )

"""Two components of the digits against each other, and what turning their axes changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, register, state_of, whole

_PARTS = ("widget", "range", "legend", "payload", "format", "theme", "print", "mount", "motion")
_component = register(
    "rotation", *_PARTS, "plane", "dots", "marks", "draws", "algebra", "components", "radios"
)


@dataclass(frozen=True)
class RotationState:
    """What the reader last committed; None where nothing was touched yet."""

    turn: float | None = None  # degrees, from 0 to 90, whole
    partner: int | None = None  # the component beside the first, counted from 1


def rotation(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/rotation/rotation.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> RotationState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    turn = number(value.get("turn"))
    return RotationState(
        turn=None if turn is None else min(max(turn, 0.0), 90.0),
        partner=whole(value.get("partner")),
    )

"""The training loop on four weights: a round step by step, then as many as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, register, state_of, whole

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "plane", "marks", "gestures")
_component = register("loop", *_PARTS, "range", "switch", "algebra", "chart", "scatter", "roving")


@dataclass(frozen=True)
class LoopState:
    """What the reader last committed; None where nothing was touched yet."""

    start: int | None = None  # which of the starts
    rate: float | None = None  # learning rate
    round: int | None = None  # of the round on the screen, from 1
    stage: int | None = None  # of its step, from 0 (feed) to 5 (update)
    point: int | None = None  # row of the point that is fed
    axis: bool | None = None  # whether PCA's axis is shown


def loop(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/loop/loop.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> LoopState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    axis = value.get("axis")
    return LoopState(
        start=whole(value.get("start")),
        rate=number(value.get("rate")),
        round=whole(value.get("round")),
        stage=whole(value.get("stage")),
        point=whole(value.get("point")),
        axis=axis if isinstance(axis, bool) else None,
    )

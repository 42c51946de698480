"""Losses of several runs over each other, with a cursor that reads all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, register, state_of

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "range", "switch")
_component = register("lab_curves", *_PARTS, "radios", "roving", "chart", "svg", "save")


@dataclass(frozen=True)
class LabCurvesState:
    """What the reader last committed; None where nothing was touched yet."""

    axis: str | None = None  # epoch | step
    train: bool | None = None  # whether the training losses are drawn too


def lab_curves(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the curves from `payload` (format: `ui/widgets/lab_curves/lab_curves.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> LabCurvesState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    axis, train = value.get("axis"), value.get("train")
    return LabCurvesState(
        axis=axis if axis in ("epoch", "step") else None,
        train=train if isinstance(train, bool) else None,
    )

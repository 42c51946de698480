"""A line through a cloud: one number kept per point, and what comes back from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, register, state_of, whole

KEEPS = ("line", "x1", "x2", "arc")  # what the encoder keeps
SHAPES = ("cloud", "arc")

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "plane", "marks", "gestures")
_component = register("line", *_PARTS, "range", "algebra", "chart", "radios", "scatter")


@dataclass(frozen=True)
class LineState:
    """What the reader last committed; None where nothing was touched yet."""

    angle: int | None = None  # of the line, whole degrees, 0 to 359: where its codes grow
    keep: str | None = None  # one of KEEPS
    tight: int | None = None  # per cent of the way to a cloud without thickness
    shape: str | None = None  # one of SHAPES


def line(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/line/line.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> LineState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    angle, tight = whole(value.get("angle")), whole(value.get("tight"))
    keep, shape = value.get("keep"), value.get("shape")
    return LineState(
        angle=angle if angle is not None and angle < 360 else None,
        keep=keep if keep in KEEPS else None,
        tight=tight if tight is not None and tight <= 100 else None,
        shape=shape if shape in SHAPES else None,
    )

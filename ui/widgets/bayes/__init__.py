"""Bayes with an affine f: x dragged on one plane, its posterior on the other, two ways at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, number, point, register, state_of

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "plane", "marks", "gestures")
_component = register(
    "bayes", *_PARTS, "range", "variance", "switch", "radios", "scatter", "algebra", "contours"
)


@dataclass(frozen=True)
class BayesState:
    """What the reader last committed; None where nothing was touched yet."""

    x: tuple[float, float] | None = None  # what was seen, 2 decimals
    c: float | None = None  # variance of the likelihood; 3 significant digits
    f: tuple[float, ...] | None = None  # W row by row, then b; 2 decimals


def bayes(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/bayes/bayes.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> BayesState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return BayesState(
        x=point(value.get("x")), c=number(value.get("c")), f=floats(value.get("f"), 6)
    )

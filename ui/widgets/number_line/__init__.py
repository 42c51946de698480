"""N images sent to 1 … N on a line and back, by two decoders; a probe between the integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, register, state_of, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "range")
_component = register("number_line", *_PARTS, "gestures", "draws", "nearest", "adam", "chart")


@dataclass(frozen=True)
class LineState:
    """What the reader last committed; None where nothing was touched yet."""

    n: int | None = None  # how many images
    seed: int | None = None  # of the first weights
    draw: int | None = None  # which images
    t: float | None = None  # where the probe stands, 1 … n, 2 decimals


def number_line(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/number_line/number_line.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> LineState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    n, seed, draw = (whole(value.get(name)) for name in ("n", "seed", "draw"))
    return LineState(n, seed, draw, number(value.get("t")))

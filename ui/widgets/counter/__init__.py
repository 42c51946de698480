"""What a grid over the codes costs: places, time and memory against the numbers per code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ui.widgets import noop, register, whole

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "range")
_component = register("counter", *_PARTS)


def counter(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the counter from `payload` (format: `ui/widgets/counter/counter.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(value: object) -> int | None:
    """The numbers per code that the reader last committed: for the widget's `on_change`."""
    return whole(value.get("k")) if isinstance(value, Mapping) else None

"""Which directions a linear VAE keeps at noise c, predicted and trained; below, a deep one."""

from __future__ import annotations

from collections.abc import Callable

from ui.widgets import noop, number, register, state_of

_PARTS = ("widget", "range", "payload", "format", "theme", "print", "mount", "motion", "marks")
_component = register("collapse", *_PARTS, "chart")


def collapse(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/collapse/collapse.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> float | None:
    """The c last committed to the widget `key`: for its `on_change`; None where it is nonsense."""
    return number(state_of(key).get("c"))

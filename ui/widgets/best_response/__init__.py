"""Be the encoder: three Gaussians to place, and the decoder that answers them best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, register, state_of, whole

_PARTS = ("widget", "range", "payload", "format", "theme", "print", "mount", "motion", "plane")
_component = register("best_response", *_PARTS, "marks", "gestures", "objective", "gaussian")


@dataclass(frozen=True)
class ResponseState:
    """What the reader last committed; None where nothing was touched yet."""

    set: int | None = None  # which three images
    abc: tuple[float, ...] | None = None  # mean and standard deviations of A, then B, then C


def best_response(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/best_response/best_response.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> ResponseState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return ResponseState(set=whole(value.get("set")), abc=floats(value.get("abc"), 12))

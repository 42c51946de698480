"""A change of the code that the error cannot see: codes of a linear autoencoder, and a handle M."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, number, register, state_of, whole

_PARTS = ("widget", "range", "payload", "format", "theme", "print", "mount", "motion", "plane")
_DRAWN = ("dots", "marks", "gestures", "legend", "draws", "algebra", "adam", "linear")
_component = register("recode", *_PARTS, *_DRAWN)


@dataclass(frozen=True)
class RecodeState:
    """What the reader last committed; None where nothing was touched yet."""

    m: tuple[float, ...] | None = None  # M row by row, 4 decimals
    bend: float | None = None  # turns at the rim, 2 decimals
    picked: int | None = None  # row of the picked image; None once the probe is dragged
    u: tuple[float, ...] | None = None  # the probe as the trained encoder would code it, 4 decimals


def recode(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/recode/recode.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> RecodeState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return RecodeState(
        m=floats(value.get("m"), 4),
        bend=number(value.get("bend")),
        picked=whole(value.get("picked")),
        u=floats(value.get("u"), 2),
    )

"""The networks as one graph with live values, and the source that computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, register, state_of, whole

_PARTS = ("widget", "payload", "network", "objective", "gradient", "format", "theme", "print")
_MORE = ("mount", "motion", "bus", "draws", "chart", "roving", "radios")
_component = register("networks", *_PARTS, *_MORE)


@dataclass(frozen=True)
class NetworksState:
    """What the reader last committed; None where nothing was touched yet."""

    seed: int | None = None  # of the throw of the dice, from 1
    part: int | None = None  # place of the chosen part in the header's `parts`
    unit: int | None = None  # of that part, 0 where it has none
    back: bool | None = None  # whether the gradient is shown
    inside: bool | None = None  # whether the draw stands in the gradient's way


def networks(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/networks/networks.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> NetworksState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    back, inside = value.get("back"), value.get("inside")
    return NetworksState(
        seed=whole(value.get("seed")),
        part=whole(value.get("part")),
        unit=whole(value.get("unit")),
        back=back if isinstance(back, bool) else None,
        inside=inside if isinstance(inside, bool) else None,
    )

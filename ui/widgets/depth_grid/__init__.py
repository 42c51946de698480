"""Depth against latent dimension: one measure of every network, one network in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, register, state_of, whole

_component = register(
    "depth_grid", "widget", "payload", "format", "theme", "mount", "motion", "radios"
)


@dataclass(frozen=True)
class GridState:
    """What the reader last committed; None where nothing was touched yet."""

    reading: int | None = None  # which measure the cells show
    row: int | None = None  # of the chosen cell: its depth
    column: int | None = None  # and its latent dimension, both by their place


def depth_grid(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the grid from `payload` (format: `ui/widgets/depth_grid/depth_grid.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> GridState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    return GridState(
        reading=whole(value.get("reading")),
        row=whole(value.get("row")),
        column=whole(value.get("column")),
    )

"""Ten linear autoencoders trained beside PCA, in front of the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, register, state_of, whole

_PARTS = ("widget", "scatter", "range", "payload", "format", "theme", "mount", "motion", "plane")
_DRAWN = ("marks", "chart", "radios", "roving")
_component = register("race", *_PARTS, *_DRAWN, "draws", "algebra", "adam", "linear")


@dataclass(frozen=True)
class RaceState:
    """What the reader last committed; None where nothing was touched yet."""

    data: str | None = None
    k: int | None = None  # numbers kept
    block: int | None = None  # 0: seeds 1 to 10, 1: seeds 11 to 20, …
    done: bool | None = None  # whether the ten have been trained, or are being


def race(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/race/race.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> RaceState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    data, done = value.get("data"), value.get("done")
    return RaceState(
        data=data if isinstance(data, str) else None,
        k=whole(value.get("k")),
        block=whole(value.get("block")),
        done=done if isinstance(done, bool) else None,
    )

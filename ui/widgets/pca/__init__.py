"""Points to drag, the axes PCA finds for them, and an axis of the reader's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, register, state_of, whole

MOST_POINTS = 500
WIDEST = 3.4  # half-width of the plane: no point lies further out

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "plane", "marks", "gestures")
_component = register("pca", *_PARTS, "range", "algebra", "radios", "scatter")


@dataclass(frozen=True)
class PcaState:
    """What the reader last committed; None where nothing was touched yet."""

    set: str | None = None  # name of the points the reader began with
    points: tuple[float, ...] | None = None  # x₁, x₂, x₁, x₂, …, 2 decimals; None: as they were
    own: int | None = None  # angle of the reader's axis, whole degrees, 0 to 179


def pca(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/pca/pca.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> PcaState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    name, own = value.get("set"), whole(value.get("own"))
    return PcaState(
        set=name if isinstance(name, str) else None,
        points=_points(value.get("points")),
        own=own if own is not None and own < 180 else None,
    )


def _points(value: object) -> tuple[float, ...] | None:
    if not isinstance(value, list) or len(value) % 2 or len(value) > 2 * MOST_POINTS:
        return None
    found = floats(value, len(value))
    on_plane = found is not None and all(abs(number) <= WIDEST for number in found)
    return found if on_plane else None

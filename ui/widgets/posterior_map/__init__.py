"""An image's exact posterior on the latent plane, and Bayes' rule in numbers under a probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import noop, number, point, register, state_of

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register(
    "posterior_map", *_PARTS, "marks", "gestures", "range", "variance", "radios", "grid", "bus",
    "objective", "posterior", "contours", "refined",
)  # fmt: skip


@dataclass(frozen=True)
class PosteriorState:
    """What the reader last committed; None where nothing was touched yet."""

    z: tuple[float, float] | None = None  # a free probe, 3 decimals; None: on the encoder's mean
    c: float | None = None  # variance of the likelihood; 3 significant digits
    model: str | None = None  # name of the model


def posterior_map(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the map from `payload` (format: `ui/widgets/posterior_map/posterior_map.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> PosteriorState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    model = value.get("model")
    return PosteriorState(
        z=point(value.get("z")),
        c=number(value.get("c")),
        model=model if isinstance(model, str) else None,
    )

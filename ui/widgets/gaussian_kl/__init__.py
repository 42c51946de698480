"""One Gaussian dragged against the prior: both directions of KL, closed form and sampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, register, state_of

_PARTS = ("widget", "payload", "format", "theme", "mount", "motion", "plane", "marks", "gestures")
_component = register("gaussian_kl", *_PARTS, "draws", "objective", "gaussian")


@dataclass(frozen=True)
class KlState:
    """What the reader last committed; None where nothing was touched yet."""

    q: tuple[float, ...] | None = None  # mean and standard deviations: mx, my, sx, sy; 2 decimals
    way: str | None = None  # "qp": KL(q ‖ p), "pq": KL(p ‖ q)


def gaussian_kl(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/gaussian_kl/gaussian_kl.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> KlState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    way = value.get("way")
    return KlState(q=floats(value.get("q"), 4), way=way if way in ("qp", "pq") else None)

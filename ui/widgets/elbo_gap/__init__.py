"""A Gaussian q over one image's exact posterior: ELBO and gap, whose sum does not move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, number, register, state_of, whole

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register(
    "elbo_gap", *_PARTS, "marks", "gestures", "range", "variance", "switch", "bus", "objective",
    "gradient", "posterior", "contours", "refined", "bound", "gaussian",
)  # fmt: skip


@dataclass(frozen=True)
class GapState:
    """What the reader last committed; None where nothing was touched yet."""

    image: int | None = None  # row among the validation images
    pad: bool | None = None  # whether the page's pad is asked instead
    q: tuple[float, ...] | None = None  # mean, standard deviations, turn in radians
    c: float | None = None  # variance of the likelihood; 3 significant digits
    full: bool | None = None  # whether q may turn


def elbo_gap(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/elbo_gap/elbo_gap.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> GapState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    pad, full = value.get("pad"), value.get("full")
    return GapState(
        image=whole(value.get("image")),
        pad=pad if isinstance(pad, bool) else None,
        q=floats(value.get("q"), 5),
        c=number(value.get("c")),
        full=full if isinstance(full, bool) else None,
    )

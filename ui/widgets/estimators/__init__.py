"""Two estimators of one slope, their draws and their variances; q to drag over what is averaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.widgets import floats, noop, number, register, state_of

_PARTS = ("widget", "range", "switch", "payload", "format", "theme", "mount", "motion", "marks")
_component = register(
    "estimators", *_PARTS, "gestures", "chart", "bell", "draws", "radios", "network", "objective",
    "gradient", "print",
)  # fmt: skip


@dataclass(frozen=True)
class EstimatorsState:
    """What the reader last committed; None where nothing was touched yet."""

    r: str | None = None  # what is averaged, by name
    q: tuple[float, ...] | None = None  # mean and standard deviation, 2 decimals
    omega: float | None = None  # of the cosine, radians per unit of z, 1 decimal
    of: str | None = None  # "mu" or "std": the slope is taken in this
    baseline: bool | None = None  # whether the score function's r has a constant subtracted


def estimators(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/estimators/estimators.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> EstimatorsState:
    """What the reader last committed to the widget `key`: for its `on_change`."""
    value = state_of(key)
    r, of, baseline = value.get("r"), value.get("of"), value.get("baseline")
    return EstimatorsState(
        r=r if isinstance(r, str) else None,
        q=floats(value.get("q"), 2),
        omega=number(value.get("omega")),
        of=of if of in ("mu", "std") else None,
        baseline=baseline if isinstance(baseline, bool) else None,
    )

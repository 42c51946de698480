"""What a benchmark hands back: figures, each with its goal, and how they are written down."""

from __future__ import annotations

import dataclasses
import math
import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median


@dataclasses.dataclass(frozen=True)
class Figure:
    """One measured number. `at_most` or `at_least` is its goal; without either it is context."""

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none. nan meets nothing."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    @property
    def goal(self) -> str:
        """The goal in words, or nothing."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g} {self.unit}".strip()
        return "" if self.at_least is None else f"≥ {self.at_least:g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        """One word for the table."""
        return {True: "met", False: "**missed**", None: ""}[self.met]

    def row(self) -> str:
        """One row of a Markdown table."""
        value = f"{rounded(self.value)} {self.unit}".strip()
        return f"| {self.what} | {value} | {self.goal} | {self.verdict} | {self.note} |"


class NotMeasured(RuntimeError):
    """A question this machine cannot answer; the message is one sentence that says why."""


def rounded(value: float) -> str:
    """Return three significant digits, one decimal more from 100 to 1000; whole numbers as is."""
    if not math.isfinite(value) or value == int(value):
        return f"{value:g}"
    places = 2 - math.floor(math.log10(abs(value)))
    return f"{value:.{max(places, int(abs(value) < 1000))}f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def over_rounds(rounds: Iterable[Sequence[float]], share: float) -> float:
    """Return the median over rounds of each round's percentile."""
    return median(percentile(values, share) for values in rounds)


def spread(values: Sequence[float]) -> str:
    """Return the range of what a median stands for, for the note beside it."""
    return f"{rounded(min(values))} to {rounded(max(values))}, n = {len(values)}"


def table(figures: Sequence[Figure]) -> str:
    """Return a Markdown table."""
    head = ["| figure | measured | goal | | note |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(figure.row() for figure in figures)])


def machine() -> list[str]:
    """Return what the numbers depend on, one fact per line."""
    names = ("torch", "streamlit", "numpy", "scikit-learn", "playwright")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return [
        f"{len(os.sched_getaffinity(0))} cores, {_processor()}, {platform.system()}, no GPU used",
        f"Python {platform.python_version()}, {libraries}",
    ]


def load() -> str:
    """Return the load average: how busy the machine is beside us."""
    return "load average " + ", ".join(f"{value:.1f}" for value in os.getloadavg())


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

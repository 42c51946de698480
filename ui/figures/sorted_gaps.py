"""Gaps of many images, each line sorted by itself, as a small drawing in SVG on a logarithmic axis.

The drawing carries classes only; `look.css` gives them the ink of the theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final, Literal, NamedTuple

WIDTH, HEIGHT = 440, 280  # of the drawing, in its own units
LEFT, RIGHT, TOP, BOTTOM = 44, 432, 10, 232  # of the plot
LOW, HIGH = 0.001, 20.0  # ends of the vertical axis, in nats
TICKS: Final = (0.001, 0.01, 0.1, 1, 10)
SHARES: Final = (0, 0.25, 0.5, 0.75, 1)


class Line(NamedTuple):
    """The gaps of one q, in any order, how its line is drawn, and at which share of the images and
    on which side its name stands.
    """

    name: str
    gaps: Sequence[float]
    dash: str  # of stroke-dasharray; empty: solid
    named: float
    side: Literal["over", "under"]


def drawing(lines: Sequence[Line], across: str, words: str) -> str:
    """Return the SVG; `across` names the horizontal axis, `words` say to a screen reader what it
    shows.
    """
    parts = [_axes(across), *(_curve(line) for line in lines), *(_name(line) for line in lines)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
        f"{''.join(parts)}</svg>"
    )


def place(share: float) -> float:
    """Return where a share of the images, in [0, 1], stands, in units from the left."""
    return LEFT + share * (RIGHT - LEFT)


def height(gap: float) -> float:
    """Return where a gap in nats stands, in units from the top; within the axis."""
    share = math.log(max(gap, LOW) / LOW) / math.log(HIGH / LOW)
    return BOTTOM - min(share, 1) * (BOTTOM - TOP)


def points(line: Line) -> list[tuple[float, float]]:
    """Return the line's points: image i of n stands in the middle of its n-th of the width."""
    n = len(line.gaps)
    return [(place((i + 0.5) / n), height(gap)) for i, gap in enumerate(sorted(line.gaps))]


def _curve(line: Line) -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points(line))
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    return f'<polyline class="joined"{dash} points="{joined}"/>'


def _name(line: Line) -> str:
    """Write the name to the upper left of the rising line, or to its lower right."""
    x, y = points(line)[round(line.named * (len(line.gaps) - 1))]
    if line.side == "over":
        return _text(line.name, x - 4, y - 9, "end", "name")
    return _text(line.name, x + 4, y + 17, "start", "name")


def _axes(across: str) -> str:
    parts = [_rule(LEFT, BOTTOM, RIGHT, BOTTOM), _rule(LEFT, TOP, LEFT, BOTTOM)]
    for tick in TICKS:
        y = height(tick)
        parts += [_rule(LEFT, y, LEFT + 5, y), _text(f"{tick:g}", LEFT - 7, y + 4, "end")]
    for share in SHARES:
        x = place(share)
        anchor = "end" if share == 1 else "middle"
        parts += [_rule(x, BOTTOM, x, BOTTOM - 5)]
        parts += [_text(f"{100 * share:g} %", x, BOTTOM + 18, anchor)]
    parts.append(_text(across, (LEFT + RIGHT) / 2, BOTTOM + 38))
    return "".join(parts)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="axis" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(text: str, x: float, y: float, anchor: str = "middle", kind: str = "tick") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}>{escape(text)}</text>'

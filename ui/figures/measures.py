"""Measures over a row of models as a small drawing in SVG: ink lines, told apart by dash and mark.

The drawing carries classes only; `look.css` gives them the ink of the theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, Literal, NamedTuple

WIDTH, HEIGHT = 440, 272  # of the drawing, in its own units
LEFT, RIGHT, TOP, BOTTOM = 40, 428, 24, 214  # of the plot
_ASIDE: Final = {"over": (0, -11), "under": (0, 20), "right": (11, 1)}  # of a mark: its name
APART: Final = 0.6  # of a place, between the first model and the rest, which make one line


class Line(NamedTuple):
    """One measure of every model: its means, the half-widths of their intervals, how it is drawn
    and at which side of which model's mark its name stands.
    """

    name: str
    means: Sequence[float]
    halves: Sequence[float]
    dashed: bool = False  # a dashed line has open squares for marks
    named: int = 0
    side: Literal["over", "under", "right"] = "over"


class Group(NamedTuple):
    """Neighbours that a bracket under their names joins: the first, the last, what they are."""

    first: int
    last: int
    name: str


class Axis(NamedTuple):
    """The vertical axis: from 0 to `top`, a tick at each of `ticks`."""

    top: float
    ticks: Sequence[float]


def panel(
    models: Sequence[str],
    groups: Sequence[Group],
    lines: Sequence[Line],
    axis: Axis,
    words: str,
) -> str:
    """Return the SVG of one panel; `words` say to a screen reader what it shows.

    The first model stands alone at the left, the others are joined by a line. An interval that
    leaves the axis is cut where the axis ends.
    """
    parts = [_frame(models, groups, axis), *(_line(line, axis) for line in lines)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
        f"{''.join(parts)}</svg>"
    )


def place(index: int, count: int) -> float:
    """Return where a model stands, in units from the left."""
    step = (RIGHT - LEFT) / (count + APART)
    return LEFT + step * (0.5 + index + (APART if index else 0))


def height(value: float, axis: Axis) -> float:
    """Return where a value stands, in units from the top; within the axis."""
    share = min(max(value / axis.top, 0), 1)
    return BOTTOM - share * (BOTTOM - TOP)


def _frame(models: Sequence[str], groups: Sequence[Group], axis: Axis) -> str:
    parts = [
        _rule("axis", LEFT, BOTTOM, RIGHT, BOTTOM),
        _rule("axis", LEFT, TOP, LEFT, BOTTOM),
    ]
    for tick in axis.ticks:
        y = height(tick, axis)
        parts += [_rule("axis", LEFT, y, LEFT + 5, y), _text(f"{tick:g}", LEFT - 7, y + 4, "end")]
    places = [place(index, len(models)) for index in range(len(models))]
    parts += [_text(name, x, BOTTOM + 19) for name, x in zip(models, places, strict=True)]
    for group in groups:
        first, last = places[group.first], places[group.last]
        parts.append(_rule("bracket", first - 12, BOTTOM + 28, last + 12, BOTTOM + 28))
        parts.append(_text(group.name, (first + last) / 2, BOTTOM + 45))
    return "".join(parts)


def _line(line: Line, axis: Axis) -> str:
    count = len(line.means)
    points = [(place(i, count), height(mean, axis)) for i, mean in enumerate(line.means)]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points[1:])
    kind = "joined dashed" if line.dashed else "joined"
    parts = [f'<polyline class="{kind}" points="{joined}"/>']
    for (x, y), mean, half in zip(points, line.means, line.halves, strict=True):
        parts.append(_rule("whisker", x, height(mean - half, axis), x, height(mean + half, axis)))
        parts.append(_square(x, y) if line.dashed else _disc(x, y))
    (x, y), (right, down) = points[line.named], _ASIDE[line.side]
    anchor = "start" if right else "middle"
    parts.append(_text(line.name, x + right, y + down, anchor, "name"))
    return "".join(parts)


def _rule(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _disc(x: float, y: float) -> str:
    return f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>'


def _square(x: float, y: float) -> str:
    return f'<rect class="mark open" x="{x - 3.2:.1f}" y="{y - 3.2:.1f}" width="6.4" height="6.4"/>'


def _text(text: str, x: float, y: float, anchor: str = "middle", kind: str = "tick") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}>{escape(text)}</text>'

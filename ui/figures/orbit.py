"""A cloud in three dimensions, its best line or plane and a tilted one: arrays → a plotly figure.

The figure is the plain dictionary that plotly describes; nothing here imports plotly.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Canvas colours cannot follow a change of theme, so these are legible on paper and on night.
DATA: Final = "#7A818C"
CODE: Final = "#C774A2"
LOST: Final = "#009E73"
FACE: Final = {"family": "Source Sans, sans-serif", "size": 19, "color": DATA}
REACH: Final = 2.0  # standard deviations that an axis and the plane show
VIEWS: Final = {  # the eye's way in PCA's axes: what lies nearest to the reader
    "front": (0.5, 0.75, 0.8),
    "edge": (1.0, 0.0, 0.0),  # the tilt turns the plane about this axis: it stays an edge
    "above": (0.0, 0.0, 1.0),
}
_ACROSS: Final = (0.0, 1.0, 0.0)  # a line has no edge: it is seen from the side
_DISTANCE: Final = 1.75  # of the eye, in the plot's own units
_SIZE: Final = 0.85  # of the box's mean side, so that its titles stay within the frame


def orbit_chart(x: Array, axes: Array, stds: Array, flat: Array, view: str) -> dict[str, Any]:
    """Return the cloud x (n, 3) around 0, its axes (3, 3) as rows to √λ, and its shadow on `flat`.

    flat (k, 3): orthonormal rows that span the line or the plane on which every point is put back.
    """
    x_hat = x @ flat.T @ flat
    traces = [
        _surface(flat, stds) if len(flat) == 2 else _segment(flat[0], REACH * stds[0], CODE, 7),
        _residuals(x, x_hat),
        _points(x, DATA, 2.6),
        _points(x_hat, CODE, 1.8),
        *(_axis(axes[j], stds[j], kept=j < len(flat)) for j in range(3)),
    ]
    sides = (1.08 * np.abs(x).max(0)).tolist()
    return {"data": traces, "layout": _layout(sides, _eye(axes, view, len(flat)))}


def _points(x: Array, colour: str, size: float) -> dict[str, Any]:
    return {
        **_where(x), "mode": "markers", "hoverinfo": "skip",
        "marker": {"size": size, "color": colour, "opacity": 0.95},
    }  # fmt: skip


def _residuals(x: Array, x_hat: Array) -> dict[str, Any]:
    """Return one trace of all segments; a gap ends each."""
    gap = np.full_like(x, np.nan)
    path = np.stack([x, x_hat, gap], 1).reshape(-1, 3)
    return {
        **_where(path), "mode": "lines", "hoverinfo": "skip",
        "line": {"color": LOST, "width": 3},
    }  # fmt: skip


def _segment(axis: Array, reach: float, colour: str, width: float) -> dict[str, Any]:
    return {
        **_where(np.stack([-reach * axis, reach * axis])), "mode": "lines", "hoverinfo": "skip",
        "line": {"color": colour, "width": width},
    }  # fmt: skip


def _axis(axis: Array, std: float, *, kept: bool) -> dict[str, Any]:
    """Return an axis of PCA, one standard deviation to either side, dashed if it is dropped."""
    trace = _segment(axis, float(std), CODE if kept else LOST, 8)
    trace["line"]["dash"] = "solid" if kept else "dash"
    return trace


def _surface(flat: Array, stds: Array) -> dict[str, Any]:
    """Return the plane's parallelogram, 2.2 standard deviations wide."""
    a, b = (1.1 * REACH * std * row for std, row in zip(stds[:2], flat, strict=True))
    return {
        "type": "mesh3d", **_coordinates(np.stack([-a - b, a - b, a + b, b - a])),
        "i": [0, 0], "j": [1, 2], "k": [2, 3],
        "color": CODE, "opacity": 0.22, "hoverinfo": "skip",
        "lighting": {"ambient": 1, "diffuse": 0},
    }  # fmt: skip


def _where(points: Array) -> dict[str, Any]:
    return {"type": "scatter3d", **_coordinates(points), "showlegend": False}


def _coordinates(points: Array) -> dict[str, list[float | None]]:
    rows = [[None if np.isnan(v) else round(v, 4) for v in column] for column in points.T.tolist()]
    return dict(zip("xyz", rows, strict=True))  # None: a gap, as JSON says it


def _eye(axes: Array, view: str, k: int) -> dict[str, float]:
    """Return the eye's place: `view` in the cloud's own axes, whatever way it lies."""
    eye = np.asarray(_ACROSS if (view, k) == ("edge", 1) else VIEWS[view]) @ axes
    return dict(zip("xyz", (_DISTANCE * eye / np.linalg.norm(eye)).tolist(), strict=True))


def _layout(sides: list[float], eye: dict[str, float]) -> dict[str, Any]:
    axis = {
        "showbackground": False, "showspikes": False, "zeroline": False,
        "gridcolor": "#868C94", "nticks": 5, "showticklabels": False,
    }  # fmt: skip
    names = {
        f"{letter}axis": {
            **axis,
            "title": {"text": f"<b>x{low}</b>", "font": FACE},
            "range": [-side, side],
        }
        for letter, low, side in zip("xyz", "₁₂₃", sides, strict=True)
    }
    shape = _SIZE * np.array(sides) / np.prod(sides) ** (1 / 3)
    return {
        "height": 420, "margin": dict.fromkeys("lrtb", 0), "showlegend": False,
        "paper_bgcolor": "rgba(0, 0, 0, 0)", "uirevision": str(eye),
        "scene": {
            **names, "aspectmode": "manual",
            "aspectratio": dict(zip("xyz", shape.tolist(), strict=True)),
            "bgcolor": "rgba(0, 0, 0, 0)", "uirevision": str(eye),
            "camera": {
                "eye": eye, "up": {"x": 0, "y": 0, "z": 1},
                "projection": {"type": "orthographic"},
            },
        },
    }  # fmt: skip

"""The gradient's way back through the draw, cut or whole: a run as a film, six side by side."""

from __future__ import annotations

from ui.widgets import register

_PARTS = ("widget", "payload", "network", "format", "theme", "print", "mount", "motion", "plane")
_component = register("cut", *_PARTS, "dots", "marks", "range", "chart", "legend")


def cut(payload: bytes, *, key: str) -> None:
    """Draw the figure from `payload` (format: `ui/widgets/cut/cut.js`). Nothing comes back."""
    _component(key=key, data=payload)

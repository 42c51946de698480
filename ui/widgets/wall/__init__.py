"""A wall of images nobody drew: z from the prior, decoded in the page, drawn again on demand."""

from __future__ import annotations

from ui.widgets import register

_component = register("wall", "widget", "payload", "network", "theme", "print", "mount", "motion")


def wall(payload: bytes, *, key: str) -> None:
    """Draw the wall from `payload` (format: `ui/widgets/wall/wall.js`)."""
    _component(key=key, data=payload)

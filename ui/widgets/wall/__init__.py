"""A wall of images nobody drew: z from the prior, decoded in the page, drawn again on demand."""

from __future__ import annotations

from ui.widgets import register

_PARTS = ("widget", "payload", "network", "draws", "theme", "print", "mount", "motion")
_component = register("wall", *_PARTS)


def wall(payload: bytes, *, key: str) -> None:
    """Draw the wall from `payload` (format: `ui/widgets/wall/wall.js`)."""
    _component(key=key, data=payload)

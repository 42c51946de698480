"""An input to try: a training image or the reader's own, turned, told to the lab's maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ui.widgets import noop, register, state_of, whole

SOURCES: Final = ("off", "row", "own")
TURNS: Final = ("as_is", "upside", "inverted", "noise", "shuffled")
_PARTS = ("widget", "payload", "format", "theme", "print", "mount", "motion")
_component = register("lab_input", *_PARTS, "radios", "draws", "bus")


class InputState(NamedTuple):
    """What is put in, and how it is turned."""

    source: str = "off"  # of SOURCES: nothing, a training image, the reader's own
    row: int = 0  # of the training images sent
    turn: str = "as_is"  # of TURNS


def lab_input(payload: bytes, *, key: str, on_change: Callable[[], None] = noop) -> None:
    """Draw the panel from `payload` (format: `ui/widgets/lab_input/lab_input.js`)."""
    _component(key=key, data=payload, on_state_change=on_change)


def committed(key: str) -> dict[str, object]:
    """What the reader last committed to the widget `key`, None where it is nonsense."""
    value = state_of(key)
    source, turn = value.get("source"), value.get("turn")
    return {
        "source": source if source in SOURCES else None,
        "row": whole(value.get("row")),
        "turn": turn if turn in TURNS else None,
    }

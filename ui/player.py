"""The player: where a reader is in a recording. Pure state and time, no Streamlit.

A recording is made at full speed; the player shows it like a film at a pace one can watch. So a
run serves any number of viewers, each with a player of their own.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, Literal

EPOCHS_PER_SECOND: Final = 8.0

Word = Literal["queued", "training", "paused", "done", "stopped", "diverged"]


@dataclasses.dataclass
class Player:
    """A reader's place in the recording of one job. Times in seconds, positions in epochs."""

    job_id: str
    recorded: bool  # the run had ended before this player was made
    position: float = 0.0
    playing: bool = True
    full_speed: bool = False
    stopped: bool = False
    owed: bool = False  # a step was asked for before there was a keyframe to step to
    clock: float | None = None  # when the position was last moved; None: not yet

    def advance(self, now: float, keyframes: Sequence[int]) -> None:
        """Move on to time `now`, never beyond the last keyframe there is."""
        if self.owed:
            self.step(keyframes)
        edge = keyframes[-1] if keyframes else 0
        elapsed = 0.0 if self.clock is None else now - self.clock
        if keyframes:  # the film begins when there is something to show
            self.clock = now
        if self.playing and not self.stopped:
            pace = self.position + EPOCHS_PER_SECOND * elapsed
            self.position = float(edge) if self.full_speed else min(pace, float(edge))

    def shown(self, keyframes: Sequence[int]) -> int | None:
        """Return the epoch on screen: the last keyframe at or before the position, or None."""
        place = bisect_right(keyframes, self.position)
        return keyframes[max(place - 1, 0)] if keyframes else None

    def step(self, keyframes: Sequence[int]) -> None:
        """Show the next keyframe, as soon as there is one, and pause."""
        self.playing = False
        later = [epoch for epoch in keyframes if epoch > self.position]
        self.owed = not later
        self.position = float(later[0]) if later else self.position

    def seek(self, epoch: int) -> None:
        """Go to an epoch and pause."""
        self.playing, self.position, self.stopped, self.owed = False, float(epoch), False, False

    def resume(self) -> None:
        """Play on from here."""
        self.playing, self.stopped, self.owed, self.clock = True, False, False, None

    def word(self, state: str, keyframes: Sequence[int]) -> Word:
        """Return the player's state for a run in the engine's `state`."""
        at_end = bool(keyframes) and self.shown(keyframes) == keyframes[-1]
        if self.stopped:
            return "stopped"
        if state == "queued":
            return "queued"
        if at_end and state == "done":
            return "done"
        if at_end and state == "diverged":
            return "diverged"
        if state in ("failed", "cancelled") and (at_end or not keyframes):
            return "stopped"
        return "training" if self.playing else "paused"


def ordinal(place: int) -> str:
    """Return 1st, 2nd, 3rd, 4th …"""
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"

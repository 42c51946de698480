"""What does a rerun cost the server?

Chapter 5 is visited over the websocket with Streamlit's own messages, without a browser, so the
processor time of the server process belongs to the reruns alone; training workers are processes of
their own and do not count. The whole page and the training panel (a fragment) take turns, with
the shipped model on screen and with a recorded run; each step of that run shows a keyframe not
shown before, as every half second of the film does. A page with one title shows Streamlit's part.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median

from benchmarks.report import Figure, spread
from benchmarks.server import EMPTY_PAGE, PATIENCE, Server, serving
from benchmarks.wire import Session, visiting

QUESTION = "What does a rerun cost the server?"
ROUNDS, RERUNS = 5, 20
PAGE = "variational_autoencoders"
SHORT = "epochs=30"  # a run of which every epoch is a keyframe


def measure() -> list[Figure]:
    """Count milliseconds of processor time per rerun."""
    costs: dict[str, list[float]] = defaultdict(list)
    with serving() as server, serving(EMPTY_PAGE) as empty:
        record(server)
        for _ in range(ROUNDS):
            with visiting(empty) as session:
                session.run()
                weigh(costs["empty"], empty, session.run)
            with visiting(server) as session:
                session.run(page=PAGE)
                weigh(costs["full"], server, session.run)
                weigh(costs["part"], server, lambda s=session: s.run(fragment=s.fragment))
            with visiting(server, SHORT) as session:
                session.run(page=PAGE)
                step(session)  # pauses, which runs the whole page once
                weigh(costs["full, run"], server, session.run)
                weigh(costs["part, run"], server, lambda s=session: step(s))
    note = spread(costs["empty"])
    return [
        Figure("a page with one title: CPU per rerun", median(costs["empty"]), "ms", note=note),
        figure(costs["full"], "whole page, shipped model", 40),
        figure(costs["full, run"], "whole page, a run on screen", 40),
        figure(costs["part"], "training panel, nothing new", 10),
        figure(costs["part, run"], "training panel, a new keyframe", 10),
    ]


def record(server: Server) -> None:
    """Have the run recorded that the rounds look at; also warms every path measured."""
    deadline = time.monotonic() + 2 * PATIENCE
    with visiting(server, SHORT) as session:
        session.run(page=PAGE)
        session.run(press="Train", fragment=session.fragment)
        while not status(session).startswith("done"):
            if time.monotonic() > deadline:
                raise RuntimeError("The run that this benchmark looks at did not end.")
            time.sleep(0.2)
            session.run(fragment=session.fragment)


def step(session: Session) -> None:
    """Press Step: the panel shows the next keyframe."""
    before = status(session)
    session.run(press="Step", fragment=session.fragment)
    assert status(session) != before, "the recording has no further keyframe"


def status(session: Session) -> str:
    """Return the line that says where the film is, or nothing."""
    return next((text for text in session.texts if " · epoch " in text), "")


def weigh(costs: list[float], server: Server, rerun: Callable[[], object]) -> None:
    """Add the mean cost of `RERUNS` reruns, ms."""
    before = server.cpu()
    for _ in range(RERUNS):
        rerun()
    costs.append((server.cpu() - before) / RERUNS)


def figure(costs: list[float], what: str, goal: float) -> Figure:
    """Return the median of the rounds."""
    return Figure(f"{what}: CPU per rerun", median(costs), "ms", at_most=goal, note=spread(costs))

"""Measure, and write down what came out.

    python -m benchmarks                 every question; rewrites benchmarks/RESULTS.md
    python -m benchmarks drag mnist      some of them; prints, writes nothing
    python -m benchmarks.measures        makes content/measures.json, the table of chapter 6
    python -m benchmarks.depth           makes content/depth.json, the grid of chapter 4
    python -m benchmarks.drawing         makes content/drawing.json, the rows of draws of chapter 4
    python -m benchmarks.posterior       makes content/posterior.json, the gaps of chapter 8
    python -m benchmarks.collapse        makes content/collapse.json, the networks of chapter 11
    python -m benchmarks.units           makes content/units.json, the units of chapter 10

Each question is a module with a docstring that says how it is answered, a QUESTION and `measure()`,
which returns figures. Servers are the benchmarks' own, with an empty cache, and are stopped.
"""

from __future__ import annotations

import sys
import time
import traceback
from datetime import datetime
from importlib import import_module
from pathlib import Path

from benchmarks.report import NotMeasured, load, machine, table

QUESTIONS = (
    "drag",
    "chapters",
    "images",
    "pad",
    "convolution",
    "rate",
    "start",
    "visit",
    "rerun",
    "training",
    "mnist",
    "lab_data",
    "family",
    "live",
    "measures",
    "posterior",
    "lab",
)
RESULTS = Path(__file__).with_name("RESULTS.md")


def answer(name: str) -> str:
    """Ask one question; return its section of the results."""
    module = import_module(f"benchmarks.{name}")
    before, begun = load(), time.perf_counter()
    try:
        body = table(module.measure())
    except NotMeasured as reason:
        body = f"**NOT MEASURED.** {reason}"
    except Exception as error:  # the other questions are still worth asking
        traceback.print_exc()
        body = f"**FAILED.** {type(error).__name__}"
    method = (module.__doc__ or "").partition("\n")[2].strip()
    took = f"{time.perf_counter() - begun:.0f} s; {before} at its start, {load()} at its end"
    command = f"`python -m benchmarks {name}`"
    return f"## {module.QUESTION}\n\n{method}\n\n{body}\n\n{command}: {took}."


def main(names: list[str]) -> None:
    """Answer the named questions, or all of them and keep the answers."""
    unknown = [name for name in names if name not in QUESTIONS]
    if unknown:
        sys.exit(f"benchmarks: found {unknown[0]!r}, expected {', '.join(QUESTIONS)}")
    begun = datetime.now().astimezone()
    sections = []
    for name in names or QUESTIONS:
        sections.append(answer(name))
        print(sections[-1], end="\n\n", flush=True)
    if not names:
        head = [
            "# Results",
            f"`python -m benchmarks` (or `make bench`), {begun:%Y-%m-%d %H:%M %Z}. {machine()[0]}. "
            f"{machine()[1]}.",
            "The machine is shared: read ratios and bounds, not milliseconds. Figures are medians "
            "over rounds; where two things are compared, their rounds alternate.",
        ]
        RESULTS.write_text("\n\n".join([*head, *sections]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

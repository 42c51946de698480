"""The prose: one Markdown file per page in content/en, its sections by id.

A section begins with a line `## id` and ends with the next one. A section whose id begins with
`predict_` is a question: the question itself, `- [ ]` answers with the right one marked `- [x]`,
then two paragraphs, the feedback to the right answer and to the others.
"""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

CONTENT: Final = Path(__file__).parents[1] / "content" / "en"
_HEADING: Final = re.compile(r"^## +(\w+) *$", re.MULTILINE)
_ANSWER: Final = re.compile(r"^- \[( |x)\] +(.+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Prediction:
    """A question to answer before looking, and what to say to either answer."""

    question: str
    answers: tuple[str, ...]
    right: str
    yes: str
    no: str


def section(page: str, name: str) -> str:
    """Return a section's Markdown; raise KeyError with what there is if it is missing."""
    sections = _sections(page)
    if name not in sections:
        raise KeyError(f"content/en/{page}.md has no section {name!r}, only {', '.join(sections)}")
    return sections[name]


def words(page: str, name: str) -> dict[str, str]:
    """Return a section made of lines `id: words`, as a figure says them."""
    lines = (line.partition(": ") for line in section(page, name).splitlines())
    return {key: text for key, colon, text in lines if colon}


def prediction(page: str, name: str) -> Prediction:
    """Return the question in section `name`."""
    text = section(page, name)
    marks = _ANSWER.findall(text)
    right = [answer for mark, answer in marks if mark == "x"]
    question, *rest = (part.strip() for part in re.split(r"(?:^- \[.\].*\n?)+", text, flags=re.M))
    feedback = [part.strip() for part in "\n".join(rest).split("\n\n") if part.strip()]
    if len(right) != 1 or len(feedback) != 2:
        raise ValueError(f"{name} in content/en/{page}.md needs one right answer and two feedbacks")
    return Prediction(question, tuple(answer for _, answer in marks), right[0], *feedback)


@lru_cache(maxsize=64)
def _sections(page: str) -> dict[str, str]:
    text = (CONTENT / f"{page}.md").read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}

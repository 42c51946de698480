"""Chapter 11's quiz: ten questions, and what each wrong answer mixes up."""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from typing import Final

import streamlit as st

from ui import link
from ui.page import chapters
from ui.prose import section, words

COUNT: Final = 10
NONE: Final = "-"  # stands in the link for a question without an answer
LETTERS: Final = "abcd"  # and these for the answers
_ANSWER: Final = re.compile(r"^- \[( |x)\] +(.+)\n +(.+)$", re.MULTILINE)

Answers = tuple[int | None, ...]  # by question, the number of the answer chosen


@dataclasses.dataclass(frozen=True)
class Question:
    """A question, its answers, one of them right, and what is said to each."""

    chapter: int  # where to look again
    question: str
    answers: tuple[str, ...]
    feedback: tuple[str, ...]
    right: int


def question(number: int) -> Question:
    """Return question 1 … COUNT; raise `ValueError` if its section is not as it should be."""
    text = section("quiz", f"question_{number}")
    head, _, _ = text.partition("\n- [")
    chapter = re.match(r"chapter: (\d+)\n", head)
    marks, answers, feedback = zip(*_ANSWER.findall(text), strict=True)
    complete = len(answers) == text.count("\n- [") <= len(LETTERS)
    if chapter is None or marks.count("x") != 1 or not complete:
        raise ValueError(
            f"question_{number} in content/en/quiz.md needs a chapter, at most {len(LETTERS)} "
            "answers, one of them right, and what is said to each"
        )
    return Question(
        int(chapter[1]), head[chapter.end() :].strip(), answers, feedback, marks.index("x")
    )


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Return all questions, in order."""
    return tuple(question(number) for number in range(1, COUNT + 1))


@st.fragment
def quiz() -> None:
    """Ask the questions, answer every answer, and say at the end where to look again."""
    answers: Answers = st.session_state.setdefault("quiz_state", _linked())
    link.write({"quiz": spelled(answers)})
    columns = st.columns(2, gap="large")
    for number, (asked, chosen) in enumerate(zip(questions(), answers, strict=True), start=1):
        with columns[(number - 1) // (COUNT // 2)]:
            _ask(number, asked, chosen)
    with st.container(key="quiz_score"):
        _score(answers)


def spelled(answers: Answers) -> str:
    """Return the answers as the link says them: a letter each, nothing if there is none."""
    return "".join(NONE if a is None else LETTERS[a] for a in answers).rstrip(NONE)


def read(text: str) -> Answers:
    """Return the answers that the link says; a letter that is no answer counts as none."""
    letters = text[:COUNT].ljust(COUNT, NONE)
    found = (LETTERS.find(letter) for letter in letters)
    return tuple(
        answer if 0 <= answer < len(asked.answers) else None
        for answer, asked in zip(found, questions(), strict=True)
    )


def _ask(number: int, asked: Question, chosen: int | None) -> None:
    said = words("quiz", "quiz_words")
    with st.container(key=f"quiz_question_{number}"):
        st.radio(
            f":gray[{number}]{asked.question}",
            range(len(asked.answers)),
            index=chosen,
            format_func=asked.answers.__getitem__,
            key=f"quiz_{number}",
            on_change=_remember,
        )
        if chosen is not None:
            verdict = said["right" if chosen == asked.right else "wrong"]
            st.markdown(f"{verdict} {asked.feedback[chosen]}")


def _score(answers: Answers) -> None:
    """Say how many were answered; once all are, how many rightly and which chapters would help."""
    said = words("quiz", "quiz_words")
    answered = sum(answer is not None for answer in answers)
    missed = [q for q, a in zip(questions(), answers, strict=True) if a != q.right]
    if answered < COUNT:
        st.markdown(said["so_far"].format(answered=answered, all=COUNT))
    else:
        st.markdown(said["score"].format(right=COUNT - len(missed), all=COUNT))
        if missed:
            st.markdown(said["revisit"])
        for chapter in chapters():
            if chapter.number in {question.chapter for question in missed}:
                label = f":gray[{chapter.number}]{chapter.name}"
                st.page_link(f"pages/{chapter.page}.py", label=label, width="stretch")
    if answered:
        st.button(said["again"], key="quiz_again", on_click=_forget)


def _remember() -> None:
    st.session_state["quiz_state"] = tuple(
        st.session_state[f"quiz_{number}"] for number in range(1, COUNT + 1)
    )


def _forget() -> None:
    for number in range(1, COUNT + 1):
        st.session_state[f"quiz_{number}"] = None
    st.session_state["quiz_state"] = (None,) * COUNT


def _linked() -> Answers:
    """Return the answers as the link has them; nonsense counts as no answer."""
    return read(st.query_params.get("quiz", ""))

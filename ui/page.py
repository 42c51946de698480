"""The frame of every page: configuration, menu, headings, prose blocks, previous and next."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import streamlit as st

from ui.prose import prediction, section

ROOT: Final = Path(__file__).parents[1]
LOOK: Final = Path(__file__).with_name("look.css")
TITLE: Final = "Between the Points"


class Chapter(NamedTuple):
    """A chapter that has a page; its words stand in the page's content file."""

    number: int
    page: str  # "5_variational_autoencoders": the stem of its file in pages/ and in content/en/
    name: str
    claim: str
    gesture: str


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters that exist, in order: whatever has a file in pages/ is in the menu."""
    stems = [path.stem for path in (ROOT / "pages").glob("[0-9]*_*.py")]
    found = ((int(stem.partition("_")[0]), stem) for stem in stems)
    words = ("name", "claim", "gesture")
    return tuple(Chapter(n, s, *(section(s, word) for word in words)) for n, s in sorted(found))


def begin_page(number: int | None) -> str:
    """Set a page up (None: home) and return the name of its content file."""
    chapter = next((c for c in chapters() if c.number == number), None)
    st.set_page_config(
        page_title=TITLE if chapter is None else f"{chapter.number} · {chapter.name}",
        page_icon=ROOT / "ui" / "icon.svg",
        layout="wide",
        initial_sidebar_state=248 if chapter else "collapsed",
        menu_items={"About": section("home", "about")},
    )
    st.html(LOOK)
    if chapter is None:
        return "home"
    with st.sidebar, st.container(key="menu"):
        st.page_link("app.py", label=f"**{TITLE}**")
        for other in chapters():
            name = f"**{other.name}**" if other is chapter else other.name
            label = f":gray[{other.number}]{name}"
            st.page_link(f"pages/{other.page}.py", label=label, width="stretch")
    eyebrow = f"Chapter {chapter.number} · {chapter.name}"
    st.html(f'<div class="eyebrow">{eyebrow}</div>')
    st.title(chapter.claim)
    return chapter.page


def prose(page: str, name: str) -> None:
    """Write a section as text to be read."""
    with st.container(key=f"prose_{name}"):
        st.markdown(section(page, name))


def caption(page: str, name: str) -> None:
    """Write a section as a figure's caption: what to do, what to notice."""
    with st.container(key=f"caption_{name}"):
        st.markdown(section(page, name))


def try_this(page: str, name: str) -> None:
    """Write a section as a list of things to try."""
    with st.container(key=f"try_{name}"):
        st.markdown(section(page, name))


def predict(page: str, name: str) -> None:
    """Ask a question to answer before looking; feedback follows any answer, nothing is blocked."""
    question = prediction(page, name)
    with st.container(key=name):
        answer = st.radio(question.question, question.answers, index=None, key=f"answer_{name}")
        if answer is not None:
            st.markdown(question.yes if answer == question.right else question.no)


@st.fragment
def code(title: str, file: str, *names: str) -> None:
    """Offer the source of functions or classes of `file`, read from the file, not imported.

    It is written once it is asked for: the highlighter alone costs a closed page .3 s.
    """
    box = st.expander(
        title, icon=":material/code:", key=f"code_{'_'.join(names)}", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        st.markdown(f"`{file}`")
        language = "javascript" if file.endswith(".js") else "python"
        st.code("\n\n\n".join(source_of(file, name) for name in names), language=language)


@contextmanager
def deeper(page: str, name: str) -> Iterator[bool]:
    """Fold a figure away; yields whether it is open: only then is it made and sent.

    with deeper(page, "walk") as is_open:
        if is_open: …
    """
    title = section(page, f"deeper_{name}")
    box = st.expander(title, key=f"deeper_{name}", on_change="rerun", bind="query-params")
    with box:
        yield bool(box.open)


@lru_cache(maxsize=64)
def source_of(file: str, name: str) -> str:
    """Return the source of a top-level function or class of a Python or JavaScript file; raise
    `LookupError` if there is none.
    """
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".js"):  # from its name to the brace that closes it, with what is said above
        said = r"(?:^/\*\*(?:(?!\*/)[\s\S])*\*/\n)?"
        found = re.search(rf"{said}^(?:function|class) {name}\b[\s\S]*?^\}}", text, re.MULTILINE)
        if found:
            return found[0]
        raise LookupError(f"{file} defines no {name}")
    for node in ast.parse(text).body:
        if getattr(node, "name", None) == name:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise LookupError(f"{file} defines no {name}")


def chapter_list() -> None:
    """List the chapters with what each claims and lets a reader do."""
    columns = st.columns(2, gap="large")
    half = (len(chapters()) + 1) // 2
    for place, chapter in enumerate(chapters()):
        with columns[place // max(half, 1)], st.container(key=f"toc_{chapter.number}"):
            label = f":gray[{chapter.number}]{chapter.claim}"
            st.page_link(f"pages/{chapter.page}.py", label=label, width="stretch")
            st.markdown(f"{chapter.name}. {chapter.gesture}")


def end_page(number: int) -> None:
    """Link to the chapters before and after; home stands before the first."""
    here = next(i for i, chapter in enumerate(chapters()) if chapter.number == number)
    before = chapters()[here - 1] if here else None
    after = chapters()[here + 1] if here + 1 < len(chapters()) else None
    links = [
        ("← Previous", f"pages/{before.page}.py" if before else "app.py", before),
        ("Next →", f"pages/{after.page}.py" if after else None, after),
    ]
    with st.container(key="pager"):
        for column, (word, file, chapter) in zip(st.columns(2, wrap=False), links, strict=True):
            if file is None:
                continue
            with column, st.container(key=f"pager_{word.split()[-1].strip('→')}", gap="small"):
                st.caption(word)
                st.page_link(file, label=chapter.name if chapter else TITLE, width="stretch")


def plain(text: str) -> str:
    """Return a reader's own text so that Markdown shows it as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:])", r"\\\1", " ".join(text.split()))

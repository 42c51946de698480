"""Chapter 11: five sentences, each with a link to the figure that proves it, and what to read."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

import streamlit as st

from ui.prose import CONTENT, section, words

PAGE: Final = "11_takeaways"
COUNT: Final = 5
_LINK: Final = re.compile(r"\n\[(.+)\]\((\S+)\)$")
_REFERENCE: Final = re.compile(
    r"^- \*\*(\w+)\*\* — (.+?), \*(.+?)\*, (.*?\d{4}).* <(\S+)>$", re.MULTILINE
)


class Takeaway(NamedTuple):
    """A sentence, what its figure shows, and the link that opens it so."""

    sentence: str
    shows: str
    link: str  # relative, so that it holds wherever the app is served


class Reference(NamedTuple):
    """A source that has a lasting address."""

    authors: str
    title: str
    where: str  # it appeared, and when
    address: str


def takeaway(number: int) -> Takeaway:
    """Return sentence 1 … COUNT; raise `ValueError` if it has no link."""
    text = section(PAGE, f"takeaway_{number}")
    found = _LINK.search(text)
    if found is None:
        raise ValueError(f"takeaway_{number} in content/en/{PAGE}.md does not end with a link")
    return Takeaway(text[: found.start()].strip(), found[1], found[2])


def takeaways() -> None:
    """Write the five sentences, each with the link to its proof.

    A link loads the page anew, in this tab: a figure reads its link once per session.
    """
    for number in range(1, COUNT + 1):
        sentence, shows, link = takeaway(number)
        with st.container(key=f"takeaway_{number}"):
            st.markdown(f":gray[{number}]{sentence}")
            st.html(f'<a href="{escape(link)}">{escape(shows)} →</a>')


@lru_cache(maxsize=1)
def references() -> dict[str, Reference]:
    """Return the sources of content/en/references.md that have an address, by key."""
    text = (CONTENT / "references.md").read_text(encoding="utf-8")
    return {key: Reference(*parts) for key, *parts in _REFERENCE.findall(text)}


def further_reading() -> None:
    """List the sources worth reading next, with why."""
    rows = []
    for key, why in words(PAGE, "reading").items():
        authors, title, where, address = references()[key]
        rows.append(f"- {why}: {authors}, [*{title}*]({address}), {where}")
    with st.container(key="reading"):
        st.markdown("\n".join(rows))

"""The page's link: what a figure keeps in its query parameters.

A figure reads the link once per session, before anything is drawn; from then on the session's copy
leads and is written back on every run. Nonsense in a link counts as not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

_FAR: Final = 1e6  # no code lies further out


def write(texts: Mapping[str, str]) -> None:
    """Put each text into the link; an empty one leaves it."""
    for key, text in texts.items():
        if text and st.query_params.get(key) != text:
            st.query_params[key] = text
        elif not text and key in st.query_params:
            del st.query_params[key]


def numbers(key: str, count: int, bound: float = _FAR) -> list[float] | None:
    """Return the `count` numbers of a parameter, all below `bound` in size, or None."""
    try:
        values = [float(part) for part in st.query_params.get(key, "").split(",")]
    except ValueError:
        return None
    usable = len(values) == count and all(abs(value) <= bound for value in values)  # false for nan
    return values if usable else None


def rows(key: str, count: int, below: int) -> list[int] | None:
    """Return the `count` row numbers of a parameter, each from 0 to `below` - 1, or None."""
    values = numbers(key, count, below - 1)
    whole = values is not None and all(value >= 0 and value == int(value) for value in values)
    return [int(value) for value in values] if values and whole else None


def row(key: str, below: int) -> int | None:
    """Return the row number of a parameter, from 0 to `below` - 1, or None."""
    return next(iter(rows(key, 1, below) or []), None)


def joined(values: list[float] | list[int] | None) -> str:
    """Return numbers as a parameter says them."""
    return ",".join(f"{value:g}" for value in values or [])


def opened(widget: str, state: Any, of: object = None) -> Any:
    """Return the state a figure was opened with: the browser owns it while the widget is there.

    So a commit changes nothing that would have to be sent again. `widget` is the component's key;
    with another `of` (a data set, its classes) the figure is opened again.
    """
    saved = st.session_state.get(f"{widget}_opened")
    if saved is None or saved[0] != of or st.session_state.get(widget) is None:
        saved = st.session_state[f"{widget}_opened"] = (of, state)
    return saved[1]


def away(widget: str) -> bool:
    """Return whether the reader has been to another page since the figure was last drawn."""
    return f"{widget}_opened" in st.session_state and st.session_state.get(widget) is None

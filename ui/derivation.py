"""Chapter 8's derivation as a stepper; its values are told by the ELBO's figure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import streamlit as st

from ui import link
from ui.page import caption
from ui.prose import words
from ui.widgets import pack
from ui.widgets.derivation import committed, derivation

LINES: Final = 7


def derivation_figure() -> None:
    """Draw the lines reached so far, and what to do with them."""
    line = st.session_state.setdefault("derivation_line", _linked())
    link.write({"line": str(line) if line != 1 else ""})
    with st.container(key="figure_derivation"):
        payload = _payload(link.opened("derivation", line))
        derivation(payload, key="derivation", on_change=_remember)
    caption("derivation", "derivation")


@lru_cache(maxsize=LINES)
def _payload(line: int) -> bytes:
    header = {
        "id": "derivation",
        "state": {"line": line},
        "why": [words("derivation", "why")[str(number)] for number in range(1, LINES + 1)],
        "terms": words("derivation", "terms"),
        "words": words("derivation", "derivation_words"),
    }
    return pack({}, header)


def _remember() -> None:
    line = committed("derivation").line
    if line is not None and 1 <= line <= LINES:
        st.session_state["derivation_line"] = line


def _linked() -> int:
    """Return how far the link has come; nonsense is ignored."""
    return link.row("line", LINES + 1) or 1

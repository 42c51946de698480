"""The same grid in more dimensions: what chapter 7's brute force would cost."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import streamlit as st

from ui import link
from ui.page import ROOT, caption
from ui.prose import words
from ui.widgets import pack
from ui.widgets.counter import committed, counter

FEWEST, MOST = 2, 20  # numbers per code
SIDE: Final = 100  # places along one axis
_BYTES: Final = 8  # that one density takes


def counter_figure() -> None:
    """Draw the counter, and what it does and does not prove."""
    k = st.session_state.setdefault("counter_k_kept", _linked())
    link.write({"k": str(k) if k != FEWEST else ""})
    with st.container(key="figure_counter"):
        counter(_payload(link.opened("counter", k)), key="counter", on_change=_remember)
    caption("counter", "caption")


def seconds_per_place() -> float:
    """Return the measured seconds to decode one place and compare an image (torch, one thread)."""
    measured: dict[str, Any] = json.loads((ROOT / "content" / "posterior.json").read_text())
    return float(measured["seconds_per_point"])


@lru_cache(maxsize=8)
def _payload(k: int) -> bytes:
    said = words("counter", "words")
    said["time"] = said["time"].format(each=f"{1e6 * seconds_per_place():.1f}")
    header = {
        "state": {"k": k},
        "fewest": FEWEST,
        "most": MOST,
        "side": SIDE,
        "seconds": seconds_per_place(),
        "bytes": _BYTES,
        "words": said,
    }
    return pack({}, header)


def _linked() -> int:
    """Return k as the link has it; nonsense counts as not there."""
    k = link.row("k", MOST + 1)
    return k if k is not None and k >= FEWEST else FEWEST


def _remember() -> None:
    k = committed(st.session_state["counter"].get("state"))
    if k is not None and FEWEST <= k <= MOST:
        st.session_state["counter_k_kept"] = k

"""Chapter 8's evidence: how far the encoder's q is from each image's posterior, and the best q."""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.figures.sorted_gaps import Line, drawing
from ui.prose import section, words

TABLE: Final = Path(__file__).parents[1] / "content" / "posterior.json"
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "encoder": {"dash": "", "named": 0.42, "side": "over"},
    "diagonal": {"dash": "6 4", "named": 0.3, "side": "over"},
    "full": {"dash": "1.5 3.5", "named": 0.55, "side": "under"},
}
ROWS: Final = (
    ("validation", "encoder"),
    ("validation", "moved"),
    ("validation", "diagonal"),
    ("validation", "full"),
    ("training", "encoder"),
)
Z: Final = 1.959964  # 97.5 % of the standard normal lies below


class Summary(NamedTuple):
    """What a row of gaps comes to, in nats; half: half-width of the mean's 95 % interval."""

    mean: float
    half: float
    median: float
    p95: float
    largest: float


def amortisation_figure() -> None:
    """Draw the gaps of all validation images under three q, beside what they come to."""
    with st.container(key="figure_amortisation"):
        st.markdown(_figure(), unsafe_allow_html=True)
    with st.container(key="caption_amortisation"):
        st.markdown(_caption())


def made() -> None:
    """Say how the gaps were found, what else they hold for, and the command that made them."""
    table = recorded()
    error = f"{table['validation']['error']:g}"
    text = section("amortisation", "made")
    st.markdown(text.format(command=table["command"], error=error, **table["versions"]))


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
    """Return content/posterior.json: log p(x) and the gaps of every image."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def gaps(split: str, q: str) -> NDArray[np.float64]:
    """Return KL(q || p(z given x)) of every image of a split, in nats, in the images' order."""
    return np.array(recorded()[split]["gaps"][q], float)


def summary(values: NDArray[np.float64]) -> Summary:
    """Return what values (n,) come to; the interval is a large sample's, 1.96 s / √n."""
    half = Z * values.std(ddof=1) / np.sqrt(len(values))
    median, p95 = np.quantile(values, (0.5, 0.95))
    return Summary(*map(float, (values.mean(), half, median, p95, values.max())))


@lru_cache(maxsize=1)
def _figure() -> str:
    """Return drawing and table as HTML on one line: a blank one would end Markdown's block."""
    names = words("amortisation", "names")
    lines = [Line(names[q], gaps("validation", q).tolist(), **look) for q, look in LOOKS.items()]
    spoken = "; ".join(
        f"{names[q]}: median {summary(gaps('validation', q)).median:.2f} nats" for q in LOOKS
    )
    title, gloss = section("amortisation", "panel").split("\n")
    return (
        f'<div class="measures gaps"><figure><figcaption><b>{title}</b> {gloss}</figcaption>'
        f"{drawing(lines, names['across'], spoken)}</figure>{_table(names)}</div>"
    )


def _table(names: dict[str, str]) -> str:
    heads = "".join(f'<th scope="col">{names[column]}</th>' for column in Summary._fields[2:])
    body = "".join(_row(names, split, q) for split, q in ROWS)
    return (
        f"<table><caption>{escape(names['table'])}</caption><thead><tr><td></td>"
        f'<th scope="col">{names["mean"]}</th>{heads}</tr></thead><tbody>{body}</tbody></table>'
    )


def _row(names: dict[str, str], split: str, q: str) -> str:
    found, small = summary(gaps(split, q)), ""
    if split == "training":
        small = f"<small>{names['training'].format(n=recorded()[split]['n'])}</small>"
    cells = [f"{found.mean:.2f} ± {found.half:.2f}", *(f"{value:.2f}" for value in found[2:])]
    values = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(names[q])}{small}</th>{values}</tr>'


@lru_cache(maxsize=1)
def _caption() -> str:
    """Return the caption with its numbers; differences are between the same image's gaps."""
    encoder, moved, diagonal, full = (gaps(split, q) for split, q in ROWS[:4])
    prices = {
        "encoder": encoder, "moved": moved, "diagonal": diagonal, "full": full,
        "amortisation": encoder - diagonal, "independence": diagonal - full,
        "training": gaps("training", "encoder"),
    }  # fmt: skip
    means = {name: f"{values.mean():.2f}" for name, values in prices.items()}
    return section("amortisation", "caption").format(n=len(encoder), **means)

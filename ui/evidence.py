"""The evidence of chapter 6: what five seeds measured, as a drawing for everybody and in full."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

import streamlit as st

from ui.figures.measures import Axis, Group, Line, panel
from ui.prose import section

TABLE: Final = Path(__file__).parents[1] / "content" / "measures.json"
SEEDS: Final = 5
T: Final = 2.776445  # 97.5 % of Student's t with SEEDS - 1 degrees of freedom lies below


class Interval(NamedTuple):
    """A mean over seeds and the half-width of its 95 % interval."""

    mean: float
    half: float


class Column(NamedTuple):
    """A column of the table: a measure, its heading, its unit or range, and its decimals."""

    measure: str
    heading: str
    unit: str
    decimals: int


class Row(NamedTuple):
    """What a model measured: a measure without a value for it is None."""

    name: str
    measured: dict[str, Interval | None]


COLUMNS: Final = (
    Column("coverage", "coverage", "share ↑", 2),
    Column("precision", "precision", "share ↑", 2),
    Column("coverage_fitted", "coverage, own Gaussian", "share ↑", 2),
    Column("mmd2", "MMD²", "↓", 3),
    Column("step_mean", "step, mean", "↓", 3),
    Column("step_p99", "step, 99th percentile", "↓", 2),
    Column("step_own", "step, own spread", "↓", 3),
    Column("kl", "KL", "nats", 2),
    Column("mutual_information", "= I(x;\u00a0z)", "nats", 2),
    Column("kl_aggregate", "+ KL(q‖p)", "nats", 2),
    Column("val_recon", "recon", "nats ↓", 1),
    Column("active_units", "active units", "of 2", 1),
)
DEFINITIONS: Final = {
    "coverage": "coverage",
    "precision": "precision",
    "coverage_fitted": "coverage, own Gaussian",
    "mmd2": "MMD²",
    "step": "step, its mean and 99th percentile",
    "step_own": "step against its own spread",
    "split": "KL = I + KL",
    "recon": "recon",
    "active_units": "active units",
    "interval": "±",
}


def headline() -> None:
    """Draw completeness and continuity of every model on the digits, side by side."""
    with st.container(key="figure_measures"):
        st.markdown(_headline(), unsafe_allow_html=True)
    with st.container(key="caption_measures"):
        st.markdown(section("measures", "headline"))


def evidence() -> None:
    """Show the tables, the definition of a measure on request, and the command that made them."""
    with st.container(key="evidence", gap="small"):
        st.markdown(section("measures", "collapsed"))
        _definitions()
        for dataset in ("digits", "shapes"):
            st.html(_table(dataset))
        st.markdown(section("measures", "note_shapes"))
        st.markdown(section("measures", "note_mnist"))
        made, versions = recorded()["command"], recorded()["versions"]
        st.markdown(section("measures", "made").format(command=made, **versions))


@st.fragment
def _definitions() -> None:
    st.markdown(section("measures", "definitions"))
    name = st.pills(
        "Definitions", list(DEFINITIONS), format_func=DEFINITIONS.__getitem__,
        key="definition", label_visibility="collapsed",
    )  # fmt: skip
    if name is not None:
        st.markdown(section("measures", f"define_{name}"))


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
    """Return content/measures.json: every measure of every model and seed."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


@lru_cache(maxsize=4)
def rows(dataset: str) -> tuple[Row, ...]:
    """Return what the models of a data set measured, in order of β, the autoencoder first."""
    found = []
    for entry in recorded()[dataset]:
        values = dict(entry["values"])
        parts = zip(values["mutual_information"], values["kl_aggregate"], strict=True)
        values["kl"] = [None if part is None else part + rest for part, rest in parts]
        name = "AE" if entry["model"] == "ae" else f"{entry['beta']:g}"
        measured = {measure: interval(each) for measure, each in values.items()}
        found.append(Row(name, measured))
    return tuple(found)


def interval(values: Sequence[float | None]) -> Interval | None:
    """Return mean and half-width of the 95 % t-interval of five values; None if one is missing."""
    if len(values) != SEEDS:
        raise ValueError(f"found {len(values)} values, expected one for each of {SEEDS} seeds")
    known = [value for value in values if value is not None]
    if len(known) < SEEDS:
        return None
    half = T * statistics.stdev(known) / math.sqrt(SEEDS)
    return Interval(statistics.fmean(known), half)


@lru_cache(maxsize=1)
def _headline() -> str:
    """Return both panels as HTML on one line: a blank one would end the block for Markdown."""
    panels = (
        ("completeness", Axis(1, (0, 0.5, 1)), (
            _drawn("coverage", "coverage", named=5, side="right"),
            _drawn("precision", "precision", dashed=True, named=6),
        )),
        ("continuity", Axis(0.55, (0, 0.25, 0.5)), (
            _drawn("step_p99", "99th percentile", dashed=True, named=1, side="right"),
            _drawn("step_mean", "mean step", named=3, side="under"),
        )),
    )  # fmt: skip
    models, figures = [row.name for row in rows("digits")], []
    for name, axis, lines in panels:
        drawing = panel(models, _groups(), lines, axis, _spoken(lines))
        title, gloss = section("measures", f"panel_{name}").split("\n")
        figures.append(f"<figure><figcaption><b>{title}</b> {gloss}</figcaption>{drawing}</figure>")
    return f'<div class="measures">{"".join(figures)}</div>'


def _drawn(measure: str, name: str, **look: Any) -> Line:
    found = [row.measured[measure] or Interval(math.nan, 0) for row in rows("digits")]
    return Line(name, [one.mean for one in found], [one.half for one in found], **look)


def _groups() -> list[Group]:
    """Return the VAEs that use their codes and those whose every unit has died, from some β on."""
    used = [row.measured["active_units"] for row in rows("digits")]
    alive = max(index for index, units in enumerate(used) if units and units.mean > 0)
    return [Group(1, alive, "VAE, by its β"), Group(alive + 1, len(used) - 1, "collapsed")]


def _spoken(lines: Sequence[Line]) -> str:
    """Return what a panel shows, for a screen reader; the table has the rest."""
    models = [row.name if row.name == "AE" else f"β {row.name}" for row in rows("digits")]
    told = (
        f"{line.name}: "
        + ", ".join(f"{model} {mean:.2f}" for model, mean in zip(models, line.means, strict=True))
        for line in lines
    )
    return "; ".join(told)


@lru_cache(maxsize=4)
def _table(dataset: str) -> str:
    heads = "".join(
        f'<th scope="col">{escape(column.heading)}<small>{column.unit}</small></th>'
        for column in COLUMNS
    )
    body = "".join(
        f'<tr><th scope="row">{"AE" if row.name == "AE" else f"β = {row.name}"}</th>'
        + "".join(f"<td>{_cell(row.measured[c.measure], c.decimals)}</td>" for c in COLUMNS)
        + "</tr>"
        for row in rows(dataset)
    )
    title = escape(section("measures", f"table_{dataset}"))
    return (
        f'<div class="measured" role="region" tabindex="0" aria-label="{title}"><table>'
        f"<caption>{title}</caption><thead><tr><td></td>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(found: Interval | None, decimals: int) -> str:
    if found is None:
        return "–"
    return f"{_number(found.mean, decimals)}<small>± {_number(found.half, decimals)}</small>"


def _number(value: float, decimals: int) -> str:
    """Return a number with a true minus, and none before a zero."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−" if float(text) else "")

"""More layers, or more numbers per code: what each does to the error and to neighbourhoods."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import streamlit as st

from engine import Run
from ui import link, one_run
from ui.evidence import SEEDS, Interval, interval
from ui.page import caption, try_this
from ui.prose import section, words
from ui.widgets import pack
from ui.widgets.depth_grid import committed, depth_grid
from vae_core import RunConfig

TABLE: Final = Path(__file__).parents[1] / "content" / "depth.json"
START: Final = (3, 2)  # layers and numbers of the cell one begins with: the network of chapter 6


class Reading(NamedTuple):
    """What the cells can show: a measure, its name in the link, its decimals, what is better."""

    measure: str
    name: str
    decimals: int
    better: str  # low | high


class Trained(NamedTuple):
    """A run the reader asked for: its cell, its seed, one value per reading; None: not measured."""

    row: int
    column: int
    seed: int
    values: tuple[float | None, ...]


READINGS: Final = (
    Reading("val_sse", "error", 2, "low"),
    Reading("trustworthiness", "trustworthiness", 3, "high"),
    Reading("neighbour_continuity", "continuity", 3, "high"),
)


def depth_figure() -> None:
    """Draw the grid, its caption, and below it a run of the chosen cell."""
    saved = st.session_state.setdefault("depth_state", _linked())
    _write_link(saved)
    with st.container(key="figure_depth"):
        state = (saved["reading"], saved["row"], saved["column"])
        payload = _payload(link.opened("depth", state), tuple(_runs()))
        depth_grid(payload, key="depth", on_change=_remember)
    caption("depth", "depth")
    try_this("depth", "try_depth")
    polled = one_run.under_way("depth")
    st.fragment(_train_cell, run_every=one_run.POLL if polled else None)(
        saved["row"], saved["column"], polled
    )


# ---- the table


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
    """Return content/depth.json: every measure of every network and seed."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


@lru_cache(maxsize=1)
def layers() -> tuple[tuple[int, ...], ...]:
    """Return the hidden layers of each row, the linear network, which has none, first."""
    return tuple(dict.fromkeys(tuple(cell["hidden"]) for cell in recorded()["cells"]))


@lru_cache(maxsize=1)
def dims() -> tuple[int, ...]:
    """Return the latent dimension of each column."""
    return tuple(dict.fromkeys(cell["latent_dim"] for cell in recorded()["cells"]))


@lru_cache(maxsize=4)
def measured(measure: str) -> tuple[tuple[Interval, ...], ...]:
    """Return mean and 95 % interval over the seeds of every cell, by row and column."""
    found = {
        (tuple(cell["hidden"]), cell["latent_dim"]): interval(cell["values"][measure])
        for cell in recorded()["cells"]
    }
    rows = (tuple(found[hidden, dim] for dim in dims()) for hidden in layers())
    return tuple(tuple(cell for cell in row if cell is not None) for row in rows)


def config(row: int, column: int, seed: int) -> RunConfig:
    """Return the run that a cell of the table is about, with another seed."""
    hidden = layers()[row]
    return RunConfig(
        dataset=recorded()["dataset"], model="ae" if hidden else "linear", hidden=hidden,
        latent_dim=dims()[column], seed=seed,
    )  # fmt: skip


def expected(cell: Interval) -> tuple[float, float]:
    """Return the interval that holds one further seed in 95 of 100 cases: the seeds' own spread
    and the doubt about their mean.
    """
    half = cell.half * math.sqrt(SEEDS + 1)
    return cell.mean - half, cell.mean + half


# ---- what the widget is sent


@lru_cache(maxsize=8)
def _payload(state: tuple[int, int, int], runs: tuple[Trained, ...]) -> bytes:
    reading, row, column = state
    said, table = words("depth", "grid_words"), recorded()
    header = {
        "id": "depth",
        "depths": [_depth(said, hidden) for hidden in layers()],
        "dims": dims(),
        "readings": [_sent(said, each, table) for each in READINGS],
        "runs": [run._asdict() for run in runs],
        "state": {"reading": reading, "row": row, "column": column},
        "words": said,
    }
    return pack({}, header)


def _depth(said: dict[str, str], hidden: tuple[int, ...]) -> dict[str, str]:
    """Return a row's name, its name where there is little room, and its layers in full."""
    if not hidden:
        return {"name": said["none"], "short": said["none"], "layers": said["layers_none"]}
    name = said["one_layer" if len(hidden) == 1 else "layers"].format(count=len(hidden))
    short = said["one_short" if len(hidden) == 1 else "short"].format(count=len(hidden))
    encoder = "–".join(str(units) for units in hidden)
    return {"name": name, "short": short, "layers": said["units"].format(encoder=encoder)}


def _sent(said: dict[str, str], reading: Reading, table: dict[str, Any]) -> dict[str, object]:
    found = measured(reading.measure)
    return {
        "name": said[reading.name],
        "meaning": said[f"{reading.name}_meaning"].format(k=table["neighbours"]),
        "digits": reading.decimals,
        "better": reading.better,
        "mean": [[cell.mean for cell in row] for row in found],
        "half": [[cell.half for cell in row] for row in found],
    }


# ---- the state: the browser owns it while the figure is open


def _linked() -> dict[str, int]:
    """Return the reading and the cell as the link has them; nonsense is ignored."""
    names = [reading.name for reading in READINGS]
    asked = st.query_params.get("depth", names[0])
    depths = [len(hidden) for hidden in layers()]
    deep, numbers = link.rows("depth_cell", 2, max(dims()) + 1) or START
    if deep not in depths or numbers not in dims():
        deep, numbers = START
    return {
        "reading": names.index(asked) if asked in names else 0,
        "row": depths.index(deep),
        "column": dims().index(numbers),
    }


def _remember() -> None:
    """Keep what the reader committed, for this session and for the link."""
    state = committed("depth")
    reading, row, column = state.reading, state.row, state.column
    if reading is None or row is None or column is None:
        return
    if reading < len(READINGS) and row < len(layers()) and column < len(dims()):
        st.session_state["depth_state"] = {"reading": reading, "row": row, "column": column}


def _write_link(state: dict[str, int]) -> None:
    cell = (len(layers()[state["row"]]), dims()[state["column"]])
    link.write({
        "depth": READINGS[state["reading"]].name if state["reading"] else "",
        "depth_cell": link.joined([*cell]) if cell != START else "",
    })  # fmt: skip


# ---- train this cell: the same network from another seed


def _train_cell(row: int, column: int, polled: bool) -> None:
    """Offer a run of the chosen cell, say how far it is and what came of those that have ended."""
    said = words("depth", "run_words")
    seed = SEEDS + sum((run.row, run.column) == (row, column) for run in _runs())
    depth, dim = _depth(words("depth", "grid_words"), layers()[row])["name"], dims()[column]
    about = said["about_one" if dim == 1 else "about"].format(depth=depth, dim=dim)
    label = said["train"].format(about=about)
    one_run.bar("depth", label, config(row, column, seed), about, _keep)
    ended = [run for run in _runs() if (run.row, run.column) == (row, column)]
    if ended:
        st.markdown("\n".join(_finding(run) for run in ended))
        st.markdown(section("depth", "expected"))
    one_run.rest("depth", polled)


def _runs() -> list[Trained]:
    runs: list[Trained] = st.session_state.setdefault("depth_runs", [])
    return runs


def _keep(config: RunConfig, run: Run) -> None:
    """Keep what a finished run measured."""
    found = run.measures or {}
    values = tuple(found.get(reading.measure) for reading in READINGS)
    row, column = layers().index(config.hidden), dims().index(config.latent_dim)
    _runs().append(Trained(row, column, config.seed, values))


def _finding(run: Trained) -> str:
    """Return what a run measured, each value beside what the five seeds led to expect."""
    said, parts = words("depth", "run_words"), []
    for reading, value in zip(READINGS, run.values, strict=True):
        if value is None:
            continue
        cell = measured(reading.measure)[run.row][run.column]
        digits = reading.decimals
        low, high = (round(end, digits) for end in expected(cell))
        inside = low <= round(value, digits) <= high
        parts.append(said["inside" if inside else "outside"].format(
            name=said[reading.name], value=f"{value:.{digits}f}",
            low=f"{low:.{digits}f}", high=f"{high:.{digits}f}",
        ))  # fmt: skip
    return "- " + said["finding"].format(seed=run.seed, parts="; ".join(parts) or "–")

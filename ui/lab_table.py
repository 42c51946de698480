"""What the lab's runs came to: a table, the same as CSV, and a run to take away."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple

import numpy as np
import streamlit as st

from ui.lab_names import folder_name
from ui.prose import section, words
from vae_core import RunConfig
from vae_core.checkpoints import checkpoint_bytes
from vae_core.config import BUILT_IN, OWN
from vae_core.export import pytorch_source

MEASURES: Final = (  # of a run that is done, as `vae_core.regularity.Measures` names them
    "val_sse", "precision", "coverage", "mmd2", "step_mean", "step_p99", "active_units",
    "precision_fitted", "coverage_fitted", "step_own", "mutual_information", "kl_aggregate",
    "split_error", "trustworthiness", "neighbour_continuity",
)  # fmt: skip
_DECIMALS: Final = {"recon": 1, "kl": 2, "elbo": 1, "precision": 2, "coverage": 2, "mmd2": 4,
                    "step_mean": 3, "active_units": 0}  # fmt: skip
_MEASURED: Final = tuple(name for name in _DECIMALS if name in MEASURES)
_FORMULA: Final = "=+-@＝＋－＠\t\r\n"  # what makes a text a formula, in one spreadsheet or another


class Row(NamedTuple):
    """A run in the table. Losses in nats per example, over examples kept aside, of the last epoch
    known; None: not there (`val_kl`: without a KL term). measures: by name, once it is done.
    """

    name: str
    config: RunConfig
    state: str  # ready | queued | training | paused | done | stopped | diverged
    epochs_done: int
    val_recon: float | None
    val_kl: float | None
    measures: Mapping[str, float | None] | None
    data: str = ""  # content id of its images, where it is known


def lab_table(rows: Sequence[Row]) -> None:
    """Show the table, what must not be compared, what its columns mean, and offer it as CSV."""
    with st.container(key="lab_table"):
        st.html(_table(rows))
    with st.container(key="caption_lab_table"):
        elbo = section("lab_table", "definition_elbo") + " " if _columns(rows)[2] == "elbo" else ""
        unlike = remarks([row.config for row in rows], [row.data for row in rows], summed=False)
        st.markdown("  \n".join([*unlike, section("lab_table", "definitions").format(elbo=elbo)]))
    st.download_button(
        words("lab_table", "take")["csv"], lambda: table_csv(rows).encode("utf-8-sig"),
        "runs.csv", "text/csv", key="lab_csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def takeaway(
    name: str, config: RunConfig, weights: Mapping[str, np.ndarray], image_shape: Sequence[int],
    key: str, table: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Offer a network as a checkpoint and as one file of PyTorch; each is made when asked for."""
    said, stem, config = words("lab_table", "take"), file_stem(name), portable(config)
    st.download_button(
        said["weights"], lambda: checkpoint_bytes(weights, config, name=name),
        f"{stem}.safetensors", "application/octet-stream", key=f"{key}_weights",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.download_button(
        said["source"], lambda: pytorch_source(config, weights, image_shape, name, table),
        f"{stem}.py", "text/x-python", key=f"{key}_source",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def portable(config: RunConfig) -> RunConfig:
    """Return a run's settings as they may leave this machine: a folder by its name alone."""
    if config.dataset in (*BUILT_IN, OWN):
        return config
    return dataclasses.replace(config, dataset=f"./{folder_name(config.dataset)}")


def file_stem(name: str) -> str:
    """Return a file's name without its ending for a run called `name`: plain letters, importable,
    and no module's own name, which a file beside it would stand in for.
    """
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:40]
    return f"network_{plain}" if plain else "network"


def neg_elbo_of(row: Row) -> float | None:
    """Return −ELBO in nats per example, where recon + KL is one: a Gaussian density, β = 1."""
    bound = row.config.model == "vae" and row.config.likelihood == "gaussian"
    if not bound or row.config.beta != 1 or row.val_recon is None or row.val_kl is None:
        return None
    return row.val_recon + row.val_kl


def remarks(
    configs: Sequence[RunConfig], data: Sequence[str] = (), summed: bool = True
) -> list[str]:
    """Return, in words, which numbers of these runs must not be compared.

    data: content ids of their images ("": not known); `summed`: recon + β KL is among the numbers.
    """
    said = words("lab_table", "remarks")
    scales = {(c.likelihood, c.c if c.likelihood == "gaussian" else None) for c in configs}
    weights = {c.beta if c.model == "vae" else 0.0 for c in configs}
    found = {
        "data": len({config.dataset for config in configs}) > 1 or len({*data} - {""}) > 1,
        "likelihood": len(scales) > 1,
        "beta": summed and len(weights) > 1,
    }
    return [said[name] for name, differs in found.items() if differs]


def table_csv(rows: Sequence[Row]) -> str:
    """Return every setting, the state, losses and measures of each run; nothing is a formula."""
    file = io.StringIO(newline="")
    sheet = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    fields = list(RunConfig().to_dict())
    losses = ["val_recon", "val_kl", "neg_elbo"]
    sheet.writerow(["name", "state", "epochs_done", *fields, *losses, *MEASURES])
    for row in rows:
        measured = row.measures or {}
        sheet.writerow([
            _cell_text(value)
            for value in (
                row.name, row.state, row.epochs_done, *portable(row.config).to_dict().values(),
                row.val_recon, row.val_kl, neg_elbo_of(row),
                *(measured.get(name) for name in MEASURES),
            )
        ])  # fmt: skip
    return file.getvalue()


def _cell_text(value: object) -> str | float:
    """Return a value as a spreadsheet takes it: a number, or a text that is no formula."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, list):
        return " ".join(str(each) for each in value)  # with hyphens it would be taken for a date
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ")[:1] in tuple(_FORMULA) else text


# ---- the table on the page


def _table(rows: Sequence[Row]) -> str:
    said, columns = words("lab_table", "columns"), _columns(rows)
    heads = [said[column].split(" | ") for column in columns]
    told = differences([row.config for row in rows], [row.data for row in rows])
    head = "".join(
        f'<th scope="col" title="{escape(what)}">{escape(name)}<small>{unit}</small></th>'
        for name, unit, what in heads
    )
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}<small>{_state(row)}</small></th>'
        f'<td class="words">{escape(own)}</td>{_cells(row, columns)}</tr>'
        for row, own in zip(rows, told, strict=True)
    )
    title = escape(section("lab_table", "title"))
    return (
        f'<div class="measured runs" role="region" tabindex="0" aria-label="{title}"><table>'
        f"<caption>{title}</caption><thead><tr><td></td>"
        f'<th scope="col" class="words">settings that differ</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _columns(rows: Sequence[Row]) -> list[str]:
    """Return the columns there are: −ELBO only if one of the runs has one."""
    bound = any(neg_elbo_of(row) is not None for row in rows)
    return [name for name in _DECIMALS if name != "elbo" or bound]


def differences(configs: Sequence[RunConfig], data: Sequence[str] = ()) -> list[str]:
    """Return for each run, in words, its value of every setting in which the runs that have such a
    setting differ. data: content ids of their images, by which a reader's own sets are numbered.
    """
    said = words("lab_table", "fields")
    essences = [config.essence() for config in configs]
    own = [(essence, key) for essence, key in zip(essences, data, strict=False)
           if essence["dataset"] == OWN]  # fmt: skip
    keys = list(dict.fromkeys(key for _, key in own))
    for essence, key in own if len(keys) > 1 else ():
        essence["dataset"] = f"{OWN} {keys.index(key) + 1}"
    names = [
        name for name in RunConfig().to_dict()
        if len({repr(essence[name]) for essence in essences if name in essence}) > 1
    ]  # fmt: skip
    if not names:
        return [said["one" if len(configs) == 1 else "alike"]] * len(configs)
    return [
        " · ".join(
            f"{said.get(name, name)} {_setting(name, essence.get(name), said)}"
            for name in names if name in essence
        )
        for essence in essences
    ]  # fmt: skip


def _setting(name: str, value: object, said: Mapping[str, str]) -> str:
    if name == "dataset":
        return folder_name(str(value))
    if isinstance(value, list):
        return "–".join(str(each) for each in value) or said["idle"]
    if isinstance(value, float):
        return f"{value:g}"
    return said["idle"] if value is None else str(value)


def _state(row: Row) -> str:
    state = words("lab_table", "states").get(row.state, row.state)
    if row.state in ("ready", "queued"):
        return escape(state)
    return escape(f"{state} · epoch {row.epochs_done} of {row.config.epochs}")


def _cells(row: Row, columns: Sequence[str]) -> str:
    """Return the cells of a run; what is not there says why, all measures together."""
    reasons = words("lab_table", "reasons")
    values = {"recon": row.val_recon, "kl": row.val_kl, "elbo": neg_elbo_of(row)}
    cells = [
        _cell(values[column], column, reasons[_why(row, column)])
        for column in columns if column in values
    ]  # fmt: skip
    if not row.measures:
        why = escape(reasons.get(row.state, reasons["done"]))
        return "".join([*cells, f'<td class="why" colspan="{len(_MEASURED)}">– {why}</td>'])
    for name in _MEASURED:
        value = row.measures.get(name)
        cell = _cell(value, name, reasons["no_value"])
        of = f"<small>of {row.config.latent_dim}</small></td>"
        units = name == "active_units" and value is not None
        cells.append(cell.replace("</td>", of) if units else cell)
    return "".join(cells)


def _why(row: Row, column: str) -> str:
    """Return the key of the reason for which a run has no such loss."""
    config = row.config
    if row.val_recon is None:
        return "no_epoch"
    if column == "kl" or config.model != "vae":
        return "no_kl" if column == "kl" else "no_bound"
    return "score" if config.likelihood == "bernoulli" else "weighted"


def _cell(value: float | None, column: str, why: str) -> str:
    if value is None:
        return f"<td>–<small>{escape(why)}</small></td>"
    text = f"{value:.{_DECIMALS[column]}f}"
    return f"<td>{text.replace('-', '−' if float(text) else '')}</td>"

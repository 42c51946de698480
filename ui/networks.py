"""Chapter 9's graph: the networks of a real checkpoint, beside the PyTorch that computes it."""

from __future__ import annotations

import ast
import textwrap
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import streamlit as st

from ui import link
from ui.pad import first_row
from ui.page import caption, plain, source_of, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import words
from ui.shipped import Shipped, shipped
from ui.widgets import pack
from ui.widgets.networks import committed, networks
from vae_core.checkpoints import CheckpointError

MODEL: Final = "digits-vae-gaussian-c0.1"
FIELDS: Final = ("seed", "part", "unit", "back", "inside")
MOST_SEEDS: Final = 9999
PARTS: Final = (
    "x", "e1", "e2", "e3", "mu", "logvar", "std", "eps", "z", "d1", "d2", "d3", "x_hat",
    "error", "kl_mu", "kl_std", "loss",
)  # fmt: skip
OPENING: Final = (1, PARTS.index("e1"), 6, False, False)
_NETWORKS: Final = "vae_core/networks.py"
_OBJECTIVES: Final = "vae_core/objectives.py"


class Function(NamedTuple):
    """A function shown beside the graph, and which of its words compute which part of it."""

    file: str
    name: str  # "Class.method" or "function"
    spans: tuple[tuple[str, tuple[str, ...]], ...]  # (words of the source, parts they compute)


LISTING: Final = (
    Function(_NETWORKS, "Autoencoder.encode", (
        ("x: Tensor", ("x",)),
        ("for layer in self.encoder:", ("e1", "e2", "e3")),
        ("x = self.activation(layer(x))", ("e1", "e2", "e3")),
        ("mu = self.mu(x)", ("mu",)),
        ("self.logvar(x).clamp(-LOGVAR_LIMIT, LOGVAR_LIMIT)", ("logvar",)),
    )),
    Function(_NETWORKS, "Autoencoder.reparameterize", (
        ("mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape, generator=generator)", ("z",)),
        ("torch.exp(0.5 * logvar)", ("std",)),
        ("torch.randn(mu.shape, generator=generator)", ("eps",)),
    )),
    Function(_NETWORKS, "Autoencoder.decode", (
        ("first(z)", ("d1",)),
        ("for layer in layers:", ("d1", "d2", "d3")),
        ("self.activation(h)", ("d1", "d2", "d3")),
        ("h.flatten(1)", ("x_hat",)),
    )),
    Function(_OBJECTIVES, "squared_error", (("(x_hat - x).square().sum(1)", ("error",)),)),
    Function(_OBJECTIVES, "kl_to_prior", (
        ("mu.square()", ("kl_mu",)),
        ("logvar.exp() - logvar - 1", ("kl_std",)),
    )),
    Function(_OBJECTIVES, "negative_log_likelihood", (
        ("squared_error(output, x) / (2 * config.c)", ("error",)),
    )),
    Function(_OBJECTIVES, "Terms.loss", (("self.recon + beta * self.kl", ("loss",)),)),
)  # fmt: skip


def networks_figure() -> None:
    """Draw the graph and its source, and what to do with them."""
    state = st.session_state.setdefault("networks_state", _linked())
    text = link.joined([float(part) for part in state]) if state != OPENING else ""
    link.write({"net": text})
    with st.container(key="figure_networks"):
        try:
            payload = _payload(link.opened("networks", state))
        except CheckpointError as error:
            st.warning(plain(str(error)))
            return
        networks(payload, key="networks", on_change=_remember)
    caption("networks", "networks")
    try_this("networks", "try_networks")


@lru_cache(maxsize=8)
def _payload(state: tuple[Any, ...]) -> bytes:
    model = shipped(MODEL)
    data = model.data
    first = first_row(data)
    tensors = {f"model/{name}": array for name, array in halves(model.weights).items()}
    tensors["x"] = grey(data.x_train[first], data.levels)
    header = {
        "id": model.sha256[:16],
        **network_header(model.config),
        "dataset": model.config.dataset,
        "levels": data.levels,
        "shape": data.image_shape,
        "first": {"row": first, "name": data.classes[data.y_train[first]]},
        "parts": PARTS,
        "seeds": MOST_SEEDS,
        "sayings": words("networks", "sayings"),
        "names": words("networks", "names"),
        "words": words("networks", "networks_words"),
        "listing": listing(),
        "state": dict(zip(FIELDS, state, strict=True)),
    }
    return pack(tensors, header)


def listing() -> list[dict[str, object]]:
    """Return the functions as lines of {indent, pieces}, a piece being words and their parts."""
    return [
        {"file": function.file, "name": function.name, "lines": lines_of(function)}
        for function in LISTING
    ]


def lines_of(function: Function) -> list[dict[str, object]]:
    """Return a function's lines; raise `LookupError` if one of its spans is not there, or twice."""
    lines = bare_source(function.file, function.name)
    marks: list[list[tuple[int, int, tuple[str, ...]]]] = [[] for _ in lines]
    for text, parts in function.spans:
        found = [(k, line.find(text)) for k, line in enumerate(lines) if text in line]
        if len(found) != 1 or lines[found[0][0]].count(text) != 1:
            raise LookupError(f"{function.name} in {function.file} must say {text!r} once")
        [(k, start)] = found
        marks[k].append((start, start + len(text), parts))
    return [_cut(line, spans) for line, spans in zip(lines, marks, strict=True)]


def bare_source(file: str, name: str) -> list[str]:
    """Return the lines of a function or "Class.method", without decorators and docstring."""
    owner, _, method = name.rpartition(".")
    text = source_of(file, owner or method)
    body = ast.parse(text).body[0]
    if owner and isinstance(body, ast.ClassDef):
        body = next(node for node in body.body if getattr(node, "name", None) == method)
    if not isinstance(body, ast.FunctionDef):
        raise LookupError(f"{file} defines no function {name}")
    lines = text.splitlines()
    head, tail = lines[body.lineno - 1 : body.body[0].lineno - 1], body.body
    if ast.get_docstring(body) is not None:
        tail = body.body[1:]
    kept = head + lines[tail[0].lineno - 1 : body.end_lineno]
    return textwrap.dedent("\n".join(kept)).splitlines()


def _cut(line: str, spans: list[tuple[int, int, tuple[str, ...]]]) -> dict[str, object]:
    """Return a line cut where spans begin and end; a piece's own part comes before wider ones."""
    indent = len(line) - len(line.lstrip())
    edges = sorted({indent, len(line), *(edge for start, end, _ in spans for edge in (start, end))})
    narrow = sorted(spans, key=lambda span: span[1] - span[0])
    pieces = []
    for start, end in pairwise(edges):
        parts = [part for a, b, own in narrow if a <= start and end <= b for part in own]
        pieces.append({"text": line[start:end], "parts": parts})
    return {"indent": indent, "pieces": pieces}


def sizes(model: Shipped) -> dict[str, int]:
    """Return how many units each part of the graph has that has units to choose."""
    first, second, third = model.config.hidden
    d, k = model.data.x_train.shape[1], model.config.latent_dim
    return {
        "x": d, "e1": first, "e2": second, "e3": third, "mu": k, "logvar": k,
        "d1": third, "d2": second, "d3": first, "x_hat": d,
    }  # fmt: skip


def _remember() -> None:
    state, old = committed("networks"), st.session_state["networks_state"]
    found = [getattr(state, field) for field in FIELDS]
    now = tuple(before if new is None else new for new, before in zip(found, old, strict=True))
    st.session_state["networks_state"] = now if _possible(now) else old


def _linked() -> tuple[Any, ...]:
    """Return the state as the link has it; nonsense is ignored."""
    values = link.rows("net", len(FIELDS), MOST_SEEDS + 1)
    if values is None or not set(values[3:]) <= {0, 1}:
        return OPENING
    seed, part, unit, back, inside = values
    linked = (seed, part, unit, back == 1, inside == 1)
    return linked if _possible(linked) else OPENING


def _possible(state: tuple[Any, ...]) -> bool:
    """Whether the widget can show it: a part without units has unit 0 only."""
    seed, part, unit, _, _ = state
    if not (1 <= seed <= MOST_SEEDS and 0 <= part < len(PARTS)):
        return False
    return bool(0 <= unit < sizes(shipped(MODEL)).get(PARTS[part], 1))

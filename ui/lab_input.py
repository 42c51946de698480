"""An input to try on the lab's networks: a training image or the reader's own, turned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import streamlit as st

from engine.intake import intake_input
from ui import link
from ui.lab_picture import Picture, content_id
from ui.page import caption, plain
from ui.prose import section, words
from ui.widgets import pack, renewed
from ui.widgets.lab_input import TURNS, InputState, committed, lab_input
from vae_core.config import OWN
from vae_core.data import DataError, Table
from vae_core.own import Upload, shown

MOST: Final = 300  # training images to choose from: who looks for a certain one picks it on a map


class Own(NamedTuple):
    """An input the reader brought: x (d,) float32 in [0, 1], and what was done to it."""

    id: str
    x: np.ndarray
    name: str
    words: str


def lab_input_figure(pictures: Sequence[tuple[str, Picture]]) -> None:
    """Offer an input to try on the networks of these pictures (name of the run, picture)."""
    if not pictures:
        st.session_state.pop("lab_input_sent", None)
        return
    saved: InputState = st.session_state.setdefault("lab_input_state", _linked())
    row = str(saved.row) if saved.source == "row" else ""
    link.write({"input": row, "turn": saved.turn if row and saved.turn != "as_is" else ""})
    sets = data_sets([picture for _, picture in pictures])
    with st.container(key="figure_lab_input"):
        panel = st.container()
        picture = sets[_chosen_set(list(sets)) if saved.source != "off" else next(reversed(sets))]
        own = _brought(picture.images) if saved.source == "own" else None
        with panel:
            lab_input(_payload(picture, own, saved), key="lab_input", on_change=_remember)
    caption("lab_input", "caption")


def data_sets(pictures: Sequence[Picture]) -> dict[str, Picture]:
    """Return a picture per data set, by a name that a link can say: "digits-8x8"; a reader may have
    several of their own, then "own-1x4", "own.2-1x4".
    """
    found: dict[str, Picture] = {}
    for picture in {picture.data: picture for picture in pictures}.values():
        rows, columns = picture.images["image_shape"]
        stem, end, number = Path(picture.config.dataset).name, f"-{rows}x{columns}", 2
        name = stem + end
        while name in found:
            name, number = f"{stem}.{number}{end}", number + 1
        found[name] = picture
    return found


def _chosen_set(names: list[str]) -> str:
    """Let the reader choose the data set if there are several; the newest run's at first."""
    newest = names[-1]
    asked = st.session_state.get("lab_input_set", st.query_params.get("input_data"))
    chosen = asked if asked in names else newest
    if len(names) > 1:
        st.session_state["lab_input_set"] = chosen
        st.radio(
            section("lab_input", "of"), names, key="lab_input_set", horizontal=True,
            format_func=_set_words,
        )  # fmt: skip
    link.write({"input_data": "" if chosen == newest else chosen})
    return chosen


def _set_words(name: str) -> str:
    data, _, shape = name.rpartition("-")
    name, _, number = data.partition(".")
    called = section("lab_input", "own_set") if name == OWN else plain(data)
    called += f" {number}" if name == OWN and number else ""
    return f"{called}, {shape.replace('x', ' × ')}"


def input_payload(
    dataset: str, images: Mapping[str, Any], own: Own | None, state: InputState, payload_id: str
) -> bytes:
    """Return the payload of `lab_input`: the first `MOST` images, and the reader's own input."""
    tensors = {"x": images["x"][:MOST], "y": images["y"][:MOST]}
    if own:
        tensors["own"] = own.x
    header = {
        "id": payload_id,
        "dataset": dataset,
        "data": content_id(images),
        "levels": images["levels"],
        "shape": images["image_shape"],
        "classes": images["classes"],
        "table": images["table"],
        "own": own and {"id": own.id, "name": own.name, "words": own.words},
        "state": state._asdict(),
        "words": words("lab_input", "words"),
    }
    return pack(tensors, header)


def _payload(picture: Picture, own: Own | None, saved: InputState) -> bytes:
    """Return the payload, made anew only for other images; kept in the session, for the images
    may be the reader's own.
    """
    images, state = picture.images, link.opened("lab_input", saved)
    about = (picture.config.dataset, images["image_shape"], images["classes"], images["table"])
    digest = hashlib.sha256(repr((about, own and own.id)).encode())
    for name in ("x", "y"):
        digest.update(images[name][:MOST].tobytes())
    key = (digest.hexdigest()[:16], state)
    kept = st.session_state.get("lab_input_sent")
    if kept is None or kept[0] != key:
        content = input_payload(picture.config.dataset, images, own, state, key[0])
        kept = st.session_state["lab_input_sent"] = (key, content)
    made: bytes = kept[1]
    return made


def _brought(images: Mapping[str, Any]) -> Own | None:
    """Return the reader's own input as such networks take it, or None after a word why not."""
    label, more = section("lab_input", "upload"), section("lab_input", "upload_help")
    file = st.file_uploader(label, key="lab_input_file", help=more)
    if file is None:
        st.session_state.pop("lab_input_read", None)
        return None
    shape, table = tuple(images["image_shape"]), images["table"]
    key = (file.file_id, shape, repr(table))
    read = st.session_state.get("lab_input_read")
    if read is None or read[0] != key:  # once per file and kind of network, not per rerun
        read = (key, _read(Upload(file.name, file.getvalue()), shape, table))
        st.session_state["lab_input_read"] = read
    found: Own | str = read[1]
    if isinstance(found, str):
        st.warning(f"{plain(found.rstrip('.'))}.")
        return None
    return found


def _read(upload: Upload, shape: tuple[int, int], table: Mapping[str, Any] | None) -> Own | str:
    """Return the input, or one sentence why it cannot be used."""
    columns = table and Table(tuple(table["names"]), tuple(table["low"]), tuple(table["high"]))
    try:
        x, done = intake_input(upload, shape, columns or None)
    except DataError as error:
        return str(error)
    digest = hashlib.sha256(x.tobytes()).hexdigest()
    return Own(digest[:16], x, shown(upload.name), done)


def _remember() -> None:
    found = committed("lab_input")
    old: InputState = st.session_state["lab_input_state"]
    st.session_state["lab_input_state"] = renewed(old, found, lambda state: state.row < MOST)


def _linked() -> InputState:
    """Return what the link puts in; nonsense counts as not there, the reader's own is not in it."""
    row, turn = link.row("input", MOST), st.query_params.get("turn", "")
    source = "off" if row is None else "row"
    return InputState(source, row or 0, turn if turn in TURNS else "as_is")

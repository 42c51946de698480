"""The reader's own data: uploaded, read in a child process, kept in this session only."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import streamlit as st

from engine.intake import intake
from ui.figures.intake_preview import images_preview, table_preview
from ui.page import plain
from ui.prose import section, words
from vae_core.data import DataError, Dataset
from vae_core.own import MAX_BYTES, SIDES, Choices, Intake, Upload

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_WIDGETS: Final = ("side", "labels", "columns", "array")  # a choice each, keyed own_side, …


@dataclasses.dataclass(frozen=True, eq=False)
class OwnData:
    """What a reader brought and how it was read."""

    intake: Intake
    asked: Choices | None  # what the reader chose; `intake.choices` is what was used
    sha256: str  # of the files and the choices
    name: str  # of the files; a reader's text: show it through `plain`
    files: tuple[str, ...]  # Streamlit's ids of the uploads it was read from
    preview: str  # HTML


class _Tried(NamedTuple):
    """The last files and choices that were read, and why that failed; "" if it did not."""

    files: tuple[str, ...]
    asked: Choices | None
    problem: str


def own_dataset() -> Dataset | None:
    """Return the session's own data, if there are any."""
    data: OwnData | None = st.session_state.get("own_data")
    return data.intake.dataset if data else None


def own_link_words() -> str:
    """Say, in plain text, why there are no own data here, also for who followed a link to some."""
    return section("own_data", "link")


def own_data_panel() -> None:
    """Take files, show what becomes of them, offer how else they could be read.

    What cannot be used is told in one sentence; the data before it stay in use.
    """
    with st.container(key="own_data_panel"):
        files = st.file_uploader(
            section("own_data", "upload"), accept_multiple_files=True,
            key=f"own_files_{st.session_state.get('own_round', 0)}",
            help=section("own_data", "help"),
        )  # fmt: skip
        problem = _take(files)
        data: OwnData | None = st.session_state.get("own_data")
        if problem:
            kept = section("own_data", "kept") if data else ""
            st.warning(f"{plain(problem.rstrip('.'))}. {kept}".strip())
        if data is None:
            st.markdown(f":gray[{section('own_data', 'promise')}]")
            return
        _show(data)
        if data.files == _ids(files):
            _choices(data.intake)
        else:
            st.markdown(f":gray[{section('own_data', 'fixed')}]")
        st.button(section("own_data", "remove"), key="own_remove", on_click=_remove)


def _take(files: Sequence[UploadedFile]) -> str:
    """Read the files if they, or what the reader chose, are new; return what was wrong last."""
    ids = _ids(files)
    tried: _Tried | None = st.session_state.get("own_tried")
    if not ids:  # also after a visit to another page: what was read stays
        return ""
    if tried is None or tried.files != ids:
        st.session_state["own_asked"] = None
    asked: Choices | None = st.session_state.get("own_asked")
    if tried is not None and (tried.files, tried.asked) == (ids, asked):
        return tried.problem
    with st.spinner(section("own_data", "reading")):
        found = _read(files, asked, ids)
    problem = found if isinstance(found, str) else ""
    st.session_state["own_tried"] = _Tried(ids, asked, problem)
    if not isinstance(found, str):
        st.session_state["own_data"] = found
        st.rerun()  # what stands above the panel depends on the data
    return problem


def _read(
    files: Sequence[UploadedFile], asked: Choices | None, ids: tuple[str, ...]
) -> OwnData | str:
    if sum(file.size for file in files) > MAX_BYTES:  # before anything is copied
        return section("own_data", "too_much")
    return read_own([Upload(file.name, file.getvalue()) for file in files], asked, ids)


def read_own(
    uploads: Sequence[Upload], asked: Choices | None, ids: tuple[str, ...]
) -> OwnData | str:
    """Return the data as read in the child, or one sentence why they cannot be used."""
    try:
        found = intake(uploads, asked)
    except DataError as error:
        return str(error)
    digest = hashlib.sha256(repr((found.choices, [name for name, _ in uploads])).encode())
    for _, content in uploads:
        digest.update(hashlib.sha256(content).digest())
    name = uploads[0].name if len(uploads) == 1 else f"{len(uploads)} files"
    return OwnData(found, asked, digest.hexdigest(), name, ids, preview_of(found))


def preview_of(found: Intake) -> str:
    """Return the first examples as HTML: as sent and as the networks get them."""
    said, data = words("own_data", "preview"), found.dataset
    if data.table:
        names = [said[name] for name in ("rows", "more", "low", "high")]
        return table_preview(found.after, data.table, names)
    names = [said["before"], said["after"]]
    return images_preview(found.before, found.after, data.image_shape, names)


def facts_of(found: Intake) -> str:
    """Say in Markdown how many examples there are, of what size, and how they are split."""
    said, data = words("own_data", "facts"), found.dataset
    rows, columns = data.image_shape
    if data.table:
        facts = [said["table"].format(n=_count(found.n), d=columns)]
    else:
        facts = [said["images"].format(n=_count(found.n), rows=rows, columns=columns)]
        if found.sizes and (smallest := found.sizes[0]) and (largest := found.sizes[-1]):
            sizes = [f"{width} × {height}" for width, height in dict.fromkeys((smallest, largest))]
            if sizes != [f"{columns} × {rows}"]:
                facts.append(said["sizes"].format(sizes=" to ".join(sizes)))
    many = len(data.classes)
    facts.append(said["classes"].format(n=many) if many > 1 else said["no_classes"])
    train, kept = _count(len(data.x_train)), _count(len(data.x_val))
    return " · ".join([*facts, said["split"].format(train=train, kept=kept)])


def _show(data: OwnData) -> None:
    found = data.intake
    st.markdown(f"**{plain(data.name)}**: {facts_of(found)}")
    st.html(data.preview)
    if not found.dataset.table:
        with st.container(key="caption_own_data"):
            st.markdown(section("own_data", "printed"))
    if found.left_out:
        st.markdown("\n".join(f"- :gray[{plain(sentence)}]" for sentence in found.left_out))


def _choices(found: Intake) -> None:
    """Offer the other ways to read the same files, as widgets that show how they were read."""
    said, used = words("own_data", "choices"), found.choices
    for name in _WIDGETS:
        st.session_state[f"own_{name}"] = getattr(used, name)
    st.session_state["own_labels"] = used.labels or ""
    with st.container(key="own_choices", horizontal=True, gap="medium"):
        if found.kind == "images":
            st.selectbox(said["side"], SIDES, key="own_side", on_change=_choose, args=("side",),
                         format_func=lambda side: f"{side} × {side}", width=190)  # fmt: skip
        if len(found.possible_arrays) > 1:
            shapes = dict(found.possible_arrays)
            st.selectbox(
                said["array"], list(shapes), key="own_array", on_change=_choose, args=("array",),
                format_func=lambda name: f"{name}: {' × '.join(map(str, shapes[name]))}", width=240,
            )  # fmt: skip
        if found.possible_labels:
            st.selectbox(
                said["labels"], ["", *found.possible_labels], key="own_labels",
                on_change=_choose, args=("labels",), width=240,
                format_func=lambda name: _label_words(found.kind, name),
            )  # fmt: skip
    if found.kind == "table":
        st.session_state["own_columns"] = list(used.columns or found.possible_columns)
        with st.form("own_columns_form", border=False):  # read again once, not per column
            st.multiselect(said["columns"], found.possible_columns, key="own_columns")
            st.form_submit_button(
                said["use"], key="own_use", on_click=_choose, args=("columns",)
            )  # fmt: skip


def _label_words(kind: str, name: str) -> str:
    said = words("own_data", "choices")
    if not name:
        return said["none"]
    return said[name] if kind == "images" and name in ("folder", "name") else name


def _choose(changed: str) -> None:
    """Ask for another way to read the files; what hangs on the changed choice is made anew."""
    if "own_data" not in st.session_state:  # removed by the click before
        return
    asked: Choices = st.session_state["own_data"].asked or Choices()  # a refused choice is none
    value: Any = st.session_state[f"own_{changed}"]
    if changed == "columns":
        value = tuple(value) or None  # none at all: every one
    elif changed == "labels" and asked.columns:
        asked = dataclasses.replace(asked, columns=tuple(c for c in asked.columns if c != value))
    elif changed == "array":
        asked = dataclasses.replace(asked, labels=None)
    st.session_state["own_asked"] = dataclasses.replace(asked, **{changed: value})


def _remove() -> None:
    """Forget the data, and empty the uploader: under another key it is a new one."""
    st.session_state["own_round"] = st.session_state.get("own_round", 0) + 1
    for key in ("own_data", "own_tried", "own_asked"):
        st.session_state.pop(key, None)


def _ids(files: Sequence[UploadedFile]) -> tuple[str, ...]:
    return tuple(file.file_id for file in files)


def _count(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")

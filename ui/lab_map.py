"""The maps of the lab: one component per run, so that a new keyframe of one resends no other.

The probe and the picked image are shared and stand in the link as `u` and `picked`; which plane of
more than two numbers a map shows is its own (`axes1`, `hold1`, … of the slots 0, …).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.kept import Kept
from ui.lab_names import settings_line
from ui.lab_picture import Picture
from ui.payloads import GLYPHS, halves, network_header
from ui.prose import words
from ui.widgets import pack
from ui.widgets.lab_map import MOST_NUMBERS, Hold, committed, lab_map
from vae_core.config import OWN

CLOUDS: Final = 20  # images whose q(z given x) is drawn
COLUMNS: Final = 8  # of a table, whose values are shown
LIVE_BYTES: Final = 300_000  # beyond this, a network that trains is sent in eight bits a weight
_PAYLOADS: Final = Kept[bytes](128 * 2**20, len)  # of all sessions together
_ROWS: Final = 2000  # images shown at most
_FAR: Final = 1e4  # standard deviations of the codes


def lab_map_figure(slot: int, name: str, note: str, picture: Picture) -> None:
    """Draw the map of one network under its settings and `note`, its state in words.

    `name` (plain text, as `note` is) goes to the screen reader and into saved figures; `slot`
    tells the maps of a session apart.
    """
    line = settings_line(picture.config)
    said = "".join(f'<span title="{escape(part)}">{escape(part)}</span>' for part in (line, note))
    st.html(f'<div class="lab-head">{said}</div>')
    key = f"lab_map_{slot}"
    saved = _saved(slot, picture)
    opened = link.opened(key, saved, picture.config.latent_dim)
    picked = st.session_state.get("lab_picked")
    row = picked[0] if picked and picture.live else None  # done: every row is there
    key_of = (picture.id, picture.live, name, line, slot, opened, row)
    state = dict(zip(("u", "picked", "data", "axes", "hold"), opened, strict=True))

    def payload() -> bytes:
        return lab_payload(picture, name, line, slot, state, row)

    made = _kept_here(slot, key_of, payload) if picture.config.dataset == OWN else (
        _PAYLOADS.get(key_of, payload)
    )  # fmt: skip
    lab_map(made, key=key, on_change=lambda: _remember(slot))


def _kept_here(slot: int, key: tuple[Any, ...], payload: Callable[[], bytes]) -> bytes:
    """Own data never leave their session: nor does what is made of them."""
    kept = st.session_state.get(f"lab_payload_{slot}")
    if kept is None or kept[0] != key:
        kept = st.session_state[f"lab_payload_{slot}"] = (key, payload())
    made: bytes = kept[1]
    return made


def forget(slot: int) -> None:
    """Drop what the reader did to the map in `slot`, whose run is gone; the link too."""
    for part in ("axes", "hold"):
        st.session_state.pop(f"lab_{part}_{slot}", None)
    link.write({f"axes{slot + 1}": "", f"hold{slot + 1}": ""})
    for key in (f"lab_map_{slot}_opened", f"lab_payload_{slot}"):
        st.session_state.pop(key, None)


# ---- what is sent


def lab_payload(
    picture: Picture, name: str, line: str, slot: int, state: Mapping[str, object],
    row: int | None = None,
) -> bytes:  # fmt: skip
    """Return the payload of `lab_map`; while a network trains, q(z given x) of `row` goes along.

    A live network too large for `LIVE_BYTES` is sent as its decoder in eight bits per weight.
    """
    config, images = picture.config, picture.images
    n = len(picture.mu)
    shown = np.arange(min(CLOUDS, n)) * n // CLOUDS
    rows = np.arange(n)
    if picture.live:
        rows = np.unique([*shown, *([row] if row is not None and row < n else [])])
    small = picture.live and np.abs(picture.mu).max() <= np.finfo(np.float16).max
    width = np.float16 if small else np.float32
    tensors = {"mu": picture.mu.astype(width), "std": picture.std[rows].astype(width)}
    tensors |= {"y": images["y"].astype(np.uint8), "std_rows": rows.astype(np.int32)}
    if picture.losses is not None:
        tensors["losses"] = picture.losses.astype(np.float32)
    if picture.all_mu is not None and picture.all_y is not None:
        tensors |= {"all_mu": picture.all_mu, "all_y": picture.all_y}
    weights = {f"model/{key}": array for key, array in halves(picture.weights).items()}
    heavy = sum(array.nbytes for array in (tensors | weights).values()) > LIVE_BYTES
    coarse = picture.live and heavy
    tensors |= eight_bits(picture.weights) if coarse else weights
    own = {"id": picture.id, "name": name, "line": line, "slot": slot, "state": state}
    facts: dict[str, Any] = {
        "live": picture.live,
        "aside": picture.aside,
        "coarse": coarse,
        "shown": shown if config.model == "vae" else [],
    }
    return pack(tensors, {**_described(picture), **own, **facts})


def _described(picture: Picture) -> dict[str, Any]:
    """Return what the header says of a network and its images."""
    config, images = picture.config, picture.images
    return {
        **network_header(config),
        "data": picture.data,
        "shape": images["image_shape"],
        "classes": images["classes"],
        "glyphs": GLYPHS.get(config.dataset),
        "table": _first_columns(images.get("table")),
        "prior": config.model == "vae" and config.beta > 0,
        "words": words("lab_map", "figure"),
    }


def eight_bits(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the decoder, a byte per weight: (byte - 128) times its row's scale; biases stay."""
    tensors: dict[str, np.ndarray] = {}
    for name, array in weights.items():
        if not name.startswith("decoder."):
            continue
        if array.ndim < 2:
            tensors[f"model/{name}"] = array
            continue
        rows = array.reshape(len(array), -1)
        scale = np.maximum(np.abs(rows).max(1), 1e-12).astype(np.float32) / 127
        steps = np.rint(np.nan_to_num(rows / scale[:, None])) + 128
        tensors[f"model/{name}"] = np.clip(steps, 0, 255).astype(np.uint8).reshape(array.shape)
        tensors[f"scale/{name}"] = scale
    return tensors


def _first_columns(table: Mapping[str, Any] | None) -> dict[str, list[Any]] | None:
    if table is None:
        return None
    return {part: list(table[part])[:COLUMNS] for part in ("names", "low", "high")}


# ---- what the reader did


def _saved(slot: int, picture: Picture) -> tuple[Any, ...]:
    """Return (u, picked, data, axes, hold) as committed, else as linked; and write the link."""
    session = st.session_state
    u = session.setdefault("lab_u", tuple(link.numbers("u", 2, bound=_FAR) or (0.0, 0.0)))
    if "lab_picked" not in session:
        row = link.row("picked", _ROWS)
        session["lab_picked"] = None if row is None else (row, "")
    picked = session["lab_picked"]
    if picked and not picked[1] and picked[0] < len(picture.mu):  # the first map the link fits
        picked = session["lab_picked"] = (picked[0], picture.data)
    k = picture.config.latent_dim
    axes = session.setdefault(f"lab_axes_{slot}", _linked_axes(slot))
    hold = session.setdefault(f"lab_hold_{slot}", _linked_hold(slot))
    if k < 3 or (axes and max(axes) >= k):
        axes = None
    if k < 3 or (isinstance(hold, tuple) and len(hold) != k):
        hold = None
    _write_link(slot, u, picked, axes, hold)
    row, data = picked or (None, "")
    return u, row, data, axes, hold


def _remember(slot: int) -> None:
    state = committed(f"lab_map_{slot}")
    session = st.session_state
    session["lab_u"] = state.u or session["lab_u"]
    session["lab_picked"] = None if state.picked is None else (state.picked, state.data)
    session[f"lab_axes_{slot}"], session[f"lab_hold_{slot}"] = state.axes, state.hold


def _write_link(
    slot: int, u: tuple[float, float], picked: tuple[int, str] | None,
    axes: tuple[int, int] | None, hold: Hold,
) -> None:  # fmt: skip
    held = hold if isinstance(hold, str) else link.joined(list(_numbers_of(hold)))
    link.write({
        "u": link.joined(list(u)) if any(u) else "",
        "picked": str(picked[0]) if picked else "",
        f"axes{slot + 1}": f"{axes[0] + 1},{axes[1] + 1}" if axes else "",
        f"hold{slot + 1}": held,
    })  # fmt: skip


def _numbers_of(hold: int | tuple[float, ...] | None) -> tuple[float, ...]:
    if hold is None:
        return ()
    return hold if isinstance(hold, tuple) else (hold,)


def _linked_axes(slot: int) -> tuple[int, int] | None:
    """Return the two numbers a link names, counted from 1 there; nonsense is ignored."""
    found = link.rows(f"axes{slot + 1}", 2, MOST_NUMBERS + 1)
    return (found[0] - 1, found[1] - 1) if found and min(found) and found[0] != found[1] else None


def _linked_hold(slot: int) -> Hold:
    key = f"hold{slot + 1}"
    text = st.query_params.get(key, "")
    if text == "mean":
        return "mean"
    count = text.count(",") + 1
    if 2 < count <= MOST_NUMBERS:
        return tuple(link.numbers(key, count) or ()) or None
    return link.row(key, _ROWS)

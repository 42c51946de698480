"""Canvas widgets: what they are sent, and how their files become one component.

A widget is a folder: a typed `__init__.py` beside one `.html`, `.css` and `.js` file of its own
name, more `.js` files if it needs them. Streamlit turns a component's JavaScript into one module
that cannot import anything, so `register` joins the shared files a widget names, the folder's
other files and last the file that ends in `export default mount(…)`.

Everything a widget draws arrives as **one** bytes object made by `pack` (a dict holding bytes
would be serialised five times slower). What the reader does comes back as one state value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from safetensors.numpy import save
from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent
_State = TypeVar("_State", bound=NamedTuple)
_KEPT = (np.dtype("f2"), np.dtype("f4"), np.dtype("u1"), np.dtype("i4"))  # read by payload.js


def pack(tensors: Mapping[str, NDArray[np.generic]], header: Mapping[str, object]) -> bytes:
    """One safetensors file: tensors by name, and `header` as JSON under the metadata key "header".

    float64 becomes float32, other integers int32, booleans uint8; float16 stays (it is read back
    as the same numbers). Raises ValueError for a header JSON cannot say, NaN and inf included.
    """
    portable = {name: _portable(name, array) for name, array in tensors.items()}
    words = json.dumps(header, allow_nan=False, ensure_ascii=False, default=_plain)
    return save(portable, metadata={"header": words})


def noop() -> None:
    """The default callback: a widget whose page only reads the returned state."""


def register(name: str, *shared: str) -> ComponentRenderer:
    """The component made of `shared/<part>.*` for every part named, then of the folder `name`."""
    folder = _HERE / name
    parts = [_HERE / "shared" / part for part in shared]
    others = sorted(path for path in folder.glob("*.js") if path.stem != name)
    scripts = [part.with_suffix(".js") for part in parts] + others + [folder / f"{name}.js"]
    styles = [part.with_suffix(".css") for part in parts] + [folder / f"{name}.css"]
    return st.components.v2.component(
        f"between_the_points_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=_joined(styles),
        js=_joined(scripts),
    )


def state_of(key: str) -> Mapping[str, object]:
    """What the widget `key` last committed, by name; nothing where that is nonsense."""
    value = st.session_state[key].get("state")
    return value if isinstance(value, Mapping) else {}


def whole(value: object) -> int | None:
    """`value` if it is a whole number ≥ 0; what arrives from a browser may be anything."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def number(value: object) -> float | None:
    """`value` as a float if it is a finite number of sane size, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) < 1e6 else None


def point(value: object) -> tuple[float, float] | None:
    """`value` as (x, y) if it is a list of two finite numbers, else None."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    x, y = number(value[0]), number(value[1])
    return None if x is None or y is None else (x, y)


def floats(value: object, count: int) -> tuple[float, ...] | None:
    """`value` as a tuple of numbers if it is a list of `count` finite ones, else None."""
    if not isinstance(value, list | tuple) or len(value) != count:
        return None
    found = [number(each) for each in value]
    return None if None in found else tuple(each for each in found if each is not None)


def renewed(old: _State, found: Mapping[str, object], possible: Callable[[_State], bool]) -> _State:
    """`old` with what was found (None: nothing came), or `old` itself if that is not possible."""
    now = old._replace(**{name: value for name, value in found.items() if value is not None})
    return now if possible(now) else old


def _joined(paths: list[Path]) -> str:
    """The files in a row, without the lines that only comment: all of it goes with new data."""
    texts = [path.read_text(encoding="utf-8") for path in paths if path.exists()]
    lines = [line for text in texts for line in text.splitlines()]
    return "\n".join(line for line in lines if not _only_comments(line.strip()))


def _only_comments(line: str) -> bool:
    return line.startswith("//") or (line.startswith("/*") and line.endswith("*/"))


def _portable(name: str, array: NDArray[np.generic]) -> NDArray[np.generic]:
    """`array`, contiguous, in one of the four types the browser reads."""
    if array.dtype in _KEPT:
        return np.ascontiguousarray(array)
    if array.dtype.kind == "f":
        return np.ascontiguousarray(array, dtype=np.float32)
    if array.dtype.kind == "b":
        return np.ascontiguousarray(array, dtype=np.uint8)
    if array.dtype.kind in "iu":
        return np.ascontiguousarray(array, dtype=np.int32)
    raise ValueError(f"tensor {name!r} has dtype {array.dtype}: a widget reads numbers only")


def _plain(value: object) -> object:
    """numpy values inside a header, as JSON knows them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise ValueError(f"a header cannot hold {type(value).__name__}")

"""The lab's settings: every field of a run, explained in a line, with what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from ui.own_data import own_dataset, own_link_words
from ui.page import plain
from ui.prose import section, words
from ui.settings import MODEL_NAMES, config_of, datasets, read_link, spelled, write_link
from vae_core import DataError, RunConfig, idx
from vae_core.config import (
    ACTIVATIONS,
    ARCHITECTURES,
    BUILT_IN,
    FLOATS,
    INTS,
    LIKELIHOODS,
    MODELS,
    MOST_BATCH,
    OPTIMIZERS,
    OWN,
    SCHEDULES,
    ConfigError,
    defaults_for,
)
from vae_core.cost import check_images, weights_in, work
from vae_core.data import data_home

DEFAULTS: Final[dict[str, Any]] = {  # None: what suits the data set, the model and the network
    "dataset": "digits",
    "model": "vae",
    "architecture": "dense",
    "hidden": None,
    "activation": None,
    "latent_dim": 2,
    "likelihood": None,
    "beta": 1.0,
    "c": None,
    "warmup": 0,
    "optimizer": "adam",
    "lr": None,
    "schedule": None,
    "batch_size": None,
    "epochs": None,
    "seed": 0,
}
_GROUPS: Final = {
    "images": ("dataset",),
    "network": ("model", "architecture", "hidden", "activation", "latent_dim"),
    "objective": ("likelihood", "beta", "c", "warmup"),
    "training": ("optimizer", "lr", "schedule", "batch_size", "epochs", "seed"),
}
_CHOICES: Final = {
    "model": MODELS, "architecture": ARCHITECTURES, "activation": ACTIVATIONS,
    "likelihood": LIKELIHOODS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES,
}  # fmt: skip
_RANGES: Final = {
    **{name: (float(low), float(high)) for name, low, high in FLOATS},
    **{name: (low, high) for name, low, high in INTS},
    "batch_size": (1, MOST_BATCH),
}
_NO_LINEAR: Final = ("architecture", "hidden", "activation", "likelihood", "batch_size")
_Size = tuple[int, tuple[int, int]]  # training examples, and their sides
_KNOWN: Final[dict[str, _Size]] = {"digits": (1500, (8, 8)), "shapes": (2000, (28, 28))}
_OWN_STEPS: Final = 1500  # at least, for a reader's own data: few images need many epochs
_REFERENCE: Final = RunConfig()  # the run that costs 1


def lab_datasets() -> list[str]:
    """Return what can be chosen: built-in sets, folders in `VAE_DATA`, the reader's own data."""
    return list(dict.fromkeys([*BUILT_IN, *datasets(), OWN]))


def lab_controls() -> tuple[RunConfig | None, list[str]]:
    """Show every setting; return the run they describe, or None, and what there is to complain of,
    as Markdown.
    """
    values, problems = _settings()
    chosen = _chosen(values)
    if chosen != values:
        problems = []
        st.session_state["lab_settings"], st.session_state["lab_problems"] = chosen, problems
    size, complaints = None, []
    try:
        config = config_of(_usable(chosen), lab_datasets())
        if size := _extent(config):
            check_images(config, size[1])
    except ConfigError as error:  # of fields that do not go together, or of text that is no width
        config, complaints = None, [plain(_told(error))]
    _show(chosen, config, size)
    if problems:
        complaints += ["This link was not followed in every point.\n\n- " + "\n- ".join(problems)]
    write_link(chosen, DEFAULTS)
    if config is not None and config.dataset == OWN and own_dataset() is None:
        return None, [*complaints, plain(own_link_words())]
    return config, complaints


def _told(error: Exception) -> str:
    """Return a complaint with the field's name as the page has it."""
    key, colon, rest = str(error).partition(":")
    return (
        f"{section('lab_settings', f'{key}_label')}{colon}{rest}" if key in DEFAULTS else str(error)
    )


def extent(config: RunConfig) -> _Size | None:
    """Return how many training images a run has and their sides; None if that is not known."""
    if config.dataset in _KNOWN:
        return _KNOWN[config.dataset]
    if config.dataset == OWN:
        data = own_dataset()
        return (len(data.x_train), data.image_shape) if data else None
    folder = data_home() / config.dataset
    for part in ("train", "t10k"):
        path = idx.find(folder, part, "images")
        if path:
            n, rows, columns = idx.sizes(path, idx.IMAGES)
            whole = part == "train" and idx.find(folder, "t10k", "images")
            return (n if whole else n - n // 10), (rows, columns)
    return (60000, (28, 28)) if config.dataset in BUILT_IN else None


def _settings() -> tuple[dict[str, Any], list[str]]:
    """Return the session's settings and what was wrong with its link."""
    if "lab_settings" not in st.session_state:
        values, problems = read_link(st.query_params, DEFAULTS, lab_datasets())
        st.session_state["lab_settings"], st.session_state["lab_problems"] = values, problems
    return st.session_state["lab_settings"], st.session_state["lab_problems"]


def take(config: RunConfig) -> None:
    """Make a run's settings those of the page; for callbacks."""
    name = config.dataset
    values = {key: getattr(config, key) for key in DEFAULTS}
    values["dataset"] = name if name in (*BUILT_IN, OWN) else name.rpartition("/")[2]
    st.session_state["lab_settings"] = _without_defaults(values)
    st.session_state["lab_problems"] = []
    st.session_state.pop("lab_shown", None)  # the widgets take the new values on the next run


def _chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as the widgets have them now: only what the reader moved is taken."""
    shown = st.session_state.get("lab_shown", {})
    moved = {
        key: _read(key, st.session_state[key])
        for key, was in shown.items()
        if key in st.session_state and st.session_state[key] != was
    }
    chosen = {**values, **moved}
    if chosen["dataset"] not in lab_datasets():  # the folder went away meanwhile
        chosen["dataset"] = DEFAULTS["dataset"]
    if chosen["model"] == "linear":  # it has none of these, whatever another model had
        chosen |= {key: DEFAULTS[key] for key in _NO_LINEAR}
    if moved.keys() & {"architecture", "model"}:
        chosen["hidden"] = moved.get("hidden")
    return _without_defaults(chosen)


def _read(key: str, value: Any) -> Any:
    """Return a widget's value as a setting; widths are typed as text."""
    if key != "hidden" or value is None:
        return value
    parts = str(value).strip(" ()[]").replace("-", ",").split(",")
    usable = all(part.strip().isdecimal() and len(part.strip()) < 6 for part in parts)
    return tuple(int(part) for part in parts) if usable else str(value)[:80]


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with None where a setting is what suits the data set anyway."""
    suits = _suiting(values)
    idle = {key for key in DEFAULTS if DEFAULTS[key] is None and values[key] == suits.get(key)}
    return {key: None if key in idle else value for key, value in values.items()}


def _suiting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what suits the data, the model and the network, own data by how much there is."""
    found = {"c": 0.1, **defaults_for(values["dataset"], values["model"], values["architecture"])}
    data = own_dataset() if values["dataset"] == OWN else None
    if data is not None and values["model"] != "linear":
        steps = math.ceil(len(data.x_train) / found["batch_size"])
        found["epochs"] = min(max(found["epochs"], math.ceil(_OWN_STEPS / steps)), 400)
        if data.table:  # columns of numbers are no shares of ink, and few need no wide layers
            found |= {"likelihood": "gaussian", "c": 0.01, "hidden": (32, 16), "activation": "elu"}
    return found


def _usable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with what suits in the place of None."""
    suits = _suiting(values)
    return {key: suits.get(key) if value is None else value for key, value in values.items()}


def _show(values: Mapping[str, Any], config: RunConfig | None, size: _Size | None) -> None:
    shown = _usable(values)
    shown["hidden"] = spelled(shown["hidden"]).replace("-", ", ")
    for key, value in shown.items():  # every time: a field that was hidden forgets what it showed
        st.session_state[key] = value
    st.session_state["lab_shown"] = shown
    with st.container(key="lab_settings_box"):
        for group, keys in _GROUPS.items():
            with st.container(key=f"lab_group_{group}", gap="small"):
                st.markdown(f"**{section('lab_settings', group)}**")
                for key in keys:
                    if _applies(key, values):
                        _field(key, config, size)
                if group == "images" and config and size:
                    _data_words(config, size)


def _applies(key: str, values: Mapping[str, Any]) -> bool:
    if values["model"] == "linear" and key in _NO_LINEAR:
        return False
    if key in ("beta", "warmup"):
        return bool(values["model"] == "vae")
    return key != "c" or _usable(values)["likelihood"] == "gaussian"


def _field(key: str, config: RunConfig | None, size: _Size | None) -> None:
    label, names = section("lab_settings", f"{key}_label"), words("lab_settings", "names")
    if key == "dataset":
        st.selectbox(label, lab_datasets(), key=key, format_func=lambda name: names.get(name, name))
    elif key == "hidden":
        st.text_input(label, key=key, max_chars=80)
    elif key in _CHOICES:
        st.selectbox(
            label, _CHOICES[key], key=key,
            format_func=lambda name: MODEL_NAMES.get(name) or names.get(name, name),
        )  # fmt: skip
    else:
        low, high = _RANGES[key]
        step = 0.1 if isinstance(low, float) else 1
        st.number_input(
            label, low, high, value=None, step=step, key=key,
            format="%g" if isinstance(low, float) else "%d",
        )  # fmt: skip
    about = "hidden_conv" if key == "hidden" and config and config.architecture == "conv" else key
    st.markdown(f":gray[{section('lab_settings', about)}{effect(key, config, size)}]")


def effect(key: str, config: RunConfig | None, size: _Size | None) -> str:
    """Return what a setting's value does to the work of the run, against what suits the data;
    "" where that is nothing, or not known.
    """
    if config is None or size is None or key in ("dataset", "model", "seed"):
        return ""
    suits = {**_REFERENCE.to_dict(), **defaults_for(config.dataset, config.model)}
    if key != "architecture":
        suits |= defaults_for(config.dataset, config.model, config.architecture)
    usual = {"architecture": "dense", "hidden": suits["hidden"]}
    try:
        other = RunConfig.from_dict(
            {**config.to_dict(), **(usual if key == "architecture" else {key: suits[key]})}
        )
    except ConfigError:
        return ""
    factor = work(config, size[1], size[0]) / work(other, size[1], size[0])
    return "" if abs(factor - 1) < 0.02 else f" **× {factor:.2g} work**"


def size_words(config: RunConfig, size: _Size) -> str:
    """Return how much there is to learn from, how many weights learn, and how much work that is."""
    (n, (rows, columns)), (usual, side) = size, _KNOWN["digits"]
    share = work(config, (rows, columns), n) / work(_REFERENCE, side, usual)
    return section("lab_settings", "size").format(
        n=n, rows=rows, columns=columns, weights=weights_in(config, (rows, columns)),
        share=f"{share:.2g}",
    )  # fmt: skip


def _data_words(config: RunConfig, size: _Size) -> None:
    st.markdown(size_words(config, size))
    folder = data_home() / config.dataset
    here = any(idx.find(folder, part, "images") for part in ("train", "t10k"))
    if config.dataset in ("mnist", "fashion-mnist") and not here:
        st.markdown(f":gray[{section('lab_settings', 'download')}]")


def _extent(config: RunConfig) -> _Size | None:
    try:
        return extent(config)
    except DataError:  # told once Train is pressed
        return None

"""The settings of a run as a reader meets them: in the link, in the widgets, as a `RunConfig`.

The link holds what differs from the defaults, so the bare link is the default run. Values are read
from it once per session, before the widgets exist; a value that cannot be used is told in one
sentence and its default taken. Afterwards the session's own copy leads: Streamlit forgets widgets
and link when a reader leaves the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from ui.page import plain
from ui.prose import section
from vae_core.config import (
    BUILT_IN,
    LIKELIHOODS,
    MODELS,
    OWN,
    ConfigError,
    RunConfig,
    defaults_for,
)
from vae_core.data import data_home

DEFAULTS: Final[dict[str, Any]] = {
    "dataset": "digits",
    "model": "vae",
    "beta": 1.0,
    "seed": 0,
    "likelihood": "bernoulli",
    "c": 0.1,
    "epochs": None,  # the data set's own
}
STOPS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # of β, near enough log
MODEL_NAMES: Final = {"linear": "linear autoencoder", "ae": "autoencoder", "vae": "VAE"}
PICTURES: Final = {  # of the story: model and β
    "ae": ("ae", 1.0), "beta0": ("vae", 0.0), "beta01": ("vae", 0.1), "beta1": ("vae", 1.0),
    "beta30": ("vae", 30.0),
}  # fmt: skip
_WHOLE: Final = ("seed", "epochs", "latent_dim", "batch_size", "warmup")
_NUMBERS: Final = ("beta", "c", "lr", *_WHOLE)


def datasets() -> list[str]:
    """Return what can be chosen: digits, shapes and the folders of images in `VAE_DATA`."""
    try:
        folders = sorted(path.name for path in data_home().iterdir() if path.is_dir())
    except OSError:
        folders = []
    return [
        "digits",
        "shapes",
        *(name for name in folders if name not in ("digits", "shapes", OWN)),
    ]


def config_of(values: Mapping[str, Any], known: Sequence[str] | None = None) -> RunConfig:
    """Return the run that `values` describe; raise `ConfigError` with one sentence.

    `known`: the data sets that can be chosen, `datasets()` if it is None.
    """
    name, known = values["dataset"], known or datasets()
    if name not in known:
        raise ConfigError(f"dataset: found {str(name)[:60]!r}, expected {' or '.join(known)}")
    given = {key: value for key, value in values.items() if value is not None}
    given["dataset"] = name if name in (*BUILT_IN, OWN) else str(data_home() / name)
    if values["model"] == "linear":
        given["likelihood"] = "gaussian"
    return RunConfig(**given)


def settings() -> tuple[dict[str, Any], list[str]]:
    """Return the session's settings and what was wrong with its link; call it before widgets."""
    if "settings" not in st.session_state:
        values, problems = read_link(st.query_params)
        st.session_state["settings"], st.session_state["link_problems"] = values, problems
    return st.session_state["settings"], st.session_state["link_problems"]


def read_link(
    link: Mapping[str, str],
    defaults: Mapping[str, Any] = DEFAULTS,
    known: Sequence[str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Return settings from query parameters and one sentence per value that cannot be used."""
    values, problems = dict(defaults), []
    for key in defaults:
        if key not in link:
            continue
        value = _parsed(key, link[key])
        try:
            config_of({**values, key: value}, known)
        except ConfigError as error:
            expected = str(error).partition(", expected ")[2]
            problems.append(plain(f"{key}: found {link[key][:40]!r}, expected {expected}"))
        else:
            values[key] = int(value) if key in _WHOLE else value
    return values, problems


def write_link(values: Mapping[str, Any], defaults: Mapping[str, Any] = DEFAULTS) -> None:
    """Put what differs from the defaults into the link, and leave its other parameters alone."""
    for key, default in defaults.items():
        if values[key] != default:
            text = spelled(values[key])
            if st.query_params.get(key) != text:
                st.query_params[key] = text
        elif key in st.query_params:
            del st.query_params[key]


def choose(**changes: Any) -> None:
    """Change settings from outside their widgets (a preset, a stop of β); for callbacks."""
    st.session_state["settings"] = {**st.session_state["settings"], **changes}
    for key in changes:
        st.session_state.pop(key, None)  # the widget takes the new value on the next run
    st.session_state["link_problems"] = []


def show_picture(model: str, beta: float) -> None:
    """Choose a shipped model of the digits and show it as it was shipped; for callbacks."""
    choose(**{**DEFAULTS, "model": model, "beta": beta})
    st.session_state["show_shipped"] = True


def controls() -> RunConfig | None:
    """Show the widgets and return the run they describe, or None after a complaint."""
    values, problems = settings()
    chosen = _chosen(values)
    if chosen != values:
        problems = []
        st.session_state["settings"], st.session_state["link_problems"] = chosen, problems
    for key, value in chosen.items():  # every time: a field that was hidden forgets what it showed
        st.session_state[key] = float(value) if key == "seed" else value
    _widgets(chosen)
    if problems:
        st.warning("\n- ".join(["This link was not followed in every point.\n", *problems]))
    write_link(chosen)
    try:
        return config_of(chosen)
    except ConfigError as error:
        st.warning(plain(str(error)))
        return None


def _chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the widgets say now; one that is away or was cleared keeps its value."""
    said = {key: st.session_state.get(key) for key in DEFAULTS}
    chosen = {key: values[key] if value is None else value for key, value in said.items()}
    if "epochs" in st.session_state and st.session_state["epochs"] is None:
        chosen["epochs"] = None  # cleared: the data set's own number again
    if chosen["dataset"] not in datasets():  # the folder went away meanwhile
        chosen["dataset"] = DEFAULTS["dataset"]
    return {**chosen, "seed": int(chosen["seed"])}


def pictures(page: str) -> None:
    """Offer the shipped models of the digits by name, the one on screen in bold."""
    now, _ = settings()
    with st.container(key="pictures", horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f":gray[{section(page, 'pictures_title')}]", width="content")
        for name, (model, beta) in PICTURES.items():
            shown = (now["dataset"], now["model"], now["seed"]) == ("digits", model, 0)
            shown = shown and (model == "ae" or now["beta"] == beta)
            label = section(page, f"picture_{name}")
            st.button(
                f"**{label}**" if shown else label, key=f"picture_{name}", type="tertiary",
                on_click=show_picture, args=(model, beta),
            )  # fmt: skip


def _widgets(values: Mapping[str, Any]) -> None:
    st.selectbox("Images", datasets(), key="dataset")
    st.radio("Model", MODELS, key="model", format_func=MODEL_NAMES.get)
    if values["model"] == "vae":
        _beta(values)
    else:
        st.markdown(":gray[This model has no KL term, so nothing to weigh.]")
    st.number_input(
        "Seed", 0.0, 2.0**32 - 1, value=None, step=1.0, format="%.0f", key="seed",
        help="Fixes the first weights, the order of the images and the noise.",
    )  # fmt: skip
    with st.popover("Likelihood and epochs", width="stretch"):
        _more(values, defaults_for(values["dataset"], values["model"])["epochs"])


def _beta(values: Mapping[str, Any]) -> None:
    st.session_state["beta_stop"] = values["beta"] if values["beta"] in STOPS else None

    def take_stop() -> None:
        if st.session_state["beta_stop"] is not None:
            choose(beta=st.session_state["beta_stop"])

    st.pills(
        "KL weight β", STOPS, key="beta_stop",
        format_func="{:g}".format, on_change=take_stop,
    )  # fmt: skip
    st.number_input(
        "β, any from 0 to 100",
        0.0,
        100.0,
        value=None,
        step=0.1,
        format="%g",
        key="beta",
    )


def _more(values: Mapping[str, Any], default_epochs: int) -> None:
    linear = values["model"] == "linear"
    if linear:
        st.markdown("The linear model minimises a squared error: its likelihood is Gaussian.")
    else:
        st.radio("Likelihood p(x | z)", LIKELIHOODS, key="likelihood", horizontal=True)
    if linear or values["likelihood"] == "gaussian":
        st.number_input(
            "variance c of the Gaussian, squared grey levels", 1e-4, 100.0, value=None,
            step=0.05, format="%g", key="c",
        )  # fmt: skip
    st.number_input(
        "epochs, passes over the images", 1, 2000, value=None, step=10, key="epochs",
        placeholder=f"{default_epochs} unless you choose",
    )  # fmt: skip


def spelled(value: Any) -> str:
    """Return a setting as a link says it: 0.1, 3, 128-64."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value).removesuffix(".0")


def _parsed(key: str, text: str) -> Any:
    if key == "hidden":
        parts = text.replace(",", "-").replace(" ", "").split("-")
        usable = all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts)
        return tuple(int(part) for part in parts) if usable else text
    try:
        return float(text) if key in _NUMBERS else text
    except ValueError:
        return text

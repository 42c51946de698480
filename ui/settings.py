"""The settings of a run as a reader meets them: in the link, in the widgets, as a `RunConfig`.

The link holds what differs from the defaults, so the bare link is the default run. Values are read
from it once per session, before the widgets exist; a value that cannot be used is told in one
sentence and its default taken. Afterwards the session's own copy leads: Streamlit forgets widgets
and link when a reader leaves the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.page import plain
from vae_core.config import BUILT_IN, LIKELIHOODS, MODELS, ConfigError, RunConfig, defaults_for
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
_NUMBERS: Final = ("beta", "seed", "c", "epochs")


def datasets() -> list[str]:
    """Return what can be chosen: digits, shapes and the folders of images in `VAE_DATA`."""
    try:
        folders = sorted(path.name for path in data_home().iterdir() if path.is_dir())
    except OSError:
        folders = []
    return ["digits", "shapes", *(name for name in folders if name not in ("digits", "shapes"))]


def config_of(values: Mapping[str, Any]) -> RunConfig:
    """Return the run that `values` describe; raise `ConfigError` with one sentence."""
    name = values["dataset"]
    if name not in datasets():
        raise ConfigError(f"dataset: found {str(name)[:60]!r}, expected {' or '.join(datasets())}")
    given = {key: value for key, value in values.items() if value is not None}
    given["dataset"] = name if name in BUILT_IN else str(data_home() / name)
    if values["model"] == "linear":
        given["likelihood"] = "gaussian"
    return RunConfig(**given)


def settings() -> tuple[dict[str, Any], list[str]]:
    """Return the session's settings and what was wrong with its link; call it before widgets."""
    if "settings" not in st.session_state:
        values, problems = read_link(st.query_params)
        st.session_state["settings"], st.session_state["link_problems"] = values, problems
    return st.session_state["settings"], st.session_state["link_problems"]


def read_link(link: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return settings from query parameters and one sentence per value that cannot be used."""
    values, problems = dict(DEFAULTS), []
    for key in DEFAULTS:
        if key not in link:
            continue
        value = _parsed(link[key]) if key in _NUMBERS else link[key]
        try:
            config_of({**values, key: value})
        except ConfigError as error:
            problems.append(f"The link was not followed in one point: {plain(str(error))}.")
        else:
            values[key] = int(value) if key in ("seed", "epochs") else value
    return values, problems


def write_link(values: Mapping[str, Any]) -> None:
    """Put what differs from the defaults into the link, and leave its other parameters alone."""
    for key, default in DEFAULTS.items():
        if values[key] != default:
            text = str(values[key]).removesuffix(".0")
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


def controls() -> RunConfig | None:
    """Show the widgets and return the run they describe, or None after a complaint."""
    values, problems = settings()
    for key, value in values.items():  # a widget that was away starts from the session's own copy
        if key not in st.session_state:
            st.session_state[key] = float(value) if key == "seed" else value
    _widgets(values)
    chosen = {key: st.session_state[key] for key in DEFAULTS}
    chosen["seed"] = int(chosen["seed"] or 0)
    chosen["beta"] = values["beta"] if chosen["beta"] is None else chosen["beta"]
    if chosen != values:
        st.session_state["settings"], st.session_state["link_problems"] = chosen, []
    for problem in problems:
        st.warning(problem, icon=":material/link_off:")
    write_link(chosen)
    try:
        return config_of(chosen)
    except ConfigError as error:
        st.warning(plain(str(error)))
        return None


def _widgets(values: Mapping[str, Any]) -> None:
    names = datasets()
    if st.session_state["dataset"] not in names:  # the folder went away meanwhile
        st.session_state["dataset"] = values["dataset"] = DEFAULTS["dataset"]  # type: ignore[index]
    first, second, third = st.columns([2, 4, 2], gap="medium")
    first.selectbox("Images", names, key="dataset")
    second.radio("Model", MODELS, key="model", format_func=MODEL_NAMES.get, horizontal=True)
    third.number_input(
        "Seed", 0.0, 2.0**32 - 1, step=1.0, format="%.0f", key="seed",
        help="Fixes the first weights, the order of the images and the noise.",
    )  # fmt: skip
    model = st.session_state["model"]
    stops, exact, more = st.columns([4, 2, 2], gap="medium", vertical_alignment="bottom")
    _beta(stops, exact, values, disabled=model != "vae")
    with more.popover("Likelihood and epochs", width="stretch"):
        _more(model, defaults_for(values["dataset"], model)["epochs"])


def _beta(
    stops: DeltaGenerator, exact: DeltaGenerator, values: Mapping[str, Any], *, disabled: bool
) -> None:
    st.session_state["beta_stop"] = values["beta"] if values["beta"] in STOPS else None

    def take_stop() -> None:
        if st.session_state["beta_stop"] is not None:
            choose(beta=st.session_state["beta_stop"])

    stops.pills(
        "KL weight :red[$\\beta$]" + (" (this model has no KL term)" if disabled else ""),
        STOPS, key="beta_stop", format_func="{:g}".format, on_change=take_stop, disabled=disabled,
    )  # fmt: skip
    exact.number_input(
        ":red[$\\beta$], any from 0 to 100",
        0.0,
        100.0,
        step=0.1,
        format="%g",
        key="beta",
        disabled=disabled,
    )


def _more(model: str, default_epochs: int) -> None:
    linear = model == "linear"
    if linear:
        st.markdown("The linear model minimises a squared error: its likelihood is Gaussian.")
    else:
        st.radio(
            "Likelihood :green[$p(x\\,|\\,z)$]", LIKELIHOODS, key="likelihood", horizontal=True
        )
    gaussian = linear or st.session_state["likelihood"] == "gaussian"
    st.number_input(
        "variance $c$ of the Gaussian, squared grey levels", 1e-4, 100.0, step=0.05,
        format="%g", key="c", disabled=not gaussian,
    )  # fmt: skip
    st.number_input(
        "epochs, passes over the images", 1, 2000, step=10, key="epochs",
        placeholder=f"{default_epochs} unless you choose",
    )  # fmt: skip


def _parsed(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text

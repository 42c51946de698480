"""What the lab's runs are called, and their settings in a line."""

from __future__ import annotations

import re
from typing import Final

from ui.lab_settings import DEFAULTS
from ui.prose import words
from vae_core import RunConfig
from vae_core.config import BUILT_IN, OWN, defaults_for

NAME: Final = 40  # characters of a run's name


def describe(config: RunConfig) -> str:
    """Return what sets a run apart from the digits' default one, short: its name by default."""
    said = words("lab_settings", "short")
    suits = RunConfig().to_dict()
    suits |= defaults_for(config.dataset, config.model, config.architecture)
    parts = [said[config.model], folder_name(config.dataset)]
    parts += ["conv"] * (config.architecture == "conv")
    for key in DEFAULTS:
        if key not in ("dataset", "model", "architecture") and key in config.essence():
            value = getattr(config, key)
            if value != _tuple(suits[key]) or (key == "beta" and config.model == "vae"):
                parts.append(said.get(key, "{}").format(_spoken(value)))
    return " ".join(parts)


def default_name(place: int, config: RunConfig) -> str:
    """Return what a run is called until its reader names it: a letter and what sets it apart."""
    return f"{'ABCD'[place]} {describe(config)}"[:NAME]


def settings_line(config: RunConfig) -> str:
    """Return a run's main settings in one line."""
    said = words("lab_settings", "short")
    parts = [said[config.model], said["latent_dim"].format(config.latent_dim)]
    parts += [said["beta"].format(_spoken(config.beta))] * (config.model == "vae")
    if config.likelihood == "gaussian":
        parts.append(said["c"].format(_spoken(config.c)))
    if config.hidden:
        parts.append(f"{_spoken(config.hidden)} {config.activation}")
    return " · ".join(parts)


def folder_name(dataset: str) -> str:
    """Return a data set's name; of a folder its own, without where it lies."""
    return dataset if dataset in (*BUILT_IN, OWN) else re.split(r"[/\\]", dataset.rstrip("/\\"))[-1]


def _spoken(value: object) -> str:
    if isinstance(value, tuple):
        return "–".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value

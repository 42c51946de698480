"""What a training run is: every setting, its unit, its range and its default for each data set."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

BUILT_IN: Final = ("digits", "shapes", "mnist", "fashion-mnist")  # any other is a folder
OWN: Final = "own"  # a reader's own data: they live in the session they were uploaded in
MODELS: Final = ("linear", "ae", "vae")
ARCHITECTURES: Final = ("dense", "conv")
LIKELIHOODS: Final = ("bernoulli", "gaussian")
ACTIVATIONS: Final = ("relu", "elu", "tanh")
SCHEDULES: Final = ("constant", "cosine")
OPTIMIZERS: Final = ("adam", "rmsprop", "sgd")
GRADIENTS: Final = ("pathwise", "cut-std", "cut-z")

# Measured: these tell the story in two dimensions, and are the same for ae and vae so twins match.
_DIGITS: Final = {"hidden": (128, 64, 32), "activation": "elu", "epochs": 130, "batch_size": 128,
                  "lr": 3e-3, "schedule": "constant", "beta2": 0.999}  # fmt: skip
_SHAPES: Final = {"hidden": (128, 64), "activation": "relu", "epochs": 32, "batch_size": 64,
                  "lr": 3e-3, "schedule": "cosine", "beta2": 0.999}  # fmt: skip
_FOLDER: Final = {"hidden": (256, 128), "activation": "relu", "epochs": 15, "batch_size": 64,
                  "lr": 3e-3, "schedule": "cosine", "beta2": 0.99}  # fmt: skip
_LINEAR: Final = {"hidden": (), "epochs": 300, "batch_size": None, "lr": 0.02, "schedule": "cosine",
                  "beta2": 0.99, "likelihood": "gaussian"}  # fmt: skip
_CONV: Final = {"hidden": (16, 32)}
# The ranges, ends included.
FLOATS: Final = (("beta", 0, 100), ("c", 1e-4, 100), ("lr", 1e-9, 10), ("beta2", 0, 0.999999))
INTS: Final = (("seed", 0, 2**32 - 1), ("latent_dim", 1, 32), ("epochs", 1, 2000),
               ("warmup", 0, 2000), ("cut_after", 0, 2000))  # fmt: skip
MOST_BATCH: Final = 65536
_HIDDEN: Final = {  # at most so many layers of at most so many; for example
    "dense": (6, 1024, "units", (128, 64)),
    "conv": (4, 64, "channels", (16, 32)),  # and less for large images: cost.check_images
}
# Stands for "the default of this data set and model", replaced on construction.
_DEFAULT: Any = None


class ConfigError(ValueError):
    """A setting that cannot be used; the message names the field, the value found and what is
    allowed.
    """


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run, validated on construction and immutable afterwards.

    Fields left out take the default of their data set and model. Raises `ConfigError` with one
    sentence that names the field, the value found and what is allowed.
    """

    dataset: str = "digits"  # one of BUILT_IN, OWN, or the path of a folder of IDX files
    model: str = "vae"  # linear | ae | vae
    beta: float = 1.0  # weight of the KL term, [0, 100]; ae and linear have no such term
    seed: int = 0  # initial weights, batch order and noise; [0, 2**32)
    likelihood: str = _DEFAULT  # bernoulli | gaussian; linear is gaussian
    c: float = 0.1  # variance of the gaussian likelihood, squared grey levels, [1e-4, 100]
    latent_dim: int = 2  # numbers per code, [1, 32]
    architecture: str = "dense"  # dense | conv: layers that halve both sides of an image
    hidden: tuple[int, ...] = (
        _DEFAULT  # units (conv: channels) of the encoder's hidden layers; the decoder mirrors them
    )
    activation: str = _DEFAULT  # relu | elu | tanh
    epochs: int = _DEFAULT  # passes over the training images, [1, 2000]
    batch_size: int | None = _DEFAULT  # images per step, [1, 65536]; linear: None, all of them
    lr: float = _DEFAULT  # the optimizer's step size, (0, 10]
    schedule: str = _DEFAULT  # constant | cosine (down to a fiftieth of lr)
    beta2: float = _DEFAULT  # Adam's second decay, [0, 1)
    optimizer: str = "adam"  # adam | rmsprop | sgd (with momentum .9)
    warmup: int = 0  # epochs over which the KL term's weight rises from 0 to beta, [0, 2000]
    gradient: str = "pathwise"  # of recon, through the draw: pathwise | cut-std | cut-z
    cut_after: int = 0  # epochs with the whole path before gradient is cut, [0, 2000]

    def __post_init__(self) -> None:
        _check_dataset(self.dataset)
        _check_choice("model", self.model, MODELS)
        _check_choice("architecture", self.architecture, ARCHITECTURES)
        for name, value in defaults_for(self.dataset, self.model, self.architecture).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        _check_choice("likelihood", self.likelihood, LIKELIHOODS)
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_choice("schedule", self.schedule, SCHEDULES)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("gradient", self.gradient, GRADIENTS)
        for name, low, high in FLOATS:
            object.__setattr__(self, name, _checked_float(name, getattr(self, name), low, high))
        for name, low, high in INTS:
            object.__setattr__(self, name, _checked_int(name, getattr(self, name), low, high))
        object.__setattr__(self, "hidden", _checked_hidden(self.hidden, self.architecture))
        if self.model == "linear":
            self._check_linear()
        else:
            size = _checked_int("batch_size", self.batch_size, 1, MOST_BATCH)
            object.__setattr__(self, "batch_size", size)
            if not self.hidden:
                most = _HIDDEN[self.architecture][0]
                raise ConfigError(
                    f"hidden: found no layer, expected 1 to {most}; model=linear has none"
                )

    def _check_linear(self) -> None:
        if self.likelihood != "gaussian":
            raise ConfigError(
                f"likelihood: found {self.likelihood!r}, expected 'gaussian': "
                "the linear model minimises a squared error"
            )
        if self.architecture != "dense":
            raise ConfigError(
                f"architecture: found {self.architecture!r}, expected 'dense': "
                "the linear model has no layer to be convolutional"
            )
        if self.hidden:
            raise ConfigError(f"hidden: found {self.hidden!r}, expected none for the linear model")
        if self.batch_size is not None:
            raise ConfigError(
                f"batch_size: found {self.batch_size!r}, expected none for the linear model"
            )

    def essence(self) -> dict[str, Any]:
        """Return the fields that decide the result: beta, warmup and gradient only for a VAE,
        cut_after only if there is a cut, c only if gaussian, beta2 only for Adam.
        """
        idle = {"beta", "warmup", "gradient"} if self.model != "vae" else set()
        idle |= {"cut_after"} if self.model != "vae" or self.gradient == "pathwise" else set()
        idle |= {"c"} if self.likelihood == "bernoulli" else set()
        idle |= {"beta2"} if self.optimizer != "adam" else set()
        return {name: value for name, value in self.to_dict().items() if name not in idle}

    def to_dict(self) -> dict[str, Any]:
        """Return every field as a JSON value (`hidden` as a list)."""
        return {**dataclasses.asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunConfig:
        """Build a configuration from `to_dict`'s values; unknown names are an error."""
        names = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            if name not in names:
                raise ConfigError(f"{name}: no such setting, expected one of {', '.join(names)}")
        return cls(**values)


def defaults_for(dataset: str, model: str, architecture: str = "dense") -> dict[str, Any]:
    """Return the defaults of the fields that depend on the data set and the kind of network."""
    own = {"digits": _DIGITS, "shapes": _SHAPES}.get(dataset, _FOLDER)
    chosen = {"likelihood": "bernoulli", **own, **(_CONV if architecture == "conv" else {})}
    return {**chosen, **_LINEAR} if model == "linear" else chosen


def checked_range(name: str, value: Any) -> tuple[float, float]:
    """Return a range of beta, ends included; raise `ConfigError` unless 0 < low < high <= 100."""
    ends = tuple(value) if isinstance(value, tuple | list) else ()
    numbers = [isinstance(end, int | float) and not isinstance(end, bool) for end in ends]
    if numbers != [True, True] or not 0 < ends[0] < ends[1] <= 100:  # nan compares false
        raise ConfigError(
            f"{name}: found {_shown(value)}, expected two β with 0 < low < high ≤ 100"
        )
    return float(ends[0]), float(ends[1])


def _check_dataset(value: Any) -> None:
    text = value if isinstance(value, str) and "\0" not in value else ""
    known = text in (*BUILT_IN, OWN) or any(mark in text for mark in "/\\")
    if not known:
        with suppress(OSError):  # a name too long for any folder
            known = bool(text) and Path(text).is_dir()
    if not known:
        raise ConfigError(f"dataset: found {_shown(value)}, expected {_datasets()}")


def _datasets() -> str:
    return f"{', '.join(BUILT_IN)} or the path of a folder of IDX files"


def _shown(value: Any) -> str:
    """Return a value as messages show it: on one line, at most 80 characters."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write out integers of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name}: found {_shown(value)}, expected {' or '.join(choices)}")


def _checked_float(name: str, value: Any, low: float, high: float) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high:  # nan compares false
        expected = f"expected a number from {low:g} to {high:g}"
        raise ConfigError(f"{name}: found {_shown(value)}, {expected}")
    return number


def _checked_int(name: str, value: Any, low: int, high: int) -> int:
    number = _checked_float_or_nan(value)
    if not low <= number <= high or number != int(number):
        expected = f"expected a whole number from {low} to {high}"
        raise ConfigError(f"{name}: found {_shown(value)}, {expected}")
    return int(value)


def _checked_float_or_nan(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) < 1e18 else math.inf


def _checked_hidden(value: Any, architecture: str) -> tuple[int, ...]:
    layers, widest, kind, example = _HIDDEN[architecture]
    expected = f"expected up to {layers} layers of 1 to {widest} {kind}, for example {example}"
    if not isinstance(value, tuple | list) or len(value) > layers:
        raise ConfigError(f"hidden: found {_shown(value)}, {expected}")
    for units in value:
        if isinstance(units, bool) or not isinstance(units, int) or not 1 <= units <= widest:
            raise ConfigError(f"hidden: found {_shown(value)}, {expected}")
    return tuple(value)

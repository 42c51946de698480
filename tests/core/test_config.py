"""RunConfig: defaults, limits, messages, and that it travels unchanged."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vae_core import ConfigError, RunConfig

FIELDS = [field.name for field in dataclasses.fields(RunConfig)]


def complaint(**fields: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        RunConfig(**fields)
    return str(caught.value)


# --- defaults, per data set, the same for ae and vae

DIGITS = {
    "hidden": (128, 64, 32), "activation": "elu", "epochs": 130, "batch_size": 128, "lr": 3e-3,
    "schedule": "constant", "beta2": 0.999,
}  # fmt: skip
SHAPES = {
    "hidden": (128, 64), "activation": "relu", "epochs": 32, "batch_size": 64, "lr": 3e-3,
    "schedule": "cosine", "beta2": 0.999,
}  # fmt: skip
MNIST = {
    "hidden": (256, 128), "activation": "relu", "epochs": 15, "batch_size": 64, "lr": 3e-3,
    "schedule": "cosine", "beta2": 0.99,
}  # fmt: skip


@pytest.mark.parametrize("model", ["ae", "vae"])
@pytest.mark.parametrize(
    "dataset, expected",
    [("digits", DIGITS), ("shapes", SHAPES), ("mnist", MNIST), ("fashion-mnist", MNIST),
     ("./some/folder", MNIST)],
)  # fmt: skip
def test_defaults_depend_on_the_data_set_and_are_the_same_for_ae_and_vae(
    dataset: str, expected: dict[str, Any], model: str
) -> None:
    config = RunConfig(dataset=dataset, model=model)
    assert {name: getattr(config, name) for name in expected} == expected
    assert config.likelihood == "bernoulli"
    assert (config.beta, config.seed, config.c, config.latent_dim) == (1.0, 0, 0.1, 2)


def test_digits_train_for_130_epochs_as_a_vae_when_nothing_is_said() -> None:
    config = RunConfig()
    assert (config.dataset, config.model, config.epochs) == ("digits", "vae", 130)


@pytest.mark.parametrize("dataset", ["digits", "shapes", "mnist"])
def test_linear_is_gaussian_without_hidden_layers_and_full_batch(dataset: str) -> None:
    config = RunConfig(dataset=dataset, model="linear")
    assert config.likelihood == "gaussian"
    assert config.hidden == ()
    assert config.batch_size is None


def test_what_is_given_beats_the_default() -> None:
    config = RunConfig(dataset="shapes", lr=0.5, hidden=[3], epochs=2, schedule="constant")
    assert (config.lr, config.hidden, config.epochs) == (0.5, (3,), 2)
    assert config.schedule == "constant"
    assert config.batch_size == SHAPES["batch_size"]


# --- what is refused, and how

NO_NUMBERS: list[Any] = [
    math.nan, math.inf, -math.inf, 1e400, float("1e400"), "1e400", "nan", "inf", "", "x", "β",
    "１２kg", True, False, [1], (1,), {}, {"a": 1}, {1}, object, 1j, b"\xff", 10**400, -(10**400),
    10**5000, "9" * 5000, Path("x"), "\ud800", "a\0b", "1\n2",
]  # fmt: skip
RANGES: dict[str, list[Any]] = {
    "beta": [-1e-300, -1, 100.0000001, 101, -math.pi],
    "c": [0, -0.1, 9.9e-5, 100.1],
    "lr": [0, -1e-3, 1e-10, 10.01],
    "beta2": [-0.1, 1, 1.0, 0.9999999, 2],
    "seed": [-1, 2**32, 0.5, "7"],
    "latent_dim": [0, -2, 33, 1.5, "2"],
    "epochs": [0, -1, 2001, 1.5, "10", 1e18],
    "batch_size": [0, -1, 65537, 2.5, "64"],
    "cut_after": [-1, 2001, 0.5, "40"],
    "warmup": [-1, 2001, 0.5, "40"],
}
BAD_NUMBERS = [
    (field, value) for field, values in RANGES.items() for value in (*values, *NO_NUMBERS)
]
BAD_NAMES = [
    (field, value)
    for field in (
        "model",
        "likelihood",
        "architecture",
        "activation",
        "schedule",
        "optimizer",
        "gradient",
    )
    for value in (
        "",
        "x",
        "VAE",
        "vae ",
        "βeta",
        0,
        1.5,
        True,
        math.nan,
        ["vae"],
        {},
        b"vae",
        10**5000,
        "x" * 10_000,
        "\ud800",
        "a\nb",
        ("vae",),
    )
]
BAD_HIDDEN: list[Any] = [
    [], (), "128-64", "", 128, 1.5, True, {}, {128: 64}, [0], [-1], [1025], [1.5], ["8"], [True],
    [None], [[8]], [8] * 7, [math.nan], [10**400], [10**5000], b"abc", "\ud800",
]  # fmt: skip
BAD_DATASETS: list[Any] = [
    "", "MNIST", "digit", "no-such-folder", "ｄigits", 0, 1.5, True, None, [], {}, b"digits",
    math.nan, 10**400, 10**5000, "x" * 300, "x" * 100_000, "a\0b", "/a\0b", "\ud800", "a\nb",
    Path("digits"),
]  # fmt: skip


def label(value: Any) -> str:
    """A short name for a case: pytest's own would write out the longest of them."""
    try:
        return ascii(value)[:24]
    except ValueError:  # Python does not write out more than 4300 digits
        return "endless"


def assert_names_everything(message: str, field: str, value: Any) -> None:
    assert message.startswith(f"{field}: found ")
    assert "expected" in message
    assert message.isprintable(), "one line"
    assert len(message) < 300, "a sentence, not an echo of whatever came in"
    if isinstance(value, str | int | float) and len(repr(value)) < 60:
        shown = message.removeprefix(f"{field}: found ").partition(", expected")[0]
        assert shown.strip("'") in (str(value), repr(value).strip("'"))


@pytest.mark.parametrize("field, value", BAD_NUMBERS, ids=label)
def test_a_number_that_cannot_be_used_is_named_with_its_range(field: str, value: Any) -> None:
    message = complaint(dataset="digits", **{field: value})
    shortened = isinstance(value, int) and abs(value) > 10**30
    assert_names_everything(message, field, None if shortened else value)
    whole = ("seed", "latent_dim", "epochs", "batch_size", "warmup", "cut_after")
    kind = "whole number" if field in whole else "number"
    assert f"expected a {kind} from " in message
    assert " to " in message


@pytest.mark.parametrize("field, value", BAD_NAMES, ids=label)
def test_a_name_that_is_none_of_the_choices_is_answered_with_them(field: str, value: Any) -> None:
    message = complaint(dataset="digits", **{field: value})
    assert_names_everything(message, field, None if value == 10**5000 else value)
    choices = {
        "model": ("linear", "ae", "vae"),
        "likelihood": ("bernoulli", "gaussian"),
        "architecture": ("dense", "conv"),
        "activation": ("relu", "elu", "tanh"),
        "schedule": ("constant", "cosine"),
        "optimizer": ("adam", "rmsprop", "sgd"),
        "gradient": ("pathwise", "cut-std", "cut-z"),
    }[field]
    assert all(choice in message.partition("expected")[2] for choice in choices)


@pytest.mark.parametrize("value", BAD_HIDDEN, ids=label)
def test_hidden_layers_that_cannot_be_built_are_refused(value: Any) -> None:
    message = complaint(dataset="digits", hidden=value)
    assert_names_everything(message, "hidden", None)
    assert "1 to" in message


@pytest.mark.parametrize("value", BAD_DATASETS, ids=label)
def test_an_unknown_data_set_is_answered_with_the_known_ones(value: Any) -> None:
    message = complaint(dataset=value)
    assert_names_everything(message, "dataset", None)
    for known in ("digits", "shapes", "mnist", "fashion-mnist", "a folder"):
        assert known in message


@pytest.mark.parametrize("dataset", ["digits", "shapes", "mnist"])
def test_convolutions_have_fewer_channels_than_dense_layers_units(dataset: str) -> None:
    config = RunConfig(dataset=dataset, architecture="conv")
    assert config.hidden == (16, 32)
    plain = RunConfig(dataset=dataset).to_dict()
    assert {**config.to_dict(), "architecture": "dense", "hidden": plain["hidden"]} == plain
    assert "architecture" in config.essence()
    most = RunConfig(dataset=dataset, architecture="conv", hidden=(64, 64, 64, 64))
    assert RunConfig.from_dict(json.loads(json.dumps(most.to_dict()))) == most


@pytest.mark.parametrize("value", [(65,), (128, 64), (1, 1, 1, 1, 1), (), (16, 0), (1.5,)], ids=str)
def test_channels_that_cannot_be_built_are_refused(value: Any) -> None:
    message = complaint(architecture="conv", hidden=value)
    assert_names_everything(message, "hidden", None)
    assert "1 to 4" in message or "up to 4 layers of 1 to 64 channels" in message


def test_a_linear_model_has_no_convolutions() -> None:
    message = complaint(model="linear", architecture="conv")
    assert_names_everything(message, "architecture", "conv")
    assert "'dense'" in message


def test_model_cannot_be_left_empty() -> None:
    assert "linear or ae or vae" in complaint(model=None)


def test_linear_with_a_bernoulli_likelihood_is_an_error() -> None:
    message = complaint(model="linear", likelihood="bernoulli")
    assert_names_everything(message, "likelihood", "bernoulli")
    assert "'gaussian'" in message


@pytest.mark.parametrize("field, value", [("hidden", (8,)), ("batch_size", 64)])
def test_linear_takes_neither_hidden_layers_nor_batches(field: str, value: Any) -> None:
    message = complaint(model="linear", **{field: value})
    assert_names_everything(message, field, None)
    assert "linear" in message


@pytest.mark.parametrize(
    "field, low, high",
    [("beta", 0, 100), ("c", 1e-4, 100), ("lr", 1e-9, 10), ("beta2", 0, 0.999999),
     ("seed", 0, 2**32 - 1), ("latent_dim", 1, 32), ("epochs", 1, 2000), ("batch_size", 1, 65536),
     ("warmup", 0, 2000), ("cut_after", 0, 2000)],
)  # fmt: skip
def test_both_ends_of_every_range_are_allowed(field: str, low: float, high: float) -> None:
    for value in (low, high):
        assert getattr(RunConfig(dataset="digits", **{field: value}), field) == value  # type: ignore[arg-type]


def test_any_text_with_a_slash_may_be_a_folder_and_a_bare_name_if_it_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RunConfig(dataset="a/b").dataset == "a/b"
    (tmp_path / "images").mkdir()
    monkeypatch.chdir(tmp_path)
    assert RunConfig(dataset="images").dataset == "images"


# --- immutable, exact, portable


@pytest.mark.parametrize("field", FIELDS)
def test_a_configuration_cannot_be_changed(field: str) -> None:
    config = RunConfig(dataset="digits")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(config, field, getattr(config, field))


def test_a_configuration_takes_no_positional_arguments() -> None:
    with pytest.raises(TypeError):
        RunConfig("digits")  # type: ignore[misc]


@given(st.floats(0, 100))
@example(0.1 + 0.2)
@example(5e-324)
@example(math.nextafter(100, 0))
def test_beta_is_kept_exactly(beta: float) -> None:
    config = RunConfig(dataset="digits", beta=beta)
    assert config.beta == beta
    assert RunConfig.from_dict(json.loads(json.dumps(config.to_dict()))).beta == beta


CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "dataset": st.sampled_from(["digits", "shapes", "mnist", "fashion-mnist", "a/b", "ä/√"]),
        "model": st.sampled_from(["ae", "vae"]),
        "beta": st.floats(0, 100) | st.integers(0, 100),
        "seed": st.integers(0, 2**32 - 1),
        "likelihood": st.sampled_from(["bernoulli", "gaussian"]),
        "c": st.floats(1e-4, 100),
        "latent_dim": st.integers(1, 32),
        "hidden": st.lists(st.integers(1, 1024), min_size=1, max_size=6),
        "activation": st.sampled_from(["relu", "elu", "tanh"]),
        "epochs": st.integers(1, 2000),
        "batch_size": st.integers(1, 65536),
        "lr": st.floats(1e-9, 10),
        "schedule": st.sampled_from(["constant", "cosine"]),
        "beta2": st.floats(0, 0.999999),
        "optimizer": st.sampled_from(["adam", "rmsprop", "sgd"]),
        "warmup": st.integers(0, 2000),
        "gradient": st.sampled_from(["pathwise", "cut-std", "cut-z"]),
        "cut_after": st.integers(0, 2000),
    },
)


@given(CONFIGS)
def test_a_configuration_survives_json(fields: dict[str, Any]) -> None:
    config = RunConfig(**fields)
    values = json.loads(json.dumps(config.to_dict(), allow_nan=False))
    assert values == config.to_dict()  # JSON's own types already: no tuple
    assert list(values) == FIELDS
    again = RunConfig.from_dict(values)
    assert again == config
    assert hash(again) == hash(config)
    assert again.to_dict() == config.to_dict()
    assert {type(again.beta), type(again.lr)} == {float}
    for name, value in fields.items():
        assert getattr(again, name) == (tuple(value) if name == "hidden" else value)


def test_a_linear_configuration_survives_json() -> None:
    config = RunConfig(dataset="digits", model="linear", latent_dim=3, c=0.5)
    values = json.loads(json.dumps(config.to_dict()))
    assert (values["hidden"], values["batch_size"]) == ([], None)
    assert RunConfig.from_dict(values) == config


def test_the_essence_of_a_configuration_leaves_out_what_changes_nothing() -> None:
    def left_out(**fields: Any) -> set[str]:
        config = RunConfig(dataset="digits", **fields)
        essence = config.essence()
        assert all(config.to_dict()[name] == value for name, value in essence.items())
        return set(FIELDS) - set(essence)

    path = {"gradient", "cut_after", "warmup"}
    assert left_out(model="vae", likelihood="gaussian", gradient="cut-z") == set()
    assert left_out(model="vae", likelihood="gaussian") == {"cut_after"}
    assert left_out(model="vae", likelihood="bernoulli", gradient="cut-std") == {"c"}
    assert left_out(model="ae", likelihood="gaussian", gradient="cut-z") == {"beta"} | path
    assert left_out(model="ae", likelihood="bernoulli") == {"beta", "c"} | path
    assert left_out(model="linear") == {"beta"} | path
    assert left_out(likelihood="gaussian", optimizer="sgd") == {"cut_after", "beta2"}


def test_a_configuration_written_before_a_setting_was_there_has_its_default() -> None:
    values = RunConfig(likelihood="gaussian").to_dict()
    assert (values.pop("gradient"), values.pop("cut_after")) == ("pathwise", 0)
    assert (values.pop("optimizer"), values.pop("warmup")) == ("adam", 0)
    assert values.pop("architecture") == "dense"
    assert RunConfig.from_dict(values) == RunConfig(likelihood="gaussian", gradient="pathwise")


def test_a_setting_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_dict({"dataset": "digits", "learning_rate": 1})
    assert "learning_rate" in str(caught.value)
    assert all(name in str(caught.value) for name in FIELDS)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4))
def test_anything_at_all_is_a_valid_configuration_or_one_sentence(fields: dict[str, Any]) -> None:
    try:
        config = RunConfig.from_dict(fields)
    except ConfigError as error:
        assert str(error).isprintable()
        return
    assert RunConfig.from_dict(config.to_dict()) == config

"""Command line: `python -m vae_core train | evaluate`; JSON lines on stdout, progress on stderr."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from vae_core.checkpoints import CheckpointError, load_checkpoint, pixels, save_checkpoint
from vae_core.config import ConfigError, RunConfig
from vae_core.cost import check_images
from vae_core.data import DataError, load_dataset

BAD_INPUT, DIVERGED = 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 2 for bad input, 3 for a run that diverged."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return _train(options) if options.command == "train" else _evaluate(options)
    except (ConfigError, DataError, CheckpointError) as error:
        return _complain(error, BAD_INPUT)
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _complain(f"{error.filename or 'a file'}: {error.strerror}", BAD_INPUT)
    except KeyboardInterrupt:
        return _complain("stopped", 130)


def _train(options: argparse.Namespace) -> int:
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(RunConfig)}
    config = RunConfig(**{name: value for name, value in given.items() if value is not None})
    if options.save is not None and (
        options.save.is_dir() or not options.save.resolve().parent.is_dir()
    ):
        raise ConfigError(f"--save: found {options.save}, expected a file in a folder that exists")
    data = load_dataset(config.dataset, options.data_dir)
    check_images(config, data.image_shape)
    from vae_core.training import (
        DivergedError,
        train,
    )  # torch takes seconds: bad input is told before

    _note(f"{config.model} on {config.dataset}: {len(data.x_train)} images, {config.epochs} epochs")
    started = time.perf_counter()
    try:
        for snapshot in train(config, data):
            names = ("epoch", "recon", "kl", "loss", "val_recon", "val_kl")
            values = {name: getattr(snapshot, name) for name in names}
            _print({**values, "seconds": time.perf_counter() - started})
    except DivergedError as error:
        return _complain(error, DIVERGED)
    if options.save is not None:
        save_checkpoint(options.save, snapshot.weights, config)
        _note(f"saved {options.save}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(options.file)
    data = load_dataset(checkpoint.config.dataset, options.data_dir)
    decoded, seen = pixels(checkpoint.config, checkpoint.weights), data.x_train.shape[1]
    if decoded != seen:
        raise DataError(f"{options.file} decodes {decoded} pixels, but the images have {seen}")
    check_images(checkpoint.config, data.image_shape)
    from vae_core.regularity import evaluate

    _print(dataclasses.asdict(evaluate(checkpoint.config, checkpoint.weights, data)))
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:  # one line, without the usage in front
        raise SystemExit(_complain(message, BAD_INPUT))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m vae_core", description="Train and measure autoencoders.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a network, one JSON line per epoch")
    for field in dataclasses.fields(RunConfig):
        option = "--" + field.name.replace("_", "-")
        kind = _TYPES.get(field.name, str)
        train.add_argument(option, type=kind, required=field.name == "dataset")
    train.add_argument(
        "--save", type=Path, metavar="FILE.safetensors", help="write the trained network"
    )
    evaluate = commands.add_parser("evaluate", help="measure a saved network, one JSON line")
    evaluate.add_argument("file", type=Path, metavar="FILE.safetensors")
    for command in (train, evaluate):
        command.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of IDX files")
    return parser


def _number(text: str) -> Any:
    """Return an int, a float, or the text itself: RunConfig says what is wrong with it, in its
    own words.
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _widths(text: str) -> Any:
    """Return "128-64" or "128,64" as (128, 64); anything else as it is."""
    parts = text.replace(",", "-").split("-")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else text


_TYPES = {
    **dict.fromkeys(
        (
            "beta",
            "seed",
            "c",
            "latent_dim",
            "epochs",
            "batch_size",
            "lr",
            "beta2",
            "warmup",
            "cut_after",
        ),
        _number,
    ),
    "hidden": _widths,
}


def _print(values: dict[str, Any]) -> None:
    print(json.dumps(values, allow_nan=False), flush=True)


def _note(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _complain(message: object, code: int) -> int:
    line = " ".join(str(message).split())  # one line, whatever a name may hold
    print(f"python -m vae_core: {line}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())

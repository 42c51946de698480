"""The command line: one JSON object per line, one clear line for bad input, its exit codes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.core import oracles
from vae_core import RunConfig, idx, load_dataset
from vae_core.__main__ import main
from vae_core.checkpoints import checkpoint_bytes, load_checkpoint
from vae_core.regularity import evaluate
from vae_core.training import initial_snapshot, train

ROOT = Path(__file__).parents[2]
TRAINED = ["epoch", "recon", "kl", "loss", "val_recon", "val_kl", "seconds"]
EVALUATED = [
    "val_recon", "val_kl", "val_sse", "precision", "coverage", "mmd2", "step_mean", "step_p99",
    "active_units",
]  # fmt: skip
SMALL = ["train", "--dataset", "digits", "--hidden", "8", "--epochs", "2"]
Captured = pytest.CaptureFixture[str]


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vae_core", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def run(arguments: list[str], capsys: Captured) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the objects on stdout, stderr."""
    try:
        code = main(arguments)
    except SystemExit as exit:  # argparse
        code = int(str(exit.code))
    printed = capsys.readouterr()

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    lines = [json.loads(line, parse_constant=refuse) for line in printed.out.splitlines()]
    return code, lines, printed.err


def complaint(arguments: list[str], capsys: Captured) -> str:
    code, lines, err = run(arguments, capsys)
    assert code == 2
    assert lines == []
    assert len(err.splitlines()) == 1, err
    assert err.endswith("\n")
    assert "Traceback" not in err
    return err


# --- as a process


def test_train_saves_from_a_shell_what_evaluate_measures(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "network.safetensors"
    trained = in_a_process(
        *("train", "--dataset", "digits", "--model", "vae", "--beta", "1", "--seed", "0"),
        *("--epochs", "3", "--save", str(path)),
    )
    assert trained.returncode == 0, trained.stderr
    lines = [json.loads(line) for line in trained.stdout.splitlines()]
    assert [list(line) for line in lines] == [TRAINED] * 3
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    code, (measures,), _ = run(["evaluate", str(path)], capsys)
    assert code == 0
    assert list(measures) == EVALUATED
    assert measures["val_recon"] == pytest.approx(lines[-1]["val_recon"], rel=1e-5)
    assert measures["val_kl"] == pytest.approx(lines[-1]["val_kl"], rel=1e-5)


def test_bad_input_ends_a_process_with_two_and_one_line() -> None:
    done = in_a_process("train", "--dataset", "digits", "--beta", "1e400")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "beta: found inf, expected a number from 0 to 100" in done.stderr


def test_a_reader_who_has_seen_enough_ends_the_run_without_a_complaint() -> None:
    arguments = ["train", "--dataset", "digits", "--model", "linear", "--epochs", "2000"]
    with subprocess.Popen(
        [sys.executable, "-m", "vae_core", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.stdout.close()
        told = process.stderr.read().decode().splitlines()
    assert process.returncode == 0
    assert len(told) == 1, told  # what it was going to do


# --- train


@pytest.mark.parametrize("model", ["linear", "ae", "vae"])
def test_train_prints_the_runs_own_figures(model: str, capsys: Captured) -> None:
    arguments = ["train", "--dataset", "digits", "--model", model, "--epochs", "2", "--seed", "3"]
    code, lines, _ = run(arguments, capsys)
    assert code == 0
    config = RunConfig(dataset="digits", model=model, epochs=2, seed=3)
    for line, snapshot in zip(lines, train(config, load_dataset("digits")), strict=True):
        assert list(line) == TRAINED
        assert {name: line[name] for name in TRAINED[:-1]} == {
            name: getattr(snapshot, name) for name in TRAINED[:-1]
        }
        assert (line["kl"] is None) == (line["val_kl"] is None) == (model != "vae")
    assert 0 < lines[0]["seconds"] < lines[1]["seconds"]


def test_progress_goes_to_stderr_and_json_alone_to_stdout(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    code, lines, err = run([*SMALL, "--save", str(path)], capsys)
    assert (code, len(lines)) == (0, 2)
    assert "1500 images" in err
    assert str(path) in err


def test_every_setting_is_an_option(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    options = {
        "--dataset": "digits", "--model": "vae", "--beta": "0.30000000000000004", "--seed": "7",
        "--likelihood": "gaussian", "--c": "0.25", "--latent-dim": "3", "--hidden": "9-5",
        "--architecture": "conv", "--activation": "tanh", "--epochs": "1",
        "--batch-size": "500", "--lr": "2e-3", "--schedule": "cosine", "--beta2": "0.95",
        "--gradient": "cut-std", "--optimizer": "adam", "--warmup": "2",
        "--cut-after": "1", "--save": str(path),
    }  # fmt: skip
    code, _, _ = run(["train", *(part for pair in options.items() for part in pair)], capsys)
    assert code == 0
    assert load_checkpoint(path).config == RunConfig(
        dataset="digits", model="vae", beta=0.1 + 0.2, seed=7, likelihood="gaussian", c=0.25,
        latent_dim=3, hidden=(9, 5), architecture="conv", activation="tanh", epochs=1,
        batch_size=500, lr=2e-3, schedule="cosine", beta2=0.95, gradient="cut-std",
        cut_after=1, warmup=2,
    )  # fmt: skip
    names = {f"--{name.replace('_', '-')}" for name in RunConfig(dataset="digits").to_dict()}
    assert names == set(options) - {"--save"}


@pytest.mark.parametrize("text, hidden", [("8", (8,)), ("8,4", (8, 4)), ("8-4-2", (8, 4, 2))])
def test_hidden_layers_are_written_with_hyphens_or_commas(
    text: str, hidden: tuple[int, ...], capsys: Captured, tmp_path: Path
) -> None:
    path = tmp_path / "network.safetensors"
    run([*SMALL[:3], "--epochs", "1", "--hidden", text, "--save", str(path)], capsys)
    assert load_checkpoint(path).config.hidden == hidden


def test_a_diverged_run_ends_with_three_and_one_more_line(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    code, lines, err = run([*SMALL[:3], "--lr", "10", "--save", str(path)], capsys)
    assert (code, lines) == (3, [])
    assert "epoch 1" in err.splitlines()[-1]
    assert "lr = 10" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not path.exists()


# --- evaluate


@pytest.mark.parametrize("model", ["linear", "ae", "vae"])
def test_evaluate_prints_the_contracts_measures(
    model: str, capsys: Captured, tmp_path: Path
) -> None:
    digits, path = load_dataset("digits"), tmp_path / "network.safetensors"
    config = RunConfig(dataset="digits", model=model, epochs=1)
    weights = initial_snapshot(config, digits).weights
    path.write_bytes(checkpoint_bytes(weights, config))
    code, (line,), err = run(["evaluate", str(path)], capsys)
    assert (code, err) == (0, "")
    assert list(line) == EVALUATED
    expected = evaluate(config, weights, digits)
    assert line == {name: getattr(expected, name) for name in EVALUATED}
    assert (line["val_kl"] is None) == (model != "vae")
    assert isinstance(line["active_units"], int)


def folder_of(n: int, side: int, home: Path) -> Path:
    home.mkdir(exist_ok=True)
    values = np.random.default_rng(0).integers(0, 256, (n, side, side))
    idx.write(home / "t10k-images-idx3-ubyte.gz", values)
    idx.write(home / "t10k-labels-idx1-ubyte.gz", np.arange(n) % 10)
    return home


@pytest.mark.parametrize("how", ["--data-dir", "--dataset"])
def test_a_folder_of_idx_files_is_trained_on_and_evaluated(
    how: str, capsys: Captured, tmp_path: Path
) -> None:
    home, path = folder_of(60, 5, tmp_path / "images"), tmp_path / "network.safetensors"
    named = (
        ["--dataset", str(home)] if how == "--dataset" else ["--dataset", "mnist", how, str(home)]
    )
    arguments = ["train", *named, "--epochs", "1", "--hidden", "6", "--save", str(path)]
    code, lines, err = run(arguments, capsys)
    assert (code, len(lines)) == (0, 1)
    assert "54 images" in err
    again = ["evaluate", str(path), *(["--data-dir", str(home)] if how == "--data-dir" else [])]
    code, (line,), _ = run(again, capsys)
    assert code == 0
    assert line["val_recon"] == pytest.approx(lines[-1]["val_recon"], rel=1e-5)


# --- bad input: exit 2, exactly one line


@pytest.mark.parametrize(
    "arguments, named",
    [
        ("train", "--dataset"),
        ("", "command"),
        ("fly", "fly"),
        ("evaluate", "FILE"),
        ("train --dataset digits --learning-rate 1", "--learning-rate"),
        ("train --dataset digits --beta", "--beta"),
        ("train --dataset nowhere", "dataset: found 'nowhere'"),
        ("train --dataset digits --model gan", "model: found 'gan'"),
        ("train --dataset digits --beta nan", "beta: found nan"),
        ("train --dataset digits --beta -1", "beta: found -1"),
        ("train --dataset digits --beta much", "beta: found 'much'"),
        ("train --dataset digits --c 0", "c: found 0"),
        ("train --dataset digits --lr 1e400", "lr: found inf"),
        ("train --dataset digits --epochs 0", "epochs: found 0"),
        ("train --dataset digits --epochs 1.5", "epochs: found 1.5"),
        ("train --dataset digits --epochs 10**9", "epochs: found '10**9'"),
        ("train --dataset digits --seed -1", "seed: found -1"),
        ("train --dataset digits --seed 99999999999999999999", "seed: found 9999"),
        ("train --dataset digits --hidden wide", "hidden: found 'wide'"),
        ("train --dataset digits --hidden 8-0", "hidden: found (8, 0)"),
        ("train --dataset digits --hidden 8--8", "hidden: found '8--8'"),
        ("train --dataset digits --architecture deep", "architecture: found 'deep'"),
        ("train --dataset digits --architecture conv --hidden 99", "hidden: found (99,)"),
        ("train --dataset digits --architecture conv --hidden 2-2-2-2", "divisible by 16"),
        ("train --dataset digits --batch-size none", "batch_size: found 'none'"),
        ("train --dataset digits --model linear --likelihood bernoulli", "likelihood: found"),
        ("train --dataset digits --model linear --hidden 8", "hidden: found"),
        ("train --dataset no/such/folder", "not a folder"),
        ("train --dataset mnist --data-dir no/such/folder", "not a folder"),
        ("train --dataset digits --save no/such/folder/x.safetensors", "--save"),
        ("train --dataset digits --save .", "--save"),
        ("evaluate no/such/file.safetensors", "cannot be read"),
        ("evaluate .", "cannot be read"),
    ],
)
def test_bad_input_is_one_line(arguments: str, named: str, capsys: Captured) -> None:
    assert named in complaint(arguments.split(" ") if arguments else [], capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--dataset", "digits", "--a\nb"],
        ["train", "--dataset", "no/such\nfolder"],
        ["train", "--dataset", "x" * 300],
        ["train", "--dataset", "/" + "x" * 300],
        ["train", "--dataset", "digits", "--epochs", "9" * 5000],
        ["train", "--dataset", "digits", "--hidden", "9" * 5000],
        ["train", "--dataset", "digits", "--model", ""],
        ["train", "--dataset", ""],
        ["evaluate", "no\nfile"],
        ["evaluate", "x" * 300],
        ["fl\ny"],
    ],
    ids=lambda arguments: ascii(arguments[-1])[:20],
)
def test_input_of_bad_intent_is_one_line_too(arguments: list[str], capsys: Captured) -> None:
    complaint(arguments, capsys)


def test_a_broken_image_file_is_one_line(capsys: Captured, tmp_path: Path) -> None:
    home = folder_of(30, 4, tmp_path / "images")
    path = home / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    assert path.name in complaint(["train", "--dataset", str(home)], capsys)


def test_images_that_are_all_the_same_are_one_line(capsys: Captured, tmp_path: Path) -> None:
    idx.write(tmp_path / "t10k-images-idx3-ubyte.gz", np.full((40, 4, 4), 7))
    assert "the same" in complaint(["train", "--dataset", str(tmp_path)], capsys)


def test_a_network_for_other_images_is_one_line(capsys: Captured, tmp_path: Path) -> None:
    config = RunConfig(dataset="mnist", hidden=(6,))
    weights = initial_snapshot(config, oracles.toy_dataset(side=4)).weights
    path = tmp_path / "network.safetensors"
    path.write_bytes(checkpoint_bytes(weights, config))
    home = folder_of(30, 5, tmp_path / "images")
    message = complaint(["evaluate", str(path), "--data-dir", str(home)], capsys)
    assert "16 pixels" in message
    assert "25" in message


def test_a_damaged_checkpoint_is_one_line(capsys: Captured, tmp_path: Path) -> None:
    config, path = oracles.small_config(), tmp_path / "network.safetensors"
    weights = dict(initial_snapshot(config, oracles.toy_dataset(side=8)).weights)
    damaged = [
        {**weights, "mu.bias": np.full(2, math.nan, np.float32)},
        {**weights, "mu.bias": np.zeros(3, np.float32)},
        {name: array for name, array in weights.items() if name != "decoder.2.bias"},
    ]
    for content in (*(checkpoint_bytes(w, config) for w in damaged), b"", b"junk" * 99):
        path.write_bytes(content)
        assert path.name in complaint(["evaluate", str(path)], capsys)

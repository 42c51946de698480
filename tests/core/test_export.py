"""A network as one file: what torch alone makes of it, whatever it is called."""

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vae_core import RunConfig
from vae_core.export import pytorch_source
from vae_core.networks import Autoencoder, weights_of

SHAPE = (4, 6)
D = SHAPE[0] * SHAPE[1]
TABLE = {
    "names": [f"column {i}" for i in range(D - 1)] + ['"]\nraise SystemExit("out")  # 😀 ${x} {d}'],
    "low": [-float(i) for i in range(D)],
    "high": [10.0 + i for i in range(D)],
}
# What torch itself needs: its own declared requirements, and what ships with it.
OF_TORCH = {
    "torch", "torchgen", "functorch", "typing_extensions", "sympy", "mpmath", "networkx", "jinja2",
    "markupsafe", "filelock", "fsspec", "setuptools", "pkg_resources", "_distutils_hack",
}  # fmt: skip
RUNNER = f"""
import json, runpy, sys, types

class Only:  # an environment that holds torch and nothing else
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {OF_TORCH!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Only())
import torch
before, told = set(sys.modules), []
for file, x, z in json.load(sys.stdin):
    made = runpy.run_path(file, run_name="exported")
    network = made["load"]()
    code = network.encode(torch.tensor(x))
    told.append({{
        "code": [each.tolist() for each in (code if isinstance(code, tuple) else (code,))],
        "x_hat": network.decode(torch.tensor(z)).tolist(),
        "settings": made["SETTINGS"],
    }})
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(json.dumps([told, sorted(new - set(sys.stdlib_module_names) - {{"torch"}})]))
"""
NAMES = (
    "plain", 'say "hi"', "it's", '"""', "'''", "back\\", "two\nlines", "\r\u2028\u2029\0", "😀 ∑",
    "{d} {k!r} %s ${x}", "\\N{BULLET}", '"""\nraise SystemExit("out")\n"""', "\ud800", "x" * 300,
)  # fmt: skip


def drawn(config: RunConfig, shape: tuple[int, int]) -> Autoencoder:
    """A network of random weights, biases included, that saturates nothing."""
    network = Autoencoder(config, shape)
    network.initialise(torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if name.endswith("bias"):
                tensor.uniform_(-0.5, 0.5, generator=generator)
    return network


def cases() -> list[tuple[RunConfig, tuple[int, int]]]:
    """Every model, likelihood and activation, k = 1, 2, 32, one to six layers; convolutions."""
    dense = [
        RunConfig(model=model, likelihood=likelihood, activation=activation, latent_dim=k,
                  hidden=hidden)
        for (model, likelihood, activation), (k, hidden) in zip(
            product(("ae", "vae"), ("bernoulli", "gaussian"), ("relu", "elu", "tanh")),
            [(1, (5,)), (2, (9, 7)), (32, (9, 8, 7)), (3, (6,) * 6)] * 3, strict=True,
        )
    ]  # fmt: skip
    linear = [RunConfig(model="linear", latent_dim=k) for k in (1, 2, 32)]
    conv = [
        RunConfig(architecture="conv", model=model, likelihood=likelihood, hidden=hidden)
        for model, likelihood, hidden in (
            ("vae", "bernoulli", (3,)),
            ("ae", "gaussian", (5, 4)),
            ("vae", "gaussian", (2, 3, 4, 5)),
        )
    ]  # fmt: skip
    sides = [SHAPE, (8, 12), (16, 32)]
    return [*((config, SHAPE) for config in [*dense, *linear]), *zip(conv, sides, strict=True)]


def run_alone(folder: Path, made: list[tuple[str, Any, Any]]) -> tuple[list[dict], list[str]]:
    """What the files compute, and which packages they load, where only torch is installed."""
    runner = folder / "runner.py"
    runner.write_text(RUNNER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(runner)], input=json.dumps(made), capture_output=True,
        text=True, timeout=300, cwd=folder, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told, others = json.loads(done.stdout)
    return told, others


def saved(folder: Path, name: str, source: str) -> str:
    assert len(source.splitlines()) < 80
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return str(path)


def close(found: Any, expected: torch.Tensor) -> None:
    wanted = expected.detach().numpy()
    assert np.shape(found) == wanted.shape
    assert (np.abs(found - wanted) <= 1e-5 * np.maximum(1, np.abs(wanted))).all()


def test_every_network_encodes_and_decodes_alike_where_only_torch_is_installed(tmp_path):
    generator = torch.Generator().manual_seed(3)
    networks, files = [], []
    for i, (config, shape) in enumerate(cases()):
        network = drawn(config, shape)
        name = NAMES[i % len(NAMES)]
        source = pytorch_source(config, weights_of(network), shape, name)
        x = torch.rand((5, shape[0] * shape[1]), generator=generator)
        z = 2 * torch.randn((5, config.latent_dim), generator=generator)
        networks.append((config, network, x, z, name))
        files.append((saved(tmp_path, f"network_{i}", source), x.tolist(), z.tolist()))
    told, others = run_alone(tmp_path, files)
    assert others == []
    assert len(told) == len(networks)
    for (config, network, x, z, name), found in zip(networks, told, strict=True):
        with torch.no_grad():
            mu, logvar = network.encode(x)
            output = network.decode(z)
        wanted = [mu] if logvar is None else [mu, logvar]
        for one, other in zip(found["code"], wanted, strict=True):
            close(one, other)
        bernoulli = config.likelihood == "bernoulli"
        close(found["x_hat"], torch.sigmoid(output) if bernoulli else output)
        assert found["settings"] == {"name": name, **config.essence()}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_a_text(name):
    """Whatever a run is called, the file has the same statements, and the name as a string."""
    config = RunConfig(hidden=(3,))
    weights = weights_of(drawn(config, SHAPE))

    def parsed(name: str) -> tuple[list[str], Mapping[str, Any]]:
        source = pytorch_source(config, weights, SHAPE, name, TABLE)
        assert source.isascii() or "…" in source
        assert len(source.splitlines()) < 80
        tree = ast.parse(source)
        settings = next(
            node.value for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SETTINGS"
        )  # fmt: skip
        tree.body = [node for node in tree.body if getattr(node, "value", None) is not settings]
        return [ast.unparse(node) for node in tree.body], ast.literal_eval(settings)

    statements, settings = parsed(name)
    assert settings["name"] == name
    assert statements == parsed("plain")[0]


def test_what_it_imports_is_torch_and_what_python_has():
    source = pytorch_source(RunConfig(), weights_of(drawn(RunConfig(), SHAPE)), SHAPE, "run")
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    assert found == {"base64", "sys", "torch", "zlib"}
    *_, data, condition, call = source.splitlines()
    assert data.startswith('WEIGHTS = "')
    assert (condition, call) == ('if __name__ == "__main__":', "    main()")
    assert all(len(line) <= 100 for line in source.splitlines() if line != data)


def test_the_largest_networks_stay_under_80_lines():
    """Six layers and a table, four convolutions: saved() says so of all that run."""
    deep = RunConfig(hidden=(1024,) * 6, latent_dim=32, likelihood="gaussian", warmup=20)
    conv = RunConfig(architecture="conv", hidden=(64,) * 4, latent_dim=32, likelihood="gaussian")
    for config, shape, table in ((deep, (1, 3), TABLE), (conv, (16, 16), None)):
        network = Autoencoder(config, shape)
        weights = {name: np.zeros(tensor.shape, np.float32)
                   for name, tensor in network.state_dict().items()}  # fmt: skip
        source = pytorch_source(config, weights, shape, "😀" * 40, table)
        assert len(source.splitlines()) < 80
        compile(source, "deep", "exec")


def test_on_its_own_it_writes_the_picture_of_a_code(tmp_path):
    config = RunConfig(hidden=(6,), activation="tanh")
    network = drawn(config, SHAPE)
    file = saved(tmp_path, "one", pytorch_source(config, weights_of(network), SHAPE, "one"))
    run = [sys.executable, "-I", file]
    done = subprocess.run(
        [*run, "0.5", "-1.5"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    header, *rows = (tmp_path / "decoded.pgm").read_text().splitlines()
    assert header == f"P2 {SHAPE[1]} {SHAPE[0]} 255"
    with torch.no_grad():
        x_hat = torch.sigmoid(network.decode(torch.tensor([[0.5, -1.5]]))).view(SHAPE).numpy()
    grey = np.array([row.split() for row in rows], int)
    assert np.abs(grey - 255 * x_hat).max() <= 0.501
    wrong = subprocess.run([*run, "1"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert wrong.stderr.strip().splitlines()[-1] == "found 1 numbers, expected 2"


def test_a_table_is_decoded_in_its_own_units(tmp_path):
    shape = (1, D)
    config = RunConfig(hidden=(6,), likelihood="gaussian", latent_dim=1)
    network = drawn(config, shape)
    source = pytorch_source(config, weights_of(network), shape, "t", TABLE)
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", saved(tmp_path, "table", source), "-0.7"],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with torch.no_grad():
        x_hat = network.decode(torch.tensor([[-0.7]])).numpy()[0]
    text, wanted = (
        done.stdout,
        np.array(TABLE["low"]) + x_hat * np.subtract(TABLE["high"], TABLE["low"]),
    )
    for name, value in zip(TABLE["names"], wanted, strict=True):
        assert text.startswith(f"{name}: ")
        shown, _, text = text.removeprefix(f"{name}: ").partition("\n")
        assert float(shown) == pytest.approx(value, rel=2e-5, abs=2e-5)
    assert text == ""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from vae_core import RunConfig, load_dataset
from vae_core.checkpoints import Checkpoint, load_checkpoint
from vae_core.data import Dataset
from vae_core.training import Snapshot, train

# The same examples on every run and machine, however slow; nothing kept in the tree.
settings.register_profile("core", deadline=None, derandomize=True, database=None)
settings.load_profile("core")


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load_dataset("digits")


@pytest.fixture(scope="session")
def shapes() -> Dataset:
    return load_dataset("shapes")


@pytest.fixture(scope="session")
def shipped() -> Checkpoint:
    """The shipped model of chapters 7 to 9: two codes, a Gaussian likelihood, c = 0.1."""
    models = Path(__file__).parents[2] / "models"
    return load_checkpoint(models / "digits-vae-gaussian-c0.1.safetensors")


@pytest.fixture
def one_thread() -> None:
    """As in a worker: two threads are slower on arrays of this size."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def trained(digits: Dataset) -> Callable[..., Snapshot]:
    """The last snapshot of a run on digits; each configuration is trained once a session."""
    finished: dict[str, Snapshot] = {}

    def last(**fields: object) -> Snapshot:
        config = RunConfig(dataset="digits", **fields)  # type: ignore[arg-type]
        key = repr(config)
        if key not in finished:
            *_, finished[key] = train(config, digits)
        return finished[key]

    return last

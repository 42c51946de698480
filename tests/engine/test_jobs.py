import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Job, jobs
from engine.tasks import TASKS, keyframe_epochs
from vae_core.config import RunConfig
from vae_core.data import DataError
from vae_core.idx import write

DIGITS = RunConfig(dataset="digits")


def test_equal_requests_have_equal_ids() -> None:
    assert Job(config=DIGITS).id == Job(config=RunConfig(dataset="digits", model="vae")).id
    assert len(Job(config=DIGITS).id) == 16
    assert int(Job(config=DIGITS).id, 16) >= 0


@pytest.mark.parametrize("change", [{"beta": 2.0}, {"seed": 1}, {"epochs": 7}, {"model": "ae"}])
def test_every_setting_changes_the_id(change: dict[str, object]) -> None:
    assert Job(config=DIGITS).id != Job(config=RunConfig(dataset="digits", **change)).id  # type: ignore[arg-type]


def test_other_images_in_the_same_folder_are_another_job(tmp_path: Path) -> None:
    import numpy as np

    config, ids = RunConfig(dataset=str(tmp_path)), []
    for value in (0, 1):
        write(tmp_path / "train-images-idx3-ubyte.gz", np.full((20, 4, 4), value, np.uint8))
        ids.append(Job(config=config).id)
    assert ids[0] != ids[1]


def test_a_folder_without_data_raises_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no IDX images"):
        _ = Job(config=RunConfig(dataset=str(tmp_path))).id


def test_other_code_is_another_job(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Job(config=DIGITS).id
    monkeypatch.setattr(jobs, "code_version", lambda: "edited")
    assert Job(config=DIGITS).id != before


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind: found 'dance', expected train"):
        Job(kind="dance", config=DIGITS)
    assert tuple(TASKS) == jobs.KINDS


@given(st.integers(1, 2000))
def test_keyframes_are_few_and_hold_the_first_and_the_last_epoch(epochs: int) -> None:
    chosen = keyframe_epochs(RunConfig(epochs=epochs))
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert len(chosen) <= 40
    assert chosen == sorted(set(chosen))
    if epochs < 40:
        assert chosen == list(range(epochs + 1))


@given(st.integers(100, 2000))
def test_keyframes_are_denser_early(epochs: int) -> None:
    chosen = keyframe_epochs(RunConfig(epochs=epochs))
    early = sum(epoch <= epochs / 2 for epoch in chosen)
    assert early > 1.4 * (len(chosen) - early)


@given(st.integers(40, 2000), st.integers(0, 2000))
def test_the_epochs_after_a_cut_have_keyframes(epochs: int, after: int) -> None:
    config = RunConfig(epochs=epochs, gradient="cut-z", cut_after=after)
    chosen = keyframe_epochs(config)
    assert {after + k for k in range(5) if after + k <= epochs} <= set(chosen)
    assert (chosen[0], chosen[-1]) == (0, epochs)
    assert len(chosen) <= 40
    whole = dataclasses.replace(config, gradient="pathwise")
    assert keyframe_epochs(whole) == keyframe_epochs(RunConfig(epochs=epochs))


def test_the_engine_imports_nothing_heavy() -> None:
    code = "import sys, engine, engine.local, engine.settings; print(*sys.modules)"
    root = Path(jobs.__file__).parents[1]
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "engine.tasks" in loaded
    assert not {"torch", "sklearn", "scipy", "pandas", "loky", "streamlit"} & set(loaded)


@given(st.integers(2, 2000), st.integers(7, 40))
def test_a_large_network_has_fewer_keyframes(epochs: int, most: int) -> None:
    chosen = keyframe_epochs(RunConfig(epochs=epochs), most)
    assert (chosen[0], chosen[-1]) == (0, epochs)
    assert len(chosen) <= most
    cut = RunConfig(epochs=epochs, gradient="cut-z", cut_after=epochs // 2)
    chosen = keyframe_epochs(cut, most)
    assert {0, epochs // 2, epochs} <= set(chosen)
    assert len(chosen) <= most

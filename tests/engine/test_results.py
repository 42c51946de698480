"""What a run records and how it ends: real workers, real training."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load

from engine import Job
from engine.local import LocalEngine
from engine.tasks import keyframe_epochs
from tests.engine.watching import ended, new_job, poll, until


def header(content: bytes, folder: Path) -> dict[str, Any]:
    (folder / "tensors").write_bytes(content)
    with safe_open(folder / "tensors", framework="numpy") as file:
        found: dict[str, Any] = json.loads(file.metadata()["header"])
    return found


@pytest.mark.parametrize("model", ["vae", "ae", "linear"])
def test_a_recording_holds_exactly_what_train_yields(
    engine: LocalEngine, tmp_path: Path, model: str
) -> None:
    from vae_core import RunConfig, load_dataset
    from vae_core.regularity import measures
    from vae_core.training import initial_snapshot, train

    config = RunConfig(dataset="digits", model=model, epochs=45, seed=3)
    run = ended(engine, engine.submit(Job(config=config), "ann"))
    assert (run.state, run.message) == ("done", "")
    assert run.keyframes == keyframe_epochs(config)

    data = load_dataset("digits")
    snapshots = [initial_snapshot(config, data), *train(config, data)]
    names = ("epoch", "step", "recon", "kl", "loss", "val_recon", "val_kl")
    assert run.losses == [{name: getattr(s, name) for name in names} for s in snapshots]
    for epoch in run.keyframes:
        content, snapshot = run.keyframe(epoch), snapshots[epoch]
        tensors = load(content)
        assert set(tensors) == {*snapshot.weights, "mu", "std"}
        for name, weight in snapshot.weights.items():
            np.testing.assert_array_equal(tensors[name], weight)
        np.testing.assert_allclose(tensors["mu"], snapshot.mu, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(tensors["std"], snapshot.std, rtol=1e-5, atol=1e-5)
        assert header(content, tmp_path) == {"epoch": epoch, "step": snapshot.step}
    assert run.measures == dataclasses.asdict(measures(config, snapshots[-1].weights, data))


def test_a_recording_holds_the_images_its_codes_belong_to(
    engine: LocalEngine, tmp_path: Path
) -> None:
    from vae_core import load_dataset

    data = load_dataset("digits")
    content = ended(engine, engine.submit(new_job(), "ann")).data()
    tensors = load(content)
    assert tensors["x"].dtype == tensors["y"].dtype == np.uint8
    np.testing.assert_array_equal(tensors["x"] / np.float32(16), data.x_train)
    np.testing.assert_array_equal(tensors["y"], data.y_train)
    assert header(content, tmp_path) == {
        "image_shape": [8, 8],
        "classes": list("0123456789"),
        "levels": 16,
        "table": None,
        "entropy_floor": data.entropy_floor,
        "n_train": 1500,
    }


def test_a_large_data_set_is_shown_in_part(engine: LocalEngine, tmp_path: Path) -> None:
    from vae_core.idx import write

    images = np.random.default_rng(0).integers(0, 256, (2500, 2, 2)).astype(np.uint8)
    write(tmp_path / "train-images-idx3-ubyte.gz", images)
    write(tmp_path / "train-labels-idx1-ubyte.gz", np.arange(2500).astype(np.uint8))
    run = ended(engine, engine.submit(new_job(dataset=str(tmp_path), epochs=1), "ann"))
    data, codes = load(run.data()), load(run.keyframe(1))
    assert data["x"].shape == (2000, 4)
    assert codes["mu"].shape == codes["std"].shape == (2000, 2)
    assert header(run.data(), tmp_path)["n_train"] == 2250
    shown = {tuple(row) for row in data["x"]}
    assert shown <= {tuple(row) for row in images.reshape(2500, 4)}
    assert len(shown) > 1990


def test_a_run_that_diverges_is_a_result_and_stays_in_the_cache(
    engine: LocalEngine, cache_folder: Path
) -> None:
    job = new_job(lr=10.0, hidden=(128, 64), activation="relu")
    run = ended(engine, engine.submit(job, "ann"))
    assert run.state == "diverged"
    assert "try a tenth" in run.message
    assert run.keyframes[0] == 0
    assert run.keyframe(0)
    assert run.measures is None
    until((cache_folder / job.id).is_dir)
    assert engine.submit(job, "bob") == job.id
    assert poll(engine, job.id, "bob") is run


def test_a_stopped_run_has_no_measures(engine: LocalEngine) -> None:
    job_id = engine.submit(new_job(epochs=2000), "ann")
    run = until(lambda: (r := poll(engine, job_id)) and r.keyframes and r, 60)
    engine.cancel(job_id, "ann")
    until(lambda: run.ended)
    assert run.measures is None


def test_training_images_that_are_all_the_same_still_make_a_run(
    engine: LocalEngine, tmp_path: Path
) -> None:
    """Nothing is as far apart as a step is measured by: such a measure has no value."""
    from vae_core import load_dataset
    from vae_core.idx import write

    images, labels = tmp_path / "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
    write(tmp_path / labels, np.zeros(40, np.uint8))
    write(images, np.arange(40, dtype=np.uint8)[:, None, None].repeat(2, 1).repeat(2, 2))
    held_out = round(255 * load_dataset(str(tmp_path)).x_val[0, 0])
    write(images, np.full((40, 2, 2), 99, np.uint8) - (np.arange(40) == held_out)[:, None, None])
    run = ended(engine, engine.submit(new_job(dataset=str(tmp_path), epochs=1), "ann"))
    assert (run.state, run.message) == ("done", "")
    assert run.measures is not None
    assert run.measures["step_mean"] is None
    assert run.measures["val_recon"] == run.losses[-1]["val_recon"]


def test_bad_data_fails_with_its_own_sentence(engine: LocalEngine, tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"nonsense")
    run = ended(engine, engine.submit(new_job(dataset=str(tmp_path)), "ann"))
    assert run.state == "failed"
    assert run.message.startswith("train-images-idx3-ubyte ends within its header")


def test_an_error_nobody_foresaw_is_a_sentence_here_and_a_traceback_in_the_log(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    run = ended(engine, engine.submit(new_job("raise"), "ann"))
    assert run.state == "failed"
    assert run.message.count(".") == 1
    assert "ZeroDivisionError" not in run.message
    assert "ZeroDivisionError: a bug in the worker" in caplog.text


@pytest.mark.parametrize(
    ("script", "sentence"),
    [("bad data", "The labels are missing; add them."), ("full disk", "No space left on device")],
)
def test_a_failure_with_a_reason_says_it(engine: LocalEngine, script: str, sentence: str) -> None:
    run = ended(engine, engine.submit(new_job(script), "ann"))
    assert run.state == "failed"
    assert sentence in run.message


def test_a_recording_has_room_for_few_keyframes_of_a_large_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine import tasks
    from engine.recording import Run, prepare

    job = new_job(hidden=(16,), epochs=9)
    prepare(tmp_path)
    run = Run(job.id, tmp_path)
    run.start()
    monkeypatch.setattr(tasks, "_RECORDING", 300_000)
    assert tasks.run(job, tmp_path).state == "done"
    run.refresh()
    size = len(run.keyframe(0))
    assert [epoch for epoch in run.keyframes if epoch in (0, 9)] == [0, 9]
    assert len(run.keyframes) <= 300_000 // size
    assert len(run.losses) == 10

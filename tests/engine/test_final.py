"""What a run that is done says of all its images."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from engine import RecordingError
from engine.local import LocalEngine
from engine.recording import FINAL, Run
from tests.engine.watching import ended, new_job, until
from vae_core.idx import write


@pytest.mark.parametrize("model", ["vae", "ae", "linear"])
def test_losses_and_variances_are_those_of_all_images(engine: LocalEngine, model: str) -> None:
    from vae_core import load_dataset
    from vae_core.training import encode, losses_at_mean

    hidden = () if model == "linear" else (8,)
    job = new_job(model=model, hidden=hidden, epochs=5, beta=2.0, latent_dim=3)
    run = ended(engine, engine.submit(job, "ann"))
    data, tensors = load_dataset("digits"), load(run.final() or b"")
    weights = {k: v for k, v in load(run.keyframe(5)).items() if k not in {"mu", "std"}}
    assert set(tensors) == {"losses", "variance"}  # the keyframe has all 1500 codes
    losses = np.sort(losses_at_mean(job.config, weights, data.x_val))
    assert tensors["losses"].shape == (101,)
    assert tensors["losses"].dtype == np.float32
    np.testing.assert_allclose(tensors["losses"][[0, 50, 100]],
                               [losses[0], losses[148], losses[-1]], rtol=1e-6)  # fmt: skip
    below = (losses[:, None] <= tensors["losses"] + 1e-3).mean(0)
    np.testing.assert_allclose(below, np.arange(101) / 100, atol=2 / 297)
    mu = encode(job.config, weights, data.x_train)[0].astype(np.float64)
    np.testing.assert_allclose(tensors["variance"], (mu**2).mean(0) - mu.mean(0) ** 2, rtol=1e-4)
    assert tensors["variance"].shape == (3,)


def folder_of(tmp_path: Path, n: int = 2500) -> Path:
    images = np.random.default_rng(0).integers(0, 256, (n, 2, 2)).astype(np.uint8)
    write(tmp_path / "train-images-idx3-ubyte.gz", images)
    write(tmp_path / "train-labels-idx1-ubyte.gz", (np.arange(n) % 7).astype(np.uint8))
    return tmp_path


def test_all_codes_of_a_large_data_set_are_there(engine: LocalEngine, tmp_path: Path) -> None:
    from vae_core import load_dataset
    from vae_core.training import encode

    job = new_job(dataset=str(folder_of(tmp_path)), epochs=2)
    run = ended(engine, engine.submit(job, "ann"))
    data, tensors = load_dataset(str(tmp_path)), load(run.final() or b"")
    weights = {k: v for k, v in load(run.keyframe(2)).items() if k not in {"mu", "std"}}
    mu, _ = encode(job.config, weights, data.x_train)
    assert tensors["mu"].shape == (2250, 2)
    assert tensors["mu"].dtype == np.float16
    np.testing.assert_allclose(tensors["mu"], mu, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(tensors["y"], data.y_train)
    shown = load(run.keyframe(2))["mu"].astype(np.float16)  # each of them is one of all
    assert {row.tobytes() for row in shown} <= {row.tobytes() for row in tensors["mu"]}


def test_codes_too_large_for_half_precision_stay_as_they_are(tmp_path: Path) -> None:
    from engine.tasks import _final_bytes
    from vae_core import RunConfig, load_dataset
    from vae_core.training import initial_snapshot

    data = load_dataset(folder_of(tmp_path))
    snapshot = initial_snapshot(RunConfig(dataset=str(tmp_path), model="ae", hidden=(4,)), data)
    snapshot.weights["mu.bias"][:] = 1e6
    mu = load(_final_bytes(snapshot))["mu"]
    assert mu.dtype == np.float32
    np.testing.assert_allclose(mu, snapshot.mu)


def test_a_run_that_is_not_done_has_none(engine: LocalEngine) -> None:
    job_id = engine.submit(new_job(epochs=2000), "ann")
    run = until(lambda: (r := engine.poll(job_id, "ann")) and r.keyframes and r, 60)
    assert run.final() is None  # type: ignore[union-attr]
    engine.cancel(job_id, "ann")
    until(lambda: run.ended)  # type: ignore[union-attr]
    assert run.final() is None  # type: ignore[union-attr]


def test_damage_to_it_is_noticed(engine: LocalEngine, cache_folder: Path) -> None:
    job = new_job()
    run = ended(engine, engine.submit(job, "ann"))
    until((cache_folder / job.id).is_dir)
    assert Run.load(job.id, run.folder).final() == run.final()
    (run.folder / FINAL).write_bytes(b"other losses")
    with pytest.raises(RecordingError, match="gone or damaged"):
        Run.load(job.id, run.folder)
    with pytest.raises(RecordingError, match="gone or damaged"):
        run.final()

"""What chapter 5's map is sent for the cloud of an input, and the numbers in its words."""

import json
import math

import numpy as np
import pytest
from safetensors.numpy import load, save

from tests.ui.opening import header_of
from ui.maps import _run_payload, _shipped_payload
from ui.prose import section
from ui.shipped import manifest, shipped

OPENED = (None, (0, 1), None, 40)


class Recorded:
    """A run of two epochs, as the engine would give it."""

    id = "abc"
    losses = ({}, {"val_recon": 20.5, "val_kl": 3.25})

    def keyframe(self, epoch: int) -> bytes:
        model = shipped("digits-vae-beta1")
        return save({**model.weights, "mu": model.mu, "std": model.std})

    def data(self) -> bytes:
        data = shipped("digits-vae-beta1").data
        words = {"image_shape": data.image_shape, "classes": data.classes, "levels": data.levels}
        x = np.rint(data.x_train * data.levels).astype(np.uint8)
        tensors = {"x": x, "y": data.y_train.astype(np.uint8)}
        return save(tensors, metadata={"header": json.dumps(words)})


@pytest.mark.parametrize("name", ["digits-vae-beta1", "shapes-vae-beta0.1", "digits-ae"])
def test_a_shipped_model_travels_whole_with_what_it_costs_on_images_kept_aside(name):
    payload, model = _shipped_payload(name, (0, 1), OPENED), shipped(name)
    sent, header = load(payload), header_of(payload)
    for weight, array in model.weights.items():
        assert (sent[f"model/{weight}"] == array).all()
    measures, x = manifest()[name]["measures"], model.data.x_val.astype(float)
    inner = x[(x > 0) & (x < 1)]
    floor = -(inner * np.log(inner) + (1 - inner) * np.log(1 - inner)).sum() / len(x)
    assert header["means"]["recon"] == measures["val_recon"]
    assert header["means"]["kl"] == measures["val_kl"]
    assert header["means"]["n"] == len(x)
    assert header["means"]["floor"] == pytest.approx(floor, rel=1e-6)
    assert header["dataset"] == model.config.dataset


def test_a_keyframe_travels_with_its_encoder_and_its_own_losses():
    config = shipped("digits-vae-beta1").config
    payload = _run_payload(config, Recorded(), 1, (0, 1), OPENED)
    sent, header = load(payload), header_of(payload)
    assert sent["model/encoder.0.weight"].dtype == np.float32
    assert "model/mu" not in sent
    assert (header["means"]["recon"], header["means"]["kl"]) == (20.5, 3.25)
    assert len(header["words"]["steps"]) == 4


def test_a_rerun_makes_nothing_again():
    assert _shipped_payload("digits-ae", (0, 1), OPENED) is _shipped_payload(
        "digits-ae", (0, 1), OPENED
    )


def test_the_shares_in_the_caption_are_those_of_a_gaussian():
    plane = [1 - math.exp(-(sigma**2) / 2) for sigma in (1, 2)]
    line = [math.erf(sigma / math.sqrt(2)) for sigma in (1, 2)]
    for share in (*plane, *line):
        assert f"{100 * share:.0f} %" in section("5_variational_autoencoders", "map")

"""Curves of several runs: what is sent, what is said under them, and links."""

import numpy as np
import pytest
from safetensors.numpy import load

from tests.ui.opening import header_of, opened
from ui import lab_curves
from ui.lab_curves import Curve
from ui.prose import section, words
from vae_core import RunConfig

SCRIPT = """
import streamlit as st
from ui.lab_curves import Curve, lab_curves_figure
from vae_core import RunConfig
losses = [{"epoch": e, "step": 10 * e, "recon": 30.0 - e, "kl": 1.0, "loss": 31.0 - e,
           "val_recon": 31.0 - e, "val_kl": 1.5} for e in range(4)]
lab_curves_figure([Curve("a *star*", "one", RunConfig(warmup=20), losses, "training"),
                   Curve("b", "two", RunConfig(beta=2.0), losses, "done")])
"""


def losses(count: int, kl: bool = True) -> list[dict]:
    return [
        {"epoch": e, "step": 11 * e, "recon": 30.5 - e, "kl": e / 4 if kl else None,
         "loss": 30.5 - e, "val_recon": 31.25 - e, "val_kl": e / 2 if kl else None}
        for e in range(count)
    ]  # fmt: skip


def payload(*runs: Curve) -> bytes:
    known = tuple(
        lab_curves._Known(r.name, r.id, r.config, r.state, len(r.losses), r.losses) for r in runs
    )
    return lab_curves._payload(known, "epoch", False)


def test_every_loss_is_sent_and_none_that_there_is_not():
    ae = RunConfig(model="ae", beta=3.0)
    runs = [Curve("v", "1", RunConfig(beta=2.0), losses(5), "training"),
            Curve("a", "2", ae, losses(3, kl=False), "stopped")]  # fmt: skip
    content = payload(*runs)
    tensors, header = load(content), header_of(content)
    for i, run in enumerate(runs):
        for name in ("epoch", "step", "recon", "val_recon"):
            np.testing.assert_array_equal(tensors[f"{i}/{name}"], [x[name] for x in run.losses])
    np.testing.assert_array_equal(tensors["0/val_kl"], [x["val_kl"] for x in runs[0].losses])
    assert not {"1/kl", "1/val_kl"} & set(tensors)
    assert [run["beta"] for run in header["runs"]] == [2.0, 0.0]  # an autoencoder weighs no KL
    assert [run["epochs"] for run in header["runs"]] == [130, 130]
    assert [run["state"] for run in header["runs"]] == ["training", "stopped"]


def test_a_rerun_makes_nothing_anew_and_an_epoch_more_does():
    def run(count, name="v", state="training"):
        return Curve(name, "cached", RunConfig(), losses(count), state)

    first = payload(run(4))
    assert payload(run(4)) is first
    assert payload(run(5)) is not first
    assert payload(run(4, name="w")) is not first
    assert payload(run(4, state="done")) is not first


def test_four_long_runs_are_little_to_send():
    runs = [Curve(str(i), f"long{i}", RunConfig(epochs=2000), losses(2001), "done")
            for i in range(4)]  # fmt: skip
    assert len(payload(*runs)) < 200_000


def test_what_is_said_follows_the_runs():
    app = opened(SCRIPT)
    told = "\n".join(text.value for text in app.markdown)
    assert words("lab_table", "remarks")["beta"] in told
    assert section("lab_curves", "caption_warmup").format(epochs=20, name=r"a \*star\*") in told
    assert section("lab_curves", "caption_train") not in told
    assert "curves" not in app.query_params
    assert "Without a curve" not in told


def test_a_run_without_losses_is_said_to_have_no_curve():
    app = opened(SCRIPT.replace('"done")])', '"done")], missing=2)'))
    told = "\n".join(text.value for text in app.markdown)
    assert section("lab_curves", "caption_missing").format(missing=2) in told
    assert "Without a curve: 2." in told


@pytest.mark.parametrize(
    ("query", "axis", "train"),
    [
        ({"curves": "step", "curves_train": "1"}, "step", True),
        ({"curves": "<script>", "curves_train": "yes"}, "epoch", False),
    ],
)
def test_a_link_is_read_and_nonsense_in_it_is_not(query, axis, train):
    app = opened(SCRIPT, **query)
    assert app.session_state["lab_curves_state"] == {"axis": axis, "train": train}
    kept = {key: "".join(app.query_params[key]) for key in ("curves", "curves_train")
            if key in app.query_params}  # fmt: skip
    assert kept == (query if train else {})
    told = "\n".join(text.value for text in app.markdown)
    assert (section("lab_curves", "caption_train") in told) == train

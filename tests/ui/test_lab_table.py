"""The table of runs: what it shows, what it refuses to say, and what a spreadsheet makes of it."""

import csv
import dataclasses
import io
import re
from html import unescape
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui import lab_table
from ui.lab_table import (
    MEASURES,
    Row,
    differences,
    file_stem,
    neg_elbo_of,
    portable,
    remarks,
    table_csv,
)
from ui.prose import words
from vae_core import RunConfig
from vae_core.checkpoints import load_checkpoint
from vae_core.regularity import Measures

MEASURED = {name: (k + 1) / 16 for k, name in enumerate(MEASURES)} | {
    "active_units": 7, "mmd2": -0.0004, "step_mean": None,
}  # fmt: skip
GAUSSIAN = RunConfig(likelihood="gaussian", c=0.1)


def row(name="run", state="done", config=GAUSSIAN, recon=20.04, kl=3.0, measures=MEASURED):
    return Row(name, config, state, 12, recon, kl, measures)


def cells(*rows: Row) -> list[list[str]]:
    """The text of the table's body, by row and cell, as a reader sees it."""
    body = lab_table._table(rows).partition("<tbody>")[2]
    return [
        [unescape(re.sub(r"<[^>]+>", " ", cell)).strip()
         for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line)]
        for line in re.findall(r"<tr>(.*?)</tr>", body)
    ]  # fmt: skip


def heads(*rows: Row) -> list[str]:
    head = lab_table._table(rows).partition("</thead>")[0]
    return re.findall(r'<th scope="col" title="[^"]+">([^<]+)<small>', head)


def test_a_row_shows_each_number_under_its_name():
    names = heads(row())
    assert names == ["recon", "KL", "−ELBO", "precision", "coverage", "MMD²", "step",
                     "active units"]  # fmt: skip
    (found,) = cells(row())
    shown = dict(zip(names, found[2:], strict=True))
    assert shown == {
        "recon": "20.0", "KL": "3.00", "−ELBO": "23.0",
        "precision": f"{MEASURED['precision']:.2f}", "coverage": f"{MEASURED['coverage']:.2f}",
        "MMD²": "−0.0004", "step": "– no value here", "active units": "7 of 2",
    }  # fmt: skip
    assert found[0] == "run done · epoch 12 of 130"


@pytest.mark.parametrize(
    ("config", "kl", "bound"),
    [
        (GAUSSIAN, 3.0, 23.04),
        (RunConfig(likelihood="gaussian", beta=0.5), 3.0, None),
        (RunConfig(), 3.0, None),
        (RunConfig(model="ae", likelihood="gaussian"), None, None),
        (RunConfig(model="linear"), None, None),
    ],
)
def test_only_a_gaussian_of_weight_one_has_an_elbo(config, kl, bound):
    assert neg_elbo_of(row(config=config, kl=kl)) == (
        None if bound is None else pytest.approx(bound)
    )
    assert ("−ELBO" in heads(row(config=config, kl=kl))) == (bound is not None)


def test_a_missing_number_says_why():
    """Beside a run that has them all."""
    reasons = words("lab_table", "reasons")
    weighted = RunConfig(likelihood="gaussian", beta=2)
    rows = [
        row(),
        row(config=weighted), row(config=RunConfig()),
        row(config=RunConfig(model="ae"), kl=None),
        *(row(state=state, measures=None) for state in ("training", "stopped", "diverged")),
        row(state="queued", recon=None, kl=None, measures=None),
    ]  # fmt: skip
    found = cells(*rows)
    assert [line[4] for line in found[1:4]] == [
        f"– {reasons[key]}" for key in ("weighted", "score", "no_bound")
    ]
    assert found[3][3] == f"– {reasons['no_kl']}"
    assert [line[5:] for line in found[4:7]] == [
        [f"– {reasons[state]}"] for state in ("training", "stopped", "diverged")
    ]
    assert found[7][2:] == [f"– {reasons['no_epoch']}"] * 3 + [f"– {reasons['queued']}"]
    assert found[7][0] == "run queued"


def test_settings_are_told_where_runs_differ_and_only_there():
    one, other = RunConfig(beta=1.0, seed=2), RunConfig(beta=4.0, seed=2, hidden=(16, 8), epochs=9)
    assert differences([one, other]) == [
        "β 1 · hidden 128–64–32 · epochs 130", "β 4 · hidden 16–8 · epochs 9"
    ]  # fmt: skip
    linear = RunConfig(model="linear")
    assert differences([one, linear])[1].startswith("model linear · seed 0 · likelihood gaussian")
    assert "β" not in differences([one, linear])[1].replace("β₂", "")
    said = words("lab_table", "fields")
    assert differences([one]) == [said["one"]]
    assert differences([one, one]) == [said["alike"]] * 2
    assert set(RunConfig().to_dict()) <= set(said)


def test_what_must_not_be_compared_is_said():
    said = words("lab_table", "remarks")
    digits, ae = RunConfig(), RunConfig(model="ae")
    assert remarks([digits, RunConfig(seed=4)]) == []
    assert remarks([digits, RunConfig(beta=4)]) == [said["beta"]]
    assert remarks([digits, ae]) == [said["beta"]]
    assert remarks([digits, RunConfig(beta=4)], summed=False) == []
    assert remarks([digits, RunConfig(dataset="shapes")]) == [said["data"]]
    assert remarks([digits, GAUSSIAN]) == [said["likelihood"]]
    assert remarks([GAUSSIAN, dataclasses.replace(GAUSSIAN, c=0.2)]) == [said["likelihood"]]
    assert remarks([digits, dataclasses.replace(digits, c=0.2)]) == []  # c is idle


def test_a_name_is_text_on_the_page():
    name = '<img src=x onerror="alert(1)">&amp;'
    (found,) = cells(row(name=name))
    assert found[0].startswith(name)
    assert "<img" not in lab_table._table([row(name=name)])


def test_the_csv_has_every_setting_loss_and_measure():
    assert set(MEASURES) == {f.name for f in dataclasses.fields(Measures)} - {
        "val_recon", "val_kl",
    }  # fmt: skip
    rows = [row(), row("b", "stopped", RunConfig(model="ae"), 19.5, None, None)]
    first, second = csv.DictReader(io.StringIO(table_csv(rows)))
    for config, found in ((GAUSSIAN, first), (RunConfig(model="ae"), second)):
        for name, value in config.to_dict().items():
            text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            assert found[name] == text
    assert (first["name"], first["state"], first["epochs_done"]) == ("run", "done", "12")
    assert float(first["neg_elbo"]) == pytest.approx(23.04)
    assert {name: first[name] for name in MEASURES} == {
        name: "" if value is None else str(value) for name, value in MEASURED.items()
    }
    assert second["val_kl"] == second["neg_elbo"] == second["coverage"] == ""
    assert float(second["val_recon"]) == 19.5


@given(st.one_of(st.text(max_size=30), st.from_regex(r"\A[ ]*[=+\-@\t\r\n＝＋－＠].*\Z")))
def test_no_name_is_a_formula_and_none_breaks_out(name):
    text = table_csv([row(name=name), row(name="after")])
    head, first, second = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(head) == len(first) == len(second)
    assert second[0] == "after"
    assert first[0].removeprefix("'") == name or first[0] == name
    assert not first[0].lstrip(" ").startswith(tuple("=+-@＝＋－＠\t\r\n"))
    assert text.splitlines()[0].startswith('"name"')
    assert float(first[head.index("mmd2")]) == -0.0004  # a number stays one


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("torch", "network_torch"), ("β = 4, k = 2", "network_4_k_2"), ("../../etc", "network_etc"),
        ("", "network"), ("😀", "network"), ("a" * 90, "network_" + "a" * 40),
        ('x".py\r\nSet-Cookie: 1', "network_x_py_Set_Cookie_1"),
    ],
)  # fmt: skip
def test_a_file_is_named_by_plain_letters(name, stem):
    assert file_stem(name) == stem
    assert stem.isidentifier()


def test_files_are_made_when_asked_for_and_not_before(monkeypatch, tmp_path):
    offered, made = {}, []
    monkeypatch.setattr(
        lab_table,
        "st",
        SimpleNamespace(download_button=lambda *words, key, **_: offered.update({key: words})),
    )
    for name in ("checkpoint_bytes", "pytorch_source"):
        real = getattr(lab_table, name)
        monkeypatch.setattr(
            lab_table, name, lambda *a, real=real, **k: made.append(real) or real(*a, **k)
        )
    config = RunConfig(hidden=(3,))
    shapes = {"encoder.0": (3, 6), "mu": (2, 3), "logvar": (2, 3), "decoder.0": (3, 2),
              "decoder.1": (6, 3)}  # fmt: skip
    weights = {f"{layer}.weight": np.ones(shape, np.float32) for layer, shape in shapes.items()}
    weights |= {f"{layer}.bias": np.ones(shape[0], np.float32) for layer, shape in shapes.items()}
    lab_table.takeaway("My run", config, weights, (2, 3), "away_1")
    assert made == []
    file = tmp_path / offered["away_1_weights"][2]
    assert file.name == "network_My_run.safetensors"
    file.write_bytes(offered["away_1_weights"][1]())
    loaded = load_checkpoint(file)
    assert loaded.config == config
    assert set(safetensors.numpy.load_file(file)) == set(weights)
    compile(offered["away_1_source"][1](), offered["away_1_source"][2], "exec")
    assert len(made) == 2


def test_the_table_stands_on_a_page():
    script = """
from ui.lab_table import Row, lab_table
from vae_core import RunConfig
lab_table([Row("a", RunConfig(), "training", 3, 20.5, 3.0, None)])
"""
    app = AppTest.from_string(script, default_timeout=30).run()
    assert not app.exception
    assert any("20.5" in html.proto.body for html in app.get("html"))


def test_two_own_data_sets_are_told_apart_and_not_compared():
    own = [RunConfig(dataset="own"), RunConfig(dataset="own", seed=1), RunConfig(dataset="own")]
    assert differences(own[::2], ["a", "b"]) == ["data own 1", "data own 2"]
    assert "seed" in differences(own[:2], ["a", "a"])[0]
    assert remarks(own, ["a", "a", "a"]) == []
    assert len(remarks(own, ["a", "b", ""])) == 1


def test_what_is_taken_away_names_a_folder_and_not_where_it_lies(tmp_path):
    (tmp_path / "faces").mkdir()
    config = RunConfig(dataset=str(tmp_path / "faces"))
    assert portable(config) == dataclasses.replace(config, dataset="./faces")
    assert portable(RunConfig()) == RunConfig()
    assert str(tmp_path) not in table_csv([row(config=config)])

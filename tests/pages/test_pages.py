"""Every page opens, alive, without torch in the server; bad links cost one sentence."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages.conftest import CHAPTER
from ui.page import ROOT, chapters

PAGES = ["app.py", *(f"pages/{chapter.page}.py" for chapter in chapters())]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_an_exception(open_page, page):
    at = open_page(page)
    assert not at.exception
    assert not at.warning


@pytest.mark.parametrize("page", PAGES[1:])
def test_code_is_written_once_it_is_asked_for(open_page, page):
    calls = [node for node in ast.walk(ast.parse((ROOT / page).read_text())) if is_code(node)]
    assert calls
    at = open_page(page)
    assert len(at.code) == 0
    named = [[argument.value for argument in call.args[2:]] for call in calls]
    for names in named:
        at.session_state[f"code_{'_'.join(names)}"] = True
    at.run()
    assert not at.exception
    shown = [code.value for code in at.code]
    assert len(shown) == len(named)
    for names, source in zip(named, shown, strict=True):
        for name in names:
            assert re.search(rf"\b(def|class|function) {name}\b", source)


def is_code(node: ast.AST) -> bool:
    """Whether this is a call of `code(title, file, *names)`."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "code"


def test_the_server_imports_neither_torch_nor_scikit_learn(tmp_path: Path):
    """Open every page in a fresh process and look at what was imported, even by others."""
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=60).run()
for page in {PAGES[1:]!r}:
    at.switch_page(page).run()
    assert not at.exception
heavy = [name for name in ("torch", "sklearn", "scipy") if name in sys.modules]
from engine import get_engine
get_engine().close()
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "VAE_CACHE": str(tmp_path / "runs")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"beta": "inf"}, "beta"),
        ({"beta": "1e400"}, "beta"),
        ({"seed": "inf"}, "seed"),
        ({"seed": "1e400"}, "seed"),
        ({"epochs": "0"}, "epochs"),
        ({"dataset": "no_such"}, "dataset"),
        ({"dataset": "../../../etc"}, "dataset"),
        ({"model": "<script>alert(1)</script>"}, "model"),
        ({"c": "-1", "likelihood": "gaussian"}, r"c\: found"),
        ({"z": "nan,inf"}, None),
        ({"z": "1", "picks": "999999999,1e9"}, None),
        ({"unknown": "x" * 3000}, None),
    ],
)
def test_a_bad_link_costs_one_sentence_and_nothing_else(open_page, query, word):
    at = open_page(**query)
    assert not at.exception
    assert [word in warning.value for warning in at.warning] == ([True] if word else [])
    assert at.markdown.values.count("ready") == 1


@pytest.mark.parametrize(
    "query", [{"u": "a,b"}, {"u": "nan,1"}, {"u": "1e400,0"}, {"picked": "-1"}]
)
def test_a_bad_link_to_home_opens_home(open_page, query):
    at = open_page("app.py", **query)
    assert not at.exception


def test_a_link_sets_the_widgets_exactly(open_page):
    at = open_page(beta="0.37", seed="12345678", model="vae", dataset="shapes")
    assert at.number_input(key="beta").value == 0.37
    assert at.number_input(key="seed").value == 12345678
    assert at.query_params["seed"] == "12345678"
    assert at.selectbox(key="dataset").value == "shapes"
    assert at.radio(key="model").value == "vae"
    assert at.query_params["beta"] == "0.37"


def test_a_typed_beta_is_kept_exactly_and_stands_in_the_link(open_page):
    at = open_page()
    at.number_input(key="beta").set_value(0.123).run()
    assert at.query_params["beta"] == "0.123"
    at.number_input(key="beta").set_value(1.0).run()
    assert "beta" not in at.query_params


@pytest.mark.parametrize(
    ("name", "model", "beta"),
    [
        ("ae", "ae", 1.0),
        ("beta0", "vae", 0.0),
        ("beta01", "vae", 0.1),
        ("beta1", "vae", 1.0),
        ("beta30", "vae", 30.0),
    ],
)
def test_a_picture_of_the_story_is_one_click_away(open_page, name, model, beta):
    at = open_page(dataset="shapes", seed="3")
    at.button(key=f"picture_{name}").click().run()
    assert not at.exception
    assert at.radio(key="model").value == model
    if model == "vae":
        assert at.number_input(key="beta").value == beta
    assert at.selectbox(key="dataset").value == "digits"
    assert not any("Press Train" in text for text in at.markdown.values if "On the map" in text)


def test_settings_survive_a_visit_to_another_page(open_page):
    at = open_page(beta="0.5")
    at.number_input(key="seed").set_value(9).run()
    at.switch_page("app.py").run()
    at.switch_page(CHAPTER).run()
    assert at.number_input(key="beta").value == 0.5
    assert at.number_input(key="seed").value == 9
    assert at.query_params["seed"] == "9"


def test_a_data_folder_without_images_is_one_sentence(open_page, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    at = open_page(dataset="empty")
    assert not at.exception
    assert len(at.warning) == 1
    assert "holds no IDX images" in at.warning[0].value


def test_a_damaged_shipped_model_is_one_sentence(open_page, monkeypatch, tmp_path):
    import ui.shipped

    for file in ui.shipped.MODELS.iterdir():
        content = bytearray(file.read_bytes())
        if file.suffix == ".safetensors":
            content[-1] ^= 1
        (tmp_path / file.name).write_bytes(content)
    monkeypatch.setattr(ui.shipped, "MODELS", tmp_path)
    ui.shipped.shipped.cache_clear()
    try:
        at = open_page()
        assert not at.exception
        assert "is damaged" in at.warning[0].value
    finally:
        ui.shipped.shipped.cache_clear()


def test_a_cleared_field_keeps_its_value_and_epochs_go_back_to_the_data_sets_own(open_page):
    at = open_page(beta="0.5", seed="7", epochs="17")
    at.number_input(key="beta").set_value(None).run()
    at.number_input(key="seed").set_value(None).run()
    assert at.query_params["beta"] == "0.5"
    assert at.query_params["seed"] == "7"
    assert at.number_input(key="beta").value == 0.5
    at.number_input(key="epochs").set_value(None).run()
    assert "epochs" not in at.query_params


def test_settings_that_do_not_count_do_not_make_another_run(open_page):
    at = open_page(model="ae", beta="30", c="0.5")
    assert any("An irregular map" in text for text in at.markdown.values)


def test_picks_that_do_not_exist_leave_the_link(open_page):
    at = open_page(picks="9999,2")
    assert "picks" not in at.query_params

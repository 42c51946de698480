"""Settings from a link: what can be used is kept exactly, the rest is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.settings import DEFAULTS, config_of, datasets, read_link
from vae_core.config import ConfigError


def test_the_bare_link_is_the_default_run():
    values, problems = read_link({})
    assert (values, problems) == (DEFAULTS, [])
    assert config_of(values).epochs == 130


def test_any_beta_in_range_is_kept_exactly():
    values, problems = read_link({"beta": "0.123456789", "seed": "7", "epochs": "12"})
    assert problems == []
    config = config_of(values)
    assert (config.beta, config.seed, config.epochs) == (0.123456789, 7, 12)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("beta", "inf"), ("beta", "nan"), ("beta", "1e400"), ("beta", "-1"), ("beta", "101"),
        ("beta", "much"), ("beta", ""), ("seed", "inf"), ("seed", "1e400"), ("seed", "1.5"),
        ("seed", "-3"), ("epochs", "0"), ("epochs", "9999"), ("c", "0"), ("model", "gan"),
        ("dataset", "nowhere"), ("dataset", "../../etc"), ("dataset", "/etc"), ("dataset", ".."),
        ("likelihood", "poisson"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_told_in_one_sentence(key, text):
    values, problems = read_link({key: text})
    assert values == DEFAULTS
    assert len(problems) == 1
    assert key in problems[0]


def test_one_bad_value_does_not_cost_the_good_ones():
    values, problems = read_link({"beta": "3", "seed": "x", "model": "ae"})
    assert (values["beta"], values["seed"], values["model"]) == (3.0, 0, "ae")
    assert len(problems) == 1


def test_a_linear_model_is_gaussian_whatever_the_link_says():
    values, problems = read_link({"model": "linear", "likelihood": "bernoulli"})
    assert problems == []
    assert config_of(values).likelihood == "gaussian"


def test_only_folders_directly_in_the_data_folder_are_offered(tmp_path, monkeypatch):
    (tmp_path / "faces").mkdir()
    (tmp_path / "notes.txt").write_text("not a folder")
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    assert datasets() == ["digits", "shapes", "faces"]
    values, problems = read_link({"dataset": "faces"})
    assert problems == []
    assert config_of(values).dataset == str(tmp_path / "faces")
    with pytest.raises(ConfigError, match="expected digits or shapes or faces"):
        config_of({**values, "dataset": "faces/../.."})


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "other"]), st.text(max_size=20)))
def test_no_link_breaks_the_page(link):
    values, problems = read_link(link)
    config_of(values)
    assert all("\n" not in problem for problem in problems)

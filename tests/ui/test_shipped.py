"""Which shipped model stands in for a run that has not been made yet."""

import pytest

from ui.shipped import nearest
from vae_core import RunConfig


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"beta": 1.0}, "digits-vae-beta1"),
        ({"beta": 0.2}, "digits-vae-beta0.1"),
        ({"beta": 100.0}, "digits-vae-beta30"),
        ({"likelihood": "gaussian", "c": 0.02}, "digits-vae-gaussian-c0.1"),
        ({"likelihood": "gaussian", "c": 3.0}, "digits-vae-gaussian-c1"),
        ({"likelihood": "gaussian", "dataset": "shapes", "beta": 20.0}, "shapes-vae-beta30"),
        ({"model": "ae"}, "digits-ae"),
        ({"latent_dim": 32}, "digits-vae-k32"),
        ({"latent_dim": 32, "warmup": 100, "beta": 3.0}, "digits-vae-k32-warmup"),
        ({"warmup": 60}, "digits-vae-beta1"),
    ],
)
def test_the_likelihood_counts_first_then_beta_then_c_then_warm_up(settings, name):
    assert nearest(RunConfig(**settings)) == name


def test_nothing_is_like_a_data_set_of_the_readers_own(tmp_path):
    assert nearest(RunConfig(dataset=str(tmp_path))) is None


def test_nothing_is_like_a_code_of_another_length():
    assert nearest(RunConfig(latent_dim=3)) is None
    assert nearest(RunConfig(latent_dim=32, model="ae")) is None

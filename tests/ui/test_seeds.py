"""Five seeds of one autoencoder: what chapter 4 says of them is true of the shipped models."""

import itertools

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ui.prose import section
from ui.seeds import MODELS
from ui.shipped import manifest, shipped


def neighbours(codes: np.ndarray, k: int = 12) -> list[set[int]]:
    found = NearestNeighbors(n_neighbors=k).fit(codes).kneighbors(return_distance=False)
    return [set(row) for row in found]


def test_the_five_models_differ_in_their_seed_only():
    configs = [shipped(file).config.to_dict() for file in MODELS]
    assert [config.pop("seed") for config in configs] == [0, 1, 2, 3, 4]
    assert all(config == configs[0] for config in configs)
    assert configs[0]["model"] == "ae"


def test_their_scores_are_within_two_percent_of_each_other():
    scores = [manifest()[file]["measures"]["val_recon"] for file in MODELS]
    assert max(scores) / min(scores) < 1.021


def test_two_seeds_agree_on_a_third_to_a_half_of_an_image_s_twelve_neighbours():
    spaces = [neighbours(shipped(file).mu) for file in MODELS]
    shared = [
        np.mean([len(a & b) / 12 for a, b in zip(one, other, strict=True)])
        for one, other in itertools.combinations(spaces, 2)
    ]
    assert "only about a third to a half are among its twelve" in section("seeds", "seeds")
    assert 0.3 < min(shared) < 0.34
    assert 0.45 < max(shared) < 0.5

"""Training: what a run yields, that seeds decide everything, that stopping stops."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.core import oracles
from vae_core import Dataset, RunConfig, training
from vae_core.objectives import Terms
from vae_core.training import DivergedError, Snapshot, initial_snapshot, train

Trained = Callable[..., Snapshot]
FIGURES = ("step", "epoch", "recon", "kl", "loss", "val_recon", "val_kl")
DATA = oracles.toy_dataset()


def figures(snapshots: list[Snapshot]) -> list[tuple[Any, ...]]:
    return [tuple(getattr(s, name) for name in FIGURES) for s in snapshots]


def same_weights(a: Snapshot, b: Snapshot) -> bool:
    return a.weights.keys() == b.weights.keys() and all(
        np.array_equal(a.weights[name], b.weights[name]) for name in a.weights
    )


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Adam is asked to do: one entry per optimiser step, made at the step."""
    taken: list[dict[str, Any]] = []
    original = torch.optim.Adam.step

    def spy(self: torch.optim.Adam, *args: Any, **kwargs: Any) -> Any:
        group = self.param_groups[0]
        taken.append({"lr": float(group["lr"]), "betas": group["betas"]})
        return original(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.Adam, "step", spy)
    return taken


# --- seeds


@pytest.mark.parametrize("model", ["linear", "ae", "vae"])
def test_same_seed_same_curve_bit_for_bit(model: str) -> None:
    config = oracles.small_config(model=model, seed=5)
    first, second = list(train(config, DATA)), list(train(config, DATA))
    assert figures(first) == figures(second)
    assert all(same_weights(a, b) for a, b in zip(first, second, strict=True))
    np.testing.assert_array_equal(first[-1].mu, second[-1].mu)
    np.testing.assert_array_equal(first[-1].std, second[-1].std)


def test_same_seed_same_curve_with_the_digits_defaults(digits: Dataset) -> None:
    config = RunConfig(dataset="digits", epochs=2)
    assert figures(list(train(config, digits))) == figures(list(train(config, digits)))


@pytest.mark.parametrize("model", ["linear", "ae", "vae"])
def test_different_seed_different_curve(model: str) -> None:
    curves = {
        tuple(figures(list(train(oracles.small_config(model=model, seed=seed), DATA))))
        for seed in (0, 1, 2, 2**32 - 1)
    }
    assert len(curves) == 4


@pytest.mark.parametrize(
    "same, one, other",
    [
        ({"model": "ae"}, {"beta": 0.0}, {"beta": 7.0}),
        ({"model": "linear"}, {"beta": 0.0}, {"beta": 7.0}),
        ({"model": "vae"}, {"c": 0.1}, {"c": 7.0}),
    ],
)
def test_settings_of_one_essence_give_one_curve(
    same: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    configs = [oracles.small_config(**same, **change) for change in (one, other)]
    assert configs[0].essence() == configs[1].essence()
    first, second = (figures(list(train(config, DATA))) for config in configs)
    assert first == second


def test_weights_order_and_noise_of_any_two_seeds_come_from_different_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[torch.Generator] = []
    original = torch.Generator

    def spy() -> torch.Generator:
        generator = original()
        if torch.is_grad_enabled():  # validation has its own, the same for all
            made.append(generator)
        return generator

    monkeypatch.setattr(torch, "Generator", spy)
    for seed in range(5):
        next(train(oracles.small_config(seed=seed), DATA))
    assert len(made) == len({generator.initial_seed() for generator in made}) == 15


def test_two_runs_in_turns_are_the_same_as_one_after_the_other() -> None:
    configs = [oracles.small_config(seed=0), oracles.small_config(seed=1, beta=4.0)]
    alone = [figures(list(train(config, DATA))) for config in configs]
    turns = zip(*(train(config, DATA) for config in configs), strict=True)
    together = [figures(list(run)) for run in zip(*turns, strict=True)]
    assert together == alone


# --- what is yielded


def test_epochs_run_from_one_to_the_last_and_steps_count_batches() -> None:
    snapshots = list(train(oracles.small_config(epochs=4, batch_size=16), DATA))
    assert [s.epoch for s in snapshots] == [1, 2, 3, 4]
    assert [s.step for s in snapshots] == [4, 8, 12, 16]  # 50 images: 16 + 16 + 16 + 2


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    (snapshot,) = train(oracles.small_config(epochs=1, batch_size=65536), DATA)
    assert snapshot.step == 1


def test_linear_trains_on_all_images_at_once() -> None:
    snapshots = list(train(oracles.small_config(model="linear"), DATA))
    assert [s.step for s in snapshots] == [1, 2, 3]


@pytest.mark.parametrize(
    "model, likelihood",
    [
        ("linear", "gaussian"),
        ("ae", "bernoulli"),
        ("ae", "gaussian"),
        ("vae", "bernoulli"),
        ("vae", "gaussian"),
    ],
)
def test_recon_and_kl_are_the_means_over_the_epochs_training_images(
    model: str, likelihood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[tuple[int, float, float]] = []

    def spy(output: Tensor, x: Tensor, mu: Tensor, logvar: Tensor | None, c: RunConfig) -> Terms:
        found = original(output, x, mu, logvar, c)
        if torch.is_grad_enabled():  # validation asks without
            recon = oracles.nll(c, output.detach().double().numpy(), x.double().numpy())
            kl = 0.0
            if logvar is not None:
                kl = oracles.kl(*(t.detach().double().numpy() for t in (mu, logvar))).mean()
            batches.append((len(x), recon.mean(), kl))
        return found

    original = training.terms
    monkeypatch.setattr(training, "terms", spy)
    config = oracles.small_config(model=model, likelihood=likelihood, beta=2.5, epochs=2)
    for snapshot in train(config, DATA):
        sizes, recons, kls = (np.array(column) for column in zip(*batches, strict=True))
        assert sizes.sum() == 50
        assert snapshot.recon == pytest.approx((sizes * recons).sum() / 50, rel=1e-5)
        if model == "vae":
            assert snapshot.kl == pytest.approx((sizes * kls).sum() / 50, rel=1e-4, abs=1e-6)
            assert snapshot.kl is not None
            assert snapshot.loss == pytest.approx(snapshot.recon + 2.5 * snapshot.kl, rel=1e-12)
        else:
            assert snapshot.kl is None
            assert snapshot.loss == snapshot.recon
        batches.clear()


@pytest.mark.parametrize("model", ["linear", "ae"])
def test_without_a_posterior_std_is_zero_and_both_kls_none(model: str) -> None:
    for snapshot in (
        initial_snapshot(oracles.small_config(model=model), DATA),
        *train(oracles.small_config(model=model), DATA),
    ):
        assert snapshot.kl is None
        assert snapshot.val_kl is None
        assert snapshot.std.shape == snapshot.mu.shape == (50, 2)
        assert not snapshot.std.any()
        assert snapshot.mu.any()


def test_beta_zero_still_reports_the_kl_it_ignores() -> None:
    *_, last = train(oracles.small_config(beta=0.0), DATA)
    assert last.kl is not None
    assert last.val_kl is not None
    assert last.kl > 0
    assert last.loss == last.recon


@pytest.mark.parametrize("model", ["ae", "vae"])
@pytest.mark.parametrize("activation", ["relu", "elu", "tanh"])
def test_mu_and_std_are_an_independent_forward_pass_in_the_order_of_x_train(
    model: str, activation: str
) -> None:
    config = oracles.small_config(model=model, activation=activation, latent_dim=3)
    *_, last = train(config, DATA)
    mu, logvar = oracles.forward(config, last.weights, DATA.x_train)
    std = np.zeros_like(mu) if logvar is None else np.exp(logvar / 2)
    assert last.mu.dtype == last.std.dtype == np.float32
    np.testing.assert_allclose(last.mu, mu, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(last.std, std, rtol=1e-4, atol=1e-5)


# --- validation


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The noise that is drawn without gradients, which is validation's."""
    noise: list[np.ndarray] = []
    original = torch.randn

    def spy(*args: Any, **kwargs: Any) -> Tensor:
        found = original(*args, **kwargs)
        if not torch.is_grad_enabled():
            noise.append(found.double().numpy())
        return found

    monkeypatch.setattr(torch, "randn", spy)
    return noise


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_val_recon_is_the_mean_of_eight_draws_recomputed_from_the_weights(
    likelihood: str, drawn: list[np.ndarray]
) -> None:
    config = oracles.small_config(likelihood=likelihood)
    for snapshot in (initial_snapshot(config, DATA), *train(config, DATA)):
        draws = [eps for eps in drawn if eps.shape == (20, 2)][-8:]
        assert len(draws) == 8
        mu, logvar = oracles.forward(config, snapshot.weights, DATA.x_val)
        assert logvar is not None
        recons = [
            oracles.nll(
                config,
                oracles.decoded(config, snapshot.weights, mu + np.exp(logvar / 2) * eps),
                DATA.x_val,
            ).mean()
            for eps in draws
        ]
        assert snapshot.val_recon == pytest.approx(np.mean(recons), rel=1e-5)
        assert snapshot.val_kl == pytest.approx(oracles.kl(mu, logvar).mean(), rel=1e-4)


def test_the_eight_draws_are_the_same_at_every_epoch_and_for_every_seed(
    drawn: list[np.ndarray],
) -> None:
    list(train(oracles.small_config(seed=0, epochs=2), DATA))
    list(train(oracles.small_config(seed=9, epochs=1, beta=3.0), DATA))
    draws = np.array(drawn)  # three epochs of eight
    assert draws.shape == (24, 20, 2)
    np.testing.assert_array_equal(draws[:8], draws[8:16])
    np.testing.assert_array_equal(draws[:8], draws[16:])
    assert len({eps.tobytes() for eps in draws[:8]}) == 8


@pytest.mark.parametrize("model, likelihood", [("ae", "bernoulli"), ("linear", "gaussian")])
def test_val_recon_without_a_posterior_is_that_of_the_one_code(
    model: str, likelihood: str, drawn: list[np.ndarray]
) -> None:
    config = oracles.small_config(model=model, likelihood=likelihood)
    *_, last = train(config, DATA)
    mu, _ = oracles.forward(config, last.weights, DATA.x_val)
    output = oracles.decoded(config, last.weights, mu)
    expected = oracles.nll(config, output, DATA.x_val).mean()
    assert last.val_recon == pytest.approx(expected, rel=1e-5)
    assert not drawn


# --- epoch 0


@pytest.mark.parametrize("model", ["linear", "ae", "vae"])
def test_the_initial_snapshot_is_the_network_that_training_starts_from(model: str) -> None:
    config = oracles.small_config(model=model, epochs=1, lr=1e-9)
    first = initial_snapshot(config, DATA)
    (after,) = train(config, DATA)
    assert (first.epoch, first.step) == (0, 0)
    for name, array in first.weights.items():  # four steps of 1e-9
        np.testing.assert_allclose(after.weights[name], array, atol=1e-7, err_msg=name)
    assert first.val_recon == pytest.approx(after.val_recon, rel=1e-5)


def test_asking_for_epoch_zero_leaves_the_run_as_it_is() -> None:
    config = oracles.small_config()
    untouched = figures(list(train(config, DATA)))
    initial_snapshot(config, DATA)
    assert figures(list(train(config, DATA))) == untouched


@pytest.mark.parametrize("model", ["ae", "vae"])
def test_epoch_zero_measures_the_training_images(model: str, drawn: list[np.ndarray]) -> None:
    config = oracles.small_config(model=model, beta=2.0)
    first = initial_snapshot(config, DATA)
    mu, logvar = oracles.forward(config, first.weights, DATA.x_train)
    codes, kl = [mu], 0.0
    if logvar is not None:
        noise = [eps for eps in drawn if eps.shape == mu.shape]
        codes = [mu + np.exp(logvar / 2) * eps for eps in noise]
        kl = oracles.kl(mu, logvar).mean()
        assert first.kl == pytest.approx(kl, rel=1e-5)
    outputs = [oracles.decoded(config, first.weights, z) for z in codes]
    recon = np.mean([oracles.bernoulli_nll(output, DATA.x_train) for output in outputs])
    assert first.recon == pytest.approx(recon, rel=1e-5)
    assert first.loss == pytest.approx(recon + 2 * kl, rel=1e-5)


# --- snapshots are frozen


def test_later_training_does_not_change_an_earlier_snapshot() -> None:
    run = train(oracles.small_config(), DATA)
    first = next(run)
    before = {name: array.copy() for name, array in first.weights.items()}
    later = list(run)
    assert not same_weights(first, later[-1])
    for name, array in before.items():
        np.testing.assert_array_equal(first.weights[name], array)
    mu, _ = oracles.forward(first.config, before, DATA.x_train)  # asked for after the run
    np.testing.assert_allclose(first.mu, mu, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [*FIGURES, "weights", "mu", "std"])
def test_a_snapshots_attributes_cannot_be_set(name: str) -> None:
    snapshot = initial_snapshot(oracles.small_config(), DATA)
    with pytest.raises(AttributeError):  # FrozenInstanceError is one
        setattr(snapshot, name, None)


@pytest.mark.parametrize("model", ["linear", "vae"])
def test_changing_a_snapshots_arrays_does_not_disturb_the_run(model: str) -> None:
    config = oracles.small_config(model=model)
    expected = figures(list(train(config, DATA)))
    found = []
    for snapshot in train(config, DATA):
        found.append(snapshot)
        for array in snapshot.weights.values():
            array.fill(1e9)
    assert figures(found) == expected


# --- stopping


def test_nothing_is_trained_before_the_first_snapshot_is_asked_for(
    steps: list[dict[str, Any]],
) -> None:
    run = train(oracles.small_config(), DATA)
    assert len(steps) == 0
    next(run)
    assert len(steps) == 4


def test_who_stops_iterating_stops_the_training(steps: list[dict[str, Any]]) -> None:
    for snapshot in train(oracles.small_config(epochs=100), DATA):
        if snapshot.epoch == 2:
            break
    assert len(steps) == 8


@pytest.mark.parametrize("asked", [1, 2, 4, 5, 7])
def test_stop_is_honoured_before_the_next_step(asked: int, steps: list[dict[str, Any]]) -> None:
    questions: Iterator[int] = iter(range(1, 1000))
    snapshots = list(
        train(oracles.small_config(epochs=100), DATA, stop=lambda: next(questions) >= asked)
    )
    assert len(steps) == asked - 1
    assert [s.epoch for s in snapshots] == list(range(1, (asked - 1) // 4 + 1))


def test_a_stop_that_never_comes_changes_nothing() -> None:
    config = oracles.small_config()
    assert figures(list(train(config, DATA, stop=lambda: False))) == figures(
        list(train(config, DATA))
    )


# --- the optimiser is the one configured


def test_cosine_falls_from_lr_to_a_fiftieth_of_it(steps: list[dict[str, Any]]) -> None:
    list(train(oracles.small_config(epochs=50, schedule="cosine", lr=0.01), DATA))
    rates = [step["lr"] for step in steps]
    assert len(rates) == 200
    expected = [0.01 * (0.02 + 0.98 * (1 + math.cos(math.pi * i / 200)) / 2) for i in range(200)]
    assert rates == pytest.approx(expected)
    assert rates[-1] == pytest.approx(0.01 / 50, rel=0.01)


def test_constant_keeps_lr_and_beta2_reaches_adam(steps: list[dict[str, Any]]) -> None:
    list(train(oracles.small_config(schedule="constant", lr=0.004, beta2=0.97), DATA))
    assert {step["lr"] for step in steps} == {0.004}
    assert {step["betas"] for step in steps} == {(0.9, 0.97)}


# --- linear against PCA


def assert_reports_what_it_reaches(snapshot: Snapshot, data: Dataset) -> None:
    config, x = snapshot.config, data.x_train
    error = oracles.assert_pcas_plane(config, snapshot.weights, x)
    normaliser = x.shape[1] / 2 * math.log(2 * math.pi * config.c)
    assert (snapshot.recon - normaliser) * 2 * config.c == pytest.approx(error, rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_linear_reaches_pcas_floor_and_plane_on_digits(
    seed: int, trained: Trained, digits: Dataset
) -> None:
    assert_reports_what_it_reaches(trained(model="linear", seed=seed), digits)


@pytest.mark.parametrize("c", [1e-3, 1.0])
def test_linear_reaches_pca_whatever_the_variance(
    c: float, trained: Trained, digits: Dataset
) -> None:
    assert_reports_what_it_reaches(trained(model="linear", c=c), digits)


def test_two_seeds_find_one_plane_by_different_codes(trained: Trained) -> None:
    first, second = (trained(model="linear", seed=seed) for seed in (0, 1))
    a, b = (s.weights["decoder.0.weight"].astype(float) for s in (first, second))
    assert oracles.largest_angle(a, b) < 1
    assert oracles.largest_angle(a[:, :1], b[:, :1]) > 5  # not the same axes


def test_linear_takes_images_as_they_are_and_folds_the_mean_into_its_biases(
    trained: Trained, digits: Dataset
) -> None:
    last = trained(model="linear")
    mean = digits.x_train.mean(0, keepdims=True, dtype=np.float64)
    mu, _ = oracles.forward(last.config, last.weights, mean)
    np.testing.assert_allclose(mu, 0, atol=1e-5)
    np.testing.assert_allclose(
        oracles.decoded(last.config, last.weights, np.zeros((1, 2))), mean, atol=1e-6
    )
    np.testing.assert_allclose(last.mu.mean(0), 0, atol=1e-5)


# --- divergence


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "vae"},
        {"model": "vae", "likelihood": "gaussian"},
        {"model": "ae"},
        {"model": "linear"},
    ],
    ids=str,
)
def test_an_absurd_step_size_raises_diverged_with_the_epoch(
    fields: dict[str, Any], digits: Dataset
) -> None:
    config, seen = RunConfig(dataset="digits", lr=10, epochs=30, **fields), 0
    with pytest.raises(DivergedError) as caught:
        for snapshot in train(config, digits):
            seen = snapshot.epoch
    assert caught.value.epoch == seen + 1
    message = str(caught.value)
    assert f"epoch {seen + 1}" in message
    assert "lr = 10" in message
    assert "\n" not in message
    assert message.endswith(".")


@pytest.mark.parametrize("spoilt", ["recon", "kl"])
@pytest.mark.parametrize("phase", ["training", "validation"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_diverges_in_that_epoch(
    spoilt: str, phase: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = 0

    def spoil(*args: Any) -> Any:
        found = original(*args)
        if epoch == 0:
            return found
        if isinstance(found, Terms):
            return found._replace(**{spoilt: getattr(found, spoilt) * value})
        return found * value

    judged = {"recon": "negative_log_likelihood", "kl": "kl_to_prior"}[spoilt]
    name = "terms" if phase == "training" else judged
    original = getattr(training, name)
    monkeypatch.setattr(training, name, spoil)
    run = train(oracles.small_config(), DATA)
    epoch = next(run).epoch
    with pytest.raises(DivergedError) as caught:
        next(run)
    assert caught.value.epoch == 2


@settings(max_examples=30)
@given(
    model=st.sampled_from(["linear", "ae", "vae"]),
    likelihood=st.sampled_from(["bernoulli", "gaussian"]),
    activation=st.sampled_from(["relu", "elu", "tanh"]),
    schedule=st.sampled_from(["constant", "cosine"]),
    beta=st.sampled_from([0.0, 1.0, 100.0]),
    c=st.sampled_from([1e-4, 0.1, 100.0]),
    lr=st.sampled_from([1e-9, 0.1, 1.0, 10.0]),
    beta2=st.sampled_from([0.0, 0.999, 0.999999]),
    latent_dim=st.sampled_from([1, 2, 32]),
    hidden=st.lists(st.sampled_from([1, 3, 40]), min_size=1, max_size=6).map(tuple),
    batch_size=st.sampled_from([1, 16, 65536]),
    epochs=st.integers(1, 2),
    seed=st.integers(0, 2**32 - 1),
)
def test_extreme_settings_end_finite_or_diverged(**fields: Any) -> None:
    if fields["model"] == "linear":
        fields["likelihood"] = "gaussian"
    config = oracles.small_config(**fields)
    try:
        snapshots = [initial_snapshot(config, DATA), *train(config, DATA)]
    except DivergedError as error:
        assert 1 <= error.epoch <= config.epochs
        return
    for snapshot in snapshots:
        numbers = [value for name in FIGURES if (value := getattr(snapshot, name)) is not None]
        assert all(math.isfinite(value) for value in numbers), numbers
        for array in (*snapshot.weights.values(), snapshot.mu, snapshot.std):
            assert np.isfinite(array).all()


# --- the story


def test_beta_zero_gives_points_far_apart(trained: Trained) -> None:
    last = trained(model="vae", beta=0.0)
    assert last.kl is not None
    assert 20 < last.kl < 90
    assert last.mu.std(0).min() > 2
    assert np.median(last.std) < 0.01 * last.mu.std()


def test_beta_one_fills_the_prior(trained: Trained) -> None:
    last = trained(model="vae", beta=1.0)
    assert last.kl is not None
    assert last.val_kl is not None
    assert 2.5 < last.kl < 4
    assert 23.5 < last.val_recon + last.val_kl < 24.5
    np.testing.assert_allclose(last.mu.var(0) + (last.std**2).mean(0), 1, atol=0.15)
    np.testing.assert_allclose(last.mu.mean(0), 0, atol=0.2)


def test_beta_thirty_collapses(trained: Trained) -> None:
    last = trained(model="vae", beta=30.0)
    assert last.kl is not None
    assert last.kl < 0.01
    assert last.mu.std(0).max() < 0.05
    np.testing.assert_allclose(last.std, 1, atol=0.05)


def test_an_autoencoder_spreads_its_codes_at_will(trained: Trained) -> None:
    last = trained(model="ae")
    assert last.mu.std(0).min() > 1.5
    assert last.val_recon < trained(model="vae", beta=1.0).val_recon


def test_a_config_is_remembered_with_its_snapshot(trained: Trained) -> None:
    last = trained(model="vae", beta=30.0)
    assert last.config == RunConfig(dataset="digits", model="vae", beta=30.0)
    assert last.epoch == last.config.epochs == 130


def test_the_untrained_network_draws_the_mean_image_on_average(digits: Dataset) -> None:
    """The output starts at the mean image, in logits, kept .01 away from 0 and 1."""
    first = initial_snapshot(RunConfig(), digits)
    bias = first.weights["decoder.3.bias"].astype(np.float64)
    mean = np.clip(digits.x_train.mean(0, dtype=np.float64), 0.01, 0.99)
    np.testing.assert_allclose(1 / (1 + np.exp(-bias)), mean, atol=1e-5)

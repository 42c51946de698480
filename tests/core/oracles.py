"""What the tests of the core compare with: slow, plain numpy, written from the definitions."""

from __future__ import annotations

import numpy as np

from vae_core import RunConfig
from vae_core.data import Dataset


def toy_dataset(n: int = 50, held_out: int = 20, side: int = 4, seed: int = 0) -> Dataset:
    """Random 255-level images with some structure, so that a network has something to learn."""
    random = np.random.default_rng(seed)
    directions = random.normal(size=(3, side * side))
    logits = random.normal(size=(n + held_out, 3)) @ directions
    x = (np.round(255 / (1 + np.exp(-logits))) / 255).astype(np.float32)
    y = random.integers(0, 3, n + held_out)
    names = ("a", "b", "c")
    return Dataset("toy", x[:n], y[:n], x[n:], y[n:], (side, side), names)


def small_config(**changes: object) -> RunConfig:
    """A configuration that trains in milliseconds on the toy images."""
    values = {"dataset": "digits", "hidden": (6, 4), "epochs": 3, "batch_size": 16, **changes}
    if values.get("model") == "linear":
        values = {**values, "hidden": (), "batch_size": None}
    return RunConfig(**values)  # type: ignore[arg-type]


def encoded(values: np.ndarray) -> bytes:
    """The bytes of an IDX file, from the format's own description."""
    parts = [bytes([0, 0, 8, values.ndim])]  # 8: unsigned bytes
    parts += [size.to_bytes(4, "big") for size in values.shape]
    return b"".join(parts) + values.astype(np.uint8).tobytes()


def forward(
    config: RunConfig, weights: dict[str, np.ndarray], x: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """mu and log σ² of images, in float64."""
    h = x.astype(np.float64)
    for i in range(len(config.hidden)):
        h = _activate(config.activation, _affine(weights, f"encoder.{i}", h))
    mu = _affine(weights, "mu", h)
    if "logvar.weight" not in weights:
        return mu, None
    return mu, np.clip(_affine(weights, "logvar", h), -10, 10)


def decoded(config: RunConfig, weights: dict[str, np.ndarray], z: np.ndarray) -> np.ndarray:
    """The decoder's output (logits or mean) at codes, in float64."""
    h = z.astype(np.float64)
    for i in range(len(config.hidden)):
        h = _activate(config.activation, _affine(weights, f"decoder.{i}", h))
    return _affine(weights, f"decoder.{len(config.hidden)}", h)


def bernoulli_nll(logits: np.ndarray, x: np.ndarray) -> np.ndarray:
    """-Σ x log p + (1 - x) log(1 - p) per row, p the sigmoid of the logits."""
    log_p, log_q = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    return -(x * log_p + (1 - x) * log_q).sum(1)


def gaussian_nll(mean: np.ndarray, x: np.ndarray, c: float) -> np.ndarray:
    """-log N(x; mean, c I) per row, normaliser included."""
    d = x.shape[1]
    return ((x - mean) ** 2).sum(1) / (2 * c) + d / 2 * np.log(2 * np.pi * c)


def nll(config: RunConfig, output: np.ndarray, x: np.ndarray) -> np.ndarray:
    if config.likelihood == "bernoulli":
        return bernoulli_nll(output, x)
    return gaussian_nll(output, x, config.c)


def kl(mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(N(mu, diag) || N(0, I)) per row."""
    return 0.5 * (mu**2 + np.exp(logvar) - logvar - 1).sum(1)


def mean_pair_distance(x: np.ndarray) -> float:
    """Mean distance between two different rows, by a double loop."""
    found = [
        np.sqrt(((x[i] - x[j]) ** 2).sum()) for i in range(len(x)) for j in range(len(x)) if i != j
    ]
    return float(np.mean(found))


def largest_angle(a: np.ndarray, b: np.ndarray) -> float:
    """Largest principal angle between two column spans, degrees."""
    qa, qb = np.linalg.qr(a)[0], np.linalg.qr(b)[0]
    sine = np.linalg.norm(qa - qb @ (qb.T @ qa), 2)
    return float(np.degrees(np.arcsin(min(1.0, sine))))


def assert_pcas_plane(config: RunConfig, weights: dict[str, np.ndarray], x: np.ndarray) -> float:
    """Assert that a linear network reaches PCA's error and its plane; return its error."""
    from sklearn.decomposition import PCA

    x = x.astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(x.T, ddof=0))
    floor, axes = values[: -config.latent_dim].sum(), vectors[:, -config.latent_dim :]
    pca = PCA(config.latent_dim, svd_solver="covariance_eigh").fit(x)
    residual = x - pca.inverse_transform(pca.transform(x))
    np.testing.assert_allclose((residual**2).sum(1).mean(), floor, rtol=1e-9)
    mu, _ = forward(config, weights, x)
    error = float(((x - decoded(config, weights, mu)) ** 2).sum(1).mean())
    assert 1 - 1e-6 < error / floor < 1.001
    columns = weights["decoder.0.weight"].astype(np.float64)
    assert largest_angle(columns, axes) < 1
    assert largest_angle(columns, pca.components_.T) < 1
    return error


def _affine(weights: dict[str, np.ndarray], layer: str, h: np.ndarray) -> np.ndarray:
    weight = weights[f"{layer}.weight"].astype(np.float64)
    return h @ weight.T + weights[f"{layer}.bias"].astype(np.float64)


def _activate(name: str, h: np.ndarray) -> np.ndarray:
    if name == "relu":
        return np.maximum(h, 0)
    if name == "elu":
        return np.where(h > 0, h, np.expm1(np.minimum(h, 0)))
    return np.tanh(h)

"""Chapter 2, deeper: a cloud in three dimensions to orbit, its best plane, and one to tilt."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.clouds import deep_cloud as cloud
from ui.figures.orbit import VIEWS, orbit_chart
from ui.page import caption, try_this
from ui.prose import words

TILT: Final = 30  # degrees, at first

Array = NDArray[np.float64]


def orbit_figure() -> None:
    """Draw the cloud with what chooses line or plane, tilt and view."""
    said = words("orbit", "orbit_words")
    with st.container(key="figure_orbit"):
        with st.container(key="orbit_choices", horizontal=True, gap="medium"):
            k = st.segmented_control(
                said["keep"], (1, 2), default=2, required=True, key="orbit_k", bind="query-params",
                format_func=lambda k: said[f"keep_{k}"],
            ) or 2  # fmt: skip
            view = st.segmented_control(
                said["view"], tuple(VIEWS), default="front", required=True, key="orbit_view",
                bind="query-params", format_func=lambda name: said[f"view_{name}"], wrap=True,
            ) or "front"  # an empty link parameter chooses none  # fmt: skip
        tilt = st.slider(
            said["tilt"], 0, 90, TILT, format="%d°", key="orbit_tilt", bind="query-params"
        )
        st.plotly_chart(
            _chart(k, tilt, view), key="orbit", theme=None,
            config={"displayModeBar": False, "scrollZoom": False}, alt=said["alt"],
        )  # fmt: skip
        st.html(_numbers(k, tilt, said))
    caption("orbit", "orbit")
    try_this("orbit", "try_orbit")


@lru_cache(maxsize=1)
def principal() -> tuple[Array, Array]:
    """Return the 1/N covariance's eigenvalues (3,), descending, and its axes (3, 3) as rows."""
    x = cloud()
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    axes = vectors.T[::-1] * np.sign(vectors.T[::-1].sum(1, keepdims=True))
    return values[::-1].copy(), axes


def tilted(k: int, degrees: float) -> Array:
    """Return k orthonormal rows (k, 3): PCA's first k, the last one tilted towards the next."""
    _, axes = principal()
    angle = np.deg2rad(degrees)
    last = np.cos(angle) * axes[k - 1] + np.sin(angle) * axes[k]
    return np.concatenate([axes[: k - 1], last[None]])


def error(flat: Array) -> float:
    """Return the mean squared distance of the points from the line or plane that `flat` spans."""
    x = cloud()
    return float(((x - x @ flat.T @ flat) ** 2).sum(1).mean())


@lru_cache(maxsize=32)
def _chart(k: int, tilt: int, view: str) -> dict[str, Any]:
    values, axes = principal()
    return orbit_chart(cloud(), axes, np.sqrt(values), tilted(k, tilt), view)


def _numbers(k: int, tilt: int, said: dict[str, str]) -> str:
    """Return the eigenvalues, PCA's error and the tilted one's, as a row of terms."""
    values, _ = principal()
    least, own = float(values[k:].sum()), error(tilted(k, tilt))
    dropped = said["lost"] if k == 1 else said["lost_least"]  # λ₃ alone is PCA's error
    terms = [
        *(
            (f"λ{low}", values[j], said["kept"] if j < k else dropped)
            for j, low in enumerate("₁₂₃")
        ),
        *([("λ₂ + λ₃", least, said["least"])] if k == 1 else []),
        (said["yours"], own, said["measured"]),
    ]
    cells = "".join(
        f'<div class="{"kept" if j < k else "lost"}"><i>{symbol}</i><b>{value:.3f}</b>'
        f"<span>{gloss}</span></div>"
        for j, (symbol, value, gloss) in enumerate(terms)
    )
    more = f"{100 * (own / least - 1):.0f}"
    verdict = said["off"].format(more=more) if tilt else said["on_it"]
    return f'<div class="orbit-terms">{cells}</div><p class="orbit-verdict">{verdict}</p>'

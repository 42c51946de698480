"""Which neighbourhoods a code keeps: trustworthiness and continuity of Venna and Kaski.

Source: J. Venna, S. Kaski, *Neighborhood preservation in nonlinear projection methods* (2001).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor

NEIGHBOURS: Final = 12  # k: each image's nearest others that count as its neighbours


class Kept(NamedTuple):
    """Two shares in [0, 1], 1 where no neighbourhood has changed."""

    trustworthiness: float  # falls with codes that come close though their images are not
    continuity: float  # falls with images that are close though their codes have parted


@torch.no_grad()
def kept_neighbourhoods(x: Tensor, z: Tensor, neighbours: int = NEIGHBOURS) -> Kept:
    """Compare the neighbourhoods of images x (n, d) with those of their codes z (n, latent_dim).

    Distances are Euclidean. For fewer than 2k + 1 images k is the largest number below n / 2; there
    must be 3. Where distances are equal every order of them counts as equally likely, so the result
    depends on no order of the rows.
    """
    n = len(x)
    k = min(neighbours, (n - 1) // 2)
    if k < 1:
        raise ValueError(f"x: found {n} rows, expected 3 or more: fewer have no neighbourhoods")
    near_x, beyond_x = _ranked(x, k)
    near_z, beyond_z = _ranked(z, k)
    most = n * k * (2 * n - 3 * k - 1) / 2  # with which the worst possible code has 0

    def kept(near: Tensor, beyond: Tensor) -> float:
        return 1 - (near * beyond).double().sum().item() / most

    return Kept(kept(near_z, beyond_x), kept(near_x, beyond_z))


def _ranked(points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return (n, n) each: how probably column j is among row i's k nearest others, and by how many
    ranks it is expected to lie beyond the k-th; 0 or 1, and whole, where no distances are equal.
    """
    apart = _squares(points).fill_diagonal_(torch.inf)  # nobody is its own neighbour: ranked last
    ordered, columns = apart.sort(dim=1)
    place = torch.arange(len(points)).float().expand_as(ordered)
    opens = torch.ones_like(ordered, dtype=torch.bool)  # a new distance, not that of the one before
    opens[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    nearer = torch.where(opens, place, 0).cummax(1).values
    closes = opens.roll(-1, 1)
    up_to = torch.where(closes, place, torch.inf).flip(1).cummin(1).values.flip(1) + 1
    level = up_to - nearer  # so many are equally near
    near = ((k - nearer) / level).clamp(0, 1)
    beyond = (_sum_to(up_to - k) - _sum_to(nearer - k)) / level
    near, beyond = (torch.empty_like(v).scatter_(1, columns, v) for v in (near, beyond))
    return near, beyond


def _squares(points: Tensor) -> Tensor:
    """Return squared distances (n, n) as shares of the largest, equal ones exactly equal."""
    moved = points.double() - points[0]  # exact, so that images all the same are at no distance
    norms = moved.square().sum(1)
    squares = norms[:, None] + norms - 2 * moved @ moved.T
    largest = squares.max().clamp(min=torch.finfo(squares.dtype).tiny)
    return torch.round(squares / largest, decimals=12)  # a hundred times what is lost in rounding


def _sum_to(last: Tensor) -> Tensor:
    """Return 1 + 2 + … + last, 0 where last is negative."""
    last = last.clamp(min=0)
    return last * (last + 1) / 2

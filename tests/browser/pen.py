"""What the drawing pad should make of a pen's path, in numpy; and strokes from real handwriting.

Strokes are arrays (n, 2) of x, y in 512ths of the pad, y downwards.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def read_ink(text: str) -> list[np.ndarray]:
    """The strokes of a link's text: three base-64 digits a point, 512 x + y."""
    strokes = []
    for part in text.split("."):
        digits = np.array([ALPHABET.index(letter) for letter in part]).reshape(-1, 3)
        strokes.append(np.stack(divmod(digits @ (64 * 64, 64, 1), 512), 1))
    return strokes


def along(strokes: list[np.ndarray]) -> np.ndarray:
    """Points close to each other all along the strokes (n, 2)."""
    corners = np.concatenate(strokes)
    length = sum(np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in strokes)
    step = max(max(*np.ptp(corners, axis=0), 24) / 64, length / 2000)
    points = [stroke[-1:] for stroke in strokes]
    for stroke in strokes:
        for a, b in pairwise(stroke):
            many = max(1, int(np.ceil(np.hypot(*(b - a)) / step)))
            points.append(a + (b - a) * (np.arange(many) / many)[:, None])
    return np.concatenate(points).astype(float)


def digit(strokes: list[np.ndarray]) -> np.ndarray:
    """A drawing as the digits' 64 pixels: upright, 20 x 32 cells, 312 inked, 4 x 4 counts."""
    x, y = along(strokes).T
    y = y - y.mean()
    x = x - np.clip((x - x.mean()) @ y / (y @ y + 1e-6), -0.8, 0.8) * y
    centre = np.array([((x.min() + x.max()) / 2 + x.mean()) / 2, (y.min() + y.max()) / 2])
    width, height = max(np.ptp(x), 24), max(np.ptp(y), 24)
    radius, cells = 2.2, np.arange(32) + 0.5
    for _ in range(2):
        across = (20 - 2 * radius) / width
        down = min((32 - 2 * radius) / height, 3 * across)
        u = (x - centre[0]) * min(across, 1.5 * down) + 16
        v = (y - centre[1]) * down + 16
        squared = ((cells[None, :, None] - u) ** 2 + (cells[:, None, None] - v) ** 2).min(2)
        limit = np.clip(np.sort(squared, axis=None)[311], 1.2**2, 3.6**2)
        radius = np.sqrt(limit)
    return np.asarray((squared <= limit).reshape(8, 4, 8, 4).sum((1, 3)).ravel() / 16)


def inside(outline: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points lie inside a closed outline (n, 2): their winding number is not 0."""
    winding = np.zeros(x.shape, int)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        winding += (y0 <= y) & (y1 > y) & (left > 0)
        winding -= (y1 <= y) & (y0 > y) & (left < 0)
    return np.asarray(winding != 0)


def shape(outline: np.ndarray, fine: int = 24) -> np.ndarray:
    """An outline as the shapes' 784 pixels: filled, centred, its radius in 4.5 to 9.5 of 28."""
    outline = outline * 28 / 512
    side = (np.arange(28 * fine) + 0.5) / fine
    x, y = np.meshgrid(side, side)
    filled = inside(outline, x, y)
    radius = np.sqrt(filled.sum() / fine**2 / np.pi)
    scale = np.clip(radius, 4.5, 9.5) / radius
    moved = (outline - (x[filled].mean(), y[filled].mean())) * scale + 14
    return inside(moved, x, y).reshape(28, fine, 28, fine).mean((1, 3)).ravel()


def thin(images: np.ndarray) -> np.ndarray:
    """Skeletons of binary images (n, h, w): Zhang and Suen (1984)."""
    ink = np.pad(images.astype(np.int8), ((0, 0), (1, 1), (1, 1)))
    around = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
    while True:
        before = ink
        for first in (True, False):
            p = [np.roll(ink, shift, (1, 2)) for shift in around]  # clockwise from above
            count = sum(p)
            rises = sum((p[i] == 0) & (p[(i + 1) % 8] == 1) for i in range(8))
            above, right, below, left = p[::2]
            if first:
                edge = (above * right * below == 0) & (right * below * left == 0)
            else:
                edge = (above * right * left == 0) & (above * below * left == 0)
            ink = ink * ~((count >= 2) & (count <= 6) & (rises == 1) & edge)
        if (ink == before).all():
            return np.asarray(ink[:, 1:-1, 1:-1] == 1)


def traced(skeleton: np.ndarray) -> list[np.ndarray]:
    """Strokes that a pen would draw along a skeleton, in its pixels: from an end, straight on."""
    whole = {(int(x), int(y)) for y, x in np.argwhere(skeleton)}
    left, strokes = set(whole), []
    while left:
        ends = [point for point in left if len(next_to(point, left)) == 1]
        stroke = [min(ends or left)]
        left.discard(stroke[0])
        while found := next_to(stroke[-1], left):
            ahead = np.subtract(stroke[-1], stroke[max(0, len(stroke) - 4)])
            steps = {point: np.subtract(point, stroke[-1]) for point in found}
            stroke.append(max(found, key=lambda p: ahead @ steps[p] / np.hypot(*steps[p])))
            left.discard(stroke[-1])
        joins = next_to(stroke[-1], whole - set(stroke[-3:]))  # on to where ink already was
        starts = next_to(stroke[0], whole - left - set(stroke))
        strokes.append(np.array([*starts[:1], *stroke, *joins[:1]], float))
    return strokes


def next_to(point: tuple[int, int], points: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of `points` that touch `point`, diagonals included."""
    x, y = point
    near = [(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return [other for other in near if other != point and other in points]

"""From a pen's path to the network's input, in the browser, against numpy and real handwriting."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.svm import SVC

from tests.browser import pen
from tests.browser.conftest import CHAPTER, ROOT
from vae_core import load_dataset

SEE = "(pad, drawings) => drawings.map(strokes => (x => x && [...x])(pad.btp.see(strokes)))"
THIN = "(pad, drawings) => drawings.map(strokes => pad.btp.thin(strokes))"
MNIST = Path(os.environ.get("VAE_TEST_MNIST") or ROOT.parent / "shared" / "data" / "mnist")


def pad_of(page):
    return page.locator('[data-testid="draw-pad"][data-ready="true"]')


def flat(drawings):
    return [[stroke.ravel().tolist() for stroke in strokes] for strokes in drawings]


def scribbles(count):
    """Drawings of one to three smooth strokes, a dash, a dot and a scribble that fills the pad."""
    random = np.random.default_rng(3)
    drawings = []
    for k in range(count):
        steps = [random.normal(0, 9, (30 + 20 * k, 2)).cumsum(0) for _ in range(k % 3 + 1)]
        drawings.append([np.clip(256 + step.cumsum(0) / 4, 0, 511) for step in steps])
    rows = np.linspace(5, 505, 60)
    full = np.stack([np.where(np.arange(60) % 2, 500, 10), rows], 1)
    return [*drawings, [np.array([[40.0, 300], [470, 303]])], [np.array([[99.0, 98]])], [full]]


def test_a_drawn_digit_is_what_numpy_computes(open_page):
    drawings = scribbles(9)
    drawn = pad_of(open_page(CHAPTER)).evaluate(SEE, flat(drawings))
    for strokes, x in zip(drawings, drawn, strict=True):
        np.testing.assert_allclose(x, pen.digit(strokes), atol=1e-6)
        assert (np.array(x) * 16 % 1 == 0).all()
        assert 0 < sum(x) < 64


@pytest.mark.skipif(
    not list(MNIST.glob("t10k-images*")),
    reason="THE PAD'S RECOGNITION NOT TESTED: set VAE_TEST_MNIST to a folder with "
    "t10k-images-idx3-ubyte.gz and its labels",
)
def test_thinned_mnist_digits_drawn_on_the_pad_are_recognised(open_page):
    digits, mnist = load_dataset("digits"), load_dataset("mnist", MNIST)
    x, y = (np.concatenate(pair) for pair in
            ((digits.x_train, digits.x_val), (digits.y_train, digits.y_val)))  # fmt: skip
    judge = SVC(gamma="scale", C=10).fit(x, y)
    images, labels = mnist.x_val[:600].reshape(-1, 28, 28), mnist.y_val[:600]
    large = np.stack([doubled(image) for image in images])
    drawings = [[s * 512 / 56 for s in pen.traced(skeleton)] for skeleton in pen.thin(large > 0.35)]
    pad = pad_of(open_page(CHAPTER))
    thinned = pad.evaluate(THIN, flat(drawings))
    assert max(sum(len(s) for s in strokes) / 2 for strokes in thinned) <= 80
    for what in (flat(drawings), thinned):  # as drawn; as a link keeps it
        seen = np.array(pad.evaluate(SEE, what))
        assert (judge.predict(seen) == labels).mean() >= 0.8


def doubled(image):
    """Twice as large: thinning then leaves smoother lines."""
    return np.asarray(Image.fromarray(image).resize((56, 56), Image.Resampling.BILINEAR))


CORNERS = {"circle": 60, "square": 4, "triangle": 3}


def outline(kind, radius, x=256, y=256):
    """A regular outline of a circle's area, as the shapes were made."""
    corners = CORNERS[kind]
    reach = radius * np.sqrt(2 * np.pi / corners / np.sin(2 * np.pi / corners))
    first = np.pi / 4 if kind == "square" else -np.pi / 2
    angles = first + 2 * np.pi * np.arange(corners) / corners
    return np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1)


def test_drawn_outlines_are_filled_centred_and_of_their_kind(open_page):
    drawings, kinds = [], []
    for kind in CORNERS:
        for radius, x, y in ((30, 60, 60), (100, 256, 240), (140, 200, 300), (150, 256, 300)):
            drawings.append([outline(kind, radius, x, y)])
            kinds.append(kind)
    a, b, c = outline("triangle", 120)
    by_sides = [np.array([a, b]), np.array([a, c]), np.array([c, b])]  # three strokes, one turned
    star = outline("circle", 150)[[0, 24, 48, 12, 36]]
    seen = pad_of(open_page(f"{CHAPTER}?dataset=shapes")).evaluate(
        SEE, flat([*drawings, by_sides, [star], [np.array([[9.0, 9], [400, 400]])]])
    )
    assert seen[-1] is None  # a line encloses nothing
    same_shape(seen[-2], pen.shape(star))
    same_shape(seen[-3], pen.shape(np.array([a, b, c])))
    data = load_dataset("shapes")
    for strokes, kind, x in zip(drawings, kinds, seen[:-3], strict=True):
        same_shape(x, pen.shape(strokes[0]))
        nearest = np.square(data.x_train - np.array(x)).sum(1).argmin()
        assert data.classes[data.y_train[nearest]] == kind


def same_shape(x, expected):
    """The same but for how finely coverage is counted: 16 lines a pixel here, 24 there."""
    np.testing.assert_allclose(x, expected, atol=1 / 16 + 1 / 24)
    assert np.abs(np.array(x) - expected).mean() < 0.005

"""What a run costs, from its settings alone: weights and multiply-adds. Needs no torch."""

from __future__ import annotations

import math
from typing import Final, cast

from vae_core.checkpoints import weight_shapes
from vae_core.config import ConfigError, RunConfig

Shape = int | tuple[int, int]  # of an image: its d numbers, or (rows, columns)
# Of the convolutions that decode one image: with more of them the page would need over 4 ms for it,
# and dragging a code would stutter. Measured (benchmarks/convolution.py): 1.4 million per ms.
MOST_DECODING: Final = 4_000_000
MOST_AT_ONCE: Final = 40_000_000  # numbers in the layers for one batch: some 500 MB while it trains
_STEP: Final = 20e6  # what a step costs whatever the network, in multiply-adds
_PER_WEIGHT: Final = 50  # moving a weight, once a step
_CONV: Final = 3  # a multiply-add of a convolution, by one of a dense layer


def check_images(config: RunConfig, shape: Shape) -> None:
    """Raise `ConfigError` unless the network can be built for images of this shape.

    Dense layers take any. Each convolution halves both sides; decoding must stay fast, and a batch
    must fit into memory.
    """
    if config.architecture == "dense":
        return
    rows, columns = (1, shape) if isinstance(shape, int) else shape
    layers = len(config.hidden)
    times = 2**layers
    if rows % times or columns % times:
        raise ConfigError(
            f"architecture: found 'conv' of {layers} layer{'s' * (layers > 1)} for {rows} × "
            f"{columns} numbers, expected both sides divisible by {times}: each layer halves them; "
            "take fewer layers or 'dense'"
        )
    needed = decoding(config, rows * columns)
    if needed > MOST_DECODING:
        raise ConfigError(
            f"hidden: found {config.hidden!r}, expected channels that decode {rows} × {columns} "
            f"pixels with at most {MOST_DECODING / 1e6:g} million multiply-adds; these need "
            f"{needed / 1e6:.1f} million"
        )
    most = MOST_AT_ONCE // _numbers(config, rows * columns)
    if cast("int", config.batch_size) > most:
        raise ConfigError(
            f"batch_size: found {config.batch_size}, expected at most {most} for these "
            f"convolutions of {rows} × {columns} pixels: a step holds all their layers in memory"
        )


def weights_in(config: RunConfig, shape: Shape) -> int:
    """Return how many numbers a run learns, biases included."""
    return sum(math.prod(each) for each in weight_shapes(config, _pixels(shape)).values())


def work_per_image(config: RunConfig, shape: Shape) -> int:
    """Return the multiply-adds of encoding and decoding one image; biases are not counted.

    A convolution's count takes in the zeros beyond the edge, which are multiplied too.
    """
    return sum(_work(config, _pixels(shape)).values())


def work(config: RunConfig, shape: Shape, n: int) -> float:
    """Return what a run on n training images costs, in multiply-adds of dense layers.

    Per step, however small its batch: 20 million, and 50 for each weight that moves. Per image and
    epoch: three forward passes, as going back costs two; convolutions count three times. Measured
    on one core that does 25 billion a second, in batches of 16, 64, 256 and 1024 and seconds an
    epoch, with what this says in brackets: digits .089, .031, .014, .012 (.089, .028, .012, .008);
    9000 images of MNIST 1.26, .65, .38, .36 (1.48, .75, .57, .52), with convolutions of 16 and 32
    channels 7.2, 4.3, 3.6, 4.0 (3.4, 3.1, 3.0, 3.0). Good enough to compare runs by.
    """
    steps = math.ceil(n / (config.batch_size or n))
    step = _STEP + _PER_WEIGHT * weights_in(config, shape)
    image = 3 * work_per_image(config, shape) * (_CONV if config.architecture == "conv" else 1)
    return float(config.epochs * (steps * step + n * image))


def decoding(config: RunConfig, d: int) -> int:
    """Return the multiply-adds of decoding one image of d pixels."""
    layers = _work(config, d)
    return sum(count for layer, count in layers.items() if layer.startswith("decoder"))


def _work(config: RunConfig, d: int) -> dict[str, int]:
    """Return the multiply-adds of each layer for one image."""
    found = {}
    for name, shape in weight_shapes(config, d).items():
        layer, _, kind = name.rpartition(".")
        if kind == "weight":
            places = 1
            if len(shape) == 4:  # used at every pixel of the coarser of the layer's two images
                part, index = layer.split(".")
                place = int(index)
                halvings = place + 1 if part == "encoder" else len(config.hidden) + 1 - place
                places = d // 4**halvings
            found[layer] = math.prod(shape) * places
    return found


def _numbers(config: RunConfig, d: int) -> int:
    """Return how many numbers the convolutions' layers hold for one image, there and back."""
    return 2 * sum(width * (d >> 2 * i) for i, width in enumerate((1, *config.hidden)))


def _pixels(shape: Shape) -> int:
    return shape if isinstance(shape, int) else math.prod(shape)

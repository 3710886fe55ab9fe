"""Film grain: ``y = x + sigma 2 sqrt(x (1 - x)) g``, g smooth normal noise with variance 1.

Grains that cover a share x of the film at random leave a variance of ``x (1 - x)`` (the Boolean
model of Newson, Delon and Galerne, "A Stochastic Film Grain Model for Resolution-Independent
Rendering", 2017, section 3): none in black and white, most between.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from restorekit.images.convolution import convolve
from restorekit.images.quantize import block_rows
from restorekit.kernels import delta, gaussian

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image, Size

FINEST = 0.8
"""Standard deviation of the clumps in pixels, below which grain is mere noise."""
FRAME = 4000
"""Of a frame's longer side the clumps are one part in this: 9 micrometres of 36 millimetres, which
scans of films of ISO 400 come near to."""


class Clumps:
    """Smooth normal noise with variance 1, from the top down: the same wherever it is cut.

    Args:
        generator: Of the noise, which is drawn row by row.
        shape: ``(H, W, C)`` of the whole.
        size: Standard deviation in pixels of the Gaussian that smooths it; 0: white noise.
    """

    def __init__(
        self, generator: np.random.Generator, shape: tuple[int, int, int], size: float
    ) -> None:
        self._generator = generator
        self._shape = shape
        self._psf = gaussian(size) if size > 0 else delta()
        self._white: Image = np.empty((0, *shape[1:]), np.float32)
        self._first = self._done = 0  # the first row that is kept; the next that is asked for

    def rows(self, count: int) -> Image:
        """The next ``count`` rows, ``(count, W, C)`` float32."""
        reach = len(self._psf) // 2
        drawn, end = self._first + len(self._white), self._done + count
        more = min(end + reach, self._shape[0]) - drawn
        fresh = self._generator.standard_normal((more, *self._shape[1:]), np.float32)
        self._white = np.concatenate([self._white, fresh]) if len(self._white) else fresh
        smooth = convolve(self._white, self._psf)[self._done - self._first : end - self._first]
        smooth /= np.float32(np.sqrt((self._psf**2).sum()))
        unneeded = max(end - reach - self._first, 0)
        self._white = self._white[unneeded:].copy()  # a view would keep the whole alive
        self._first, self._done = self._first + unneeded, end
        return smooth


def grainy(rows: Image, clumps: Image, sigma: float) -> Image:
    """``rows`` with grain on them, which may leave the range.

    Args:
        rows: ``(h, W, C)`` float32 in ``[0, 1]``.
        clumps: ``(h, W, 1 or C)``, of :class:`Clumps`.
        sigma: Standard deviation at middle grey in levels of 255.
    """
    light = np.clip(rows, 0, 1)
    strength = np.sqrt(light * (1 - light))
    strength *= np.float32(2 * sigma / 255)
    return rows + strength * clumps


def grainy_bands(
    bands: Iterator[tuple[int, Image]], size: Size, sigma: float, generator: np.random.Generator
) -> Iterator[tuple[int, Image]]:
    """Bands of a picture with the grain of a black-and-white film on them, the same in each colour.

    Args:
        bands: The first row and the rows of each, from row 0 on.
        size: Of the whole picture; the clumps are in proportion to it.
        sigma: Standard deviation at middle grey in levels of 255.
        generator: Of the grain: the same one gives the same, wherever the bands are cut.
    """
    clumps = Clumps(generator, (size.height, size.width, 1), clump_size(size))
    for top, rows in bands:
        yield top, grainy(rows, clumps.rows(len(rows)), sigma)


def clump_size(size: Size) -> float:
    """Standard deviation of the clumps in pixels for a picture of ``size``."""
    return max(max(size) / FRAME, FINEST)


def generator_for(image: Image, seed: int) -> np.random.Generator:
    """What draws the grain of a picture: another for each picture, the same for the same one.

    Args:
        image: ``(H, W, C)`` float32, the picture before it is restored.
        seed: Each gives another.
    """
    content = 0
    for block in block_rows(image):
        content = zlib.crc32(image[block].tobytes(), content)
    return np.random.default_rng([content, seed])

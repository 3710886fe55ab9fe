"""A denoising filter as a restorer: run tile by tile, so that large photos need little memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from restorekit.contracts import Band, Bits, Resample, Task
from restorekit.errors import UsageError
from restorekit.images.noise_level import noise_level
from restorekit.images.quantize import block_rows, to_integers
from restorekit.tiling import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restorekit.contracts import Image, OnTile, Size

TILE = 1024
"""Largest side in pixels of what is filtered at once, without the border that the filter sees."""


@dataclass(frozen=True)
class Filter:
    """A method that makes each pixel from its surroundings, for noise of a given strength.

    Raises:
        UsageError: ``sigma`` is negative or not a number.
    """

    name: str
    title: str
    denoise: Callable[[Image, float], Image]
    """Takes ``(h, w, 1 or 3)`` float32 and sigma in the same units as the picture, where 1 is
    white; gives a picture of the same shape. Not called for sigma 0."""
    reach: Callable[[float], int]
    """How many pixels away, for this sigma in units of white, a pixel can still change another;
    for a method that couples the whole picture: from where on it was measured not to matter."""
    grid: int = 1
    """What a tile sees begins at a multiple of this many pixels, for methods whose patches lie on
    such a grid: then they are those of the whole picture."""
    sigma: float | None = None
    """Standard deviation of the noise in levels of 255; None: estimated for each picture."""
    task: Task = "denoise"
    scale: Literal[1] = 1
    resample: Resample = "bicubic"
    enlarged: Literal[False] = False
    takes_sigma: Literal[True] = True

    def __post_init__(self) -> None:
        if self.sigma is not None and not 0 <= self.sigma < np.inf:
            raise UsageError(
                "strength of the noise",
                expected="a sigma of 0 or more, in levels of 255",
                got=f"{self.sigma:g}",
            )

    def with_sigma(self, sigma: float | None) -> Filter:
        """The same filter for noise of ``sigma`` levels of 255; None: estimated."""
        return replace(self, sigma=sigma)

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return len(_cut(size.height)) * len(_cut(size.width))

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        # Noise that is the same in every channel is one noise, not three.
        given = image[:, :, :1] if _is_grey(image) else image
        sigma = (noise_level(given) if self.sigma is None else self.sigma) / 255
        rows, columns = _cut(image.shape[0]), _cut(image.shape[1])
        for i, down in enumerate(rows):
            band = np.empty((len(down), *image.shape[1:]), np.float32)
            for j, across in enumerate(columns):
                part = self._filtered(given, sigma, down, across)
                np.clip(part, 0, 1, out=band[:, across.start : across.stop])
                if on_tile:
                    on_tile(i * len(columns) + j + 1, len(rows) * len(columns))
            yield Band(down.start, band if bits == 32 else to_integers(band, bits))

    def _filtered(self, image: Image, sigma: float, down: Span, across: Span) -> Image:
        """These rows and columns of the result."""
        if sigma == 0:
            return image[down.start : down.stop, across.start : across.stop]
        reach = self.reach(sigma)
        top, left = (
            max(0, start - reach) // self.grid * self.grid for start in (down.start, across.start)
        )
        seen = image[top : down.stop + reach, left : across.stop + reach]
        result = self.denoise(np.ascontiguousarray(seen), sigma)
        # What belongs to the tile itself, (len(down), len(across), C).
        return result[down.start - top :, across.start - left :][: len(down), : len(across)]


def _is_grey(image: Image) -> bool:
    """Whether all channels are equal."""
    return all(bool((image[rows] == image[rows, :, :1]).all()) for rows in block_rows(image))


def _cut(length: int) -> tuple[Span, ...]:
    """The fewest parts of at most ``TILE`` pixels, as equal as whole pixels allow."""
    count = -(-length // TILE)
    ends = [i * length // count for i in range(count + 1)]
    return tuple(Span(start, stop) for start, stop in pairwise(ends))

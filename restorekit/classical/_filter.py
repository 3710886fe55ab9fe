"""A denoising filter as a restorer: run tile by tile, so that large photos need little memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from restorekit.classical._tiles import different_channels, tile_count, tiled_bands
from restorekit.errors import UsageError
from restorekit.images.noise_level import noise_level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restorekit.contracts import Band, Bits, Image, OnTile, Resample, Size, Task

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
        return tile_count(size, TILE)

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        # Noise that is the same in every channel is one noise, not three.
        given = different_channels(image)
        sigma = (noise_level(given) if self.sigma is None else self.sigma) / 255
        yield from tiled_bands(
            given,
            partial(self._filtered, sigma=sigma),
            channels=image.shape[2],
            tile=TILE,
            reach=self.reach(sigma) if sigma else 0,
            grid=self.grid,
            bits=bits,
            on_tile=on_tile,
        )

    def _filtered(self, image: Image, sigma: float) -> Image:
        return self.denoise(image, sigma) if sigma else image

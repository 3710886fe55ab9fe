"""A method that undoes a known blur, as a restorer: tile by tile, channel by channel.

The blur is told by :meth:`Deconvolution.with_kernel`; untold, or where it is a point, there is
nothing to undo, and the photo is given back bit for bit. Red, green and blue are restored each for
itself: lenses and shake blur all three alike, and a method for the luma alone would leave the
colours smeared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from restorekit.classical._blur import Blur
from restorekit.classical._observation import CLIPPED, Observation, observe
from restorekit.classical._tiles import different_channels, tile_count, tiled_bands
from restorekit.errors import UsageError
from restorekit.images.convolution import check_room, without_nothing
from restorekit.images.icc import srgb_decode, srgb_encode
from restorekit.images.kernel_files import checked
from restorekit.images.noise_level import noise_level
from restorekit.kernels import delta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restorekit.classical._blur import Planes
    from restorekit.contracts import Band, Bits, Image, OnTile, Psf, Resample, Size, Task

    Solve = Callable[[Observation, Blur], Planes]
    """From what was seen, and how it was blurred, to the sharp picture."""

TILE = 1024
"""Largest side in pixels of what is restored at once, without the border that it sees."""
REACH = 4.0
"""Sides of the kernel around a tile that are seen with it: tiles then differ from the whole by 0.1
to 0.3 levels of 255 on average, where the noise is 2 levels; by more where a kernel has taken whole
frequencies away, so that over half of it a tile fades into the next."""
LEAST_REACH = 64
"""Pixels that are seen around a tile however small the kernel is."""
ROUNDING = 12**-0.5
"""What rounding to 8 bits leaves, in levels: no photo is less noisy."""
UNTOLD = 1.2
"""Levels of noise that are assumed at least where the noise is not told: what kernels are wrong by
counts like noise. Best for the shaken photos of Levin et al. (2009), whose own noise is 0.3."""
UNSURE = 2.5
"""Levels of noise that are assumed at least: what a kernel that was found is wrong by counts like
noise."""


class Photo(NamedTuple):
    """Some part of a photo as a method sees it."""

    observed: Observation
    blur: Blur


@dataclass(frozen=True)
class Deconvolution:
    """A method for photos with a known blur and white noise.

    Raises:
        UsageError: ``sigma`` is negative or not a number.
    """

    name: str
    title: str
    prepare: Callable[[Photo, float], Solve]
    """Called once for a photo with the middle of it, up to a tile, and sigma in units of white."""
    psf: Psf | None = None
    """``(n, n)``, as :mod:`restorekit.kernels` describes them; None: no blur."""
    sigma: float | None = None
    """Standard deviation of the noise in levels of 255; None: estimated for each photo."""
    least_noise: float = UNTOLD
    """Levels of noise that are assumed at least where the noise is not told."""
    linear: bool = False
    """Whether the blur is undone in linear light, where cameras make it, and not in sRGB: values
    are decoded by sRGB's curve. Those of a file with another profile are sRGB by then."""
    together: int = 2
    """Tiles that are restored side by side: most of the time goes to Fourier transforms, during
    which other threads go on. Each takes 0.3 GB."""
    takes_sigma: bool = True
    """Whether ``sigma`` changes anything."""
    task: Task = "deblur"
    scale: Literal[1] = 1
    resample: Resample = "bicubic"
    enlarged: Literal[False] = False
    takes_kernel: Literal[True] = True

    def __post_init__(self) -> None:
        if self.sigma is not None and not 0 <= self.sigma < np.inf:
            raise UsageError(
                "strength of the noise",
                expected="a sigma of 0 or more, in levels of 255",
                got=f"{self.sigma:g}",
            )

    def with_kernel(self, psf: Psf) -> Deconvolution:
        """The same for photos with this blur.

        Raises:
            UsageError: No photo is blurred like this: values that are not finite, or negative, no
                square of an odd side.
        """
        return replace(self, psf=without_nothing(checked(psf)))

    def with_sigma(self, sigma: float | None) -> Deconvolution:
        """The same for noise of ``sigma`` levels of 255; None: estimated."""
        return replace(self, sigma=sigma)

    def in_linear_light(self) -> Deconvolution:
        """See :class:`restorekit.contracts.LightChoosing`."""
        return replace(self, linear=True)

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return tile_count(size, TILE)

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`.

        Raises:
            UsageError: The kernel is larger than the picture.
        """
        psf = delta() if self.psf is None else self.psf
        check_room(psf, image)
        given = different_channels(image)
        point = len(psf) == 1
        reach = 0 if point else max(LEAST_REACH, round(REACH * len(psf)))
        yield from tiled_bands(
            given,
            (lambda seen: seen) if point else partial(self._sharp, psf, self._solve(given, psf)),
            channels=image.shape[2],
            tile=TILE,
            reach=reach,
            blend=reach // 2,
            together=self.together,
            bits=bits,
            on_tile=on_tile,
        )

    def _solve(self, image: Image, psf: Psf) -> Solve:
        """The method, settled for a photo."""
        sigma = max(noise_level(image), self.least_noise) if self.sigma is None else self.sigma
        middle = (slice(max(0, (side - TILE) // 2), (side + TILE) // 2) for side in image.shape[:2])
        sample = image[tuple(middle)]
        noise = max(sigma, ROUNDING) / 255
        return self.prepare(self._seen(sample, psf), noise * self._steepness(sample))

    def _steepness(self, image: Image) -> float:
        """How much larger noise is in the light that is worked in than in sRGB."""
        if not self.linear:
            return 1.0
        step = 1 / 255
        slopes = (srgb_decode(image + step) - srgb_decode(image - step)) / (2 * step)
        return float(np.sqrt(np.square(slopes).mean()))

    def _seen(self, image: Image, psf: Psf) -> Photo:
        """A part of the photo, in the light that is worked in."""
        planes = np.ascontiguousarray(image.transpose(2, 0, 1))
        light = srgb_decode(planes).astype(np.float32) if self.linear else planes
        observed = observe(light, planes >= CLIPPED, len(psf))
        height, width = observed.planes.shape[1:]
        return Photo(observed, Blur(psf, (height, width)))

    def _sharp(self, psf: Psf, solve: Solve, image: Image) -> Image:
        """A part of the photo without its blur."""
        observed, blur = self._seen(image, psf)
        sharp = observed.photo(solve(observed, blur))
        light = srgb_encode(sharp).astype(np.float32) if self.linear else sharp
        return light.transpose(1, 2, 0)

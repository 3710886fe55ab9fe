"""Film grain: clumps of silver, seen most in the midtones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class FilmGrain(RandomStep):
    """Grain: ``y = x + sigma 2 sqrt(x (1 - x)) g``, g smooth normal noise with variance 1.

    Grains that cover a share x of the film at random leave a variance of ``x (1 - x)`` (the
    Boolean model of Newson, Delon and Galerne, "A Stochastic Film Grain Model for
    Resolution-Independent Rendering", 2017, section 3): none in black and white, most between.
    """

    sigma: Annotated[float, Range(0, 255)]
    """Standard deviation at middle grey in levels of 255; 0 adds none."""
    size: Annotated[float, Range(0, 20)] = 0.8
    """Of the clumps: the standard deviation, in pixels, of the Gaussian that smooths them; 0:
    each pixel for itself."""
    channels: Literal["independent", "same"] = "same"
    """``same``: a black-and-white film; ``independent``: the three dye layers of colour film."""

    @property
    def _is_neutral(self) -> bool:
        return self.sigma == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        from restorekit.images.convolution import convolve
        from restorekit.kernels import gaussian

        channels = 1 if self.channels == "same" else image.shape[2]
        grain = self._generator().standard_normal((*image.shape[:2], channels), np.float32)
        if self.size > 0:
            psf = gaussian(self.size)
            grain = convolve(grain, psf) / np.float32(np.sqrt((psf**2).sum()))
        light = np.clip(image, 0, 1)
        strength = np.sqrt(light * (1 - light))
        strength *= np.float32(2 * self.sigma / 255)
        return image + strength * grain


DEGRADATION = DegradationFamily(
    title="grain of film, most in the midtones",
    make=FilmGrain,
    typical="film_grain(15, 1.2)",
    drawn="film_grain([0, 30], [0.4, 2], ['same', 'independent'])",
    neutral="film_grain(0)",
)

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

    See :mod:`restorekit.images.grain`.
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
        from restorekit.images.grain import Clumps, grainy

        height, width, channels = image.shape
        layers = 1 if self.channels == "same" else channels
        clumps = Clumps(self._generator(), (height, width, layers), self.size)
        return grainy(image, clumps.rows(height), self.sigma)


DEGRADATION = DegradationFamily(
    title="grain of film, most in the midtones",
    make=FilmGrain,
    typical="film_grain(15, 1.2)",
    drawn="film_grain([0, 30], [0.4, 2], ['same', 'independent'])",
    neutral="film_grain(0)",
)

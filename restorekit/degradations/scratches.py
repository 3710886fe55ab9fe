"""Scratches: thin lines that something hard left on a film or a print."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image

    Floats = npt.NDArray[np.float64]

BEND = 0.15
"""Standard deviation of a scratch's sag, as a share of its length."""


@dataclass(frozen=True)
class Scratches(RandomStep):
    """``y = (1 - m) x + m c``: c the scratches' colour, m their mask of soft, slightly bent lines.

    Each runs from a place drawn evenly in the picture, as a parabola, with a length drawn from a
    tenth to all of the longer side and an opacity from half to all of what is set. Across it the
    mask is a Gaussian.
    """

    count: Annotated[int, Range(0, 1000)]
    """In the whole picture; 0 changes nothing."""
    width: Annotated[float, Range(0.3, 50)] = 1.5
    """In pixels, where the mask has half of its height."""
    opacity: Annotated[float, Range(0, 1)] = 0.9
    color: Literal["white", "black"] = "white"
    """White where a print lost its layer, black where its negative did."""

    @property
    def _is_neutral(self) -> bool:
        return self.count == 0 or self.opacity == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        from restorekit.images.convolution import convolve
        from restorekit.kernels import gaussian

        height, width = image.shape[:2]
        rng = self._generator()
        trace = np.zeros((height, width, 1), np.float32)
        for _ in range(self.count):
            opacity = self.opacity * rng.uniform(0.5, 1)
            down, right = _stroke(rng, height, width)
            inside = (down >= 0) & (down < height) & (right >= 0) & (right < width)
            trace[down[inside], right[inside]] = np.maximum(
                trace[down[inside], right[inside]], opacity
            )
        sigma = self.width / (2 * math.sqrt(2 * math.log(2)))
        psf = gaussian(sigma)
        # A straight line of ones, blurred, is as high as a row of the kernel summed.
        mask = convolve(trace, psf) / np.float32(psf.sum(axis=0).max())
        mask = np.clip(mask, 0, self.opacity)
        return image + mask * (np.float32(self.color == "white") - image)


def _stroke(
    rng: np.random.Generator, height: int, width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The pixels on a bent line, some of which may lie outside of the picture."""
    import numpy as np

    length = rng.uniform(0.1, 1) * max(height, width)
    angle = rng.uniform(0, math.pi)
    sag = rng.normal(0, BEND) * length
    along: Floats = np.linspace(-0.5, 0.5, math.ceil(2 * length) + 1)
    aside = sag * (1 - 4 * along**2)
    down = rng.uniform(0, height) + length * along * math.sin(angle) + aside * math.cos(angle)
    right = rng.uniform(0, width) + length * along * math.cos(angle) - aside * math.sin(angle)
    return np.floor(down).astype(np.int64), np.floor(right).astype(np.int64)


DEGRADATION = DegradationFamily(
    title="scratches of a film or a print",
    make=Scratches,
    typical="scratches(12)",
    drawn="scratches([0, 20], [0.7, 3], [0.4, 1], ['white', 'black'])",
    neutral="scratches(0)",
)

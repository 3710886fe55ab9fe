"""Sharpening: unsharp masking, as cameras and people overdo it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image

SIZES_A_SIGMA = 6.375
"""Side of the kernel in standard deviations: 51 pixels for 8, as OpenCV relates them."""


@dataclass(frozen=True)
class Sharpen(Step):
    """``y = x + m (clip(x + strength r) - x)``, with r what the blurred picture lacks of ``x``.

    The mask m is 1 where ``|r|`` is above the threshold, blurred as the picture is. The authors of
    Real-ESRGAN sharpen true pictures so (Wang et al., ICCV workshops 2021, section 4.1), with the
    numbers that stand here.
    """

    strength: Annotated[float, Range(0, 10)]
    """0 changes nothing."""
    sigma: Annotated[float, Range(0.3, 50)] = 8.0
    """Of the Gaussian that blurs, in pixels."""
    threshold: Annotated[float, Range(0, 255)] = 10.0
    """In levels of 255: what differs less from its blurred self is grain, and is left alone."""

    @property
    def _is_neutral(self) -> bool:
        return self.strength == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        from restorekit.images.convolution import convolve
        from restorekit.kernels import gaussian

        psf = gaussian(self.sigma, size=int(self.sigma * SIZES_A_SIGMA / 2) * 2 + 1)
        lacking = image - convolve(image, psf)
        edges = (np.abs(lacking) > np.float32(self.threshold / 255)).astype(np.float32)
        stronger = np.clip(image + np.float32(self.strength) * lacking, 0, 1)
        return image + convolve(edges, psf) * (stronger - image)


DEGRADATION = DegradationFamily(
    title="edges overdone, grain left alone",
    make=Sharpen,
    typical="sharpen(2)",
    drawn="sharpen([0, 3], [1, 10])",
    neutral="sharpen(0)",
)

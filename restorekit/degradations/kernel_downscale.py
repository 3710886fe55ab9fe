"""Down-scaling by a kernel of chance, as blind super-resolution is measured with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily, DownScaling
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class KernelDownscale(RandomStep):
    """``y = (k * x)`` sampled every factor, k a Gaussian drawn out to any side, with noisy pixels.

    Its variances along and across are even between two limits, its angle is any, each pixel is
    multiplied by 1 plus what is even between minus and plus the noise; then it is centred, and its
    sum is 1. Bell-Kligler, Shocher and Irani, "Blind Super-Resolution Kernel Estimation using an
    Internal-GAN", 2019, section 5.1, whose DIV2KRK has 11 x 11 pixels and 0.6 to 5. Sides become
    ``factor`` times shorter, rounded down; the small pixels lie amid those that they stand for.
    """

    factor: Annotated[int, Range(1, 8)]
    """1 changes nothing."""
    least: Annotated[float, Range(0.01, 100)] = 0.6
    """Of the variance, in squared pixels of the large picture."""
    most: Annotated[float, Range(0.01, 100)] = 5.0
    noise: Annotated[float, Range(0, 1)] = 0.25
    size: Annotated[int, Range(3, 255, step=2)] = 11
    """Side of the kernel in pixels, odd."""

    @property
    def _is_neutral(self) -> bool:
        return self.factor == 1

    def kernel(self) -> DownScaling:
        """What the seed draws.

        Raises:
            UsageError: The seed is still to be drawn.
        """
        from restorekit import kernels
        from restorekit.down_scaling import centred

        rng = self._generator()
        along, across = (math.sqrt(it) for it in rng.uniform(self.least, self.most, 2))
        away = -(self.factor - 1) / 2
        smooth = kernels.gaussian(along, across, rng.uniform(0, 180), size=self.size, shift=away)
        noisy = smooth * (1 + rng.uniform(-self.noise, self.noise, smooth.shape))
        return DownScaling(centred(kernels.normalized(noisy), self.factor), self.factor)

    def _apply(self, image: Image) -> Image:
        from restorekit.images.convolution import down_scaled

        return down_scaled(image, self.kernel())


DEGRADATION = DegradationFamily(
    title="fewer pixels, by a kernel of chance",
    make=KernelDownscale,
    typical="kernel_downscale(2)",
    drawn="kernel_downscale([2, 3, 4])",
    neutral="kernel_downscale(1)",
)

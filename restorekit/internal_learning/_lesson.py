"""What is to be learned from a photo, and for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit import kernels
from restorekit.contracts import DownScaling
from restorekit.down_scaling import at_scale

if TYPE_CHECKING:
    from restorekit.contracts import Kernel, Size

LARGEST_STEP = 1.6
"""How many times larger a step's result is than that of the step before, at most."""
SMALLEST = 16
"""Side in pixels below which a photo teaches nothing: it is enlarged by bicubic, and corrected."""


@dataclass(frozen=True)
class Budget:
    """How long is learned, from crops of what size, and by how large a network.

    Shocher et al. (2018), section 3.3, but for crops of half the side, which came as far in half
    the time.
    """

    iterations: int = 3000
    """At most, for each scale."""
    patience: int = 256
    """Over how many iterations it is judged whether progress has stalled, at least 3."""
    crop: int = 64
    """Side of a crop in pixels."""
    features: int = 64
    """Width of the network."""
    convolutions: int = 8


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is to be learned from a photo."""

    scale: int
    kernel: Kernel | None
    """The blur, at the size of the result, before bicubic, or all of how the photo became small, by
    the same scale; None: bicubic alone."""
    noise: float
    """Standard deviation of the photo's noise, 1 being the whole range."""
    seed: int
    budget: Budget

    @property
    def rounds(self) -> int:
        """Of back-projection: none where it would bring the noise back."""
        return 0 if self.noise else 4

    def steps(self, size: Size) -> tuple[float, ...]:
        """The scales that are learned, one after the other, from a photo of this size.

        What is found at one of them is learned from at the next one (section 3.2). A photo that
        bicubic did not make has been made small by whole numbers.
        """
        if min(size) < SMALLEST or (self.scale == 1 and self.kernel is None):
            return ()
        if isinstance(self.kernel, DownScaling):
            halvings = range(1, (self.scale & -self.scale).bit_length())
            return tuple(sorted({2**i for i in halvings} | {self.scale}))
        count = max(math.ceil(math.log(self.scale, LARGEST_STEP)), 1)
        return (*(self.scale ** (i / count) for i in range(1, count)), self.scale)

    def kernel_at(self, scale: float) -> Kernel | None:
        """The kernel at the size of a step's result."""
        if self.kernel is None or scale == self.scale:
            return self.kernel
        if isinstance(self.kernel, DownScaling):
            return at_scale(self.kernel, round(scale))
        return kernels.shrunk(self.kernel, self.scale / scale)

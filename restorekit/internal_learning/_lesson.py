"""What is to be learned from a photo, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restorekit.contracts import Psf, Size

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
    psf: Psf | None
    """The blur, at the size of the result, besides that of bicubic; None: there is none."""
    noise: float
    """Standard deviation of the photo's noise, 1 being the whole range."""
    seed: int
    budget: Budget

    @property
    def rounds(self) -> int:
        """Of back-projection: none where it would bring the noise back."""
        return 0 if self.noise else 4

    def steps(self, size: Size) -> tuple[float, ...]:
        """The scales that are learned, one after the other, from a photo of this size."""
        if min(size) < SMALLEST or (self.scale == 1 and self.psf is None and not self.noise):
            return ()
        return (float(self.scale),)

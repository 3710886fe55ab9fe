"""Generalised Gaussian blur: pointed or flat at its middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur, OddSide

if TYPE_CHECKING:
    from restorekit.contracts import Psf


@dataclass(frozen=True)
class GeneralizedGaussianBlur(Blur):
    """The picture convolved with ``exp(-(d^T S^-1 d)^beta / 2)``, normalised.

    d is the way from the middle; S has the squared widths as eigenvalues and is turned by the
    angle. Wang et al., "Real-ESRGAN", 2021, section 3.2. Mirrored at the edges.
    """

    sigma: Annotated[float, Range(0, 100)]
    """Width in pixels along the angle; 0 does not blur."""
    sigma_y: Annotated[float, Range(0.01, 100)]
    """Width across it."""
    angle: Annotated[float, Range(-360, 360)]
    """In degrees, counter-clockwise from the horizontal."""
    beta: Annotated[float, Range(0.1, 10)]
    """1 is the Gaussian; below it the kernel is pointed with long flanks, above it flat."""
    size: OddSide = None
    """Side of the kernel in pixels, odd; None: as far as it goes."""

    @property
    def _is_neutral(self) -> bool:
        return self.sigma == 0

    def _psf(self) -> Psf:
        from restorekit.kernels import generalized_gaussian

        return generalized_gaussian(
            self.sigma, self.sigma_y, self.angle, beta=self.beta, size=self.size
        )


DEGRADATION = DegradationFamily(
    title="generalised Gaussian blur, pointed or flat",
    make=GeneralizedGaussianBlur,
    typical="generalized_gaussian_blur(2, 2, 0, 0.6)",
    drawn="generalized_gaussian_blur([0.2, 3], [0.2, 3], [-180, 180], [0.5, 4])",
    neutral="generalized_gaussian_blur(0, 1, 0, 1)",
)

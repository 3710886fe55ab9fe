"""Plateau blur: flat at its middle, with long flanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur, OddSide

if TYPE_CHECKING:
    from restorekit.contracts import Psf


@dataclass(frozen=True)
class PlateauBlur(Blur):
    """The picture convolved with ``1 / (1 + (d^T S^-1 d)^beta)``, normalised.

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
    """The higher, the steeper the flanks."""
    size: OddSide = None
    """Side of the kernel in pixels, odd; None: as far as it goes."""

    @property
    def _is_neutral(self) -> bool:
        return self.sigma == 0

    def _psf(self) -> Psf:
        from restorekit.kernels import plateau

        return plateau(self.sigma, self.sigma_y, self.angle, beta=self.beta, size=self.size)


DEGRADATION = DegradationFamily(
    title="blur with a flat middle and long flanks",
    make=PlateauBlur,
    typical="plateau_blur(2, 2, 0, 1.5)",
    drawn="plateau_blur([0.2, 3], [0.2, 3], [-180, 180], [1, 2])",
    neutral="plateau_blur(0, 1, 0, 1)",
)

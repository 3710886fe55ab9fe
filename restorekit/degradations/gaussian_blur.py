"""Gaussian blur, round or drawn out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur, OddSide

if TYPE_CHECKING:
    from restorekit.contracts import Psf


@dataclass(frozen=True)
class GaussianBlur(Blur):
    """The picture convolved with ``exp(-d^T S^-1 d / 2)``, normalised; d the way from the middle.

    S has the squared widths as eigenvalues and is turned by the angle. Mirrored at the edges.
    """

    sigma: Annotated[float, Range(0, 100)]
    """Standard deviation in pixels, along the angle; 0 does not blur."""
    sigma_y: Annotated[float | None, Range(0.01, 100)] = None
    """Across it; None: the same, a round kernel."""
    angle: Annotated[float, Range(-360, 360)] = 0.0
    """In degrees, counter-clockwise from the horizontal."""
    size: OddSide = None
    """Side of the kernel in pixels, odd; None: four standard deviations each way."""
    shift: Annotated[float, Range(-32, 32)] = 0.0
    """Pixels that everything moves to the right and down."""

    @property
    def _is_neutral(self) -> bool:
        return self.sigma == 0

    def _psf(self) -> Psf:
        from restorekit.kernels import gaussian

        return gaussian(self.sigma, self.sigma_y, self.angle, size=self.size, shift=self.shift)


DEGRADATION = DegradationFamily(
    title="Gaussian blur, round or drawn out",
    make=GaussianBlur,
    typical="gaussian_blur(2)",
    drawn="gaussian_blur([0.2, 3], [0.2, 3], [-180, 180])",
    neutral="gaussian_blur(0)",
)

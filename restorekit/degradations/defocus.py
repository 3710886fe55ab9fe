"""Defocus: the lens was set to another distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur

if TYPE_CHECKING:
    from restorekit.contracts import Psf


@dataclass(frozen=True)
class Defocus(Blur):
    """The picture convolved with a disk: every point becomes the image of the open aperture.

    ``y = k * x`` with k constant inside of the radius (geometrical optics; Goodman,
    "Introduction to Fourier Optics", section 6.4.4). Mirrored at the edges.
    """

    radius: Annotated[float, Range(0, 100)]
    """In pixels; up to 0.5 nothing is blurred."""

    @property
    def _is_neutral(self) -> bool:
        return self.radius <= 0.5

    def _psf(self) -> Psf:
        from restorekit.kernels import disk

        return disk(self.radius)


DEGRADATION = DegradationFamily(
    title="out of focus",
    make=Defocus,
    typical="defocus(4)",
    drawn="defocus([0, 8])",
    neutral="defocus(0)",
)

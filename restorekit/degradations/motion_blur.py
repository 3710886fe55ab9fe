"""Motion blur: the camera moved while the shutter was open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur, RandomStep

if TYPE_CHECKING:
    from restorekit.contracts import Psf

MOMENTS = 2000
"""Into which the exposure is divided."""


@dataclass(frozen=True)
class MotionBlur(Blur, RandomStep):
    """The picture convolved with the trace of a point: ``y = k * x``.

    Without wander the path is a straight line. With it the velocity itself walks at random and
    is pulled back towards its start, a shaking hand as in Boracchi and Foi, "Modeling the
    Performance of Image Restoration From Motion Blur", 2012, section III-A.
    """

    length: Annotated[float, Range(0, 500)]
    """Of the path in pixels; 0 does not blur."""
    angle: Annotated[float, Range(-360, 360)] = 0.0
    """Of the path, or of its first moment, in degrees counter-clockwise from the horizontal."""
    wander: Annotated[float, Range(0, 1)] = 0.0
    """0, a straight line, to 1, a path that turns all the time."""

    @property
    def is_random(self) -> bool:
        """Only a path that wanders is."""
        return self.wander > 0

    @property
    def _is_neutral(self) -> bool:
        return self.length == 0

    def _psf(self) -> Psf:
        """The kernel, whose middle is the mean place of the path."""
        import numpy as np

        from restorekit import kernels

        if not self.is_random:
            return kernels.line(self.length, self.angle)
        rng = self._generator()
        turns = rng.standard_normal(MOMENTS) * (2 * np.pi * self.wander / np.sqrt(MOMENTS))
        direction = np.radians(self.angle) + np.cumsum(turns)
        pull, step = self.wander / MOMENTS, self.length / MOMENTS
        place, places = 0j, np.empty(MOMENTS, complex)
        for moment, velocity in enumerate(np.exp(1j * direction)):
            place += step * velocity - pull * place
            places[moment] = place
        places -= places.mean()
        return kernels.path(-places.imag, places.real)


DEGRADATION = DegradationFamily(
    title="the camera moved",
    make=MotionBlur,
    typical="motion_blur(15, 20)",
    drawn="motion_blur([0, 40], [0, 180], [0, 1])",
    neutral="motion_blur(0)",
)

"""Ringing: a picture cut off at a frequency."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur

if TYPE_CHECKING:
    from restorekit.contracts import Psf


@dataclass(frozen=True)
class Sinc(Blur):
    """The picture convolved with ``cutoff J1(cutoff r) / (2 pi r)``, normalised: it rings.

    As sharpening and compression leave it (Wang et al., "Real-ESRGAN", 2021, equation 6).
    """

    cutoff: Annotated[float, Range(0.01, math.pi)]
    """The highest frequency that is left, in radians a pixel; pi leaves nearly all."""
    size: Annotated[int, Range(1, 255, step=2)] = 21
    """Side of the kernel in pixels, odd; 1 changes nothing."""

    @property
    def _is_neutral(self) -> bool:
        return self.size == 1

    def _psf(self) -> Psf:
        from restorekit.kernels import sinc

        return sinc(self.cutoff, size=self.size)


DEGRADATION = DegradationFamily(
    title="rings around edges, as sharpening leaves them",
    make=Sinc,
    typical="sinc(1.05)",
    drawn="sinc([1.05, 3.14], [7, 21])",
    neutral="sinc(1, 1)",
)

"""Rounding to the levels of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Quantize(Step):
    """Clipped and rounded, halves up: ``y = floor((2^bits - 1) x + 1/2) / (2^bits - 1)``."""

    bits: Annotated[int, Range(1, 16)]
    """8 is what most files hold; few bits band the sky."""

    def _apply(self, image: Image) -> Image:
        import numpy as np

        full = np.float32(2**self.bits - 1)
        levels = np.clip(image, 0, 1) * full
        levels += np.float32(0.5)
        np.floor(levels, out=levels)
        levels /= full
        return levels


DEGRADATION = DegradationFamily(
    title="rounded to the levels of a file",
    make=Quantize,
    typical="quantize(3)",
    drawn="quantize([4, 8])",
    neutral=None,
)

"""Speckle: noise in proportion to the light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Speckle(RandomStep):
    """Multiplicative noise: ``y = x (1 + sigma n)``, n normal with variance 1.

    As coherent light leaves it after many looks were averaged (Goodman, "Some fundamental
    properties of speckle", 1976, section 4).
    """

    sigma: Annotated[float, Range(0, 255)]
    """Standard deviation where the picture is white, in levels of 255; 0 adds none."""
    channels: Literal["independent", "same"] = "independent"

    @property
    def _is_neutral(self) -> bool:
        return self.sigma == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        channels = 1 if self.channels == "same" else image.shape[2]
        noise = self._generator().standard_normal((*image.shape[:2], channels), np.float32)
        noise *= np.float32(self.sigma / 255)
        noise += 1
        return image * noise


DEGRADATION = DegradationFamily(
    title="noise in proportion to the light",
    make=Speckle,
    typical="speckle(40)",
    drawn="speckle([2, 25], ['independent', 'same'])",
    neutral="speckle(0)",
)

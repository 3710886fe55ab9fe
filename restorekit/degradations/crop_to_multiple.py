"""Cropping to sides that a scale divides, as papers on super-resolution do before all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class CropToMultiple(Step):
    """The first ``H // divisor * divisor`` rows are kept, and likewise of the columns.

    A side that is shorter than the divisor stays as it is.
    """

    divisor: Annotated[int, Range(1, 64)]
    """The sides become multiples of it; 1 cuts nothing off."""

    @property
    def _is_neutral(self) -> bool:
        return self.divisor == 1

    def _apply(self, image: Image) -> Image:
        height, width = (
            length // self.divisor * self.divisor or length for length in image.shape[:2]
        )
        return image[:height, :width].copy()


DEGRADATION = DegradationFamily(
    title="cut to sides that a scale divides",
    make=CropToMultiple,
    typical="crop_to_multiple(32)",
    drawn="crop_to_multiple([2, 4])",
    neutral="crop_to_multiple(1)",
)

"""Downscaling: the same picture of fewer pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily, Size
from restorekit.degradations._parameters import Range
from restorekit.degradations._sampling import Filter, sampled, shared
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Downscale(Step):
    """Sides become this many times shorter, rounded down: ``y = (k * x) sampled every factor``.

    With ``via`` the picture goes there by way of another size (the down-up-sampling of Zhang et
    al., "Designing a Practical Degradation Model for Deep Blind Image Super-Resolution", 2021,
    section 3.2).
    """

    factor: Annotated[float, Range(1, 64)]
    """1 changes nothing."""
    filter: Filter = "bicubic"
    antialias: bool = True
    """Whether bilinear and bicubic widen, as Pillow's do; OpenCV's and PyTorch's do not."""
    via: Annotated[float, Range(0.25, 64)] = 1.0
    """First to sides this many times shorter, or longer below 1; then to the factor."""

    @property
    def _is_neutral(self) -> bool:
        return self.factor == 1 and self.via == 1

    def _apply(self, image: Image) -> Image:
        size = Size(image.shape[0], image.shape[1])
        if self.via != 1:
            between = shared(size, 1 / self.via)
            image = sampled(image, between, self.filter, antialias=self.antialias).clip(0, 1)
        return sampled(image, shared(size, 1 / self.factor), self.filter, antialias=self.antialias)


DEGRADATION = DegradationFamily(
    title="fewer pixels",
    make=Downscale,
    typical="downscale(4)",
    drawn="downscale([1, 4], ['nearest', 'bilinear', 'bicubic', 'area', 'lanczos', 'matlab'])",
    neutral="downscale(1)",
)

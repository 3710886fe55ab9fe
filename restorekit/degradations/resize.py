"""Resizing as a share of the picture that a chain begins with, up and down and to an exact end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily, Size
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations._sampling import Filter, sampled, shared
from restorekit.degradations._step import check_form

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Resize(Parameters):
    """The picture at a share of the sides that it had when the chain began, rounded down.

    So a chain of several sizes ends at exactly ``(H // 4, W // 4)`` with ``resize(0.25)``, as
    those of super-resolution papers do. Alone it counts from the picture that it gets.
    """

    share: Annotated[float, Range(0.001, 4)]
    """1 is the first size."""
    filter: Filter = "bicubic"
    antialias: bool = True
    """Whether bilinear and bicubic widen when shrinking; OpenCV's and PyTorch's do not."""

    def __call__(self, image: Image, start: Size | None = None) -> Image:
        """Resize ``image``, as the contract of degradations says.

        Raises:
            UsageError: An array of another form.
        """
        check_form(image, "resize")
        size = Size(image.shape[0], image.shape[1])
        target = shared(start or size, self.share)
        if target == size:
            return image
        return sampled(image, target, self.filter, antialias=self.antialias).clip(0, 1)


DEGRADATION = DegradationFamily(
    title="a share of the first size",
    make=Resize,
    typical="resize(0.25, 'area')",
    drawn="resize([0.15, 1.5], ['area', 'bilinear', 'bicubic'], antialias=False)",
    neutral="resize(1)",
)

"""JPEG: the loss of one encoding."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image, Size


@dataclass(frozen=True)
class Jpeg(Step):
    """The picture rounded to 8 bits, encoded and decoded (ISO/IEC 10918-1, libjpeg's tables).

    ``y = decode(encode(round(255 x), quality)) / 255``
    """

    quality: Annotated[int, Range(1, 100)]
    """1, the least, to 100."""
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = "4:2:0"
    """How much of the colour's resolution is kept; most cameras and programs take 4:2:0."""

    @property
    def _is_neutral(self) -> bool:
        return False

    def _apply(self, image: Image, start: Size) -> Image:  # noqa: ARG002
        import numpy as np
        from PIL import Image as PillowImage

        from restorekit.images.eight_bit import opened
        from restorekit.images.quantize import to_float, to_integers

        pixels = to_integers(image, 8)
        grey = image.shape[2] == 1
        stream = io.BytesIO()
        picture = PillowImage.fromarray(pixels[:, :, 0] if grey else pixels)
        picture.save(stream, "JPEG", quality=self.quality, subsampling=self.subsampling)
        with opened(stream) as decoded:
            return to_float(np.asarray(decoded).reshape(image.shape))


DEGRADATION = DegradationFamily(
    title="the loss of JPEG",
    make=Jpeg,
    typical="jpeg(20)",
    drawn="jpeg([30, 95])",
    neutral=None,
)

"""WebP: the loss of one encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily, Size
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Webp(Step):
    """The picture rounded to 8 bits, encoded with loss and decoded (RFC 9649, libwebp).

    ``y = decode(encode(round(255 x), quality)) / 255``
    """

    quality: Annotated[int, Range(0, 100)]
    """0, the least, to 100; still with loss."""

    def _apply(self, image: Image) -> Image:
        import imagecodecs
        import numpy as np

        from restorekit.images.formats import check_size
        from restorekit.images.quantize import to_float, to_integers

        check_size("webp", Size(image.shape[0], image.shape[1]), "a picture")
        pixels = to_integers(image, 8)
        colored = np.repeat(pixels, 3, axis=2) if image.shape[2] == 1 else pixels
        stream = imagecodecs.webp_encode(colored, level=self.quality, lossless=False)
        decoded = imagecodecs.webp_decode(stream)
        # WebP has no grey: the luma of a grey picture comes back in all three channels alike.
        return to_float(decoded[:, :, 1:2] if image.shape[2] == 1 else decoded[:, :, :3])


DEGRADATION = DegradationFamily(
    title="the loss of WebP",
    make=Webp,
    typical="webp(10)",
    drawn="webp([10, 95])",
    neutral=None,
)

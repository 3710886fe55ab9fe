"""JPEG: the loss of one encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily, Size
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Jpeg(Step):
    """The picture rounded to 8 bits, encoded and decoded (ISO/IEC 10918-1, libjpeg's tables).

    ``y = decode(encode(round(255 x), quality)) / 255``
    """

    quality: Annotated[int, Range(1, 100)]
    """1, the least, to 100."""
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = "4:2:0"
    """How much of the colour's resolution is kept; most cameras and programs take 4:2:0."""

    def _apply(self, image: Image) -> Image:
        import imagecodecs

        from restorekit.images.quantize import to_float

        return to_float(imagecodecs.jpeg8_decode(self.encoded(image)).reshape(image.shape))

    def encoded(self, image: Image) -> bytes:
        """The JPEG file itself.

        Raises:
            OutputError: More pixels a side than a JPEG has room for.
        """
        import imagecodecs

        from restorekit.images.formats import check_size
        from restorekit.images.quantize import to_integers

        check_size("jpeg", Size(image.shape[0], image.shape[1]), "a picture")
        pixels = to_integers(image, 8)
        # The same codec as Pillow's, and the same bytes, in less than half of the time.
        stream = imagecodecs.jpeg8_encode(
            pixels[:, :, 0] if image.shape[2] == 1 else pixels,
            level=self.quality,
            subsampling=self.subsampling.replace(":", ""),
        )
        return bytes(stream)


DEGRADATION = DegradationFamily(
    title="the loss of JPEG",
    make=Jpeg,
    typical="jpeg(20)",
    drawn="jpeg([30, 95])",
    neutral=None,
)

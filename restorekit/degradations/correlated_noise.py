"""Correlated noise: what cameras leave of theirs, fine in luma and coarse in the colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    from restorekit.contracts import Image

Size = Annotated[float, Range(0, 20)]
CB_IN_BLUE, CR_IN_RED = 1.772, 1.402
RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""BT.601, as JPEG has it: what Cb and Cr add to the colours, and the colours' shares in luma."""


@dataclass(frozen=True)
class CorrelatedNoise(RandomStep):
    """``y = x + rgb(luma g_1, chroma g_2, chroma g_3)``, g smooth normal noise with variance 1.

    Cameras smooth the noise of their photos, that of the colours most, and JPEG keeps colours at
    half the size. White noise smoothed by a Gaussian of standard deviation s has a correlation of
    ``exp(-d^2 / 4 s^2)`` over d pixels. The real photos of PolyU (Xu et al., "Real-world Noisy
    Image Denoising: A New Benchmark", 2018) have 0.4 to 0.8 from one pixel to the next in luma,
    as of s from 0.5 to 1, and in the colours 0.6 over four pixels, as of s = 2.8; luma and chroma
    here are those of BT.601. The equation is the project's own choice.
    """

    luma: Annotated[float, Range(0, 255)]
    """Standard deviation in levels of 255, in a grey picture the only one."""
    chroma: Annotated[float, Range(0, 255)] = 0.0
    """The same of Cb and of Cr; red then has 1.4 times as much, and blue 1.8 times."""
    luma_size: Size = 0.7
    """Standard deviation, in pixels, of the Gaussian that smooths it; 0: each pixel for itself."""
    chroma_size: Size = 2.8
    """The same."""

    @property
    def _is_neutral(self) -> bool:
        return self.luma == self.chroma == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        from restorekit.images.grain import Clumps

        height, width, channels = image.shape
        generator = self._generator()
        light = Clumps(generator, (height, width, 1), self.luma_size).rows(height)
        light *= np.float32(self.luma / 255)
        if channels == 1:
            return np.add(image, light, dtype=np.float32)
        differences = Clumps(generator, (height, width, 2), self.chroma_size).rows(height)
        of_cb = [0, -BLUE * CB_IN_BLUE / GREEN, CB_IN_BLUE]
        of_cr = [CR_IN_RED, -RED * CR_IN_RED / GREEN, 0]
        to_rgb = np.array([of_cb, of_cr], np.float32)
        to_rgb *= np.float32(self.chroma / 255)
        return np.add(image, light + differences @ to_rgb, dtype=np.float32)


DEGRADATION = DegradationFamily(
    title="noise as cameras leave it: fine in luma, coarse in the colours",
    make=CorrelatedNoise,
    typical="correlated_noise(6, 3)",
    drawn="correlated_noise([1, 15], [0, 8], [0, 1.1], [0.8, 4])",
    neutral="correlated_noise(0)",
)

"""Photon noise: light comes in portions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    from restorekit.contracts import Image


LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue (BT.601)."""


@dataclass(frozen=True)
class PoissonNoise(RandomStep):
    """Noise that grows with the light: ``y = x + scale (P(photons x) / photons - x)``.

    P draws from the Poisson distribution of that mean. The variance is ``scale^2 x / photons``:
    photons alone are physics, the scale is that of Wang et al., "Real-ESRGAN", 2021, whose
    released code counts 256 photons for a picture with all levels.
    """

    scale: Annotated[float, Range(0, 10)]
    """How much of the noise is added; 0 adds none, 1 is photon noise itself."""
    photons: Annotated[int, Range(1, 10_000_000)] = 256
    """That a pixel counts where the picture is white: the fewer, the noisier."""
    channels: Literal["independent", "same"] = "independent"
    """Whether all channels get the noise of the luma instead of their own."""

    @property
    def _is_neutral(self) -> bool:
        return self.scale == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        light = np.clip(image, 0, 1)
        if self.channels == "same" and image.shape[2] == 3:
            light = light @ np.array(LUMA, np.float32)[:, None]
        light *= np.float32(self.photons)
        noise = self._generator().poisson(light).astype(np.float32)
        noise -= light
        noise *= np.float32(self.scale / self.photons)
        return image + noise


DEGRADATION = DegradationFamily(
    title="photon noise, more where there is more light",
    make=PoissonNoise,
    typical="poisson_noise(2)",
    drawn="poisson_noise([0.05, 3], channels=['independent', 'same'])",
    neutral="poisson_noise(0)",
)

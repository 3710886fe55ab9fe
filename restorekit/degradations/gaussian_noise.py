"""White noise, as the electronics of a camera add it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    import numpy as np

    from restorekit.contracts import Image


@dataclass(frozen=True)
class GaussianNoise(RandomStep):
    """Noise of one strength everywhere: ``y = x + sigma n``, n normal with variance 1.

    The channels are independent of each other, have the same noise, or share some of it: then n
    has the covariance ``U D U^T``, D diagonal with entries drawn from 0 to 1 and U a rotation
    drawn at random, both by the seed (Zhang et al., "Designing a Practical Degradation Model for
    Deep Blind Image Super-Resolution", 2021, section 3.3).
    """

    sigma: Annotated[float, Range(0, 255)]
    """Standard deviation in levels of 255; 0 adds none."""
    channels: Literal["independent", "same", "mixed"] = "independent"
    clip: bool = True
    """Whether values out of range are cut off. Papers on white noise leave them: what is clipped
    is not white."""

    @property
    def _is_neutral(self) -> bool:
        return self.sigma == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        rng = self._generator()
        height, width, channels = image.shape
        mixing = None
        if self.channels == "same":
            channels = 1
        elif self.channels == "mixed" and channels == 3:
            mixing = _mixing(rng)
        noise = rng.standard_normal((height, width, channels), np.float32)
        if mixing is not None:
            noise = noise @ mixing
        noise *= np.float32(self.sigma / 255)
        return np.add(image, noise, out=noise if noise.shape == image.shape else None)

    def _clipped(self, image: Image) -> Image:
        return super()._clipped(image) if self.clip else image


def _mixing(rng: np.random.Generator) -> Image:
    """A matrix that gives white noise, from the right, a random covariance of ``U D U^T``."""
    import numpy as np

    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    return (np.sqrt(rng.random(3))[:, None] * rotation.T).astype(np.float32)


DEGRADATION = DegradationFamily(
    title="white noise of one strength",
    make=GaussianNoise,
    typical="gaussian_noise(25)",
    drawn="gaussian_noise([0, 50], ['independent', 'same', 'mixed'])",
    neutral="gaussian_noise(0)",
)

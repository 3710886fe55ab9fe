"""Mixed noise: white, of photons, of a sensor or of a camera, and in a third of photos JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._chain import Chain, drawn_seed
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations.camera_noise import CameraNoise
from restorekit.degradations.correlated_noise import CorrelatedNoise
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.jpeg import Jpeg
from restorekit.degradations.poisson_noise import PoissonNoise

if TYPE_CHECKING:
    import numpy as np

    from restorekit.degradations._step import Step

COMPRESSED = 0.35
"""Share of the photos that are JPEGs in the end."""
QUALITY = (40, 96)
"""Of the JPEG, from the least up to below the second."""
SHOT = (1e-4, 1.2e-2)
"""Least and greatest noise of a sensor: daylight, and high ISO (Brooks et al., 2019)."""
READ = 0.02
"""Of the sensor's noise in the dark, as a share of that in full light, at most."""
PHOTONS = (0.05, 3.0)
"""Least and greatest scale of photon noise (Wang et al., Real-ESRGAN, 2021)."""

LUMA = (1.0, 15.0)
"""Least and greatest noise that a camera has left, in levels of 255; PolyU's has 3 to 5."""
CHROMA = (0.2, 0.8)
"""Of its Cb and Cr, as a share of that."""
LUMA_SIZE, CHROMA_SIZE = (0.0, 1.1), (0.8, 4.0)
"""How coarse they are; see :class:`CorrelatedNoise`."""


@dataclass(frozen=True)
class MixedNoise(Parameters):
    """``y = x + n``, n white, of photons, a sensor or a camera, then in a third of the photos JPEG.

    White noise of a sigma from 0 to ``sigma`` comes in two fifths of the photos, and is left
    unclipped where no JPEG follows, as papers measure it; the others are photon noise, that of a
    sensor and what a camera leaves of it, each as often, their strengths spread evenly over the
    logarithm. The shares are the project's own choice.
    """

    sigma: Annotated[float, Range(0, 255)] = 55.0
    """Of the strongest white noise, in levels of 255."""
    weakest: Annotated[float, Range(0, 1)] = 0.0
    """What all noise has at least, as a share of the strongest of its kind."""

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws."""
        jpeg = rng.random() < COMPRESSED
        kinds = (self._white, self._white, self._photons, self._sensor, self._camera)
        steps: list[Step] = [kinds[rng.integers(len(kinds))](rng)]
        if jpeg:
            steps.append(Jpeg(int(rng.integers(*QUALITY))))
        return Chain(tuple(steps))

    def _white(self, rng: np.random.Generator) -> Step:
        sigma = float(rng.uniform(self.weakest, 1) * self.sigma)
        return GaussianNoise(sigma, clip=False, seed=drawn_seed(rng))

    def _photons(self, rng: np.random.Generator) -> Step:
        return PoissonNoise(self._between(rng, *PHOTONS), seed=drawn_seed(rng))

    def _sensor(self, rng: np.random.Generator) -> Step:
        shot = self._between(rng, *SHOT)
        return CameraNoise(shot, shot * READ * float(rng.random()), seed=drawn_seed(rng))

    def _camera(self, rng: np.random.Generator) -> Step:
        luma = self._between(rng, *LUMA)
        chroma = luma * float(rng.uniform(*CHROMA))
        sizes = (float(rng.uniform(*LUMA_SIZE)), float(rng.uniform(*CHROMA_SIZE)))
        return CorrelatedNoise(luma, chroma, *sizes, seed=drawn_seed(rng))

    def _between(self, rng: np.random.Generator, low: float, high: float) -> float:
        """Drawn evenly over the logarithm."""
        low = max(low, self.weakest * high)
        return float(low * (high / low) ** rng.random())


DEGRADATION = DegradationFamily(
    title="white noise, photons, a sensor or a camera, some with JPEG",
    make=MixedNoise,
    typical="mixed_noise(40, 0.5)",
    drawn="mixed_noise()",
    neutral=None,
)

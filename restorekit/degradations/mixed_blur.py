"""Mixed blur: a hand, a movement or the lens, drawn for each photo; the set for figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._chain import Chain, drawn_seed
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations.camera_shake import CameraShake
from restorekit.degradations.defocus import Defocus
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.motion_blur import MotionBlur

if TYPE_CHECKING:
    import numpy as np

    from restorekit.degradations._step import Blur

ANXIETIES = (0.01, 0.009, 0.008, 0.007, 0.005, 0.003)
EXPOSURES = (0.1, 0.5, 1.0)
LENGTH = 60.0
"""Of the path of a hand in pixels, of which the exposure shows a part."""
MOVEMENT = (5.0, 30.0)
"""The least and the greatest length of a straight path in pixels."""
RADIUS = (1.5, 6.0)
"""Of the disk of a lens out of focus, in pixels."""


@dataclass(frozen=True)
class MixedBlur(Parameters):
    """``y = k * x + n``, k a trembling hand, a straight movement or a disk, each as often.

    The hand is DeblurGAN's (Kupyn et al., 2018, section 4): a path of 60 pixels, of which a tenth,
    a half or all is exposed. The movement is that of an object that goes evenly, of 5 to 30 pixels
    in any direction; the disk has a radius of 1.5 to 6. n is white. These three are the project's
    own choice: one seed makes one set, on which methods are compared.
    """

    noise: Annotated[float, Range(0, 255)] = 2.0
    """Its sigma, in levels of 255."""
    sharp: Annotated[float, Range(0, 1)] = 0.0
    """The share of the photos without any blur, from which networks learn to leave them alone."""

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws."""
        is_sharp = self.sharp > 0 and rng.random() < self.sharp
        draw = (_hand, _movement, _lens)[rng.integers(3)]
        blur = () if is_sharp else (draw(rng),)
        return Chain((*blur, GaussianNoise(self.noise, seed=drawn_seed(rng))))


def _hand(rng: np.random.Generator) -> Blur:
    anxiety, exposure = ANXIETIES[rng.integers(6)], EXPOSURES[rng.integers(3)]
    return CameraShake(LENGTH, anxiety, exposure, seed=drawn_seed(rng))


def _movement(rng: np.random.Generator) -> Blur:
    return MotionBlur(float(rng.uniform(*MOVEMENT)), float(rng.uniform(0, 180)))


def _lens(rng: np.random.Generator) -> Blur:
    return Defocus(float(rng.uniform(*RADIUS)))


DEGRADATION = DegradationFamily(
    title="a hand, a movement or the lens, with a little noise",
    make=MixedBlur,
    typical="mixed_blur(2)",
    drawn="mixed_blur()",
    neutral=None,
)

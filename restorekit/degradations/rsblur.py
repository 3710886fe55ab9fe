"""RSBlur: a trembling hand as a sensor sees it, with clipped highlights and its noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._chain import Chain, drawn_seed
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations.camera_noise import CameraNoise
from restorekit.degradations.camera_shake import CameraShake

if TYPE_CHECKING:
    import numpy as np

GAMMA = 2.2
HIGHLIGHTS = (0.25, 1.75)
SHOT, READ = 8.8915e-05, 2.9430e-05
"""Of the noise of the camera that took RealBlur."""
RED, BLUE = (1.9, 2.4), (1.5, 1.9)


@dataclass(frozen=True)
class Rsblur(Parameters):
    """Light is blurred by one of so many kernels, clips, and is seen by a sensor with noise.

    Rim, Kim, Kim, Lee, Lee and Cho, "Realistic Blur Synthesis for Learning Image Deblurring", 2022,
    section 4 and code, in the form for single photos (GoPro_U): kernels whose mean place is their
    middle, highlights that get 0.25 to 1.75 times the white more light, noise and gains of the
    camera of RealBlur. The kernels here are those of ``camera_shake``, and the response a gamma of
    2.2, where theirs is the sRGB curve and a fitted one.
    """

    length: Annotated[float, Range(0, 250)] = 70.0
    """Of the paths in pixels: kernels of 71 x 71 hold one of 70."""
    kernels: Annotated[int, Range(1, 2**32)] = 1000
    """How many different ones there are."""

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws."""
        shake = CameraShake(
            self.length,
            gamma=GAMMA,
            highlights=float(rng.uniform(*HIGHLIGHTS)),
            seed=int(rng.integers(self.kernels)),
        )
        red, blue = float(rng.uniform(*RED)), float(rng.uniform(*BLUE))
        noise = CameraNoise(SHOT, READ, red=red, blue=blue, exposure=1.0, seed=drawn_seed(rng))
        return Chain((shake, noise))


DEGRADATION = DegradationFamily(
    title="camera shake in light, clipped, with a sensor's noise",
    make=Rsblur,
    typical="rsblur(30)",
    drawn="rsblur()",
    neutral=None,
)

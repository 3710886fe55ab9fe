"""The classical degradation of super-resolution: blurred, made smaller, noisy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._chain import Chain, drawn_seed
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations.gaussian_blur import GaussianBlur
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.resize import Resize

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Classical(Parameters):
    """``y = (k * x) sampled every scale + n`` (Elad and Feuer, 1997; equation 1 of most papers).

    k is a Gaussian, round in half of the draws, of widths drawn evenly from 0.2 to the scale; the
    sampling MATLAB's bicubic, as in Zhang, Zuo and Zhang, "Learning a Single Convolutional
    Super-Resolution Network for Multiple Degradations" (SRMD), 2018, section 3.1; n is white, of
    sigma from 0 to the noise.
    """

    scale: Annotated[int, Range(1, 16)] = 4
    """The result has exactly ``(H // scale, W // scale)`` pixels, H and W of the chain's start."""
    noise: Annotated[float, Range(0, 255)] = 25.0
    """The highest sigma, in levels of 255."""

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws."""
        widest = max(1.0, float(self.scale))
        sigma = float(rng.uniform(0.2, widest))
        if rng.random() < 0.5:
            blur = GaussianBlur(sigma)
        else:
            aside, angle = float(rng.uniform(0.2, widest)), float(rng.uniform(0, 180))
            blur = GaussianBlur(sigma, aside, angle)
        noise = GaussianNoise(float(rng.uniform(0, self.noise)), seed=drawn_seed(rng))
        return Chain((blur, Resize(1 / self.scale, "matlab"), noise))


DEGRADATION = DegradationFamily(
    title="blurred, made smaller, noisy: the classical model",
    make=Classical,
    typical="classical(2)",
    drawn="classical([2, 4])",
    neutral=None,
)

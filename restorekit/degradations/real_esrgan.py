"""Real-ESRGAN: blurred, resized, noisy and compressed, twice over, with ringing at the end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from restorekit.contracts import DegradationFamily
from restorekit.degradations._chain import Chain, drawn_seed
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations.gaussian_blur import GaussianBlur
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.generalized_gaussian_blur import GeneralizedGaussianBlur
from restorekit.degradations.jpeg import Jpeg
from restorekit.degradations.plateau_blur import PlateauBlur
from restorekit.degradations.poisson_noise import PoissonNoise
from restorekit.degradations.resize import Resize
from restorekit.degradations.sinc import Sinc

if TYPE_CHECKING:
    import numpy as np

    from restorekit.contracts import Degradation

    Blur = GaussianBlur | GeneralizedGaussianBlur | PlateauBlur | Sinc

FILTERS: tuple[Literal["area", "bilinear", "bicubic"], ...] = ("area", "bilinear", "bicubic")
KERNEL_SHARES = {
    ("gaussian", True): 0.45,
    ("gaussian", False): 0.25,
    ("generalized", True): 0.12,
    ("generalized", False): 0.03,
    ("plateau", True): 0.12,
    ("plateau", False): 0.03,
}
"""How often each kind of kernel is drawn, and whether round, where it is no sinc."""
SINC, LAST_SINC, SAME_NOISE = 0.1, 0.8, 0.4
"""How often a blur is a sinc, the end rings, and the channels have the same noise."""


class _Half(NamedTuple):
    """What the two halves of the recipe draw differently."""

    blurred: float
    """How often it blurs."""
    widths: tuple[float, float]
    """Of its kernels, in pixels."""
    up: float
    """How often it enlarges."""
    down: float
    shares: tuple[float, float]
    """Smallest and largest size."""
    sigmas: tuple[float, float]
    """Of Gaussian noise, in levels of 255."""
    photon_scales: tuple[float, float]
    """Of Poisson noise."""


FIRST = _Half(1.0, (0.2, 3), 0.2, 0.7, (0.15, 1.5), (1, 30), (0.05, 3))
SECOND = _Half(0.8, (0.2, 1.5), 0.3, 0.4, (0.3, 1.2), (1, 25), (0.05, 2.5))


@dataclass(frozen=True)
class RealEsrgan(Parameters):
    """The high-order recipe, of order two.

    Wang, Xie, Dong and Shan, "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure
    Synthetic Data", 2021, section 3 and its implementation details: each half blurs, resizes,
    adds noise and compresses; before or after the last JPEG the picture is brought to its end size
    and most often convolved with a sinc.
    """

    scale: Annotated[int, Range(1, 16)] = 4
    """The result has exactly ``(H // scale, W // scale)`` pixels, H and W of the chain's start."""

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws."""
        end = 1 / self.scale
        steps = [*_half(rng, FIRST, 1.0), _jpeg(rng), *_half(rng, SECOND, end)]
        sized = Resize(end, _filter(rng), antialias=False)
        rings = [_sinc(rng, math.pi / 3)] if rng.random() < LAST_SINC else []
        compressed = _jpeg(rng)
        if rng.random() < 0.5:
            return Chain((*steps, sized, *rings, compressed))
        return Chain((*steps, compressed, sized, *rings))


def _half(rng: np.random.Generator, half: _Half, size: float) -> list[Degradation]:
    """Blur, another size (a share of ``size``), noise."""
    steps: list[Degradation] = []
    if rng.random() < half.blurred:
        steps.append(_blur(rng, half.widths))
    share = _share(rng, half) * size
    # A size that was never left needs no step.
    if share != 1:
        steps.append(Resize(share, _filter(rng), antialias=False))
    steps.append(_noise(rng, half))
    return steps


def _blur(rng: np.random.Generator, widths: tuple[float, float]) -> Blur:
    if rng.random() < SINC:
        return _sinc(rng)
    kinds = list(KERNEL_SHARES)
    kind, is_round = kinds[rng.choice(len(kinds), p=list(KERNEL_SHARES.values()))]
    side, sigma = _side(rng), float(rng.uniform(*widths))
    sigma_y = sigma if is_round else float(rng.uniform(*widths))
    angle = 0.0 if is_round else float(rng.uniform(-180, 180))
    if kind == "gaussian" and is_round:
        return GaussianBlur(sigma, size=side)
    if kind == "gaussian":
        return GaussianBlur(sigma, sigma_y, angle, size=side)
    # Half of the shapes are more pointed than a Gaussian, half are flatter.
    if kind == "generalized":
        beta = float(rng.uniform(0.5, 1) if rng.random() < 0.5 else rng.uniform(1, 4))
        return GeneralizedGaussianBlur(sigma, sigma_y, angle, beta, side)
    beta = 1.0 if rng.random() < 0.5 else float(rng.uniform(1, 2))
    return PlateauBlur(sigma, sigma_y, angle, beta, side)


def _side(rng: np.random.Generator) -> int:
    """Of a kernel: odd, 7 to 21."""
    return 2 * int(rng.integers(3, 10, endpoint=True)) + 1


def _sinc(rng: np.random.Generator, lowest: float | None = None) -> Sinc:
    """Of a cutoff from ``lowest``, or from what suits the kernel's side, to pi."""
    side = _side(rng)
    lowest = lowest or (math.pi / 3 if side < 13 else math.pi / 5)
    return Sinc(float(rng.uniform(lowest, math.pi)), side)


def _share(rng: np.random.Generator, half: _Half) -> float:
    chance = rng.random()
    if chance < half.up:
        return float(rng.uniform(1, half.shares[1]))
    return float(rng.uniform(half.shares[0], 1)) if chance < half.up + half.down else 1.0


def _filter(rng: np.random.Generator) -> Literal["area", "bilinear", "bicubic"]:
    return FILTERS[rng.integers(len(FILTERS))]


def _noise(rng: np.random.Generator, half: _Half) -> GaussianNoise | PoissonNoise:
    is_gaussian = rng.random() < 0.5
    channels = "same" if rng.random() < SAME_NOISE else "independent"
    strength = float(rng.uniform(*(half.sigmas if is_gaussian else half.photon_scales)))
    if is_gaussian:
        return GaussianNoise(strength, channels, seed=drawn_seed(rng))
    return PoissonNoise(strength, channels=channels, seed=drawn_seed(rng))


def _jpeg(rng: np.random.Generator) -> Jpeg:
    return Jpeg(int(rng.integers(30, 95, endpoint=True)))


DEGRADATION = DegradationFamily(
    title="the second-order recipe of Real-ESRGAN",
    make=RealEsrgan,
    typical="real_esrgan(2)",
    drawn="real_esrgan(4)",
    neutral=None,
)

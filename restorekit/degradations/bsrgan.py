"""BSRGAN: blur, fewer pixels, noise and compression in an order drawn anew each time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._chain import Chain, drawn_seed
from restorekit.degradations._parameters import Parameters, Range
from restorekit.degradations.camera_noise import CameraNoise
from restorekit.degradations.gaussian_blur import GaussianBlur
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.jpeg import Jpeg
from restorekit.degradations.resize import Resize

if TYPE_CHECKING:
    import numpy as np

    from restorekit.contracts import Degradation

HALVED_FIRST = 0.25
"""How often a quarter of the size is reached by way of half of it."""
JPEG, CAMERA = 0.75, 0.25
"""How often there is a first JPEG, and camera noise."""
CHANNELS: tuple[Literal["mixed", "independent", "same"], ...] = ("mixed", "independent", "same")
CHANNEL_SHARES = (0.2, 0.4, 0.4)
SMOOTH: tuple[Literal["bilinear", "bicubic"], ...] = ("bilinear", "bicubic")


@dataclass(frozen=True)
class Bsrgan(Parameters):
    """Six degradations, shuffled, and a last JPEG.

    Zhang, Liang, Van Gool and Timofte, "Designing a Practical Degradation Model for Deep Blind
    Image Super-Resolution", 2021, sections 3.1 to 3.4: a round and a drawn-out Gaussian blur, the
    loss of pixels, Gaussian noise, JPEG (3 in 4) and camera noise (1 in 4). Pixels are lost by
    nearest, bilinear, bicubic or down-up sampling, each as often; a quarter of the size is reached
    by way of a half 1 in 4 times.
    """

    scale: Annotated[int, Range(1, 8)] = 4
    """The result has exactly ``(H // scale, W // scale)`` pixels, H and W of the chain's start."""

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws."""
        steps: list[Degradation] = []
        share, scale = 1.0, self.scale
        if scale == 4 and rng.random() < HALVED_FIRST:
            share, scale = 0.5, 2
            filters = ("bilinear", "bicubic", "area")
            steps.append(Resize(share, filters[rng.integers(3)], antialias=False))
        parts: list[list[Degradation]] = [
            [_round_blur(rng, scale)],
            [_long_blur(rng, scale)],
            _fewer_pixels(rng, share, scale),
            [_noise(rng)],
            [_jpeg(rng)] if rng.random() < JPEG else [],
            [_camera(rng)] if rng.random() < CAMERA else [],
        ]
        for part in rng.permutation(len(parts)):
            steps += parts[part]
        return Chain((*steps, _jpeg(rng)))


def _side(rng: np.random.Generator) -> int:
    """Of a kernel: odd, 7 to 25."""
    return 2 * int(rng.integers(3, 12, endpoint=True)) + 1


def _round_blur(rng: np.random.Generator, scale: int) -> GaussianBlur:
    """Of a width from 0.1 to 2.4 pixels for half of the size, to 2.8 for a quarter."""
    return GaussianBlur(float(rng.uniform(0.1, 2 + 0.2 * scale)), size=_side(rng))


def _long_blur(rng: np.random.Generator, scale: int) -> GaussianBlur:
    """Of variances from 0.5 to 6 square pixels for half of the size, to 8 for a quarter."""
    along, aside = (float(it) for it in rng.uniform(0.5, 4 + scale, 2))
    angle = float(rng.uniform(0, 180))
    return GaussianBlur(math.sqrt(along), math.sqrt(aside), angle, size=_side(rng))


def _fewer_pixels(rng: np.random.Generator, share: float, scale: int) -> list[Degradation]:
    """From ``share`` of the first size to that divided by ``scale``."""
    if scale == 1:
        return []
    end: float = share / scale
    kind = rng.integers(4)
    if kind == 0:
        # The blur moves what lies between two pixels onto the one that nearest takes.
        shift = 0.5 if scale % 2 == 0 else 0.0
        blur = GaussianBlur(float(rng.uniform(0.1, 0.6 * scale)), size=25, shift=shift)
        return [blur, Resize(end, "nearest")]
    if kind < 3:
        return [Resize(end, SMOOTH[kind - 1], antialias=False)]
    between = share / float(rng.uniform(0.5, scale))
    there, back = (SMOOTH[it] for it in rng.integers(2, size=2))
    return [Resize(between, there, antialias=False), Resize(end, back, antialias=False)]


def _noise(rng: np.random.Generator) -> GaussianNoise:
    sigma = float(rng.uniform(1, 25))
    channels = CHANNELS[rng.choice(3, p=CHANNEL_SHARES)]
    return GaussianNoise(sigma, channels, seed=drawn_seed(rng))


def _jpeg(rng: np.random.Generator) -> Jpeg:
    return Jpeg(int(rng.integers(30, 95, endpoint=True)))


def _camera(rng: np.random.Generator) -> CameraNoise:
    """Noise, gains and exposure as Brooks et al. ("Unprocessing Images", 2019) draw them."""
    log_shot = rng.uniform(math.log(0.0001), math.log(0.012))
    log_read = 2.18 * log_shot + 1.2 + rng.normal(0, 0.26)
    exposure: Any = 1 / max(rng.normal(0.8, 0.1), 0.4)
    return CameraNoise(
        math.exp(log_shot),
        math.exp(log_read),
        red=float(rng.uniform(1.9, 2.4)),
        blue=float(rng.uniform(1.5, 1.9)),
        exposure=float(exposure),
        seed=drawn_seed(rng),
    )


DEGRADATION = DegradationFamily(
    title="the shuffled recipe of BSRGAN",
    make=Bsrgan,
    typical="bsrgan(2)",
    drawn="bsrgan(4)",
    neutral=None,
)

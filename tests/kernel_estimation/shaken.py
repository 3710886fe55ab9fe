"""Photos blurred by kernels that are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from restorekit import kernels
from restorekit.images.reading import read

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf

PHOTOS = Path(__file__).parents[2] / "photos"
MOMENTS = np.linspace(0, 7, 200)
SHAKE = kernels.path(
    np.interp(MOMENTS, np.arange(8), [0, 1, 2.5, 3, 2, 0.5, -1.5, -3]),
    np.interp(MOMENTS, np.arange(8), [-4, -3, -1.5, 0.5, 2, 3, 3.5, 2]),
)


def sharp(side: int = 160) -> Image:
    """The astronaut's face at half its size, ``(side, side, 3)``."""
    part = read(PHOTOS / "astronaut.jpg").color[: 2 * side, 80 : 80 + 2 * side]
    return part.reshape(side, 2, side, 2, 3).mean((1, 3), dtype=np.float32)


def blurred(truth: Image, psf: Psf, sigma: float = 0.5) -> Image:
    """As a camera would take it, with noise of ``sigma`` levels, in 8 bits."""
    photo = signal.fftconvolve(truth, psf[:, :, None], mode="valid", axes=(0, 1))
    photo += np.random.default_rng(0).normal(0, sigma / 255, photo.shape)
    return (np.clip(photo, 0, 1) * 255).round().astype(np.float32) / 255

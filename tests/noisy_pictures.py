"""Pieces of photos with noise of a known strength, and how near a result comes to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PillowImage

if TYPE_CHECKING:
    from restorekit.contracts import Image, Restorer

PHOTOS = Path(__file__).parents[1] / "photos"
PIECES = {"astronaut": (150, 20, 342, 212), "coffee": (150, 60, 470, 380)}
"""Left, top, right and bottom of what is cut out and halved, which takes JPEG's traces away."""


def clean_piece(name: str) -> Image:
    """A small colour picture, ``(h, w, 3)`` in ``[0, 1]``."""
    left, top, right, bottom = PIECES[name]
    with PillowImage.open(PHOTOS / f"{name}.jpg") as photo:
        pixels = np.asarray(photo.convert("RGB").crop((left, top, right, bottom)), np.float32)
    quarters = pixels.reshape(pixels.shape[0] // 2, 2, -1, 2, 3)
    return quarters.mean(axis=(1, 3), dtype=np.float32) / 255


def noisy(clean: Image, sigma: float, seed: int = 0) -> Image:
    """With white Gaussian noise of ``sigma`` levels of 255, not clipped."""
    draw = np.random.default_rng(seed)
    return clean + draw.standard_normal(clean.shape, np.float32) * np.float32(sigma / 255)


def result_of(restorer: Restorer, image: Image) -> Image:
    """The whole of what a restorer makes of a picture."""
    return np.concatenate([band.rows for band in restorer.bands(image)])


def psnr(result: Image, clean: Image) -> float:
    """In dB, of the values clipped to ``[0, 1]``."""
    return float(-10 * np.log10(np.square(result.clip(0, 1) - clean).mean(dtype=np.float64)))

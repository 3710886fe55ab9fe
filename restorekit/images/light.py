"""Linear light: what a sensor adds up, before the camera's response makes a picture of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from restorekit.contracts import Image


def linear(image: Image, gamma: float) -> Image:
    """``x^gamma`` of a picture, clipped to ``[0, 1]`` first, in a new float32 array."""
    return np.clip(image, 0, 1) ** np.float32(gamma)


def encoded(light: Image, gamma: float) -> Image:
    """The picture ``x^(1/gamma)`` of light, in a new float32 array."""
    # Interpolation and Fourier transforms may leave a value a rounding error below 0.
    return np.maximum(light, 0) ** np.float32(1 / gamma)

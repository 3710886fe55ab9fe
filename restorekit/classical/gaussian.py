"""Gaussian filter: a mean whose weights fall with distance; the linear filter without artefacts.

J. J. Koenderink, The structure of images, Biological Cybernetics 50 (1984).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._filter import Filter

if TYPE_CHECKING:
    from restorekit.contracts import Image

TRUNCATE = 4.0
"""Spread, in standard deviations, beyond which weights count as zero."""


def gaussian_filter(image: Image, spread: float) -> Image:
    """``out = image * g``, g(x, y) proportional to ``exp(-(x**2 + y**2) / (2 spread**2))``.

    White noise of variance v comes out with about ``v / (4 pi spread**2)`` for a spread of a
    pixel or more; of detail with a period of p pixels, ``exp(-2 (pi spread / p)**2)`` is left.
    Borders are mirrored.

    Args:
        image: ``(H, W, C)`` float.
        spread: Standard deviation of the Gaussian in pixels, above 0.
    """
    from scipy import ndimage

    radius = gaussian_radius(spread)
    result = ndimage.gaussian_filter(image, spread, axes=(0, 1), radius=radius)
    return np.asarray(result, np.float32)


def gaussian_radius(spread: float) -> int:
    """How many pixels away a pixel still has weight, for a ``spread`` in pixels."""
    return int(TRUNCATE * spread + 0.5)


def _spread(sigma: float) -> float:
    """The spread, as measured best on Set12 for sigma from 2 to 50 levels."""
    return 0.32 + 6 * sigma


RESTORER = Filter(
    "gaussian",
    title="Gaussian blur: smooth, without artefacts or edges",
    denoise=lambda image, sigma: gaussian_filter(image, _spread(sigma)),
    reach=lambda sigma: gaussian_radius(_spread(sigma)),
)

"""Box filter: the plain mean of a square, the simplest low-pass filter.

P. Gwosdek, S. Grewenig, A. Bruhn, J. Weickert, Theoretical foundations of Gaussian convolution by
extended box filtering, SSVM (2011): boxes whose width is not a whole number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._filter import Filter

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Image


def box_filter(image: Image, width: float) -> Image:
    """Each pixel becomes the mean of the square of ``width`` pixels around it.

    ``out = sum over d of k(d) image(x + d)``, along columns, then along rows, with ``k = 1 /
    width`` for the pixels that lie wholly in the square and as much less for those at its ends as
    lies outside. White noise of variance v comes out with about ``v / width**2``; everything finer
    than ``width`` pixels goes with it. Borders are mirrored.

    Args:
        image: ``(H, W, C)`` float.
        width: Side of the square in pixels, 1 or more, not only whole; 1 changes nothing.
    """
    from scipy.ndimage import correlate1d

    kernel = _kernel(width)
    result = correlate1d(correlate1d(image, kernel, axis=0), kernel, axis=1)
    return np.asarray(result, np.float32)


def _kernel(width: float) -> npt.NDArray[np.float64]:
    whole = 2 * int((width - 1) / 2) + 1
    end = (width - whole) / 2
    return np.array([end, *[1.0] * whole, end]) / width


def _width(sigma: float) -> float:
    """The width, as measured best on Set12 for sigma from 2 to 50 levels."""
    return 1 + 21 * sigma**1.2


RESTORER = Filter(
    "box",
    title="mean of a square: blurs noise and detail alike",
    denoise=lambda image, sigma: box_filter(image, _width(sigma)),
    reach=lambda sigma: int((_width(sigma) - 1) / 2) + 1,
)

"""Structural similarity of Wang, Bovik, Sheikh and Simoncelli.

With local means m, variances v and covariance c under an 11 x 11 Gaussian window of sigma 1.5::

    SSIM = mean of (2 m_x m_y + C1) (2 c_xy + C2) / ((m_x² + m_y² + C1) (v_x + v_y + C2))
    C1 = 0.01², C2 = 0.03²  (peak 1)

over the pixels whose window lies inside the picture, as in the authors' MATLAB code; colour is the
mean of the channels. Their later code shrinks large pictures first, the tables of restoration
do not.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, Image quality assessment: from error
visibility to structural similarity, IEEE Transactions on Image Processing 13 (2004).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from restorekit.metrics._measure import FullReference, blocks, exact

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import AnyRows
    from restorekit.metrics._measure import Rows

    PerChannel = npt.NDArray[np.float64]

C1, C2 = 0.01**2, 0.03**2
WINDOW, SIGMA = 11, 1.5


class Similarity(NamedTuple):
    """Means over the picture, one for each channel."""

    whole: PerChannel
    """SSIM itself."""
    structure: PerChannel
    """Its second factor, contrast and structure, without the luminance."""


def ssim(restored: AnyRows, reference: AnyRows) -> float:
    """The mean similarity, 1 for equal pictures and below otherwise."""
    return float(similarity(restored, reference).whole.mean())


def similarity(restored: AnyRows, reference: AnyRows) -> Similarity:
    """Both means of two pictures of at least 11 x 11 pixels."""
    import numpy as np

    height, width, channels = reference.shape
    inside = height - WINDOW + 1
    whole, structure = np.zeros(channels), np.zeros(channels)
    for block in blocks(reference[:inside]):
        rows = slice(block.start, block.stop + WINDOW - 1)
        luminance, rest = _factors(exact(restored[rows]), exact(reference[rows]))
        whole += (luminance * rest).sum(axis=(0, 1))
        structure += rest.sum(axis=(0, 1))
    count = inside * (width - WINDOW + 1)
    return Similarity(whole / count, structure / count)


def _factors(x: Rows, y: Rows) -> tuple[Rows, Rows]:
    """The two factors of SSIM, ``(h - 10, W - 10, C)`` each."""
    mean_x, mean_y = _windowed(x), _windowed(y)
    product = mean_x * mean_y
    squares = mean_x * mean_x + mean_y * mean_y
    # The sum of the variances is all that is needed of them: one window instead of two.
    variances = _windowed(x * x + y * y) - squares
    covariance = _windowed(x * y) - product
    return (2 * product + C1) / (squares + C1), (2 * covariance + C2) / (variances + C2)


def _windowed(rows: Rows) -> Rows:
    """The weighted mean around each pixel whose window fits."""
    from scipy.ndimage import correlate1d

    half = WINDOW // 2
    across: Rows = correlate1d(rows, _window(), axis=1)[:, half:-half]
    mean: Rows = correlate1d(across, _window(), axis=0)[half:-half]
    return mean


@lru_cache(maxsize=1)
def _window() -> tuple[float, ...]:
    """One axis of the Gaussian, which is separable; the weights sum to 1."""
    import numpy as np

    offsets = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    return tuple(float(weight) for weight in weights / weights.sum())


METRIC = FullReference(
    "ssim", title="structural similarity", measure=ssim, unit="", smallest=WINDOW
)

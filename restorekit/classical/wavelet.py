"""Wavelet shrinkage: small coefficients are noise, large ones are the picture.

S. G. Chang, B. Yu, M. Vetterli, Adaptive wavelet thresholding for image denoising and compression
(BayesShrink), and Spatially adaptive wavelet thresholding with context modeling for image
denoising, IEEE Transactions on Image Processing 9 (2000). R. R. Coifman, D. L. Donoho,
Translation-invariant de-noising, in Wavelets and Statistics (1995): cycle spinning, which the
stationary transform does for all shifts at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restorekit.classical._filter import Filter
from restorekit.classical._opponent import in_opponent_colors

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Image

    Plane = npt.NDArray[np.floating[Any]]
    """``(H, W)``, one channel or one band of its transform."""

WAVELET = "db2"
TAPS = 4
"""Of that wavelet's filters."""
LEVELS = 3
WINDOW = 4
"""Coefficients on each side whose energy tells that of the signal, at the finest level; twice as
many at each coarser one, whose coefficients repeat themselves."""
MARGIN = 1.1
"""Sigma is taken to be this much larger. Like all of the above measured best on Set12, 5 to 50."""


def wavelet_filter(image: Image, sigma: float) -> Image:
    """Soft thresholding of the coefficients of a stationary wavelet transform, by channel.

    ``image = clean + noise``, hence ``w = s + n`` for each coefficient of a detail band, where n
    has the standard deviation sigma too, as the transform is orthonormal for each shift, and s is
    modelled as Laplacian with a variance of its own in each place. The threshold that is nearly
    the best in the mean is ``T = sigma**2 / std(s)``, with ``var(s) = max(mean of w**2 -
    sigma**2, 0)`` over the surroundings, and w becomes ``sign(w) max(|w| - T, 0)``. The mean over
    all shifts keeps thresholds from showing as wavelets of their own. Noise coarser than eight
    pixels stays. Borders are mirrored.

    Args:
        image: ``(H, W, C)`` float.
        sigma: Standard deviation of the noise in units of the image, above 0; large: smoother.
    """
    planes = [_shrunk(image[:, :, channel], sigma) for channel in range(image.shape[2])]
    return np.stack(planes, axis=2)


def _shrunk(plane: Plane, sigma: float) -> Plane:
    import pywt

    border = _reach()
    # The transform takes sizes that are multiples of 2**LEVELS, and is periodic.
    beyond = [(border, border + -(length + 2 * border) % 2**LEVELS) for length in plane.shape]
    coarse, *details = pywt.swt2(
        np.pad(plane, beyond, "symmetric"), WAVELET, level=LEVELS, trim_approx=True
    )
    # From coarse to fine.
    kept = [
        tuple(_soft(band, MARGIN * sigma, _window(LEVELS - 1 - i)) for band in bands)
        for i, bands in enumerate(details)
    ]
    result = np.asarray(pywt.iswt2([coarse, *kept], WAVELET), np.float32)
    return result[border:, border:][: plane.shape[0], : plane.shape[1]]


def _window(level: int) -> int:
    """Coefficients on each side, for levels counted from the finest, 0."""
    return WINDOW * 2**level


def _reach() -> int:
    """Pixels away that still matter: the transform, the coarsest window, the way back."""
    filters = (TAPS - 1) * (2**LEVELS - 1)
    return filters + _window(LEVELS - 1) + filters


def _soft(band: Plane, sigma: float, window: int) -> Plane:
    """``band`` with each coefficient moved towards 0 by its own threshold."""
    from scipy.ndimage import uniform_filter

    energy = uniform_filter(band**2, 2 * window + 1)
    # Where there is no signal at all the threshold is finite, yet above every coefficient.
    spread = np.sqrt(np.maximum(energy - sigma**2, 1e-6 * sigma**2))
    return np.sign(band) * np.maximum(np.abs(band) - sigma**2 / spread, 0)


RESTORER = Filter(
    "wavelet",
    title="wavelet shrinkage: even grain in detail",
    denoise=lambda image, sigma: in_opponent_colors(image, lambda it: wavelet_filter(it, sigma)),
    reach=lambda _: _reach(),
)

"""Domain transform: a box filter along lines that are stretched where colours change.

E. S. L. Gastal, M. M. Oliveira, Domain transform for edge-aware image and video processing, ACM
Transactions on Graphics 30 (2011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._filter import Filter
from restorekit.classical.gaussian import gaussian_filter, gaussian_radius

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Image

    Line = npt.NDArray[np.float64]

PASSES = 3
"""Along rows and columns in turn, as in the paper; each with half the width of the one before."""


def domain_transform_filter(image: Image, guide: Image, spread: float, contrast: float) -> Image:
    """Edge-aware smoothing by normalized convolution in the transformed domain.

    Along each line pixels move apart: the step between neighbours becomes ``1 + spread /
    contrast * |difference in the guide|`` (equation 11, with the root mean square over the
    channels where the paper has their sum, so that grey in three channels is grey). Each pixel
    becomes the mean of those within ``r`` of it on the stretched line, with ``r = sqrt(3) s`` and
    s falling from pass to pass such that all together have the variance of ``spread`` (equation
    14). Large areas of one colour become flat; noise as strong as ``contrast`` holds its place.

    Args:
        image: ``(H, W, C)`` float.
        guide: Of the same shape; its edges are kept.
        spread: Standard deviation of the smoothing where the guide is flat, in pixels, above 0.
        contrast: How large a difference in the guide counts as much as ``spread`` pixels, in
            units of the guide, above 0.
    """
    down = _positions(guide, spread / contrast, axis=0)
    across = _positions(guide, spread / contrast, axis=1)
    result = image.astype(np.float64)
    for i in range(PASSES):
        radius = _radius(spread, i)
        result = _line_means(result, across, radius)
        # Columns are filtered as rows of the transposed picture, (W, H, C).
        result = _line_means(result.swapaxes(0, 1), down, radius).swapaxes(0, 1)
    return result.astype(np.float32)


def _positions(guide: Image, stretch: float, axis: int) -> Line:
    """Where each pixel lies on its stretched line, ``(lines, length)``."""
    lines = guide if axis == 1 else guide.swapaxes(0, 1)
    difference = np.sqrt(np.square(np.diff(lines, axis=1)).mean(axis=2, dtype=np.float64))
    positions = np.zeros(lines.shape[:2])
    np.cumsum(1 + stretch * difference, axis=1, out=positions[:, 1:])
    return positions


def _radius(spread: float, index: int) -> float:
    """Half the box of pass ``index``: equation 14, times sqrt(3) as the box's variance asks."""
    share = 2 ** (PASSES - index - 1) / np.sqrt(4**PASSES - 1)
    return float(np.sqrt(3) * spread * np.sqrt(3) * share)


def _line_means(lines: Line, positions: Line, radius: float) -> Line:
    """The mean of all pixels within ``radius`` on the same line, ``(lines, length, C)``."""
    count, length, channels = lines.shape
    # All lines one after another, too far apart to meet, so that one search serves them all.
    gap = positions[:, -1].max() + 2 * radius + 1
    ordered = (positions + gap * np.arange(count)[:, None]).ravel()
    first = np.searchsorted(ordered, ordered - radius, side="left")
    last = np.searchsorted(ordered, ordered + radius, side="right")
    sums = np.zeros((count * length + 1, channels))
    np.cumsum(lines.reshape(-1, channels), axis=0, out=sums[1:])
    means = (sums[last] - sums[first]) / (last - first)[:, None]
    return means.reshape(lines.shape)


SPREAD = 6.0
"""Pixels, as measured best on Set12 for sigma from 5 to 50 levels."""


def _guide_spread(sigma: float) -> float:
    """Of the same measurement: noise must not stretch the lines, so the guide is blurred a bit."""
    return 0.5 + 2 * sigma


def _denoise(image: Image, sigma: float) -> Image:
    guide = gaussian_filter(image, _guide_spread(sigma))
    return domain_transform_filter(image, guide, SPREAD, sigma)


def _reach(sigma: float) -> int:
    """The guide's blur, the difference to a neighbour, and every pass."""
    passes = sum(int(_radius(SPREAD, i)) for i in range(PASSES))
    return gaussian_radius(_guide_spread(sigma)) + 1 + passes


RESTORER = Filter(
    "domain-transform",
    title="domain transform: smooth areas, sharp edges",
    denoise=_denoise,
    reach=_reach,
)

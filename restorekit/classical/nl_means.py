"""Non-local means: a mean over pixels whose surroundings look alike.

A. Buades, B. Coll, J.-M. Morel, A non-local algorithm for image denoising, CVPR (2005), and
Non-local means denoising, Image Processing On Line 1 (2011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._filter import Filter

if TYPE_CHECKING:
    from restorekit.contracts import Image


def nl_means_filter(
    image: Image, sigma: float, *, patch: int, distance: int, decay: float
) -> Image:
    """Each pixel becomes a mean over the pixels near it, weighted by how alike their patches are.

    ``out(x) = sum of w(x, y) image(y) / sum of w(x, y)``, ``w(x, y) = exp(-max(D - 2 sigma**2,
    0) / decay**2)``, with D the mean squared difference of the patches around x and y, over
    pixels and channels; ``2 sigma**2`` is what noise alone adds to it. What repeats itself
    nearby (lines, textures, flat areas) is cleaned well; what is single keeps its noise. Borders
    are mirrored.

    Args:
        image: ``(H, W, C)`` float.
        sigma: Standard deviation of the noise in units of the image.
        patch: Side of a patch in pixels, odd.
        distance: How far away pixels are looked at, in pixels along each axis.
        decay: How different patches may be, in units of the image, above 0; large: smoother.
    """
    from scipy.ndimage import uniform_filter

    height, width, _ = image.shape
    # Room for a pixel's partner on either side, and for the patches around both.
    margin = 2 * distance + patch // 2
    edge = ((0, 0), (margin, margin), (margin, margin))
    # Channels first, (C, H, W): sums over them are sums of planes.
    padded = np.pad(image.transpose(2, 0, 1), edge, "symmetric")
    inner = padded[:, distance:-distance, distance:-distance]
    result = image.transpose(2, 0, 1).copy()
    total = np.ones((height, width), np.float32)
    for down, across in _half_of_offsets(distance):
        moved = padded[:, distance + down :, distance + across :]
        moved = moved[:, : inner.shape[1], : inner.shape[2]]
        apart = uniform_filter(np.square(moved - inner).mean(axis=0), patch)
        weight = np.exp(np.minimum(2 * sigma**2 - apart, 0) / np.float32(decay**2))
        # A weight serves both: the pixel for its partner ahead, and the partner behind it for it.
        for back, ahead in (((0, 0), (down, across)), ((-down, -across), (-down, -across))):
            start = margin - distance + back[0], margin - distance + back[1]
            mutual = weight[start[0] :, start[1] :][:height, :width]
            total += mutual
            start = margin + ahead[0], margin + ahead[1]
            result += mutual * padded[:, start[0] :, start[1] :][:, :height, :width]
    return np.ascontiguousarray((result / total).transpose(1, 2, 0))


def _half_of_offsets(distance: int) -> list[tuple[int, int]]:
    """Of each pair of opposite steps the one that leads down, or to the right."""
    steps = range(-distance, distance + 1)
    return [(down, across) for down in steps for across in steps if (down, across) > (0, 0)]


DISTANCE = 6
"""Pixels; 10 are slower and, further from the pixel, no better."""
STRONG = 35 / 255
"""Where noise is stronger than this, patches of three grey pixels no longer tell much."""


WIDEST = 5
"""Side in pixels of the largest patch."""


def _denoise(image: Image, sigma: float) -> Image:
    """With what was measured best on Set12 and CBSD68 for sigma from 5 to 50 levels."""
    if image.shape[2] == 1:
        patch, decay = (3, sigma) if sigma < STRONG else (WIDEST, 0.75 * sigma)
    else:
        # Three channels tell patches apart more surely.
        patch, decay = 3, max(0.7, 1 - 2.5 * sigma) * sigma
    return nl_means_filter(image, sigma, patch=patch, distance=DISTANCE, decay=decay)


RESTORER = Filter(
    "nl-means",
    title="non-local means: for what repeats itself",
    denoise=_denoise,
    reach=lambda _: DISTANCE + WIDEST // 2,
)

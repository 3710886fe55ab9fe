"""Non-local means: a mean over pixels whose surroundings look alike.

A. Buades, B. Coll, J.-M. Morel, A non-local algorithm for image denoising, CVPR (2005); J.
Froment, Parameter-free fast pixelwise non-local means denoising, Image Processing On Line 4
(2014), for the fast computation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    nearby (lines, textures, flat areas) is cleaned well; what is single keeps its noise.

    Args:
        image: ``(H, W, C)`` float.
        sigma: Standard deviation of the noise in units of the image.
        patch: Side of a patch in pixels, odd.
        distance: How far away pixels are looked at, in pixels along each axis.
        decay: How different patches may be, in units of the image, above 0; large: smoother.
    """
    from skimage.restoration import denoise_nl_means

    colour = image.shape[2] > 1
    result = denoise_nl_means(
        image if colour else image[:, :, 0],
        patch_size=patch,
        patch_distance=distance,
        h=decay,
        sigma=sigma,
        fast_mode=True,
        preserve_range=True,
        channel_axis=2 if colour else None,
    )
    return result.reshape(image.shape)


DISTANCE = 6
DECAY = 0.7
"""In sigmas. With ``DISTANCE`` and the sides of the patches measured best on Set12, 5 to 50."""


def _patch(sigma: float) -> int:
    return 5 if sigma < 30 / 255 else 7


def _denoise(image: Image, sigma: float) -> Image:
    return nl_means_filter(
        image, sigma, patch=_patch(sigma), distance=DISTANCE, decay=DECAY * sigma
    )


RESTORER = Filter(
    "nl-means",
    title="non-local means: for what repeats itself",
    denoise=_denoise,
    reach=lambda sigma: DISTANCE + _patch(sigma) // 2,
)

"""BM3D: similar patches are stacked and denoised together.

Model: ``noisy = clean + sigma * n``, n white and Gaussian, the same in every channel. A patch and
those nearby that look like it make a stack whose spectrum in three dimensions (across the patch,
and along the stack) is sparse: few coefficients hold the picture, all hold the noise. Twice over:

1. *Hard thresholding.* Stacks are found in the noisy picture; coefficients below
   ``2.7 sigma`` become zero. Every pixel is then the mean of the estimates of all patches that
   cover it, weighted by ``1 / (coefficients kept)`` and a Kaiser window: the basic estimate.
2. *Wiener filtering.* Stacks are found anew in the basic estimate, whose spectrum B tells how much
   of each noisy coefficient is picture: ``B² / (B² + sigma²)``. Averaged likewise.

In colour (CBM3D) both steps run along opponent axes, and stacks are found by brightness alone,
where the detail is strongest beside the noise.

It fails where nothing resembles a patch (a lone texture), and where noise is not white: in a photo
that was saved as JPEG it lies in clumps, which look like detail and stay.

K. Dabov, A. Foi, V. Katkovnik, K. Egiazarian, Image denoising by sparse 3-D transform-domain
collaborative filtering, IEEE Transactions on Image Processing 16 (2007); the same authors, Color
image denoising via sparse 3D collaborative filtering with grouping constraint in
luminance-chrominance space, ICIP (2007). The parameters are theirs, for strong noise those of
their later program, where they were measured to be better. What each of them is worth: M. Lebrun,
An analysis and implementation of the BM3D image denoising method, Image Processing On Line 2
(2012).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._filter import Filter
from restorekit.classical._opponent import in_opponent_colors

if TYPE_CHECKING:
    from restorekit.contracts import Image

REACH = 40
"""Pixels around a tile beyond which little was measured to matter: by 0.004 (sigma 25) to 0.01
levels of 255 (sigma 60) on average in tiles of 66, nowhere by more than 2."""

GRID = 12
"""Patches of reference lie at multiples of 3 pixels, in strong noise of 4 in the first step."""


def bm3d(image: Image, sigma: float) -> Image:
    """The picture without its noise.

    Args:
        image: ``(H, W, 1 or 3)`` float32, 0 black and 1 white; noise may go beyond both. A colour
            picture whose channels are equal is filtered as the grey one that it is.
        sigma: Standard deviation of the noise in each channel, in the same units; 0 gives the
            picture back. Larger blurs more, smaller leaves more noise.

    Returns:
        The same shape, not clipped.
    """
    # torch is loaded where there is work: the folder is a list that everybody reads.
    from restorekit.classical._bm3d_steps import both_steps

    if sigma == 0:
        return image.copy()
    # Where channels are equal so is their noise, and the rest takes it to be independent.
    if not np.ptp(image, axis=2).any():
        return np.repeat(both_steps(image[:, :, :1], sigma), image.shape[2], axis=2)
    return in_opponent_colors(image, partial(both_steps, sigma=sigma))


def _reach(sigma: float) -> int:
    del sigma
    return REACH


RESTORER = Filter(
    "bm3d",
    title="stacks of similar patches: the best without learning",
    denoise=bm3d,
    reach=_reach,
    grid=GRID,
)

"""The kernel of a shaken photo, from a picture with few edges whose darkest pixels are black.

In a patch of a photo something is nearly black; blurred, it is a mean of what lies around it, and
brighter. Of all pictures that the kernel found so far makes the photo of, the one is wanted with
few edges and few patches whose darkest pixel is not 0::

    S = argmin_S |S * k - B|^2 + lambda |grad S|_0 + mu |D(S)|_0,   D(S)(x) = min over y near x S(y)

J. Pan, D. Sun, H. Pfister, M.-H. Yang, Blind image deblurring using dark channel prior, CVPR 2016,
sections 3 and 4. Photos are grey here, so that the darkest of the three colours is not looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from restorekit.kernel_estimation._few_edges import EDGES, FewEdges, kernel_of_few_edges
from restorekit.kernel_estimation._shake import Shake

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.classical._blur import Planes
    from restorekit.contracts import Image, Psf

PATCH = 35
"""Side in pixels at the photo's full size, odd, as in the paper."""
DARK = 0.25
"""mu, as a share of lambda."""
BRIGHT = 0.1
"""The square of a darkest pixel, in units of white, from which on it is never made black."""
LAST_ALPHA, RISE = 8.0, 8.0
"""How far the splitting goes, as in the authors' program, and by what steps: theirs are of 2, and
the kernels no better."""
BETA_RISE = 4.0
"""The same for the edges; each alpha begins with the picture of the one before."""


def estimate_kernel(image: Image, size: int, *, edges: float = EDGES) -> Psf:
    """See :func:`restorekit.kernel_estimation._few_edges.kernel_of_few_edges`."""
    return kernel_of_few_edges(image, size, dark_picture, edges)


def dark_picture(few: FewEdges) -> Planes:
    """The S of few edges and few patches without black, nearly, by half-quadratic splitting.

    u stands for the dark channel put back where it was found: each alpha makes black the darkest
    pixels of patches whose square is less than ``mu / alpha``, and S is near to that and has few
    edges.
    """
    patch = 2 * round((PATCH * few.share - 1) / 2) + 1
    picture, mu = few.seen.planes, DARK * few.edges
    alpha = mu / BRIGHT
    while alpha < LAST_ALPHA:
        black = darkest(picture, max(3, patch)) & (np.square(picture) < mu / alpha)
        picture = few.picture(picture, np.where(black, np.float32(0), picture), alpha, BETA_RISE)
        alpha *= RISE
    return picture


def darkest(planes: Planes, patch: int) -> npt.NDArray[np.bool_]:
    """Which pixels are the darkest of any patch that they lie in.

    The dark channel selects, ``D(S) = M S`` with a single 1 in each row of M, and
    these are the pixels that ``M^T`` returns anything to. They are those that a morphological
    opening, the brightest of the dark channel in a patch, leaves as they are.

    Args:
        planes: ``(C, H, W)``.
        patch: Side in pixels, odd.
    """
    opened: Any = ndimage.grey_opening(planes, (1, patch, patch))
    return planes <= np.asarray(opened, np.float32)


def both_kernels(image: Image, size: int) -> list[Psf]:
    """The kernel of two lambdas."""
    return [estimate_kernel(image, size, edges=it) for it in (EDGES, EDGES / 2)]


ESTIMATOR = Shake(
    "dark-channel",
    title="shake, by the picture with few edges and black in every part",
    attempts=both_kernels,
    reliable=0.7,
)

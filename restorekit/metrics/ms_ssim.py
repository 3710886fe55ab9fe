"""Multi-scale structural similarity of Wang, Simoncelli and Bovik.

The picture is halved four times by means of 2 x 2; with the contrast-structure factor cs of each
scale and the whole SSIM of the coarsest::

    MS-SSIM = cs_1^w1 cs_2^w2 cs_3^w3 cs_4^w4 SSIM_5^w5
    w = 0.0448, 0.2856, 0.3001, 0.2363, 0.1333

A negative mean, as of a negative picture, counts as 0: it has no real power. Colour is the mean of
the channels.

Z. Wang, E. P. Simoncelli, A. C. Bovik, Multiscale structural similarity for image quality
assessment, Asilomar Conference on Signals, Systems and Computers (2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.metrics._measure import FullReference, blocks, exact
from restorekit.metrics.ssim import WINDOW, similarity

if TYPE_CHECKING:
    from restorekit.contracts import AnyRows, Image
    from restorekit.metrics._measure import Rows

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SMALLEST = (WINDOW - 1) * 2 ** (len(WEIGHTS) - 1) + 1
"""161 pixels, halved four times and rounded up, are the 11 of the window."""


def ms_ssim(restored: AnyRows, reference: AnyRows) -> float:
    """The similarity over five scales, 1 for equal pictures and 0 at worst."""
    import numpy as np

    product = np.ones(reference.shape[2])
    for weight in WEIGHTS[:-1]:
        product *= np.maximum(similarity(restored, reference).structure, 0) ** weight
        restored, reference = _halved(restored), _halved(reference)
    product *= np.maximum(similarity(restored, reference).whole, 0) ** WEIGHTS[-1]
    return float(product.mean())


def _halved(picture: AnyRows) -> Image:
    """Means of 2 x 2 pixels, float32; the last row and column of an odd size count twice."""
    import numpy as np

    height, width, channels = picture.shape
    result = np.empty(((height + 1) // 2, (width + 1) // 2, channels), np.float32)
    for block in blocks(result):
        result[block] = _means_of_four(exact(picture[2 * block.start : 2 * block.stop]))
    return result


def _means_of_four(rows: Rows) -> Rows:
    import numpy as np

    even = np.pad(rows, ((0, len(rows) % 2), (0, rows.shape[1] % 2), (0, 0)), mode="edge")
    pairs = even[::2] + even[1::2]
    return np.clip((pairs[:, ::2] + pairs[:, 1::2]) / 4, 0, 1)


METRIC = FullReference(
    "ms-ssim", title="structural similarity, 5 scales", measure=ms_ssim, unit="", smallest=SMALLEST
)

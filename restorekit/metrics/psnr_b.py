"""PSNR with a penalty for blocks (Yim and Bovik).

With D_B and D_C the mean squared steps between neighbours across the borders of the 8 x 8 blocks
of JPEG, and between all others::

    PSNR-B = 10 log10(1 / (MSE + BEF))
    BEF = eta (D_B - D_C),  eta = log2(8) / log2(min(H, W)) where D_B > D_C, else 0

The blocking effect factor BEF is that of the restored picture alone, whose top left corner must be
the corner of a block: a cropped picture has its borders elsewhere. Colour: all channels together.

C. Yim, A. C. Bovik, Quality assessment of deblocked images, IEEE Transactions on Image Processing
20 (2011), equations 9 to 16.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from restorekit.metrics._measure import FullReference, blocks, exact
from restorekit.metrics.psnr import decibels, mean_squared_error

if TYPE_CHECKING:
    from restorekit.contracts import AnyRows

SIDE = 8


def psnr_b(restored: AnyRows, reference: AnyRows) -> float:
    """The ratio in dB; infinite for equal pictures without blocks."""
    return decibels(mean_squared_error(restored, reference) + blocking_effect(restored))


def blocking_effect(picture: AnyRows) -> float:
    """BEF, with the full range as 1; 0 where block borders stand out from nothing."""
    import numpy as np

    height, width, channels = picture.shape
    down, across = np.zeros(height), np.zeros(width)
    for block in blocks(picture):
        # With the row above, so that the first step of the block is seen as well.
        top = max(block.start - 1, 0)
        rows = exact(picture[top : block.stop])
        down[top + 1 : block.stop] = (np.diff(rows, axis=0) ** 2).sum(axis=(1, 2))
        across[1:] += (np.diff(rows[block.start - top :], axis=1) ** 2).sum(axis=(0, 2))
    on_border = float(down[::SIDE].sum() + across[::SIDE].sum())
    elsewhere = float(down.sum() + across.sum()) - on_border
    borders = channels * ((height - 1) // SIDE * width + (width - 1) // SIDE * height)
    others = channels * ((height - 1) * width + (width - 1) * height) - borders
    excess = on_border / borders - elsewhere / others
    return max(excess, 0.0) * math.log2(SIDE) / math.log2(min(height, width))


METRIC = FullReference(
    "psnr-b", title="PSNR less the blocks of JPEG", measure=psnr_b, unit="dB", smallest=SIDE + 1
)

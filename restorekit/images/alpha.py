"""The colour under transparent pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from restorekit.contracts import Image


def bleed(color: Image, alpha: Image) -> Image:
    """``color`` with that of the nearest visible pixels spread under the transparent ones.

    What lies under full transparency is arbitrary, often black or white, and would fringe the
    edges once a restorer looks at it. A pyramid is built by averaging what is visible (push) and
    its levels fill, from coarse to fine, what is empty below (pull). Pixels that show at all keep
    their colour.

    Args:
        color: ``(H, W, 1 or 3)`` float32.
        alpha: ``(H, W, 1)`` float32; 0 is transparent.
    """
    visible = (alpha > 0).astype(np.float32)
    if visible.all() or not visible.any():
        return color
    filled = color * visible
    _fill(filled, visible)
    return filled


def _fill(color: Image, weight: Image) -> None:
    """Fill, in place, where ``weight`` is 0; ``color`` is 0 there."""
    height, width = color.shape[:2]
    if max(height, width) == 1 or weight.all():
        return
    coarse_weight = _halve(weight)
    coarse = _halve(color)
    np.divide(coarse, coarse_weight, out=coarse, where=coarse_weight > 0)
    known = (coarse_weight > 0).astype(np.float32)
    _fill(coarse, known)
    empty = weight[:, :, 0] == 0
    rows, columns = np.nonzero(empty)
    color[rows, columns] = coarse[rows // 2, columns // 2]


def _halve(image: Image) -> Image:
    """Sums over blocks of 2 x 2, those at an odd edge being smaller."""
    height, width, channels = image.shape
    half = np.zeros((-(-height // 2), -(-width // 2), channels), np.float32)
    for top in (0, 1):
        for left in (0, 1):
            part = image[top::2, left::2]
            half[: part.shape[0], : part.shape[1]] += part
    return half

"""Colours along opponent axes, for filters that take one channel at a time.

The channels of a photo have most of their detail in common. Along these axes nearly all of it is
in the first, so that the others can be smoothed more. The axes are orthonormal: noise that is white
and alike in red, green and blue is so along them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Image

AXES = np.array(
    [
        np.array([1, 1, 1]) / np.sqrt(3),  # bright against dark
        np.array([1, 0, -1]) / np.sqrt(2),  # red against blue
        np.array([1, -2, 1]) / np.sqrt(6),  # purple against green
    ],
    np.float32,
)
"""A row for each axis: red, green, blue."""


def in_opponent_colors(image: Image, smooth: Callable[[Image], Image]) -> Image:
    """``smooth`` applied along the opponent axes of a colour picture, or to grey as it is.

    Args:
        image: ``(H, W, 1 or 3)`` float32.
        smooth: Takes ``(H, W, C)`` float32, of which the first channel reaches from 0 to sqrt(3),
            the others lie around 0; gives the same shape.
    """
    if image.shape[2] == 1:
        return smooth(image)
    return smooth(image @ AXES.T) @ AXES

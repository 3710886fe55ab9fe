"""A picture as a camera sees it that was turned and moved, mirrored beyond its borders."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image

    Place = npt.NDArray[np.float64]
    """``(2,)``: how far down, and how far to the right, in pixels."""


def middle_of(image: Image) -> Place:
    """The middle of a picture, between its four middle pixels where its sides are even."""
    import numpy as np

    return (np.array(image.shape[:2]) - 1) / 2


def moved(image: Image, turn: float, move: Place, about: Place) -> Image:
    """``image`` turned about a place, then moved; bilinear.

    Args:
        image: ``(H, W, C)`` float32.
        turn: In degrees, counter-clockwise.
        move: How far.
        about: The place, in pixels from the middle of the first one.

    Returns:
        float32 of the same shape, a new array.
    """
    import numpy as np
    from scipy.ndimage import affine_transform

    angle = math.radians(turn)
    # From a place in the result to the place in the picture: (down, right).
    back = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    offset: Any = about - back @ (about + move)
    result = np.empty_like(image)
    for channel in range(image.shape[2]):
        plane, target = image[:, :, channel], result[:, :, channel]
        affine_transform(plane, back, offset, output=target, order=1, mode="mirror")
    return result

"""The parts of a large photo that tell its blur best: with edges in all directions.

Blind deconvolution takes seconds for some hundred pixels a side, and more pixels say little more.
After Z. Hu, M.-H. Yang, Good regions to deblur, ECCV 2012, which learns what regions are good; here
it is the smaller eigenvalue of the structure tensor that counts: a part whose edges run one way
tells the kernel across them only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.kernel_estimation._strong_edges import Plane

SIDE = 384
"""Of a part, in pixels; more where the kernel asks for it."""
ROOM = 5
"""Times the kernel's window that a part is at least as wide as."""
COUNT = 2
"""Parts of a photo that has more than one."""
CLIPPED = 250 / 255
"""What is as bright as this or brighter may be clipped: it tells a blur that is none."""
STEEP = 0.3
"""A gradient, in units of white, that counts no more if it is steeper: no single edge decides."""


def telling_crops(photo: Plane, side: int = SIDE, count: int = COUNT) -> list[Plane]:
    """Up to ``count`` parts of ``side`` x ``side`` that do not overlap, the most telling first.

    Args:
        photo: ``(H, W)``, 1 is white. One that is little larger than a part is the only part.
        side: In pixels.
        count: At least 1.
    """
    height, width = photo.shape
    if height * width <= 1.6 * side**2:
        return [photo]
    tall, wide = min(side, height), min(side, width)
    worth = _worth(photo, tall, wide)
    found: list[Plane] = []
    while len(found) < count and worth.max() > 0:
        top, left = np.unravel_index(int(worth.argmax()), worth.shape)
        found.append(photo[top : top + tall, left : left + wide])
        worth[max(0, top - tall + 1) : top + tall, max(0, left - wide + 1) : left + wide] = 0
    return found or [photo[:tall, :wide]]


def _worth(photo: Plane, tall: int, wide: int) -> npt.NDArray[np.float32]:
    """What each part is worth, by its top left corner: ``(H - tall + 1, W - wide + 1)``."""
    down, right = (ndimage.sobel(photo, axis) / 8 for axis in (0, 1))
    length = np.hypot(down, right)
    seen: Any = ndimage.minimum_filter(photo < CLIPPED, 5)
    weight = np.where(seen, np.minimum(length, STEEP) / np.maximum(length, 1e-6), 0)
    down, right = down * weight, right * weight
    a, b, c = (_sums(it, tall, wide) for it in (down**2, down * right, right**2))
    least = (a + c) / 2 - np.sqrt(((a - c) / 2) ** 2 + b**2)
    return np.maximum(least, 0).astype(np.float32)


def _sums(values: npt.NDArray[Any], tall: int, wide: int) -> npt.NDArray[np.float64]:
    """The sum over each part."""
    total = np.pad(values.cumsum(0, np.float64).cumsum(1), ((1, 0), (1, 0)))
    return total[tall:, wide:] - total[:-tall, wide:] - total[tall:, :-wide] + total[:-tall, :-wide]

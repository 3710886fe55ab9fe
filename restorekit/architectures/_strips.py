"""Work on the channels of each pixel, a strip of rows after the other.

A chain of such layers makes a tensor as large as the picture at every step. Large tensors are given
back to the system and taken from it again, page by page, which takes a CPU longer than much of the
work. A strip at a time, what lies between the steps stays small, in the cache and in hand.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

IN_CACHE = 1 << 20
"""Values of a tensor that are worked on at a time on a CPU: fewer were slower, by their calls."""
AT_ONCE = 1 << 24
"""The same on other devices, which want to be kept busy, within their memory."""


def lines(length: int, x: Tensor) -> int:
    """How many of the ``length`` slices of a tensor as large as ``x`` are worked on at a time."""
    values = IN_CACHE if x.device.type == "cpu" else AT_ONCE
    return min(max(values * length // x.numel(), 1), length)


def by_strips(part: Callable[..., Tensor], *pictures: Tensor) -> Tensor:
    """``part(*pictures)``, computed strip by strip.

    Args:
        part: What looks at each pixel alone: from strips ``(N, h, W, C1)``, ``(N, h, W, C2)``, ...
            of all pictures to a new ``(N, h, W, D)``.
        pictures: ``(N, H, W, C1)``, ``(N, H, W, C2)``, ...
    """
    height = pictures[0].shape[1]
    step = lines(height, pictures[0])
    cut = zip(*(picture.split(step, 1) for picture in pictures), strict=True)
    strips = (part(*strip) for strip in cut)
    first = next(strips)
    if step == height:
        return first
    made = first.new_empty((first.shape[0], height, *first.shape[2:]))
    for place, strip in zip(made.split(step, 1), chain((first,), strips), strict=True):
        place.copy_(strip)
    return made

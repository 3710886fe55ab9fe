"""The mirror image around a picture, which networks see in place of the black that they pad with.

Convolutions take what lies outside of a picture for 0. Where colours are strong and there is no
detail to lean on, that changes the outermost pixels in sight. Real-ESRGAN's program has the same
remedy (its option pre_pad).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from restorekit.contracts import SizeRequirements


class Surrounded:
    """A picture with its mirror image around it, which is never in memory as a whole.

    Args:
        picture: ``(H, W, C)``.
        width: Of the mirror image, in pixels.
    """

    def __init__(self, picture: Tensor, width: int) -> None:
        self._picture = picture
        self._rows, self._columns = (_mirrored(it, width) for it in picture.shape[:2])
        self.shape = (len(self._rows), len(self._columns), picture.shape[2])

    def __getitem__(self, part: tuple[slice, slice]) -> Tensor:
        rows, columns = self._rows[part[0]], self._columns[part[1]]
        return self._picture[_as_slice(rows)][:, _as_slice(columns)]


def without(bands: Iterator[Tensor], width: int, height: int) -> Iterator[Tensor]:
    """Bands ``(h, W, C)`` of a surrounded picture's result without its surroundings.

    Args:
        bands: From the first row to the last.
        width: Of the surroundings in pixels of the result, at least 1.
        height: Of the result without them.
    """
    top = -width
    for rows in bands:
        kept = rows[max(-top, 0) : max(height - top, 0), width:-width]
        top += len(rows)
        if len(kept):
            yield kept


def padded(x: Tensor, requirements: SizeRequirements) -> Tensor:
    """``(N, C, h, w)``, enlarged at the right and the bottom to a size that the network takes."""
    height, width = x.shape[2:]
    below, right = requirements.fit(height) - height, requirements.fit(width) - width
    if not below and not right:
        return x
    mode = "reflect" if below < height and right < width else "replicate"
    return F.pad(x, (0, right, 0, below), mode=mode)


def _mirrored(length: int, width: int) -> torch.Tensor:
    """Which pixel of an axis stands at each place, from ``width`` before it to as many after it."""
    return torch.from_numpy(np.pad(np.arange(length), width, mode="reflect"))


def _as_slice(places: Tensor) -> Tensor | slice:
    """Places that follow one another as a slice, which copies nothing."""
    first, last = int(places[0]), int(places[-1])
    inner = last - first == len(places) - 1 and bool((places.diff() == 1).all())
    return slice(first, last + 1) if inner else places

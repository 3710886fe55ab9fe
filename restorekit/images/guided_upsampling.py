"""A restorer that sees a large picture whole, at a smaller size; its change of colours is enlarged.

What a network does to haze, darkness and tone depends on all that it sees: tiles would come out
unlike one another. So it is shown the picture at a size at which one tile holds it. In every window
there, what it changes is told as a straight function of the colours p, a guided filter of the
change d with the picture as the guide::

    d = B p + c,    B = cov(d, p) (cov(p, p) + e I)^-1,    c = mean(d) - B mean(p)

B and c, each the mean over all windows that hold the pixel, are enlarged and applied to the
picture itself, which keeps its own detail: they follow its edges, and no border of a tile is there.
Where a window is flat, for its size below e, B is 0 and the change is merely added.

K. He, J. Sun, X. Tang, Guided image filtering, IEEE TPAMI 35 (2013), equations 5, 6 and 14 to 16;
enlarged as in K. He, J. Sun, Fast guided filter, 2015, https://arxiv.org/abs/1505.00996.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from restorekit.contracts import Band, Size
from restorekit.errors import UsageError
from restorekit.images.quantize import to_integers
from restorekit.images.resize import resize, resize_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Bits, Image, OnTile, Resample, Restorer

RADIUS = 2
"""Of a window, in pixels of the smaller picture. With 1 the change is carried over better by 1 dB,
but 9 pixels hardly settle the 4 numbers of each channel where there is noise; with 4 worse by 2."""
REGULARIZATION = 1e-4
"""Variance, 1 being the whole range, that counts as flat: a standard deviation of 2.5 levels. A
tenth of it carries the change over better by up to 1 dB, but follows noise: in a noisy photo of the
night bright windows of houses came out dark inside."""
ROWS = 256
"""Of a band."""


class GuidedUpsampling:
    """``restorer``, working at a size whose longer side is at most ``side``.

    Args:
        restorer: One that gives pictures of the size that they had.
        side: In pixels, 1 or more; smaller where ``restorer`` would need several tiles for it.

    Raises:
        UsageError: The restorer enlarges, or the side cannot be meant.
    """

    scale: Literal[1] = 1
    enlarged: Literal[False] = False

    def __init__(self, restorer: Restorer, side: int) -> None:
        if restorer.scale != 1:
            raise UsageError(f"{restorer.name} enlarges: it has no other size to work at")
        if side < 1:
            raise UsageError("longer side", expected="1 pixel or more", got=str(side))
        self.name = restorer.name
        self._restorer = restorer
        self._side = side

    @property
    def resample(self) -> Resample:
        """See :class:`restorekit.contracts.Restorer`."""
        return self._restorer.resample

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return self._restorer.tiles(self.work_size(size))

    def work_size(self, size: Size) -> Size:
        """See :class:`restorekit.contracts.Reducing`."""
        side = min(self._side, max(size))
        seen = _within(size, side)
        while self._restorer.tiles(seen) > 1 and side > 1:  # where memory allows for small tiles
            side = side * 15 // 16
            seen = _within(size, side)
        return seen

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        size = Size(image.shape[0], image.shape[1])
        seen = self.work_size(size)
        if seen == size:
            yield from self._restorer.bands(image, bits=bits, on_tile=on_tile)
            return
        small = resize(image, seen, "lanczos").clip(0, 1)
        restored = [band.rows for band in self._restorer.bands(small, on_tile=on_tile)]
        maps = color_maps(small, cast("Image", np.concatenate(restored) - small))
        for top in range(0, size.height, ROWS):
            picture = image[top : top + ROWS]
            here = resize_rows(maps, size, "bilinear", top, top + len(picture))
            rows = (picture + mapped(here, picture)).clip(0, 1)
            yield Band(top, rows if bits == 32 else to_integers(rows, bits))


def color_maps(picture: Image, change: Image) -> Image:
    """The straight function of the colours that the change is around each pixel.

    Args:
        picture: ``(H, W, C)`` float.
        change: ``(H, W, C)``, what is added to it.

    Returns:
        ``(H, W, C * C + C)`` float32: B row by row, a row for each channel of the change; then c.
    """
    from scipy.ndimage import uniform_filter

    mean = partial(uniform_filter, size=2 * RADIUS + 1, axes=(0, 1))
    # In float64, for a covariance is a small difference of large numbers.
    p, d = picture.astype(np.float64), change.astype(np.float64)
    mean_p, mean_d = mean(p), mean(d)
    around = mean(_products(p, p)) - _products(mean_p, mean_p)
    shared = mean(_products(p, d)) - _products(mean_p, mean_d)
    slopes = np.linalg.solve(around + REGULARIZATION * np.eye(p.shape[2]), shared)
    offsets = mean_d - np.einsum("hwpd,hwp->hwd", slopes, mean_p)
    rows = slopes.swapaxes(2, 3).reshape(*p.shape[:2], -1)
    return mean(np.concatenate([rows, offsets], axis=2)).astype(np.float32)


def mapped(maps: Image, picture: Image) -> Image:
    """The change of ``picture``, ``(H, W, C)``, by maps of its size as :func:`color_maps` gives."""
    channels = picture.shape[2]
    slopes = maps[..., : channels**2].reshape(*picture.shape, channels)
    changed: Image = np.einsum("hwdp,hwp->hwd", slopes, picture) + maps[..., channels**2 :]
    return changed


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of every channel of a with every one of b: ``(H, W, C, C)``."""
    return a[..., :, None] * b[..., None, :]


def _within(size: Size, side: int) -> Size:
    """``size`` with its longer side ``side`` pixels long."""
    return Size(*(max(1, round(length * side / max(size))) for length in size))

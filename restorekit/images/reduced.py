"""A restorer that works on a smaller copy of the picture; what it changes there is added.

The blur of a large photo may be larger than what a network was taught, and half of it is not: at
half size a kernel has half the width. The picture keeps its own detail::

    result = picture + enlarged(restored(small) - small),    small the picture made smaller
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from restorekit.contracts import Band, Size
from restorekit.errors import UsageError
from restorekit.images.quantize import to_integers
from restorekit.images.resize import resize, resize_bands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Bits, Image, OnTile, Resample, Restorer


class Reduced:
    """``restorer``, working at a share of the picture's sides.

    Args:
        restorer: One that gives pictures of the size that they had.
        share: Above 0, at most 1.

    Raises:
        UsageError: The restorer enlarges, or the share cannot be meant.
    """

    scale: Literal[1] = 1
    enlarged: Literal[False] = False

    def __init__(self, restorer: Restorer, share: float) -> None:
        if restorer.scale != 1:
            raise UsageError(f"{restorer.name} enlarges: it has no other size to work at")
        if not 0 < share <= 1:
            raise UsageError("share of the sides", expected="above 0, at most 1", got=f"{share:g}")
        self.name = restorer.name
        self._restorer = restorer
        self._share = share

    @property
    def resample(self) -> Resample:
        """See :class:`restorekit.contracts.Restorer`."""
        return self._restorer.resample

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return self._restorer.tiles(self._reduced(size))

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        size = Size(image.shape[0], image.shape[1])
        small = resize(image, self._reduced(size), "lanczos").clip(0, 1)
        changes = (
            Band(top, rows - small[top : top + len(rows)])
            for top, rows in self._restorer.bands(small, on_tile=on_tile)
        )
        for top, change in resize_bands(changes, self._reduced(size), size, "bicubic"):
            rows = (image[top : top + len(change)] + change).clip(0, 1)
            yield Band(top, rows if bits == 32 else to_integers(rows, bits))

    def _reduced(self, size: Size) -> Size:
        return Size(*(max(1, round(length * self._share)) for length in size))

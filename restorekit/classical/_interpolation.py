"""Enlarging by interpolation, as a restorer like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from restorekit.contracts import Band, Bits, Task
from restorekit.images.quantize import to_integers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image, OnTile, Resample, Size


@dataclass(frozen=True)
class Interpolation:
    """Leaves the picture as it is; the resize that follows every restorer is the method."""

    name: str
    resample: Resample
    title: str
    scale: Literal[1] = 1
    enlarged: Literal[False] = False
    task: Task = "sr"

    def tiles(self, size: Size) -> int:
        """The picture stays whole."""
        del size
        return 1

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        yield Band(0, image if bits == 32 else to_integers(image, bits))
        if on_tile:
            on_tile(1, 1)

"""A method run tile by tile, each with the border that it sees, so that memory stays bounded."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from restorekit.contracts import Band
from restorekit.images.quantize import block_rows, to_integers
from restorekit.tiling import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from restorekit.contracts import Bits, Image, OnTile, Size


def different_channels(image: Image) -> Image:
    """One channel of a picture whose channels are all equal, or the picture itself."""
    grey = all(bool((image[rows] == image[rows, :, :1]).all()) for rows in block_rows(image))
    return image[:, :, :1] if grey else image


def tile_count(size: Size, tile: int) -> int:
    """How many tiles cover a picture."""
    return len(_cut(size.height, tile)) * len(_cut(size.width, tile))


def tiled_bands(
    image: Image,
    restore: Callable[[Image], Image],
    *,
    channels: int,
    tile: int,
    reach: int,
    grid: int = 1,
    together: int = 1,
    bits: Bits = 32,
    on_tile: OnTile | None = None,
) -> Iterator[Band]:
    """The restored picture in bands, as :meth:`restorekit.contracts.Restorer.bands` gives it.

    Args:
        image: ``(H, W, C)`` float32.
        restore: Gives a picture of the shape of what it is shown; not clipped.
        channels: Of the result; where the picture has one, it is repeated.
        tile: Largest side in pixels of what is restored at once.
        reach: Pixels around a tile that are shown with it.
        grid: What is shown begins at a multiple of this many pixels.
        together: Tiles that are restored side by side, by as many threads.
        bits: See there.
        on_tile: See there.
    """
    rows, columns = _cut(image.shape[0], tile), _cut(image.shape[1], tile)

    def restored(place: tuple[Span, Span]) -> Image:
        down, across = place
        top, left = (max(0, it.start - reach) // grid * grid for it in place)
        seen = image[top : down.stop + reach, left : across.stop + reach]
        result = restore(np.ascontiguousarray(seen))
        # What belongs to the tile itself, (len(down), len(across), C).
        return result[down.start - top :, across.start - left :][: len(down), : len(across)]

    results = _ahead(restored, product(rows, columns), together)
    for i, down in enumerate(rows):
        band = np.empty((len(down), image.shape[1], channels), np.float32)
        for j, across in enumerate(columns):
            np.clip(next(results), 0, 1, out=band[:, across.start : across.stop])
            if on_tile:
                on_tile(i * len(columns) + j + 1, len(rows) * len(columns))
        yield Band(down.start, band if bits == 32 else to_integers(band, bits))


def _ahead(
    restored: Callable[[tuple[Span, Span]], Image],
    places: Iterable[tuple[Span, Span]],
    together: int,
) -> Iterator[Image]:
    """What is restored at each place, in their order, by threads that are as far ahead."""
    if together == 1:
        yield from map(restored, places)
        return
    waiting: deque[Future[Image]] = deque()
    with ThreadPoolExecutor(together) as pool:
        for place in places:
            waiting.append(pool.submit(restored, place))
            if len(waiting) > together:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cut(length: int, tile: int) -> tuple[Span, ...]:
    """The fewest parts of at most ``tile`` pixels, as equal as whole pixels allow."""
    count = -(-length // tile)
    ends = [i * length // count for i in range(count + 1)]
    return tuple(Span(start, stop) for start, stop in pairwise(ends))

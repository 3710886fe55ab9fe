"""A method run tile by tile, each with the border that it sees, so that memory stays bounded."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorekit.contracts import Band
from restorekit.images.quantize import block_rows, to_integers
from restorekit.tiling import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    import numpy.typing as npt

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
    blend: int = 0,
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
        blend: Of these the pixels that are restored with it, too, and blended with its neighbour's;
            for methods that see further than ``reach``.
        grid: What is shown begins at a multiple of this many pixels.
        together: Tiles that are restored side by side, by as many threads.
        bits: See there.
        on_tile: See there.
    """
    rows, columns = (_parts(length, tile, blend) for length in image.shape[:2])
    around = reach - blend

    def restored(place: tuple[_Part, _Part]) -> Image:
        down, across = (it.span for it in place)
        top, left = (max(0, it.start - around) // grid * grid for it in (down, across))
        seen = image[top : down.stop + around, left : across.stop + around]
        result = restore(np.ascontiguousarray(seen))
        # What belongs to the tile itself, (len(down), len(across), C).
        return result[down.start - top :, across.start - left :][: len(down), : len(across)]

    results = _ahead(restored, product(rows, columns), together)
    # The rows that the tiles above share with those below, weighted already.
    shared = np.empty((0, image.shape[1], channels), np.float32)
    for i, down in enumerate(rows):
        sums = np.zeros((len(down.span), image.shape[1], channels), np.float32)
        sums[: len(shared)] = shared
        for j, across in enumerate(columns):
            weights = down.weights[:, None, None] * across.weights[:, None]
            sums[:, across.span.start : across.span.stop] += weights * next(results)
            if on_tile:
                on_tile(i * len(columns) + j + 1, len(rows) * len(columns))
        stop = rows[i + 1].span.start if i + 1 < len(rows) else down.span.stop
        band = np.clip(sums[: stop - down.span.start], 0, 1)
        shared = sums[stop - down.span.start :]
        yield Band(down.span.start, band if bits == 32 else to_integers(band, bits))


def _ahead(
    restored: Callable[[tuple[_Part, _Part]], Image],
    places: Iterable[tuple[_Part, _Part]],
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


class _Part(NamedTuple):
    """The pixels that a tile restores along one axis."""

    span: Span
    weights: npt.NDArray[np.float32]
    """``(len(span),)``: those of all parts sum to 1 at every pixel."""


def _parts(length: int, tile: int, blend: int) -> list[_Part]:
    """The parts of an axis; over the ``2 blend`` pixels that two share one fades into the other.

    Those of which three would meet are not blended as far.
    """
    parts = _cut(length, tile)
    blend = min(blend, *(len(it) // 2 for it in parts))
    rise = ((np.arange(2 * blend) + 0.5) / max(1, 2 * blend)).astype(np.float32)
    found: list[_Part] = []
    for part in parts:
        before, after = blend * (part.start > 0), blend * (part.stop < length)
        span = Span(part.start - before, part.stop + after)
        weights = np.ones(len(span), np.float32)
        weights[: 2 * before] = rise[: 2 * before]
        weights[len(span) - 2 * after :] = 1 - rise[: 2 * after]
        found.append(_Part(span, weights))
    return found


def _cut(length: int, tile: int) -> tuple[Span, ...]:
    """The fewest parts of at most ``tile`` pixels, as equal as whole pixels allow."""
    count = -(-length // tile)
    ends = [i * length // count for i in range(count + 1)]
    return tuple(Span(start, stop) for start, stop in pairwise(ends))

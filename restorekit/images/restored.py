"""A picture through a restorer, at the size that is asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from restorekit.contracts import Finishing, Scalable, Size
from restorekit.images.color_lock import locked
from restorekit.images.grain import generator_for, grainy_bands
from restorekit.images.resize import resize, resize_bands, resize_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image, OnTile, Resample, Restorer

ROWS = 256
"""Of a band where nothing is restored."""
TINY = 8
"""Pixels of the shorter side below which networks that enlarge make up colours of their own."""


def restored_bands(
    image: Image,
    restorer: Restorer,
    size: Size,
    *,
    finishing: Finishing | None = None,
    on_tile: OnTile | None = None,
) -> Iterator[tuple[int, Image]]:
    """Float bands of the restored picture at ``size``, finished.

    Args:
        image: ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.
        restorer: What restores it.
        size: Of the result.
        finishing: What is done with it then; None: nothing.
        on_tile: Called after each tile.

    Yields:
        The first row of each band, and its rows in ``[0, 1]``.

    Raises:
        RunError: The restorer cannot be run.
    """
    restorer = suited(restorer, Size(image.shape[0], image.shape[1]), size)
    finishing = finishing or Finishing()
    alone = too_small(Size(image.shape[0], image.shape[1]), size, restorer)
    if finishing.strength == 0 or alone:
        bands = _merely_resized(image, size, restorer.resample, on_tile)
    else:
        bands = _restored(image, restorer, size, finishing.strength, on_tile)
        if finishing.color_lock:
            bands = locked(bands, image, size)
    if finishing.grain:
        draw = generator_for(image, finishing.seed)
        bands = grainy_bands(bands, size, finishing.grain, draw)
    for top, rows in bands:
        yield top, rows.clip(0, 1)


def _restored(
    image: Image, restorer: Restorer, size: Size, strength: float, on_tile: OnTile | None
) -> Iterator[tuple[int, Image]]:
    """The restored picture, mixed with the picture merely resized."""
    taken = resize(image, size, "bicubic").clip(0, 1) if restorer.enlarged else image
    bands = restorer.bands(taken, on_tile=on_tile)
    given = natural_size(Size(taken.shape[0], taken.shape[1]), restorer)
    for top, rows in resize_bands(bands, given, size, restorer.resample):
        mixed = rows
        if strength < 1:
            plain = resize_rows(image, size, restorer.resample, top, top + len(rows))
            mixed = strength * rows + (1 - strength) * plain
        yield top, cast("Image", mixed)


def _merely_resized(
    image: Image, size: Size, resample: Resample, on_tile: OnTile | None
) -> Iterator[tuple[int, Image]]:
    for top in range(0, size.height, ROWS):
        rows = resize_rows(image, size, resample, top, min(top + ROWS, size.height))
        yield top, rows
    if on_tile is not None:
        on_tile(1, 1)


def suited(restorer: Restorer, size: Size, target: Size) -> Restorer:
    """``restorer`` at a scale that brings ``size`` to ``target``, where it has a choice."""
    if not isinstance(restorer, Scalable):
        return restorer
    growth = max(target.height / size.height, target.width / size.width)
    # A photo of odd sides reaches a little over its scale by rounding.
    return restorer.at_scale(max(1, math.ceil(growth - 0.5 / min(size))))


def too_small(size: Size, target: Size, restorer: Restorer) -> bool:
    """Whether a picture is merely resized, since it is too small for what enlarges it."""
    enlarges = restorer.scale > 1 or restorer.enlarged
    return enlarges and min(size) < TINY and target != size


def natural_size(size: Size, restorer: Restorer) -> Size:
    """The size that ``restorer`` itself gives a picture of ``size``."""
    return Size(size.height * restorer.scale, size.width * restorer.scale)


def taken_size(size: Size, target: Size, restorer: Restorer) -> Size:
    """The size at which ``restorer`` takes a picture of ``size`` that shall be at ``target``."""
    return target if restorer.enlarged else size

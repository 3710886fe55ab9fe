"""The quantisation tables of JPEG files: how coarse a file is, as a quality from 1 to 100.

Reference: ITU-T T.81, annex K; the scale of qualities is that of libjpeg, by which most programs
write.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PillowImage

if TYPE_CHECKING:
    from pathlib import Path


def written_quality(image: PillowImage.Image) -> int | None:
    """The lowest quality from 95 to 100 that quantises no coarser than the file does."""
    tables = getattr(image, "quantization", None)
    if not tables:
        return None
    for quality in range(95, 100):
        pairs = zip(_tables_of(quality), tables.values(), strict=False)
        if all(np.less_equal(finer, own).all() for finer, own in pairs):
            return quality
    return 100


def own_quality(path: Path) -> int | None:
    """The quality whose tables are nearest to a file's; None where it is no JPEG.

    Raises:
        OSError: The file is no picture, or cannot be read.
    """
    with PillowImage.open(path) as image:
        tables = getattr(image, "quantization", None)
    if not tables:
        return None
    luma = np.log(np.maximum(next(iter(tables.values())), 1))
    away = [float(np.abs(np.log(_tables_of(it)[0]) - luma).sum()) for it in range(1, 101)]
    return int(np.argmin(away)) + 1


@functools.cache
def _tables_of(quality: int) -> tuple[tuple[int, ...], ...]:
    """The quantisation tables, luma first, that the encoder takes for a quality."""
    stream = io.BytesIO()
    PillowImage.new("RGB", (8, 8)).save(stream, "JPEG", quality=quality)
    with PillowImage.open(stream) as image:
        tables = getattr(image, "quantization", {})
    return tuple(tuple(table) for table in tables.values())

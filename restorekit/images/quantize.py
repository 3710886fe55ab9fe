"""Integers to floats and back: the one place that decides what the range of a picture is.

The dtype decides it, never the largest value that happens to be in the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Image, Pixels

BLOCK = 1 << 18
"""Samples that are worked on at once, so that temporary arrays stay in the cache."""


def block_rows(rows: npt.NDArray[Any]) -> list[slice]:
    """Slices of whole rows that cover ``rows``, each of about ``BLOCK`` samples."""
    step = max(1, BLOCK // max(1, rows[:1].size))
    return [slice(top, top + step) for top in range(0, len(rows), step)]


def to_float(pixels: Pixels) -> Image:
    """``(H, W, C)`` uint8 or uint16 as float32 in ``[0, 1]``: ``integer / (2**bits - 1)``."""
    image = np.empty(pixels.shape, np.float32)
    full = np.float32(np.iinfo(pixels.dtype).max)
    for block in block_rows(image):
        np.divide(pixels[block], full, out=image[block], dtype=np.float32, casting="unsafe")
    return image


@overload
def to_integers(rows: Image, bits: Literal[8]) -> npt.NDArray[np.uint8]: ...
@overload
def to_integers(rows: Image, bits: Literal[8, 16]) -> Pixels: ...
def to_integers(rows: Image, bits: Literal[8, 16]) -> Pixels:
    """The nearest integers over the full range of ``bits``; halves go up, the rest is clipped.

    Args:
        rows: ``(H, W, C)`` float in ``[0, 1]``; values outside are clipped.
        bits: 8 for uint8, 16 for uint16.
    """
    full = 2**bits - 1
    pixels = np.empty(rows.shape, np.uint8) if bits == 8 else np.empty(rows.shape, np.uint16)
    for block in block_rows(pixels):
        scaled = rows[block] * np.float32(full)
        scaled += np.float32(0.5)
        # The cast cuts the fraction off, which is the floor of what is not negative.
        pixels[block] = np.clip(scaled, 0, full, out=scaled)
    return pixels


def to_bits(pixels: Pixels, bits: Literal[8, 16]) -> Pixels:
    """The same picture at another depth, rounded to nearest; the same array where it has it."""
    if pixels.dtype.itemsize * 8 == bits:
        return pixels
    if bits == 16:
        return pixels.astype(np.uint16) * np.uint16(257)
    narrow = np.empty(pixels.shape, np.uint8)
    for block in block_rows(pixels):
        narrow[block] = (pixels[block].astype(np.uint32) + 128) // 257
    return narrow


def stretch(pixels: npt.NDArray[np.uint16], full: int) -> npt.NDArray[np.uint16]:
    """Samples of ``0..full`` (10 or 12 bits, say) over the whole of ``0..65535``, to nearest."""
    table = (np.arange(full + 1, dtype=np.uint32) * 65535 + full // 2) // full
    return table.astype(np.uint16)[np.minimum(pixels, full)]

"""Resizing in float, whole or in bands, with the same result to the last bit.

The filters are Pillow's: antialiased when shrinking, nothing clipped. Pillow resizes the width;
the height is weighted here row by row, for its ``box`` is kept in float32, too coarse to cut a
picture into bands that match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from PIL import Image as PillowImage

from restorekit.contracts import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from restorekit.contracts import Image, Resample, Size

    Floats = npt.NDArray[np.floating[Any]]

PILLOW_FILTER = {
    "nearest": PillowImage.Resampling.NEAREST,
    "bilinear": PillowImage.Resampling.BILINEAR,
    "bicubic": PillowImage.Resampling.BICUBIC,
    "lanczos": PillowImage.Resampling.LANCZOS,
}


def resize(image: Floats, size: Size, resample: Resample) -> Floats:
    """``image``, ``(H, W, C)`` float, at ``size``; the same array where it has that size.

    Values may overshoot the range of the input by the lobes of the filter. The result is float32.
    """
    return resize_rows(image, size, resample, 0, size.height)


def resize_rows(image: Floats, size: Size, resample: Resample, top: int, bottom: int) -> Floats:
    """Rows ``top`` to ``bottom`` of ``resize(image, size, resample)``, bit by bit the same."""
    if image.shape[:2] == size:
        return image[top:bottom]
    if top >= bottom:
        return np.empty((0, size.width, image.shape[2]), np.float32)
    taps = _taps(image.shape[0], size.height, resample)
    first, last = taps.starts[top], taps.ends[bottom - 1]
    wide = _resize_width(image[first:last], size.width, resample)
    return _weigh_rows(wide, first, taps, top, bottom)


def resize_bands(
    bands: Iterator[Band], source: Size, target: Size, resample: Resample
) -> Iterator[Band]:
    """Bands of a picture of size ``source`` in, bands of that picture at size ``target`` out.

    Only the rows that the next rows of the result still need are kept.

    Args:
        bands: float32 bands ``(h, W, C)`` that follow one another from row 0 on.
        source: The size of the picture that the bands make up.
        target: The size of the result.
        resample: The filter.
    """
    if source == target:
        yield from bands
        return
    taps = _taps(source.height, target.height, resample)
    kept: Image = np.empty((0, 0, 0), np.float32)
    first = done = 0
    for band in bands:
        wide = _resize_width(cast("Image", band.rows), target.width, resample)
        kept = np.concatenate([kept, wide]) if len(kept) else wide
        ready = int(np.searchsorted(taps.ends, first + len(kept), side="right"))
        if ready > done:
            yield Band(done, _weigh_rows(kept, first, taps, done, ready))
            done = ready
        unneeded = (int(taps.starts[done]) if done < target.height else source.height) - first
        # A copy, for a view would keep the whole of the older rows alive.
        kept = kept[min(max(unneeded, 0), len(kept)) :].copy()
        first = band.top + len(band.rows) - len(kept)


class _Taps(NamedTuple):
    """Which input rows make an output row: ``starts[i]`` to ``ends[i]``, weighted."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    weights: list[Image]


def _taps(length: int, target: int, resample: Resample) -> _Taps:
    """The taps from ``length`` samples to ``target``."""
    scale = length / target
    centers = (np.arange(target) + 0.5) * scale
    if resample == "nearest" or length == target:
        starts = np.minimum(centers.astype(np.int64), length - 1)
        return _Taps(starts, starts + 1, [np.ones(1, np.float32)] * target)
    kernel, radius = _KERNELS[resample]
    stretch = max(scale, 1.0)
    starts = np.maximum((centers - radius * stretch + 0.5).astype(np.int64), 0)
    ends = np.minimum((centers + radius * stretch + 0.5).astype(np.int64), length)
    weights: list[Image] = []
    for center, start, end in zip(centers, starts, ends, strict=True):
        row = kernel((np.arange(start, end) - center + 0.5) / stretch)
        weights.append((row / row.sum()).astype(np.float32))
    return _Taps(starts, ends, weights)


def _triangle(x: Floats) -> Floats:
    return np.maximum(1 - np.abs(x), 0)


def _cubic(x: Floats) -> Floats:
    """Keys' cubic with a = -0.5."""
    x = np.abs(x)
    inner = (1.5 * x - 2.5) * x * x + 1
    outer = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, inner, np.where(x < 2, outer, 0))


def _lanczos(x: Floats) -> Floats:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


_KERNELS: dict[str, tuple[Callable[[Floats], Floats], float]] = {
    "bilinear": (_triangle, 1.0),
    "bicubic": (_cubic, 2.0),
    "lanczos": (_lanczos, 3.0),
}


def _resize_width(rows: Floats, width: int, resample: Resample) -> Image:
    """``(h, W, C)`` to ``(h, width, C)`` float32."""
    if rows.shape[1] == width:
        return rows.astype(np.float32, copy=False)
    wide = np.empty((len(rows), width, rows.shape[2]), np.float32)
    for channel in range(rows.shape[2]):
        plane = PillowImage.fromarray(rows[:, :, channel].astype(np.float32))
        wide[:, :, channel] = np.asarray(plane.resize((width, len(rows)), PILLOW_FILTER[resample]))
    return wide


def _weigh_rows(wide: Image, first: int, taps: _Taps, top: int, bottom: int) -> Image:
    """Output rows ``top`` to ``bottom`` from ``wide``, whose row 0 is input row ``first``."""
    out = np.empty((bottom - top, *wide.shape[1:]), np.float32)
    term = np.empty(wide.shape[1:], np.float32)
    for row in range(top, bottom):
        weights = taps.weights[row]
        start = int(taps.starts[row]) - first
        np.multiply(wide[start], weights[0], out=out[row - top])
        # Term by term, not as a matrix product, whose order of summing depends on the band.
        for offset in range(1, len(weights)):
            np.multiply(wide[start + offset], weights[offset], out=term)
            out[row - top] += term
    return out

"""Bicubic resizing as MATLAB's ``imresize`` does it, which the tables of the field are made with.

It differs from ``images/resize.py`` at the edges, which are mirrored and not cut off, in the sizes
that a scale leads to (``ceil``), and in being float64 throughout. The kernel is the cubic of Keys
(1981) with a = -0.5, widened by the scale when shrinking.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from restorekit.contracts import Size
from restorekit.errors import UsageError
from restorekit.images.quantize import BLOCK

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Indices = npt.NDArray[np.int64]


def imresize(image: npt.NDArray[Any], target: float | Size) -> Floats:
    """``image`` at ``target`` by MATLAB's bicubic, antialiased when shrinking.

    Args:
        image: ``(H, W, C)`` of any range, integers or floats; integers are not rounded again, as
            MATLAB would.
        target: A scale, for a result of ``ceil(H * scale)`` x ``ceil(W * scale)`` pixels, or the
            size itself, from which each axis gets a scale of its own.

    Returns:
        float64 in the unit of ``image``, unclipped: edges overshoot by the lobes of the kernel.

    Raises:
        UsageError: The target has no pixels.
    """
    height, width = image.shape[:2]
    scales = (
        (target.height / height, target.width / width)
        if isinstance(target, Size)
        else (float(target), float(target))
    )
    if not all(0 < scale < math.inf for scale in scales):
        raise UsageError("no picture can have this size", expected="above 0", got=str(target))
    down, across = (_taps(n, scale) for n, scale in zip((height, width), scales, strict=True))
    result = np.empty((len(down.weights), len(across.weights), image.shape[2]))
    step = max(1, BLOCK // max(1, image[:1].size, result[:1].size))
    for top in range(0, len(result), step):
        rows = slice(top, top + step)
        tall = _weigh(image, _Taps(down.sources[rows], down.weights[rows]), axis=0)
        result[rows] = _weigh(tall, across, axis=1)
    return result


class _Taps(NamedTuple):
    """Sample ``i`` of the result is the sum over k of ``weights[i, k] * in[sources[i, k]]``."""

    sources: Indices
    weights: Floats


def _taps(length: int, scale: float) -> _Taps:
    """The taps from ``length`` samples to ``ceil(length * scale)``."""
    # A size over a length, times that length again, may end a bit above the whole number.
    target = math.ceil(round(length * scale, 9))
    stretch = max(1 / scale, 1.0)
    centers = (np.arange(target) + 0.5) / scale - 0.5
    first = np.floor(centers - 2 * stretch).astype(np.int64)
    sources = first[:, None] + np.arange(math.ceil(4 * stretch) + 2)
    weights = _cubic((centers[:, None] - sources) / stretch)
    weights /= weights.sum(axis=1, keepdims=True)
    used = (weights != 0).any(axis=0)
    sources, weights = sources[:, used], weights[:, used]
    mirrored = sources % (2 * length)
    return _Taps(np.minimum(mirrored, 2 * length - 1 - mirrored), weights)


def _cubic(distances: npt.NDArray[Any]) -> Floats:
    x = np.abs(distances)
    inner = (1.5 * x - 2.5) * x * x + 1
    outer = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, inner, np.where(x < 2, outer, 0.0))


def _weigh(rows: npt.NDArray[Any], taps: _Taps, *, axis: int) -> Floats:
    shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
    terms = (
        np.take(rows, sources, axis=axis) * weights.reshape(shape)
        for sources, weights in zip(taps.sources.T, taps.weights.T, strict=True)
    )
    total = next(terms)
    for term in terms:
        total += term
    return total

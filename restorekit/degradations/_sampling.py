"""Pictures at another size, by the filters that degradations are made with.

What takes single samples of a larger picture aliases, and so do the pipelines of papers: OpenCV's
and PyTorch's bilinear and bicubic do not widen when shrinking. Those are here; the antialiased
ones are ``images/resize.py``, MATLAB's is ``images/imresize.py``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from restorekit.contracts import Size

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image, Resample

    Floats = npt.NDArray[np.float64]

Filter = Literal["nearest", "bilinear", "bicubic", "area", "lanczos", "matlab"]
"""``area`` is the mean of what a pixel covers; ``matlab`` the bicubic of MATLAB's imresize."""
SHARPNESS = -0.75
"""The parameter of Keys' cubic in OpenCV and PyTorch (MATLAB and Pillow: -0.5)."""


def shared(size: Size, share: float) -> Size:
    """``size`` times ``share``, rounded down, but no side below 1.

    A share of 1/3 of 9 pixels is 3, whatever the rounding of 1/3.
    """
    sides = (max(1, math.floor(round(side * share, 9))) for side in size)
    return Size(*sides)


def sampled(image: Image, size: Size, filter: Filter, *, antialias: bool) -> Image:  # noqa: A002
    """``image``, ``(H, W, C)`` float32, at ``size``; values may overshoot its range.

    Args:
        image: The picture.
        size: Of the result.
        filter: Which.
        antialias: Whether bilinear and bicubic widen when shrinking. The others always do, but
            for ``nearest``, which never does.

    Returns:
        float32, a new array.
    """
    import numpy as np

    if filter == "matlab":
        from restorekit.images.imresize import imresize

        return imresize(image, size).astype(np.float32)
    if filter == "lanczos" or (antialias and filter in {"bilinear", "bicubic"}):
        from restorekit.images.resize import resize

        return np.array(resize(image, size, cast("Resample", filter)))
    from restorekit.images.convolution import both_ways

    down, across = (
        _matrix(length, target, filter)
        for length, target in zip(image.shape[:2], size, strict=True)
    )
    return both_ways(image, down, across)


class _Taps(NamedTuple):
    """Sample i of the result is the sum over k of ``weights[i, k] * in[sources[i, k]]``."""

    sources: npt.NDArray[np.int64]
    weights: Floats


def _matrix(length: int, target: int, filter: Filter) -> Any:  # noqa: A002
    """The matrix ``(target, length)`` of a filter along one axis; edges are repeated outwards."""
    import numpy as np
    from scipy.sparse import csr_matrix

    taps = _area(length, target) if filter == "area" else _interpolation(length, target, filter)
    sources = np.clip(taps.sources, 0, length - 1).astype(np.int32)
    ends = np.arange(target + 1, dtype=np.int32) * sources.shape[1]
    weights = taps.weights.astype(np.float32)
    return csr_matrix((weights.ravel(), sources.ravel(), ends), shape=(target, length))


def _area(length: int, target: int) -> _Taps:
    """The mean over the part of the input that a pixel of the result covers."""
    import numpy as np

    scale = length / target
    starts = np.arange(target)[:, None] * scale
    sources = np.floor(starts + 1e-9).astype(np.int64) + np.arange(math.ceil(scale) + 1)
    inside = np.minimum(sources + 1, starts + scale) - np.maximum(sources, starts)
    weights: Floats = np.where(sources < length, inside.clip(0), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return _Taps(sources, weights)


def _interpolation(length: int, target: int, filter: Filter) -> _Taps:  # noqa: A002
    """What is seen at the middle of each pixel of the result."""
    import numpy as np

    centers = (np.arange(target)[:, None] + 0.5) * (length / target) - 0.5
    if filter == "nearest":
        # Halfway between two pixels it is the later one, as in Pillow.
        return _Taps(np.floor(centers + 0.5).astype(np.int64), np.ones(centers.shape))
    reach = 1 if filter == "bilinear" else 2
    sources = np.floor(centers).astype(np.int64) + np.arange(1 - reach, reach + 1)
    weigh = _triangle if filter == "bilinear" else _cubic
    return _Taps(sources, weigh(np.abs(centers - sources)))


def _triangle(x: Floats) -> Floats:
    """For distances up to 1."""
    return 1 - x


def _cubic(x: Floats) -> Floats:
    """Keys' cubic (1981) for distances up to 2."""
    import numpy as np

    inner = ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1
    outer = SHARPNESS * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, inner, outer)

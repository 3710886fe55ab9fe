"""Naturalness without a reference: NIQE of Mittal, Soundararajan and Bovik.

The picture, grey as by MATLAB's rgb2gray, is normalised by its local mean m and deviation s under
a 7 x 7 Gaussian window::

    n = (g - m) / (s + 1)

A generalised Gaussian is fitted to n, and one to each product of n with a neighbour, in patches of
96 x 96 and again at half the size: 36 features. With their mean and covariance over the patches,
and those of unspoilt photos, which the authors published::

    NIQE = sqrt((mean - mean_0)' ((cov + cov_0) / 2)^-1 (mean - mean_0))

A. Mittal, R. Soundararajan, A. C. Bovik, Making a completely blind image quality analyzer, IEEE
Signal Processing Letters 20 (2013).
"""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from restorekit.errors import UsageError
from restorekit.metrics._measure import NoReference
from restorekit.metrics._weights import read_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import AnyRows

    Floats = npt.NDArray[np.float64]

PATCH = 96
FEATURES = 36
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
FLAT = 1e-9
"""What is nearer to 0, in levels of 255, is 0."""
SHAPES = (0.2, 10.0, 0.001)
"""First, last and step of the shapes among which a fit is looked for."""


class Parameters(NamedTuple):
    """The authors' fit to unspoilt photos."""

    mean: Floats
    """``(36,)``."""
    covariance: Floats
    """``(36, 36)``."""


def load(files: Mapping[str, Path]) -> Callable[[AnyRows], float]:
    """NIQE with the parameters in the file called ``niqe``.

    Raises:
        CheckpointError: It holds something else than ``mu_pris_param`` and ``cov_pris_param``.
    """
    found = read_arrays(
        files["niqe"], {"mu_pris_param": (1, FEATURES), "cov_pris_param": (FEATURES, FEATURES)}
    )
    parameters = Parameters(found["mu_pris_param"][0], found["cov_pris_param"])
    return partial(niqe, parameters=parameters)


def niqe(picture: AnyRows, parameters: Parameters) -> float:
    """The distance from unspoilt photos: about 3 for a good one, 0 at best; no unit.

    The edge beyond the last whole patch of 96 x 96 is left out, as the authors do.

    Raises:
        UsageError: Fewer than two patches, or a picture without structure.
    """
    import numpy as np

    from restorekit.images.imresize import imresize
    from restorekit.images.protocols import grey

    height, width = (length // PATCH * PATCH for length in picture.shape[:2])
    if height * width < 2 * PATCH**2:
        raise UsageError(
            "niqe compares patches of 96x96 pixels", expected="at least two", got="one"
        )
    g = grey(picture[:height, :width])
    half = imresize(g, 0.5)
    features = np.hstack([_features(g[:, :, 0], PATCH), _features(half[:, :, 0], PATCH // 2)])
    # A flat patch fits no Gaussian; it says nothing about the others.
    features = features[np.isfinite(features).all(axis=1)]
    if len(features) < 2:
        raise UsageError("niqe needs structure", expected="two patches that are not flat")
    mean, covariance = features.mean(axis=0), np.cov(features, rowvar=False)
    away = mean - parameters.mean
    inverse = np.linalg.pinv((covariance + parameters.covariance) / 2)
    return math.sqrt(float(away @ inverse @ away))


def _features(g: npt.NDArray[np.floating | np.uint8], patch: int) -> Floats:
    """``(patches, 18)``: the features of one scale, a row of patches at a time."""
    import numpy as np

    rows: list[Floats] = []
    for top in range(0, len(g), patch):
        n = _normalised(g, top, top + patch)
        rows.extend(_fits(n[:, left : left + patch]) for left in range(0, n.shape[1], patch))
    return np.array(rows)


def _normalised(g: npt.NDArray[np.floating | np.uint8], top: int, bottom: int) -> Floats:
    """Rows ``top`` to ``bottom`` less their local mean, over their local deviation and 1."""
    import numpy as np

    above, below = min(top, 3), min(len(g) - bottom, 3)
    rows = g[top - above : bottom + below].astype(np.float64)
    rows = np.pad(rows, ((3 - above, 3 - below), (3, 3)), mode="edge")
    mean = _windowed(rows)
    deviation = np.sqrt(np.abs(_windowed(rows * rows) - mean * mean))
    normalised = (rows[3:-3, 3:-3] - mean) / (deviation + 1)
    # In flat parts the rounding of the mean is all there is, and its signs would be counted.
    normalised[np.abs(normalised) < FLAT] = 0
    return normalised


def _windowed(rows: Floats) -> Floats:
    """The mean under the 7 x 7 Gaussian of sigma 7 / 6, 3 pixels less on each side."""
    import numpy as np

    weights = np.exp(-(np.arange(-3, 4) ** 2) / (2 * (7 / 6) ** 2))
    weights /= weights.sum()
    height, width = rows.shape[0] - 6, rows.shape[1] - 6
    across = np.zeros((rows.shape[0], width))
    mean = np.zeros((height, width))
    for i in range(7):
        across += weights[i] * rows[:, i : i + width]
    for i in range(7):
        mean += weights[i] * across[i : i + height]
    return mean


def _fits(n: Floats) -> Floats:
    """The 18 features of one patch."""
    import numpy as np

    shape, left, right = _fit(n)
    features = [shape, (left + right) / 2]
    for shift in NEIGHBOURS:
        shape, left, right = _fit(n * np.roll(n, shift, axis=(0, 1)))
        mean = (right - left) * math.gamma(2 / shape) / math.gamma(1 / shape)
        features += [shape, mean, left, right]
    return np.array(features)


def _fit(samples: Floats) -> tuple[float, float, float]:
    """Shape and both scales of the asymmetric generalised Gaussian, by its moments.

    N.-E. Lasmar, Y. Stitou, Y. Berthoumieu, Multiscale skewed heavy tailed model for texture
    analysis, ICIP (2009). Scales are NaN for a patch with nothing on one side of zero.
    """
    import numpy as np

    squares = samples * samples
    below, above = samples < 0, samples > 0
    if not (below.any() and above.any()):
        return 1.0, math.nan, math.nan
    left, right = math.sqrt(squares[below].mean()), math.sqrt(squares[above].mean())
    skew = left / right
    ratio = float(np.abs(samples).mean() ** 2 / squares.mean())
    ratio *= (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shapes, ratios = _ratios()
    shape = float(shapes[np.argmin(np.abs(ratios - ratio))])
    scale = math.sqrt(math.gamma(1 / shape) / math.gamma(3 / shape))
    return shape, left * scale, right * scale


@lru_cache(maxsize=1)
def _ratios() -> tuple[Floats, Floats]:
    """Every shape, and the ratio E|x|² / E[x²] of a generalised Gaussian of that shape."""
    import numpy as np

    first, last, step = SHAPES
    shapes = np.arange(first, last + step / 2, step)
    ratios = [
        math.gamma(2 / shape) ** 2 / (math.gamma(1 / shape) * math.gamma(3 / shape))
        for shape in shapes
    ]
    return shapes, np.array(ratios)


METRIC = NoReference(
    "niqe",
    title="distance from unspoilt photos",
    load=load,
    weights=("niqe",),
    sees="rgb",  # MATLAB's rgb2gray of the whole picture, which the official figures are of
    better="lower",
    smallest=PATCH,
)

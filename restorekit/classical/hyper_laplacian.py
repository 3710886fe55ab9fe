"""Deconvolution with a hyper-Laplacian prior: few gradients, and those as steep as they like.

Gradients of photos follow ``p(g) ~ exp(-k |g|^alpha)``, alpha 0.5 to 0.8: most are next to nothing,
some are very large. The most probable sharp picture is the minimum of ``lambda / 2 |A x - y|^2 +
sum |d_down x|^alpha + |d_right x|^alpha`` (equation 2), found by half-quadratic splitting (equation
3). It keeps edges and cleans what is flat; the faintest texture goes with the noise.

D. Krishnan, R. Fergus, Fast image deconvolution using hyper-Laplacian priors, NIPS 2009.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import GRADIENT
from restorekit.classical._deconvolution import Deconvolution
from restorekit.classical._half_quadratic import half_quadratic

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.classical._blur import Blur, Planes
    from restorekit.classical._deconvolution import Photo, Solve
    from restorekit.classical._observation import Observation

ALPHA = 2 / 3
BETAS = tuple(2 ** (1.5 * step) for step in range(6))
"""From 1 to 256 in steps of 2 sqrt(2), as in the paper's algorithm 1, with one inner step."""
WEIGHT, FALL = 9000.0, 1.5
"""Of lambda at a noise of one level, and the power by which it falls with the noise: measured best
on Set12 under five kernels, for 0 to 10 levels."""
BINS, LARGEST = 1 << 15, 256.0
"""Of the table of solutions, and how far it goes: beyond, the next to nothing that a gradient loses
is that of the last bin."""


def shrink(gradients: Planes, beta: float, alpha: float = ALPHA) -> Planes:
    """The w of least ``|w|^alpha + beta / 2 (w - v)^2`` (equation 5), by table.

    With v and w in units of ``beta^(-1 / (2 - alpha))``, beta is 1: one table serves all.

    Args:
        gradients: v; written into.
        beta: Above 0.
        alpha: Above 0, to 1.
    """
    scale = np.float32(BINS / LARGEST * beta ** (1 / (2 - alpha)))
    bins = np.abs(gradients)
    bins *= scale
    np.minimum(bins, BINS - 1, out=bins)
    gradients *= _shares(alpha)[bins.astype(np.int32)]
    return gradients


@lru_cache(maxsize=4)
def _shares(alpha: float) -> npt.NDArray[np.float32]:
    """``w / v`` in the middle of each bin of v, for beta 1."""
    v = (np.arange(BINS) + 0.5) * (LARGEST / BINS)
    # The larger root of ``w + alpha w^(alpha - 1) = v``, from above, where Newton cannot miss it.
    w = v.copy()
    least = _smallest(alpha)
    for _ in range(20):
        slope = 1 + alpha * (alpha - 1) * w ** (alpha - 2)
        step = (w + alpha * w ** (alpha - 1) - v) / np.maximum(slope, 1e-3)
        w = np.maximum(w - step, max(least, 1e-12))
    # Up to here, w = 0 costs less than any other.
    zero = v <= least + alpha * max(least, 1e-12) ** (alpha - 1)
    return np.where(zero, 0, w / v).astype(np.float32)


def _smallest(alpha: float) -> float:
    """The smallest w above 0 that is ever best for beta 1: there it costs as much as 0 does."""
    return (2 * (1 - alpha)) ** (1 / (2 - alpha))


def hyper_laplacian(
    observed: Observation, blur: Blur, weight: float, alpha: float = ALPHA
) -> Planes:
    """The sharp picture, each channel on its own.

    Args:
        observed: The blurred one.
        blur: What blurred it.
        weight: lambda, above 0; large: sharper and noisier.
        alpha: Of the prior, above 0, to 1: small for pictures of flat areas.
    """
    return half_quadratic(
        observed,
        blur,
        weight=weight,
        analysis=GRADIENT,
        denoise=partial(shrink, alpha=alpha),
        betas=BETAS,
    )


def _prepare(photo: Photo, sigma: float) -> Solve:
    del photo
    return partial(hyper_laplacian, weight=WEIGHT * (255 * sigma) ** -FALL)


RESTORER = Deconvolution(
    "hyper-laplacian",
    title="hyper-Laplacian prior: few and steep gradients",
    prepare=_prepare,
)

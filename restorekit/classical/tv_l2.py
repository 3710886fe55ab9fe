"""Deconvolution with total variation: flat areas and sharp edges.

The sharp picture is the minimum of ``lambda / 2 |A x - y|^2 + sum |gradient of x|``, where the
length of a pixel's gradient is taken over both directions and over all channels, so that an edge
lies at the same place in every colour. Found by half-quadratic splitting with a growing beta.
Edges keep their place and lose a little contrast; slopes may turn into stairs.

Y. Wang, J. Yang, W. Yin, Y. Zhang, A new alternating minimization algorithm for total variation
image reconstruction, SIAM Journal on Imaging Sciences 1 (2008); J. Yang, W. Yin, Y. Zhang, Y. Wang,
A fast algorithm for edge-preserving variational multichannel image restoration, the same journal 2
(2009): the channels together.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import GRADIENT
from restorekit.classical._deconvolution import Deconvolution
from restorekit.classical._half_quadratic import half_quadratic

if TYPE_CHECKING:
    from restorekit.classical._blur import Blur, Planes
    from restorekit.classical._deconvolution import Photo, Solve
    from restorekit.classical._observation import Observation

BETAS = tuple(2 ** (1.5 * step) for step in range(2, 9))

WEIGHT, FALL = 4000.0, 1.4
"""Of lambda at a noise of one level, and the power by which it falls with the noise: measured best
on Set12 under five kernels, for 0 to 10 levels."""


def shrink(gradients: Planes, beta: float) -> Planes:
    """The w of least ``|w| + beta / 2 |w - v|^2``: each v made shorter by ``1 / beta``.

    Args:
        gradients: v, ``(2, C, H, W)``; written into.
        beta: Above 0.
    """
    length = np.sqrt(np.einsum("dchw,dchw->hw", gradients, gradients))
    gradients *= np.maximum(1 - 1 / (beta * np.maximum(length, 1e-12)), 0)
    return gradients


def total_variation_deconvolution(observed: Observation, blur: Blur, weight: float) -> Planes:
    """The sharp picture.

    Args:
        observed: The blurred one.
        blur: What blurred it.
        weight: lambda, above 0; large: sharper and noisier.
    """
    return half_quadratic(
        observed, blur, weight=weight, analysis=GRADIENT, denoise=shrink, betas=BETAS
    )


def _prepare(photo: Photo, sigma: float) -> Solve:
    del photo
    return partial(total_variation_deconvolution, weight=WEIGHT * (255 * sigma) ** -FALL)


RESTORER = Deconvolution(
    "tv-l2",
    title="total variation: flat areas, sharp edges",
    prepare=_prepare,
)

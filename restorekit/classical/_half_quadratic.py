"""Half-quadratic splitting: a blur undone under any idea of what clean pictures are like.

``min over x of lambda / 2 |W (A x - y)|^2 + P(D x)`` becomes, with w in the place of ``D x``,
``min over x and w of lambda / 2 |W (A x - y)|^2 + beta / 2 |D x - w|^2 + P(w)``, and beta grows.
For a fixed x, w is D x denoised, pixel by pixel where P is a sum over pixels; for a fixed w, x
solves a quadratic problem.

D. Geman, C. Yang, Nonlinear image recovery with half-quadratic regularization, IEEE Transactions on
Image Processing 4 (1995).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import spectra_of
from restorekit.classical._least_squares import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from restorekit.classical._blur import Analysis, Blur, Planes, Power
    from restorekit.classical._observation import Observation

    Denoise = Callable[[Planes, float], Planes]
    """From ``D x`` and beta to the w of least ``P(w) + beta / 2 |D x - w|^2``: ``D x`` without
    white noise of the standard deviation ``beta ** -0.5``. May write into what it is given."""

FIRST_STEPS, STEPS = 5, 2
"""Of conjugate gradients, at first and for each beta, which begins with what the last one found."""


def half_quadratic(
    observed: Observation,
    blur: Blur,
    *,
    weight: float,
    analysis: Analysis,
    denoise: Denoise,
    betas: Iterable[float],
    first: Power | None = None,
) -> Planes:
    """The picture after one step in w and one in x for each beta.

    Args:
        observed: y, and where it was seen.
        blur: A.
        weight: lambda, above 0.
        analysis: D.
        denoise: What P asks for.
        betas: Rising, above 0.
        first: R of the least squares that it begins with; None: ``D^T D beta / lambda``.
    """
    betas = list(betas)
    power = analysis.power(blur.shape)
    penalty = power * np.float32(betas[0] / weight) if first is None else first
    estimate = Estimate(observed, blur, penalty)
    estimate.improve(penalty, steps=FIRST_STEPS)
    for beta in betas:
        ratio = np.float32(beta / weight)
        simple = denoise(analysis.forward(estimate.planes()), beta)
        pull = spectra_of(analysis.adjoint(simple))
        pull *= ratio
        if observed.clipped is not None:
            estimate.look()
        estimate.improve(power * ratio, pull=pull, steps=STEPS)
    return estimate.planes()

"""Quadratic problems of deconvolution where not every pixel was seen.

``min over x of |W (A x - y)|^2 + <x, R x> - 2 <x, t>``: W is 1 where y was seen and 0 elsewhere, R
weighs frequencies. Were everything seen, the answer would be a division of frequencies:
``(|A|^2 + R)^-1 (A^T y + t)``. That division preconditions conjugate gradients for the rest, which
settle in a few steps; x stays in frequencies, where a step costs two transforms.

M. R. Hestenes, E. Stiefel, Methods of conjugate gradients for solving linear systems, Journal of
Research of the National Bureau of Standards 49 (1952).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import planes_of, spectra_of

if TYPE_CHECKING:
    from restorekit.classical._blur import Blur, Planes, Power
    from restorekit.classical._observation import Observation
    from restorekit.images.convolution import Spectrum

STEPS = 25
"""Of conjugate gradients, where one problem is all there is. More matter only where there is next
to no noise."""


def regularized(observed: Observation, blur: Blur, penalty: Power) -> Planes:
    """The minimum of ``|W (A x - y)|^2 + <x, R x>``, found from the smoothly continued photo.

    Args:
        observed: y, and where it was seen.
        blur: A.
        penalty: R in each frequency, 0 or more, and with ``|A|^2`` nowhere 0 both.
    """
    x = spectra_of(observed.planes) * blur.adjoint_response / (blur.power + penalty)
    # Which clipped pixels have become bright enough is known once x is about right.
    for _ in range(1 if observed.clipped is None else 2):
        weights = observed.weights(planes_of(x * blur.response, blur.shape))
        x = solved(x, observed, blur, weights, penalty, steps=STEPS)
    return planes_of(x, blur.shape)


def solved(
    x: Spectrum,
    observed: Observation,
    blur: Blur,
    weights: Planes,
    penalty: Power,
    *,
    pull: Spectrum | None = None,
    steps: int,
) -> Spectrum:
    """``x`` after some steps towards the minimum.

    Args:
        x: Frequencies of where to begin, ``(C, H, W // 2 + 1)``.
        observed: y.
        blur: A.
        weights: W, as :meth:`Observation.weights` has them.
        penalty: R in each frequency.
        pull: t's frequencies; None: 0.
        steps: 0 or more.
    """
    inverse = 1 / (blur.power + penalty)
    rest = planes_of(x * blur.response, blur.shape)
    np.subtract(observed.planes, rest, out=rest)
    rest *= weights
    residual = spectra_of(rest) * blur.adjoint_response - penalty * x
    if pull is not None:
        residual += pull
    direction = inverse * residual
    power = _dot(residual, direction, blur)
    for _ in range(steps):
        if power <= 0:
            break  # nothing is left to do
        seen = planes_of(direction * blur.response, blur.shape)
        seen *= weights
        bent = spectra_of(seen) * blur.adjoint_response + penalty * direction
        length = np.float32(power / _dot(direction, bent, blur))
        x = x + length * direction
        residual -= length * bent
        before, better = power, inverse * residual
        power = _dot(residual, better, blur)
        direction = better + np.float32(power / before) * direction
    return x


def _dot(first: Spectrum, second: Spectrum, blur: Blur) -> float:
    """The scalar product of planes, times their size, from the half of their frequencies."""
    columns = np.einsum("chw,chw->w", first.real, second.real, dtype=np.float64)
    columns += np.einsum("chw,chw->w", first.imag, second.imag, dtype=np.float64)
    # Every column but those of the lowest and the highest frequency stands for two.
    twice = columns.sum() * 2 - columns[0]
    return float(twice if blur.shape[1] % 2 else twice - columns[-1])

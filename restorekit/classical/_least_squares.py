"""Quadratic problems of deconvolution where not every pixel was seen.

``min over x of |W (A x - y)|^2 + <x, R x> - 2 <x, t>``: W is 1 where y was seen and 0 elsewhere, R
weighs frequencies. Were everything seen, the answer would be a division of frequencies:
``(|A|^2 + R)^-1 (A^T y + t)``. That division preconditions conjugate gradients for the rest, which
settle in a few steps; x stays in frequencies, where a step costs two transforms, and so does what
of y it leaves unexplained: another R or t, for the same y, then costs no more.

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
    estimate = Estimate(observed, blur, penalty)
    estimate.improve(penalty, steps=STEPS)
    if observed.clipped is not None:
        # Which clipped pixels have become bright enough is known once x is about right.
        estimate.look()
        estimate.improve(penalty, steps=STEPS)
    return estimate.planes()


class Estimate:
    """x on its way to the minimum.

    Args:
        observed: y.
        blur: A.
        penalty: R of the first problem; x begins where it would be, were everything seen.
    """

    def __init__(self, observed: Observation, blur: Blur, penalty: Power) -> None:
        self._observed, self._blur = observed, blur
        self._x = spectra_of(observed.planes)
        self._x *= blur.adjoint_response
        self._x /= blur.power + penalty
        self.look()

    def planes(self) -> Planes:
        """The estimate as it is."""
        return planes_of(self._x.copy(), self._blur.shape)

    def look(self) -> None:
        """Settle W, by what of x is brighter than white, and ``A^T W (y - A x)``."""
        blurred = planes_of(self._x * self._blur.response, self._blur.shape)
        self._weights = self._observed.weights(blurred)
        np.subtract(self._observed.planes, blurred, out=blurred)
        self._unexplained = self._back(blurred)

    def improve(self, penalty: Power, *, pull: Spectrum | None = None, steps: int) -> None:
        """Take x some steps towards the minimum.

        Args:
            penalty: R in each frequency.
            pull: t's frequencies; None: 0.
            steps: 0 or more.
        """
        inverse = 1 / (self._blur.power + penalty)
        direction, before = np.zeros_like(self._x), 1.0
        for _ in range(steps):
            residual = np.multiply(penalty, self._x)
            np.subtract(self._unexplained, residual, out=residual)
            if pull is not None:
                residual += pull
            better = np.multiply(inverse, residual)
            power = self._dot(residual, better)
            if power <= 0:
                break  # nothing is left to do
            direction *= np.float32(power / before)
            direction += better
            before = power
            explained = self._back(planes_of(direction * self._blur.response, self._blur.shape))
            bent = np.multiply(penalty, direction)
            bent += explained
            length = np.float32(power / self._dot(direction, bent))
            self._x += length * direction
            explained *= length
            self._unexplained -= explained

    def _back(self, planes: Planes) -> Spectrum:
        """``A^T W`` of planes, which are lost."""
        planes *= self._weights
        spectra = spectra_of(planes)
        spectra *= self._blur.adjoint_response
        return spectra

    def _dot(self, first: Spectrum, second: Spectrum) -> float:
        """The scalar product of planes, times their size, from the half of their frequencies."""
        # Every column but those of the lowest and the highest frequency stands for two.
        once = [0] if self._blur.shape[1] % 2 else [0, -1]
        total = 0.0
        for one, other in zip(first, second, strict=True):
            total += 2 * np.vdot(one, other).real
            total -= sum(np.vdot(one[:, it], other[:, it]).real for it in once)
        return float(total)

"""Richardson and Lucy's iteration, damped where noise explains the rest, with total variation.

``x <- x / (1 - tau div(grad x / |grad x|)) * A^T(1 + u (y / A x - 1))``, on pixels that were seen.

With ``u = 1`` and ``tau = 0`` it is Richardson's and Lucy's: it climbs to the most probable picture
under Poisson noise, never goes below 0, and shows edges before noise, so that one stops it early.
tau is the weight of total variation (Dey 2006). u is the damping (White 1994): it falls to 0 where
``A x`` is as near to y as noise lets it be, so that noise is not fitted however long it runs.

Pixels that were not seen ask for no change: beyond the borders, and clipped ones that ``A x`` makes
as bright as they were seen or brighter. M. Bertero, P. Boccacci, A simple method for the reduction
of boundary effects in the Richardson-Lucy approach to image deconvolution, Astronomy and
Astrophysics 437 (2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import gradient, gradient_adjoint

if TYPE_CHECKING:
    from restorekit.classical._blur import Blur, Planes
    from restorekit.classical._observation import Observation

DARKEST = 1e-4
"""Light is positive: from 0 no product leads away."""
SLOPE = 1e-3
"""Shorter gradients than this count as none, for total variation."""
DAMPING_POWER = 10
"""White's N: how abruptly the damping sets in."""


@dataclass(frozen=True)
class RichardsonLucy:
    """How the iteration is run."""

    iterations: int
    """1 or more."""
    damping: float = 0.0
    """T sigma, in units of white: smaller differences of ``A x`` from y are left alone; 0: none."""
    variation: float = 0.0
    """tau, 0 or more, well below 1 / 4."""

    def __call__(self, observed: Observation, blur: Blur) -> Planes:
        """The sharp picture."""
        seen = np.maximum(observed.planes, DARKEST)
        x = seen.copy()
        for _ in range(self.iterations):
            blurred = np.maximum(blur.forward(x), DARKEST)
            change = self._wanted(seen, blurred)
            change *= observed.weights(blurred)
            factor = blur.adjoint(change)
            factor += 1
            if self.variation:
                factor /= self._slowed(x)
            x *= factor
            np.maximum(x, DARKEST, out=x)
        return x

    def _wanted(self, seen: Planes, blurred: Planes) -> Planes:
        """``u (y / A x - 1)``: by which share each pixel of ``A x`` is too dark."""
        if not self.damping:
            return seen / blurred - 1
        difference = seen - blurred
        u = np.minimum(np.square(difference / np.float32(self.damping)), 1)
        n = DAMPING_POWER
        return u ** (n - 1) * (n - (n - 1) * u) * difference / blurred

    def _slowed(self, x: Planes) -> Planes:
        """``1 - tau div(grad x / |grad x|)``, along all channels at once."""
        slopes = gradient(x)
        length = np.sqrt(np.einsum("dchw,dchw->hw", slopes, slopes))
        slopes /= np.maximum(length, SLOPE)
        return 1 + np.float32(self.variation) * gradient_adjoint(slopes)

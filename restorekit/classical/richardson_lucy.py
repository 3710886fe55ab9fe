"""Richardson-Lucy deconvolution: light is multiplied until its blur is the photo.

The iteration and its papers are told in :mod:`restorekit.classical._richardson_lucy`. Damped as
White proposes, so that what is flat stays clean; and light never goes below 0, so that around stars
and lamps it does not ring where linear filters do. Clipped pixels are told apart.

W. H. Richardson, Bayesian-based iterative method of image restoration, Journal of the Optical
Society of America 62 (1972); L. B. Lucy, An iterative technique for the rectification of observed
distributions, Astronomical Journal 79 (1974); R. L. White, Image restoration using the damped
Richardson-Lucy method, Proc. SPIE 2198 (1994).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.classical._deconvolution import Deconvolution
from restorekit.classical._richardson_lucy import RichardsonLucy

if TYPE_CHECKING:
    from restorekit.classical._deconvolution import Photo, Solve

ITERATIONS, FEWEST, MOST = 120.0, 10, 150
"""How many at a noise of one level; twice the noise bears half as many, within these bounds."""
THRESHOLD = 1.0
"""White's T, in standard deviations of the noise: 2 leaves Levin's photos 1 to 2 dB less sharp."""


def _prepare(photo: Photo, sigma: float) -> Solve:
    del photo
    iterations = min(max(round(ITERATIONS / (255 * sigma)), FEWEST), MOST)
    return RichardsonLucy(iterations, damping=THRESHOLD * sigma)


RESTORER = Deconvolution(
    "richardson-lucy",
    title="Richardson-Lucy, damped: light is never negative",
    prepare=_prepare,
)

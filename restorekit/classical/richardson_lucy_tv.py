"""Richardson-Lucy deconvolution with total variation: the same iteration, with flat areas flat.

The iteration and its papers are told in :mod:`restorekit.classical._richardson_lucy`.

N. Dey, L. Blanc-Feraud, C. Zimmer, P. Roux, Z. Kam, J.-C. Olivo-Marin, J. Zerubia, Richardson-Lucy
algorithm with total variation regularization for 3D confocal microscope deconvolution, Microscopy
Research and Technique 69 (2006).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.classical._deconvolution import Deconvolution
from restorekit.classical._richardson_lucy import RichardsonLucy

if TYPE_CHECKING:
    from restorekit.classical._deconvolution import Photo, Solve

ITERATIONS = 100
STRENGTH = 0.4
"""Of tau for a noise of 1: the paper's 0.002 at a noise of a little more than one level."""
MOST = 0.1
"""Beyond this tau the iteration is no longer sure to settle."""


def _prepare(photo: Photo, sigma: float) -> Solve:
    del photo
    return RichardsonLucy(ITERATIONS, variation=min(STRENGTH * sigma, MOST))


RESTORER = Deconvolution(
    "richardson-lucy-tv",
    title="Richardson-Lucy with total variation",
    prepare=_prepare,
)

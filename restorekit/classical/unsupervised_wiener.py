"""The Wiener filter that finds the noise by itself, in what the blur cannot have let pass.

That of :mod:`restorekit.classical.wiener`, with the strength of the noise fitted to the frequencies
of the photo together with the power law. Nothing is told and nothing is looked for in flat areas:
what an inexact kernel leaves unexplained counts as noise, too.

F. Orieux, J.-F. Giovannelli, T. Rodet, Bayesian estimation of regularization and point spread
function parameters for Wiener-Hunt deconvolution, Journal of the Optical Society of America A 27
(2010). There the precisions of noise and photo are drawn time and again, with the photo, and the
mean is taken; here they are fitted once, so that the result is the same every time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from restorekit.classical._deconvolution import Deconvolution
from restorekit.classical._spectral_model import fitted, powers
from restorekit.classical.wiener import wiener_filter

if TYPE_CHECKING:
    from restorekit.classical._deconvolution import Photo, Solve


def _prepare(photo: Photo, sigma: float) -> Solve:
    del sigma
    model = fitted(powers(photo), None)
    return partial(wiener_filter, noise_to_signal=model.noise_to_signal, p=model.p)


RESTORER = Deconvolution(
    "unsupervised-wiener",
    title="Wiener filter that finds the noise by itself",
    prepare=_prepare,
    takes_sigma=False,
)

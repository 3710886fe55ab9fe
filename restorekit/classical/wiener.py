"""The Wiener filter: each frequency passes by how much of it is photo, and how much noise.

``X = conj(A) Y / (|A|^2 + N / S)``, with N the power of the noise and S that of the sharp photo, is
the linear estimate of least mean square error. N is the variance of the noise; S is a power law of
the frequency, fitted to the blurred photo (:mod:`restorekit.classical._spectral_model`). Where not
everything was seen, the same least squares are solved for what was.

N. Wiener, Extrapolation, interpolation, and smoothing of stationary time series, 1949; C. W.
Helstrom, Image restoration by the method of least squares, Journal of the Optical Society of
America 57 (1967); D. J. Field, Relations between the statistics of natural images and the response
properties of cortical cells, Journal of the Optical Society of America A 4 (1987): the power law.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import gradient_power
from restorekit.classical._deconvolution import Deconvolution
from restorekit.classical._least_squares import regularized
from restorekit.classical._spectral_model import fitted, powers

if TYPE_CHECKING:
    from restorekit.classical._blur import Blur, Planes
    from restorekit.classical._deconvolution import Photo, Solve
    from restorekit.classical._observation import Observation


def wiener_filter(
    observed: Observation, blur: Blur, noise_to_signal: float, p: float = 1.0
) -> Planes:
    """The sharp picture.

    Args:
        observed: The blurred one.
        blur: What blurred it.
        noise_to_signal: N / S where ``|D|`` is 1, above 0; large: smoother.
        p: S is ``|D|^-2p`` times that, D being the gradient; 0: noise and photo have one spectrum.
    """
    ratio = gradient_power(blur.shape) ** np.float32(p) * np.float32(noise_to_signal)
    return regularized(observed, blur, ratio)


def _prepare(photo: Photo, sigma: float) -> Solve:
    model = fitted(powers(photo), sigma)
    return partial(wiener_filter, noise_to_signal=model.noise_to_signal, p=model.p)


RESTORER = Deconvolution(
    "wiener",
    title="Wiener filter: a power law beside the noise",
    prepare=_prepare,
)

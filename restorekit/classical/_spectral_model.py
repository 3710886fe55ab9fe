"""What the frequencies of a blurred photo tell of the sharp one and of the noise.

Model: in each frequency the sharp photo is Gaussian with the power ``a |D|^-2p``, D the gradient,
so that the blurred one has the mean power ``V = |A|^2 a |D|^-2p + sigma^2``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorekit.classical._blur import gradient_power, spectra_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.classical._deconvolution import Photo

    Line = npt.NDArray[np.float64]

START = (np.log(0.03), 1.5, np.log(2 / 255))
"""Of log a, p and log sigma: a usual photo."""
STEEPNESS = 0.75, 2.0
"""Between these p lies in photos."""
WEAKEST, FAINTEST = 1e-5, 1e-12
"""The least a, where a photo is of one colour, and the least power."""
ROUNDING = 12**-0.5 / 255
"""No photo is less noisy than what rounding to 8 bits leaves."""
MOST = 1 << 15
"""Frequencies that are looked at, spread evenly."""


class Powers(NamedTuple):
    """Of some frequencies of a photo, ``(n,)`` each; the lowest, its mean, is left out."""

    seen: Line
    """``|Y|^2`` for each pixel, the mean over the channels."""
    passed: Line
    """``|A|^2``: the share that the blur let pass."""
    rough: Line
    """``|D|^2``."""
    channels: int


def powers(photo: Photo) -> Powers:
    """Those of a part of a photo, which fades to its mean towards the borders (Hann's window)."""
    observed, blur = photo
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in (observed.height, observed.width)))
    seen = observed.photo(observed.planes)
    faded = np.zeros(observed.planes.shape, np.float32)
    observed.photo(faded)[...] = window * (seen - seen.mean(axis=(1, 2), keepdims=True))
    power = np.square(np.abs(spectra_of(faded))).mean(axis=0) / np.square(window).sum()
    step = max(1, power.size // MOST)
    found = (power, blur.power, gradient_power(blur.shape))
    lines = (it.ravel()[1::step].astype(np.float64) for it in found)
    return Powers(*lines, channels=len(seen))


class Model(NamedTuple):
    """The numbers of the model."""

    a: float
    p: float
    sigma: float
    """In units of white."""

    @property
    def noise_to_signal(self) -> float:
        """Where ``|D|`` is 1."""
        return self.sigma**2 / self.a


def fitted(found: Powers, sigma: float | None) -> Model:
    """The least squares of ``log |Y|^2 - log V``.

    Logarithms, for photos have a few strong frequencies, those of their long edges, that would
    speak for all others in a mean.

    Args:
        found: Of a photo.
        sigma: Of the noise in units of white; None: fitted, too.
    """
    from scipy.optimize import minimize
    from scipy.special import digamma

    rough = np.log(found.rough)
    # The logarithm of a mean of c exponentially distributed powers is too low in the mean.
    low = digamma(found.channels) - np.log(found.channels)
    seen = np.log(np.maximum(found.seen, FAINTEST)) - low

    def model(numbers: Line) -> Model:
        told = max(np.exp(numbers[2]), ROUNDING) if sigma is None else sigma
        p = min(max(numbers[1], STEEPNESS[0]), STEEPNESS[1])
        return Model(float(max(np.exp(numbers[0]), WEAKEST)), float(p), float(told))

    def misfit(numbers: Line) -> float:
        a, p, noise = model(numbers)
        power = found.passed * a * np.exp(-p * rough) + noise**2
        return float(np.square(seen - np.log(power)).mean())

    start = START if sigma is None else START[:2]
    return model(minimize(misfit, np.array(start), method="Nelder-Mead").x)

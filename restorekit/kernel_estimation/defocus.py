"""The blur of a photo out of focus: the radius of the disk, from the photo's spectrum.

The power spectrum of photos falls with the frequency, ``f^-a``; a disk multiplies it by
``(2 J1(2 pi r f) / (2 pi r f))^2``, whose dark rings lie where r says; noise adds a constant. The
radius is that of the model under which the spectrum is the most likely, each frequency's power
being exponentially distributed about its mean (Whittle's likelihood)::

    r, a, n = argmin  sum over f of  log P(f) + S(f) / P(f),    P = A (f^-a disk_r(f)^2 + n)

M. Cannon, Blind deconvolution of spatially invariant image blurs with phase, IEEE Transactions on
Acoustics, Speech, and Signal Processing 24 (1976), reads the radius from the dark rings; P.
Whittle, Estimation and information in stationary time series, Arkiv för Matematik 2 (1953).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.special import j1

from restorekit import kernels
from restorekit.contracts import KernelEstimate
from restorekit.errors import UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Image, OnTile

    Values = npt.NDArray[np.float64]

WINDOW = 128
"""Side in pixels of the pieces whose spectra are added up, half overlapping."""
SHARE = 0.5
"""Of the pieces, those with the most detail: flat ones tell the noise alone."""
FIRST = 2
"""Waves in a window from which on: longer ones are those of the window itself."""
RADII = np.concatenate([[0.0], np.geomspace(0.6, 16, 80)])
SIGMAS = np.linspace(0, 6, 25)
"""Of the Gaussians that a disk must be likelier than: soft photos have no dark rings."""
FALLS = np.arange(1.0, 5.01, 0.4)
"""a: pictures of nature have 2, soft ones more."""
NOISES = np.geomspace(1e-7, 1e-1, 25)
"""n, beside the picture's power at the longest wave."""
MANY = 1 << 11
"""Pieces that are looked at at most."""
RELIABLE = 0.025
"""How much likelier a reliable disk makes each frequency than any Gaussian does, in nats: chosen on
photos that were sharp, shaken, or blurred by disks of 1.5 to 8 pixels."""


class Spectrum(NamedTuple):
    """Power by frequency, whatever the direction."""

    frequencies: Values
    """In waves a pixel, up to 0.5."""
    power: Values
    counts: Values
    """How many frequencies of a window have each of these."""


class Fit(NamedTuple):
    """The model that suits a spectrum best."""

    radius: float
    gain: float
    """Nats for each frequency over the best Gaussian, of any width, none included."""


@dataclass(frozen=True)
class Defocus:
    """Finds the radius of the disk; see the module's text."""

    name: Literal["defocus"] = "defocus"
    title: str = "out of focus: a disk, by the dark rings of the spectrum"
    kind: Literal["defocus"] = "defocus"

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """See :class:`restorekit.contracts.KernelEstimator`.

        Raises:
            UsageError: The photo is too small.
        """
        if min(image.shape[:2]) < WINDOW:
            raise UsageError(
                "the photo is too small to find its focus",
                expected=f"at least {WINDOW} pixels a side",
                got=f"{image.shape[1]}x{image.shape[0]}",
            )
        found = fitted(spectrum(image.mean(axis=2, dtype=np.float32)))
        if on_tile is not None:
            on_tile(1, 1)
        confidence = 1 - float(np.exp(-max(found.gain, 0) / RELIABLE * np.log(2)))
        return KernelEstimate(
            kernels.disk(found.radius), confidence, reliable=found.gain >= RELIABLE
        )


def spectrum(plane: npt.NDArray[np.float32]) -> Spectrum:
    """The mean power of the pieces with the most detail, each counting as much as the others."""
    taper = np.outer(np.hanning(WINDOW), np.hanning(WINDOW)).astype(np.float32)
    pieces = _pieces(plane)
    pieces = (pieces - pieces.mean((1, 2), keepdims=True)) * taper
    power = np.square(np.abs(np.fft.rfft2(pieces)))
    waves = np.hypot(np.fft.fftfreq(WINDOW)[:, None], np.fft.rfftfreq(WINDOW)) * WINDOW
    detail = power[:, (waves > WINDOW / 20) & (waves < WINDOW / 4)].mean(1)
    kept = (detail >= np.quantile(detail, 1 - SHARE)) & (detail > 0)
    mean = (power[kept] / detail[kept, None, None]).mean(0) if kept.any() else np.ones_like(waves)
    rings = np.round(waves).astype(np.intp)
    counts = np.bincount(rings.ravel())
    sums = np.bincount(rings.ravel(), mean.ravel())
    used = slice(FIRST, WINDOW // 2)
    return Spectrum(
        np.arange(len(counts))[used] / WINDOW, sums[used] / counts[used], counts[used] / 1.0
    )


def _pieces(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    every = np.lib.stride_tricks.sliding_window_view(plane, (WINDOW, WINDOW))
    every = every[:: WINDOW // 2, :: WINDOW // 2].reshape(-1, WINDOW, WINDOW)
    return every[:: 1 + len(every) // MANY]


def disk_power(radius: float, frequencies: Values) -> Values:
    """What a disk multiplies the power of each frequency by, as windows blur spectra."""
    reach = 2 * np.pi * radius * np.maximum(frequencies, 1e-9)
    power = np.square(2 * j1(reach) / reach) if radius else np.ones_like(frequencies)
    padded = np.pad(power, 1, mode="edge")
    return (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4


def fitted(found: Spectrum) -> Fit:
    """The radius under which a spectrum is the most likely."""
    costs = np.array([_cost(found, disk_power(it, found.frequencies)) for it in RADII])
    smooth = min(_cost(found, gaussian_power(it, found.frequencies)) for it in SIGMAS)
    best = int(costs.argmin())
    return Fit(float(RADII[best]), float(smooth - costs[best]))


def gaussian_power(sigma: float, frequencies: Values) -> Values:
    """What a Gaussian multiplies the power of each frequency by."""
    return np.exp(-np.square(2 * np.pi * sigma * frequencies))


def _cost(found: Spectrum, response: Values) -> float:
    """Nats for each frequency, at the best fall, noise and amplitude."""
    fall = found.frequencies ** -FALLS[:, None]
    shape = fall / fall[:, :1] * response
    model = shape[:, None] + NOISES[:, None]
    share = found.counts / found.counts.sum()
    amplitude = (found.power / model) @ share
    # At the best amplitude the second term of the likelihood is 1 for every model.
    return float((np.log(model) @ share + np.log(amplitude)).min())


ESTIMATOR = Defocus()

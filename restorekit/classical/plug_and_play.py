"""Deconvolution with a denoiser: it alone knows what clean pictures are like.

Half-quadratic splitting (:mod:`restorekit.classical._half_quadratic`) needs of its prior nothing
but how to take white noise off a picture, and any denoiser that is told how strong the noise is can
do that. Its sigma falls from 49 levels to that of the photo in equal ratios; how much the denoised
picture counts rises with ``1 / sigma^2``. The regularised inverse filter is where it begins: of
what lies beyond the borders a denoiser alone would make nothing.

K. Zhang, Y. Li, W. Zuo, L. Zhang, L. Van Gool, R. Timofte, Plug-and-play image restoration with
deep denoiser prior, IEEE TPAMI 44 (2022), equation 6 and sections 4.2 and 5.1; S. V.
Venkatakrishnan, C. A. Bouman, B. Wohlberg, Plug-and-play priors for model based reconstruction,
GlobalSIP 2013.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import IDENTITY, gradient_power
from restorekit.classical._deconvolution import UNSURE, Deconvolution
from restorekit.classical._half_quadratic import half_quadratic
from restorekit.classical.inverse import mu_of
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.classical._blur import Blur, Planes
    from restorekit.classical._deconvolution import Photo, Solve
    from restorekit.classical._observation import Observation
    from restorekit.contracts import Denoiser

FIRST_SIGMA = 49 / 255
"""That the denoiser is told at first, in units of white."""
ITERATIONS = 8
PRIOR = 0.5
"""Lambda: how much the denoised picture counts. The paper has 0.23, for its own network and blur
without borders; with FFDNet this is better on Set12 and on Levin's photos, by 0.2 dB and more."""


def plug_and_play(observed: Observation, blur: Blur, sigma: float, denoiser: Denoiser) -> Planes:
    """The sharp picture.

    Args:
        observed: The blurred one.
        blur: What blurred it.
        sigma: Of its noise in units of white, above 0.
        denoiser: Knows pictures from 0 to 1.
    """
    sigmas = np.geomspace(max(FIRST_SIGMA, sigma), sigma, ITERATIONS)
    return half_quadratic(
        observed,
        blur,
        weight=1 / (PRIOR * sigma**2),
        analysis=IDENTITY,
        denoise=partial(denoised, denoiser),
        betas=(float(it) ** -2 for it in sigmas),
        first=gradient_power(blur.shape) * np.float32(mu_of(sigma)),
    )


def denoised(denoiser: Denoiser, planes: Planes, beta: float) -> Planes:
    """Planes without white noise of the standard deviation ``beta ** -0.5``, in units of white."""
    picture = np.ascontiguousarray(planes.transpose(1, 2, 0)).clip(0, 1)
    bands = denoiser.with_sigma(255 * beta**-0.5).bands(picture)
    clean = np.concatenate([band.rows for band in bands])
    return np.ascontiguousarray(clean.transpose(2, 0, 1), np.float32)


@dataclass(frozen=True)
class PlugAndPlay(Deconvolution):
    """The method with a denoiser plugged in, or still without one."""

    def with_denoiser(self, denoiser: Denoiser) -> PlugAndPlay:
        """See :class:`restorekit.contracts.Pluggable`."""
        return replace(self, prepare=partial(_prepare, denoiser))

    def in_linear_light(self) -> PlugAndPlay:
        """Refuse: white noise in sRGB, which denoisers know, is not white there.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            f"{self.name} works in sRGB, as its denoiser does", hint="leave out --linear"
        )


def _prepare(denoiser: Denoiser, photo: Photo, sigma: float) -> Solve:
    del photo
    return partial(plug_and_play, sigma=sigma, denoiser=denoiser)


def _unplugged(photo: Photo, sigma: float) -> Solve:
    del photo, sigma
    raise UsageError("plug-and-play has no denoiser", hint="with_denoiser tells it one")


RESTORER = PlugAndPlay(
    "plug-and-play",
    title="by a denoiser, ffdnet where none is named",
    prepare=_unplugged,
    # A denoiser makes clean edges of the ringing that a kernel leaves which is little wrong.
    least_noise=UNSURE,
    together=1,  # denoisers use all there is
)

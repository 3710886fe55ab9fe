"""A blur found, and undone, as one restorer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from restorekit.classical import tv_l2
from restorekit.errors import UsageError
from restorekit.images.noise_level import noise_level
from restorekit.kernel_estimation._measures import SHARP, spread, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.classical._deconvolution import Deconvolution
    from restorekit.contracts import (
        Band,
        Bits,
        Image,
        KernelEstimator,
        OnTile,
        Resample,
        Restorer,
        Size,
        Task,
    )

UNSURE = 2.5
"""Levels of noise that are assumed at least: what a kernel that was found is wrong by counts like
noise."""


@dataclass(frozen=True)
class BlindDeconvolution:
    """Finds the kernel of each photo, and undoes it where it can be trusted.

    A wrong kernel leaves a photo worse than blur does, so that a photo whose kernel is not reliable
    is given back as it is.
    """

    estimator: KernelEstimator
    undo: Deconvolution = tv_l2.RESTORER
    """Measured best with the kernels of edge prediction (Levin's photos)."""
    task: Task = "deblur"
    scale: Literal[1] = 1
    resample: Resample = "bicubic"
    enlarged: Literal[False] = False

    @property
    def name(self) -> str:
        """The estimator's."""
        return self.estimator.name

    @property
    def title(self) -> str:
        """The estimator's, and what is done then."""
        return f"{self.estimator.title}; then {self.undo.name}"

    @property
    def sigma(self) -> float | None:
        """Of the noise; see :class:`restorekit.contracts.Denoiser`."""
        return self.undo.sigma

    @property
    def takes_sigma(self) -> bool:
        """See :class:`restorekit.contracts.Denoiser`."""
        return self.undo.takes_sigma

    def with_sigma(self, sigma: float | None) -> BlindDeconvolution:
        """The same for noise of ``sigma`` levels of 255; None: estimated."""
        return replace(self, undo=self.undo.with_sigma(sigma))

    def in_linear_light(self) -> BlindDeconvolution:
        """See :class:`restorekit.contracts.LightChoosing`; the kernel is looked for in sRGB."""
        return replace(self, undo=self.undo.in_linear_light())

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`; looking for the kernel is not counted."""
        return self.undo.tiles(size)

    def prepared(self, image: Image) -> tuple[Restorer, str]:
        """See :class:`restorekit.contracts.Blind`; a photo that is too small stays as it is."""
        try:
            found = self.estimator.estimate(image)
        except UsageError as error:
            return self.undo, f"{error}: left as it was"
        told = words(found, self.estimator.kind)
        if not found.reliable:
            return self.undo, f"{told}: not reliable, and the photo left as it was"
        if spread(found.psf).length <= SHARP:
            return self.undo, f"{told}: left as it was"
        undo = self.undo
        if undo.sigma is None:
            undo = undo.with_sigma(max(noise_level(image), UNSURE))
        return undo.with_kernel(found.psf), told

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        restorer, _ = self.prepared(image)
        yield from restorer.bands(image, bits=bits, on_tile=on_tile)

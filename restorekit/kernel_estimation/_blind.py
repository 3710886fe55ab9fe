"""A blur found, and undone, as one restorer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from restorekit.classical import tv_l2
from restorekit.classical._deconvolution import UNSURE
from restorekit.classical._space_variant import SpaceVariant
from restorekit.errors import UsageError
from restorekit.images.noise_level import noise_level
from restorekit.kernel_estimation._grid import check_grid, estimate_map
from restorekit.kernel_estimation._measures import SHARP, map_words, spread, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.classical._deconvolution import Deconvolution
    from restorekit.contracts import (
        Band,
        Bits,
        Cells,
        Image,
        KernelEstimator,
        OnTile,
        Resample,
        Restorer,
        Size,
        Task,
    )

TRY = "(kernel-estimate shows what was found, --kernel takes it all the same)"


@dataclass(frozen=True)
class BlindDeconvolution:
    """Finds the kernel of each photo, and undoes it where it can be trusted.

    A wrong kernel leaves a photo worse than blur does, so that a photo whose kernel is not reliable
    is given back as it is.
    """

    estimator: KernelEstimator
    undo: Deconvolution = tv_l2.RESTORER
    """Measured best with the kernels of edge prediction (Levin's photos)."""
    cells: Cells | None = None
    """Of a grid, in each of which a kernel is looked for; None: one for the whole photo."""
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

    def with_grid(self, cells: Cells) -> BlindDeconvolution:
        """The same for photos whose blur differs from place to place.

        Raises:
            UsageError: The grid cannot be meant.
        """
        check_grid(cells, self.estimator)
        return replace(self, cells=cells)

    def in_linear_light(self) -> BlindDeconvolution:
        """See :class:`restorekit.contracts.LightChoosing`; the kernel is looked for in sRGB."""
        return replace(self, undo=self.undo.in_linear_light())

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`; looking for the kernel is not counted."""
        return self.undo.tiles(size)

    def prepared(self, image: Image) -> tuple[Restorer, str]:
        """See :class:`restorekit.contracts.Blind`; a photo that is too small stays as it is."""
        try:
            return self._one(image) if self.cells is None else self._map(image, self.cells)
        except UsageError as error:
            return self.undo, f"{error}: left as it was"

    def _one(self, image: Image) -> tuple[Restorer, str]:
        found = self.estimator.estimate(image)
        told = words(found, self.estimator.kind)
        if not found.reliable:
            return self.undo, f"{told}: not reliable, and the photo left as it was {TRY}"
        if spread(found.psf).length <= SHARP:
            return self.undo, f"{told}: left as it was"
        return self._careful(image).with_kernel(found.psf), told

    def _map(self, image: Image, cells: Cells) -> tuple[Restorer, str]:
        found = estimate_map(self.estimator, image, cells)
        told = "; ".join(map_words(found))
        if not found.usable:
            return self.undo, f"{told}: the photo left as it was"
        if all(spread(psf).length <= SHARP for row in found.kernels.psfs for psf in row):
            return self.undo, f"{told}: left as it was"
        return SpaceVariant(self._careful(image), found.kernels), told

    def _careful(self, image: Image) -> Deconvolution:
        """What undoes the blur, told more noise than there is where nothing was told."""
        if self.undo.sigma is not None:
            return self.undo
        return self.undo.with_sigma(max(noise_level(image), UNSURE))

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        restorer, _ = self.prepared(image)
        yield from restorer.bands(image, bits=bits, on_tile=on_tile)

"""How a photo became small found, and undone, as one restorer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from restorekit.contracts import Denoiser, DownScaling, InternalLearner, Scalable
from restorekit.errors import UsageError
from restorekit.kernel_estimation._measures import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from restorekit.contracts import (
        Band,
        Bits,
        Enlarger,
        Image,
        LearnedKernel,
        OnTile,
        Resample,
        Restorer,
        Size,
        Task,
    )

SCALES = (2, 4)
"""Of the kernels that can be found."""


def check_scale(estimator: LearnedKernel, scale: int) -> None:
    """Refuse a scale of which no kernel can be found.

    Raises:
        UsageError: It is one.
    """
    if scale not in SCALES:
        raise UsageError(
            f"{estimator.name} finds how photos became small at two scales",
            expected=" or ".join(f"--scale {it}" for it in SCALES),
            got=str(scale),
        )


@dataclass(frozen=True)
class BlindEnlarging:
    """Finds the kernel that made each photo small, and tells it to what enlarges the photo.

    A wrong kernel leaves halos or blur, so that a photo whose kernel is not reliable, or none that
    the enlarger knows, is enlarged as one that bicubic made small.

    Raises:
        UsageError: Kernels of this scale cannot be found.
    """

    estimator: LearnedKernel
    enlarger: Enlarger
    task: Task = "sr"
    enlarged: Literal[False] = False

    def __post_init__(self) -> None:
        check_scale(self.estimator, self.scale)

    @property
    def name(self) -> str:
        """Of the estimator and of the enlarger."""
        return f"{self.estimator.name}-{self.enlarger.name}"

    @property
    def title(self) -> str:
        """What is found, and what is done then."""
        return f"{self.estimator.title}; then {self.enlarger.name}"

    @property
    def scale(self) -> int:
        """The enlarger's."""
        return self.enlarger.scale

    @property
    def scales(self) -> str:
        """All that it enlarges by, for people."""
        return ", ".join(f"x{it}" for it in SCALES)

    @property
    def resample(self) -> Resample:
        """The enlarger's."""
        return self.enlarger.resample

    @property
    def sigma(self) -> float | None:
        """Of the noise; see :class:`restorekit.contracts.Denoiser`."""
        return self.enlarger.sigma if isinstance(self.enlarger, Denoiser) else 0.0

    @property
    def takes_sigma(self) -> bool:
        """See :class:`restorekit.contracts.Denoiser`."""
        return isinstance(self.enlarger, Denoiser) and self.enlarger.takes_sigma

    def with_sigma(self, sigma: float | None) -> BlindEnlarging:
        """See :class:`restorekit.contracts.Denoiser`; the kernel is found without it."""
        it = self.enlarger
        return self._with(it.with_sigma(sigma) if isinstance(it, Denoiser) else it)

    def at_scale(self, scale: int) -> BlindEnlarging:
        """See :class:`restorekit.contracts.Scalable`; networks keep their own.

        Raises:
            UsageError: Kernels of this scale cannot be found.
        """
        it = self.enlarger
        return self._with(it.at_scale(scale)) if isinstance(it, Scalable) else self

    def on_device(self, device: torch.device) -> BlindEnlarging:
        """See :class:`restorekit.contracts.InternalLearner`; networks stay where they are."""
        it = self.enlarger
        moved = self._with(it.on_device(device) if isinstance(it, InternalLearner) else it)
        return replace(moved, estimator=self.estimator.on_device(device))

    def with_seed(self, seed: int) -> BlindEnlarging:
        """See :class:`restorekit.contracts.InternalLearner`; the kernel's seeds follow from it."""
        it = self.enlarger
        seeded = self._with(it.with_seed(seed) if isinstance(it, InternalLearner) else it)
        return replace(seeded, estimator=self.estimator.with_seeds((2 * seed, 2 * seed + 1)))

    def _with(self, enlarger: Any) -> BlindEnlarging:
        return replace(self, enlarger=enlarger)

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`; looking for the kernel is not counted."""
        return self.enlarger.tiles(size)

    def prepared(self, image: Image) -> tuple[Restorer, str]:
        """See :class:`restorekit.contracts.Blind`."""
        instead = "taken as bicubic made it"
        try:
            found = self.estimator.at_scale(self.scale).estimate(image)
        except UsageError as error:
            return self.enlarger, f"{error}: {instead}"
        told = words(found, self.estimator.kind)
        if not found.reliable:
            return self.enlarger, f"{told}: not reliable, {instead}"
        try:
            return self.enlarger.with_down_scaling(DownScaling(found.psf, found.scale)), told
        except UsageError as error:
            return self.enlarger, f"{told}: {error}: {instead}"

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        restorer, _ = self.prepared(image)
        yield from restorer.bands(image, bits=bits, on_tile=on_tile)

"""A method that finds the kernel of a shaken photo, as an estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from restorekit.errors import UsageError
from restorekit.kernel_estimation._coarse_to_fine import checked, refuse_flat
from restorekit.kernel_estimation._measures import first_of_two
from restorekit.kernel_estimation._telling_crops import ROOM, SIDE, telling_crops
from restorekit.kernel_estimation.defocus import Defocus

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Image, KernelEstimate, OnTile, Psf


@dataclass(frozen=True)
class Shake:
    """Tries twice, and trusts what both attempts say."""

    name: str
    title: str
    attempts: Callable[[Image, int], list[Psf]]
    """Two kernels within that many pixels a side, the better one first."""
    reliable: float
    """The confidence above which the kernel can be trusted: read on Levin's photos and on made ones
    (``benchmarks/blind_deconvolution.py``), each method being sure of other things."""
    size: int = 31
    """Side in pixels of the square that holds the kernel, odd."""
    kind: Literal["motion"] = "motion"

    def with_size(self, size: int) -> Shake:
        """The same, looking for a kernel within ``size`` x ``size`` pixels."""
        return replace(self, size=size)

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """See :class:`restorekit.contracts.KernelEstimator`.

        Looked at is the most telling part of a large photo. The confidence is how alike the kernels
        of both attempts are; what misleads both is not seen in it, but that the lens was out of
        focus is.
        """
        photo = checked(image, self.size)
        refuse_flat(photo)
        part = telling_crops(photo, max(SIDE, ROOM * self.size))[0]
        found = first_of_two(self.attempts(part[:, :, None], self.size), self.reliable)
        if on_tile is not None:
            on_tile(1, 1)
        disk = _disk(image)
        return replace(
            found, confidence=min(found.confidence, 1 - disk), reliable=found.reliable and not disk
        )


def _disk(image: Image) -> float:
    """How sure it is that the lens was out of focus; 0: it was not, or the photo is too small."""
    try:
        found = Defocus().estimate(image)
    except UsageError:
        return 0.0
    return found.confidence if found.reliable else 0.0

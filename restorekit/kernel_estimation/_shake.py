"""A method that finds the kernel of a shaken photo, as an estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from restorekit.kernel_estimation._measures import first_of_two

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
    """The confidence from which on the kernel can be trusted."""
    size: int = 31
    """Side in pixels of the square that holds the kernel, odd."""
    kind: Literal["motion"] = "motion"

    def with_size(self, size: int) -> Shake:
        """The same, looking for a kernel within ``size`` x ``size`` pixels."""
        return replace(self, size=size)

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """See :class:`restorekit.contracts.KernelEstimator`."""
        found = self.attempts(image, self.size)
        if on_tile is not None:
            on_tile(1, 1)
        return first_of_two(found, self.reliable)

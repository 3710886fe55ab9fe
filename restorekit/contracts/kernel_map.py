"""Kernels of a photo whose blur differs from place to place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Cells(NamedTuple):
    """Into how many equal parts a photo is divided."""

    rows: int
    columns: int


@dataclass(frozen=True, eq=False)
class KernelMap:
    """A kernel for each cell of a photo: that of the cell's middle, between which it changes."""

    psfs: npt.NDArray[np.float64]
    """``(rows, columns, n, n)``, n odd, each of which sums to 1; see ``restorekit/kernels.py``."""

    @property
    def cells(self) -> Cells:
        """How many there are."""
        return Cells(*self.psfs.shape[:2])


@dataclass(frozen=True, eq=False)
class KernelMapEstimate:
    """The kernels of one photo, and how far they can be trusted."""

    kernels: KernelMap
    confidence: npt.NDArray[np.float64]
    """``(rows, columns)``, each as :class:`restorekit.contracts.KernelEstimate` has it."""
    reliable: npt.NDArray[np.bool_]
    """``(rows, columns)``: whether a cell's kernel was found in it. The others have that of the
    reliable cells around them; where there is none, all have that of the whole photo."""
    whole: bool = False
    """Whether the kernel of the whole photo, which serves where no cell's does, is reliable."""

    @property
    def usable(self) -> bool:
        """Whether any kernel can be trusted."""
        return bool(self.whole or self.reliable.any())

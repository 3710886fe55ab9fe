"""Examples of small patches and their detail, and what they say of a patch that is like them.

A window ``w`` of contrast ``c = |w|`` is looked up as ``w / c``; its detail is ``c`` times that of
the examples (W. T. Freeman, T. R. Jones, E. C. Pasztor, Example-based super-resolution, IEEE
Computer Graphics and Applications 22 (2002), "contrast normalization"). Of the nearest examples'
windows N, ``(k, d)``, and details D, ``(k, D)``, the detail is the sum ``xᵀ D`` with

    x = argmin |w / c - Nᵀ x|² + R |x|² = (N Nᵀ + R I)⁻¹ N w / c

(H. Chang, D.-Y. Yeung, Y. Xiong, Super-resolution through neighbor embedding, CVPR (2004), equation
3; here x is kept small, and its sum is free, as in R. Timofte, V. De Smet, L. Van Gool, Anchored
neighborhood regression for fast example-based super-resolution, ICCV (2013), equation 4).

Nearness is measured along the principal axes of all windows, of which those with little variance,
the fine detail, count more than they are long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from scipy.spatial import KDTree

from restorekit.classical._patches import (
    PATCH,
    contrasts,
    posture_of,
    turned,
    turned_back,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.classical._patches import Floats, Indices

SMOOTH = 0.03
"""A window of less contrast, 1.5 levels of 255 a pixel, gets no detail: there is none to see."""
NEIGHBOURS = 24
"""Examples that have a say in one patch: as many as a window has degrees of freedom."""
RIDGE = 0.01
"""The R of the equation; windows have a norm of 1."""
EQUALIZING = 0.25
"""Each axis counts by its variance to the power of minus this."""
SLACK = 4.0
"""A neighbour may be up to 1 + this times as far as the true one. Exact search takes thirty times
as long; from 3 to 5 the figures fall by 0.07 dB and the time to 40 %."""
BLOCK = 2048
"""Patches that are worked on at once."""


class Pairs(NamedTuple):
    """Small patches and their detail, in the one posture and of contrast 1."""

    windows: npt.NDArray[np.float16]
    """``(n, WINDOW²)``."""
    details: npt.NDArray[np.float16]
    """``(n, (PATCH * scale)²)``."""

    @classmethod
    def of(cls, windows: Floats, details: Floats) -> Pairs:
        """Windows of more contrast than zero, and their details, as they were cut out."""
        posture, contrast = posture_of(windows), contrasts(windows)
        return cls(
            (turned(windows, posture) / contrast).astype(np.float16),
            (turned(details, posture) / contrast).astype(np.float16),
        )


class Examples:
    """Pairs, ready to be looked up.

    Args:
        pairs: At least one.
    """

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        windows = pairs.windows.astype(np.float32)
        variances, axes = np.linalg.eigh(windows.T @ windows / len(windows))
        # The first is that of the mean, of which windows have none.
        variances = np.maximum(variances[1:], 1e-6 * variances[-1])
        self._axes: Floats = axes[:, 1:].astype(np.float32)
        self._stretch: Floats = ((variances / variances[-1]) ** -EQUALIZING).astype(np.float32)
        self._points = self._along_axes(windows)
        # Cells are cut in their middle: no median has to be found.
        self._tree = KDTree(self._points * self._stretch, balanced_tree=False)

    @property
    def scale(self) -> int:
        """Pixels of the result for each of the small picture."""
        return round(self.pairs.details.shape[1] ** 0.5) // PATCH

    def details(self, windows: Floats) -> Floats:
        """What the examples say that windows lack.

        Args:
            windows: ``(n, WINDOW²)`` without their means.

        Returns:
            ``(n, (PATCH * scale)²)``, zero for smooth windows.
        """
        found = np.zeros((len(windows), self.pairs.details.shape[1]), np.float32)
        strong = np.flatnonzero(contrasts(windows)[:, 0] >= SMOOTH)
        for start in range(0, len(strong), BLOCK):
            chosen = strong[start : start + BLOCK]
            found[chosen] = self._of_strong(windows[chosen])
        return found

    def _of_strong(self, windows: Floats) -> Floats:
        posture, contrast = posture_of(windows), contrasts(windows)
        points = self._along_axes(turned(windows, posture) / contrast)
        details = _combined(points, *self._nearest(points))
        return turned_back(details * contrast, posture)

    def _nearest(self, points: Floats) -> tuple[Floats, Floats]:
        """The windows ``(n, k, d)`` and details ``(n, k, D)`` nearest to each point."""
        count = min(NEIGHBOURS, len(self._points))
        _, found = self._tree.query(
            points * self._stretch, k=count, eps=SLACK, workers=torch.get_num_threads()
        )
        places: Indices = np.asarray(found).reshape(len(points), count)
        return self._points[places], self.pairs.details[places].astype(np.float32)

    def _along_axes(self, windows: Floats) -> Floats:
        # einsum sums each row by itself: a matrix product rounds by how many rows there are, and
        # where examples are equally near the last bit chooses between them.
        return np.einsum("ni,ij->nj", windows, self._axes)


def _combined(points: Floats, windows: Floats, details: Floats) -> Floats:
    """``xᵀ D`` of the equation for each point, ``(n, D)``."""
    known = torch.from_numpy(windows)
    gram = known @ known.mT + RIDGE * torch.eye(known.shape[1])
    weights = torch.linalg.solve(gram, known @ torch.from_numpy(points)[:, :, None])
    return (weights.mT @ torch.from_numpy(details))[:, 0].numpy()

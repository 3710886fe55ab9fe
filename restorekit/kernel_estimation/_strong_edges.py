"""Edges that a sharp picture must have had, and which of them tell its blur.

S. Cho, S. Lee, Fast motion deblurring, ACM Transactions on Graphics 28 (SIGGRAPH Asia 2009),
section 4; L. Xu, J. Jia, Two-phase kernel estimation for robust motion deblurring, ECCV 2010,
section 3.1; S. Osher, L. Rudin, Feature-oriented image enhancement using shock filters, SIAM
Journal on Numerical Analysis 27 (1990).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float32]
    """``(H, W)``; 1 is white."""
    Gradients = npt.NDArray[np.float32]
    """``(2, H, W)``: each pixel's difference to the one below and to the right."""

DIRECTIONS = 4
"""Of gradients, over half a turn: an edge tells the kernel across itself only."""
FLAT = 0.5
"""Added to what ``usefulness`` divides by, so that flat areas with noise are of no use."""
SHARE = 0.5
"""Of the geometric mean of the photo's and the kernel's pixels: edges of each direction."""


def shocked(plane: Plane, step: float) -> Plane:
    """A step of the shock filter: slopes become steps (equation 2 of Cho and Lee).

    ``I - sign(I'') |grad I| step``, I'' being the second derivative along the gradient of the
    slightly smoothed picture, where noise would turn the Laplacian's sign.

    Args:
        plane: The picture.
        step: Above 0, to 1.
    """
    smooth = ndimage.gaussian_filter(plane, 1.0)
    down, right = np.gradient(smooth)
    down_down, down_right = np.gradient(down)
    right_right = np.gradient(right, axis=1)
    bend = down_down * down**2 + 2 * down_right * down * right + right_right * right**2
    slopes = np.hypot(_slope(plane, 0), _slope(plane, 1))
    return (plane - np.sign(bend) * slopes * step).astype(np.float32, copy=False)


def _slope(plane: Plane, axis: int) -> Plane:
    """The smaller of the differences to both sides where they agree in sign, and 0 else.

    So that no step is carried beyond its neighbours, which would ring.
    """
    after = np.diff(plane, axis=axis, append=plane.take([-1], axis))
    before = np.roll(after, 1, axis)  # the last difference, which comes first, is 0
    least = np.minimum(np.abs(before), np.abs(after))
    return np.where(before * after > 0, least, np.float32(0))


def usefulness(gradients: Gradients, side: int) -> Plane:
    """``r(x) = |sum of grad B| / (sum of |grad B| + 0.5)`` (equation 2 of Xu and Jia).

    Near 1 at edges of large things; near 0 where things are smaller than the kernel, whose edges
    cancel each other: blurred, they are fainter than they were, and pull the kernel together.

    Args:
        gradients: Of the blurred photo.
        side: In pixels, of the square that is summed over: the kernel's.
    """
    down, right, lengths = (
        ndimage.uniform_filter(it, side, mode="constant") * np.float32(side**2)
        for it in (*gradients, np.hypot(*gradients))
    )
    return (np.hypot(down, right) / (lengths + FLAT)).astype(np.float32, copy=False)


def _directions(gradients: Gradients) -> npt.NDArray[np.intp]:
    """Which of the directions each gradient has, ``(H, W)``; opposite ones are one."""
    turn = np.arctan2(gradients[0], gradients[1]) / np.pi * DIRECTIONS
    return np.round(turn).astype(np.intp) % DIRECTIONS


def _reached(values: Plane, groups: npt.NDArray[np.intp], count: int) -> float:
    """The largest threshold that ``count`` pixels of every direction reach, 1 or more.

    All pixels of a direction that has fewer.
    """
    members = [values[groups == group] for group in range(DIRECTIONS)]
    return min(
        float(np.partition(it, max(0, it.size - count))[max(0, it.size - count)])
        for it in members
        if it.size
    )


@dataclass(frozen=True)
class Selection:
    """Which edges tell the kernel: useful ones that are strong (equations 3 and 5, Xu and Jia)."""

    usefulness: Plane
    least_useful: float
    least_length: float

    @classmethod
    def strictest(cls, gradients: Gradients, usefulness: Plane, side: int) -> Selection:
        """The one that keeps the fewest edges which still tell a kernel from all sides.

        Of every direction ``0.5 sqrt(pixels of the photo x pixels of the kernel)``.

        Args:
            gradients: Of the picture made sharp.
            usefulness: Of each pixel.
            side: Of the kernel, in pixels.
        """
        lengths, groups = np.hypot(*gradients), _directions(gradients)
        count = max(1, round(SHARE * side * np.sqrt(lengths.size)))
        # Where nothing is left of a gradient, the blurred photo's does not count either.
        least_useful = _reached(np.where(lengths > 0, usefulness, 0), groups, count)
        strong = np.where(usefulness >= least_useful, lengths, 0)
        return cls(usefulness, least_useful, _reached(strong, groups, count))

    def of(self, gradients: Gradients) -> Gradients:
        """The selected gradients, and 0 elsewhere."""
        useful = self.usefulness >= self.least_useful
        return gradients * (useful & (np.hypot(*gradients) >= self.least_length))

    def loosened(self, factor: float) -> Selection:
        """With thresholds that are smaller by ``factor``, above 1."""
        return replace(
            self,
            least_useful=self.least_useful / factor,
            least_length=self.least_length / factor,
        )

"""How a camera rolled and moved while it took a photo, from the kernels of some places of it.

A camera that turns about its line of sight and moves across it draws every point of a photo along
a path of its own; all of these are one path of poses ``t = (angle, down, right)``::

    k_c = sum over t of w_t delta(d_t(c)),    d_t(c) = (R_t - 1) c + (down, right)

with c a place, from the middle of the photo. Given kernels of some places, the shares w of the time
are what Richardson's and Lucy's iteration makes of an even guess: never negative, of sum 1. Then
the kernel of every place is known, also between those places and beyond them, where kernels that
are merely blended would not be as long, nor run the way, of the true one.

O. Whyte, J. Sivic, A. Zisserman, J. Ponce, Non-uniform deblurring for shaken images, International
Journal of Computer Vision 98 (2012), section 2; the in-plane model and kernels that are tied by it,
M. Hirsch, C. J. Schuler, S. Harmeling, B. Schoelkopf, Fast removal of non-uniform camera shake,
ICCV 2011.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage, sparse

from restorekit.kernels import normalized

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Psf

    Values = npt.NDArray[np.float64]
    Places = npt.NDArray[np.float64]
    """``(..., 2)``: pixels down and to the right, from the middle of the photo."""
    Poses = npt.NDArray[np.float64]
    """``(p, 3)``: radians counter-clockwise, pixels down and to the right."""

ITERATIONS = 100
FINENESS = 2.0
"""Angles for each pixel that the farthest place moves."""
NEGLIGIBLE = 1e-3
"""Of the largest share: poses with less are none."""


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """Which poses the camera had, and for what share of the time."""

    poses: Poses
    shares: Values
    """``(p,)``, of sum 1."""
    explained: float
    """Of what sets the kernels that it was made from apart from their mean, in squares, the share
    that it explains: up to 1, which is all."""

    @property
    def roll(self) -> float:
        """Radians of the even roll of the same variance."""
        angles = self.poses[:, 0]
        return float(np.sqrt(12 * (self.shares @ np.square(angles - self.shares @ angles))))

    def psf_at(self, place: Values) -> Psf:
        """The kernel of a place, whose middle is the mean pose."""
        moves = moved_by(self.poses, place)
        side = 2 * int(np.ceil(np.abs(moves).max() - 1e-9)) + 1
        return normalized((splat(moves, side) @ self.shares).reshape(side, side))


def moved_by(poses: Poses, place: Values) -> Places:
    """How far a place moves in each pose, ``(p, 2)``."""
    angle, down, right = poses.T
    low, aside = place
    turned, lifted = np.cos(angle) - 1, np.sin(angle)
    moves = [down + low * turned - aside * lifted, right + low * lifted + aside * turned]
    return np.stack(moves, axis=1)


def splat(moves: Places, side: int) -> Any:
    """The matrix ``(side * side, p)`` that adds the light of poses up to a kernel, bilinearly."""
    half, count = side // 2, len(moves)
    first = np.floor(moves)
    share = moves - first
    rows: list[Any] = []
    values: list[Values] = []
    for corner in np.ndindex(2, 2):
        places = first + corner + half
        inside = ((places >= 0) & (places < side)).all(axis=1)
        worth = np.prod(np.abs(1 - np.array(corner) - share), axis=1)
        rows.append(np.where(inside, places @ (side, 1), 0).astype(np.intp))
        values.append(np.where(inside, worth, 0))
    columns = np.tile(np.arange(count), 4)
    entries = (np.concatenate(values), (np.concatenate(rows), columns))
    return sparse.csr_matrix(entries, shape=(side * side, count))


def camera_motion(psfs: Values, places: Places) -> CameraMotion | None:
    """The motion that explains the kernels of some places best.

    Args:
        psfs: ``(c, n, n)``, their centres of mass in their middles to the nearest pixel. Those
            are taken for the mean pose, which they are for small angles.
        places: ``(c, 2)``.

    Returns:
        It; None where no pose suits all kernels.
    """
    side = psfs.shape[-1]
    middles = np.array([ndimage.center_of_mass(it) for it in psfs]) - side // 2
    poses = _possible(psfs, places, middles)
    if not len(poses):
        return None
    matrix = sparse.vstack(
        [
            splat(moved_by(poses, place) + middle, side)
            for place, middle in zip(places, middles, strict=True)
        ]
    ).tocsr()
    shares = _richardson_lucy(matrix, psfs.ravel())
    left = np.square(matrix @ shares - psfs.ravel()).sum()
    apart = np.square(psfs - psfs.mean(axis=0)).sum()
    kept = shares > NEGLIGIBLE * shares.max()
    poses, shares = poses[kept], shares[kept] / shares[kept].sum()
    return CameraMotion(poses - shares @ poses, shares, float(1 - left / max(apart, 1e-12)))


def _possible(psfs: Values, places: Places, middles: Places) -> Poses:
    """The poses that move every place to where its kernel has light, or nearly so."""
    side = psfs.shape[-1]
    lit = np.stack([ndimage.maximum_filter(it, 3) > 0 for it in psfs])
    steps = np.arange(1 - side, side)
    reach = max(float(np.hypot(*places.T).max()), 1.0)
    angles = np.arange(-FINENESS * side, FINENESS * side + 1) / FINENESS / reach
    down, right = (it.ravel() for it in np.meshgrid(steps, steps, indexing="ij"))
    found: list[Poses] = []
    for angle in angles:
        poses = np.stack([np.full(len(down), angle), down, right], axis=1)
        for kernel, place, middle in zip(lit, places, middles, strict=True):
            at = np.round(moved_by(poses, place) + middle).astype(np.intp) + side // 2
            inside = ((at >= 0) & (at < side)).all(axis=1)
            poses, at = poses[inside], at[inside]
            poses = poses[kernel[at[:, 0], at[:, 1]]]
        found.append(poses)
    return np.concatenate(found)


def _richardson_lucy(matrix: Any, seen: Values) -> Values:
    shares = np.full(matrix.shape[1], 1 / matrix.shape[1])
    adjoint, total = matrix.T.tocsr(), np.asarray(matrix.sum(axis=0)).ravel()
    for _ in range(ITERATIONS):
        shares *= (adjoint @ (seen / np.maximum(matrix @ shares, 1e-9))) / np.maximum(total, 1e-9)
    return shares

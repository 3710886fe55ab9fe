"""The kernels of a photo whose blur differs from place to place: one for each cell of a grid.

A cell is looked at by itself, with as much around it as a kernel needs to be found. Where it tells
none that can be trusted, it takes the one that the motion of the camera gives it, if one motion
explains what the reliable cells say; else the mean of theirs, the nearer ones counting more.

A kernel is known only up to a shift, for a photo may lie elsewhere. That of every cell has its
centre of mass in its middle: for a camera that turns and moves a little the mean place of every
point is where the camera's mean pose puts it, so that all cells show one picture, unbent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._denser_map import explaining, middles, of_kernels
from restorekit.contracts import Cells, KernelMapEstimate, Size
from restorekit.errors import UsageError
from restorekit.images.kernel_files import centred
from restorekit.kernels import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from restorekit.contracts import Image, KernelEstimate, KernelEstimator, OnTile, Psf

MOST = 9
"""Rows or columns of a grid."""
LEAST = 256
"""Pixels a side that are looked at for a cell at least, where the photo has as many."""


def check_grid(cells: Cells, estimator: KernelEstimator) -> None:
    """Refuse a grid that cannot be meant.

    Raises:
        UsageError: It has too many cells, or none; or the method finds no blur of a camera.
    """
    if not all(1 <= it <= MOST for it in cells):
        got = f"{cells.rows}x{cells.columns}"
        raise UsageError("--grid", expected=f"1x1 to {MOST}x{MOST}, rows by columns", got=got)
    if estimator.kind == "downscale":
        raise UsageError(f"{estimator.name} finds one kernel", hint="leave out --grid")


def estimate_map(
    estimator: KernelEstimator, image: Image, cells: Cells, *, on_tile: OnTile | None = None
) -> KernelMapEstimate:
    """The kernels of ``image``, ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.

    Args:
        estimator: Finds the kernel of a part.
        image: The photo.
        cells: Of the grid.
        on_tile: Told of each cell that is done.

    Raises:
        UsageError: The photo is too small.
    """
    size = Size(*image.shape[:2])
    found: list[KernelEstimate] = []
    for rows, columns in windows(size, cells):
        found.append(estimator.estimate(np.ascontiguousarray(image[rows, columns])))
        if on_tile is not None:
            on_tile(len(found), cells.rows * cells.columns)
    reliable = np.array([it.reliable for it in found])
    whole = None if reliable.any() else estimator.estimate(image)
    psfs = [centred(it.psf) for it in found]
    if whole is not None:
        psfs = [centred(whole.psf)] * len(found)
    elif not reliable.all():
        psfs = filled(psfs, reliable, middles(cells, size))
    return KernelMapEstimate(
        of_kernels(cells, psfs),
        np.array([it.confidence for it in found]).reshape(cells),
        reliable.reshape(cells),
        whole=whole is not None and whole.reliable,
    )


def windows(size: Size, cells: Cells) -> Iterator[tuple[slice, slice]]:
    """What is looked at for each cell, row by row."""
    down, right = (
        [_window(number, count, length) for number in range(count)]
        for count, length in zip(cells, size, strict=True)
    )
    return ((rows, columns) for rows in down for columns in right)


def _window(number: int, count: int, length: int) -> slice:
    start, stop = number * length // count, (number + 1) * length // count
    side = min(length, max(LEAST, stop - start))
    first = min(max(0, (start + stop - side) // 2), length - side)
    return slice(first, first + side)


def filled(
    psfs: list[Psf], reliable: npt.NDArray[np.bool_], places: npt.NDArray[np.float64]
) -> list[Psf]:
    """The kernels, those that are not reliable made from the others.

    Args:
        psfs: Of the cells, of any sides.
        reliable: ``(c,)``, not all False.
        places: ``(c, 2)``, the cells' middles.
    """
    known = of_kernels(
        Cells(1, int(reliable.sum())), [it for it, its in zip(psfs, reliable, strict=True) if its]
    ).psfs[0]
    motion = explaining(known, places[reliable])

    def made(place: npt.NDArray[np.float64]) -> Psf:
        if motion is not None:
            return motion.psf_at(place)
        near = 1 / np.square(places[reliable] - place).sum(axis=1)
        return normalized(np.tensordot(near, known, 1))

    return [it if its else made(at) for it, its, at in zip(psfs, reliable, places, strict=True)]

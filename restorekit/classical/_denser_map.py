"""A map of kernels made dense enough that neighbours hardly differ, for blending between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._camera_motion import camera_motion
from restorekit.contracts import Cells, KernelMap
from restorekit.images.convolution import without_nothing
from restorekit.images.kernel_files import centred
from restorekit.kernels import resized

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.classical._camera_motion import CameraMotion
    from restorekit.contracts import Psf, Size

    Values = npt.NDArray[np.float64]

SAME = 1e-9
"""Kernels that differ by no more are one."""
EXPLAINED, ENOUGH = 0.7, 3
"""Share of what sets kernels apart from which on a motion explains them, and of how many at least:
it is 0.8 to 0.84 for kernels that were found in photos, and below 0.4 for disks of many sizes."""
CHANGE = 1.5
"""Pixels by which a kernel of a motion may be longer or shorter than that of the cell beside it."""
APART = 4.0
"""Sides of the kernel from one cell to the next, where no motion is known."""
LEAST_APART = 40
"""Pixels from one cell to the next at least."""


def middles(cells: Cells, size: Size) -> Values:
    """The middles of cells, ``(rows * columns, 2)``, in pixels from the middle of the photo."""
    down, right = (
        (np.arange(count) + 0.5 - count / 2) * length / count
        for count, length in zip(cells, size, strict=True)
    )
    return np.stack(np.meshgrid(down, right, indexing="ij"), axis=-1).reshape(-1, 2)


def of_kernels(cells: Cells, psfs: list[Psf]) -> KernelMap:
    """The map of kernels of any sides, row by row."""
    side = max(map(len, psfs))
    same = np.stack([resized(it, side)[0] for it in psfs])
    return KernelMap(same.reshape(*cells, side, side))


def denser(kernels: KernelMap, size: Size) -> KernelMap:
    """The map with as many cells as its blur asks for, its kernels centred.

    Where one motion of a camera explains the kernels, all are that motion's; else they are those of
    the map, blended bilinearly. One kernel for all stays as it is.

    Args:
        kernels: The map.
        size: Of the photo.
    """
    psfs = kernels.psfs.reshape(-1, *kernels.psfs.shape[2:])
    if np.abs(psfs - psfs[0]).max() <= SAME:
        return KernelMap(centred(psfs[0])[None, None])
    motion = explaining(psfs, middles(kernels.cells, size))
    if motion is None:
        side = max(len(without_nothing(it)) for it in psfs)
        return _blended(kernels, _cells(size, APART * side, kernels.cells))
    cells = _cells(size, CHANGE / max(motion.roll, 1e-9), kernels.cells)
    return of_kernels(cells, [motion.psf_at(it) for it in middles(cells, size)])


def _cells(size: Size, apart: float, fewest: Cells) -> Cells:
    apart = max(apart, LEAST_APART)
    return Cells(*(max(few, round(it / apart)) for few, it in zip(fewest, size, strict=True)))


def explaining(psfs: Values, places: Values) -> CameraMotion | None:
    """The motion of a camera that explains the kernels of some places, or None.

    Args:
        psfs: ``(c, n, n)``.
        places: ``(c, 2)``, in pixels from the middle of the photo.
    """
    if len(psfs) < ENOUGH:
        return None
    known = of_kernels(Cells(1, len(psfs)), [centred(it) for it in psfs])
    motion = camera_motion(known.psfs[0], places)
    return motion if motion is not None and motion.explained >= EXPLAINED else None


def _blended(kernels: KernelMap, cells: Cells) -> KernelMap:
    """The map at more places, each kernel a mean of the nearest ones by how near they are."""
    psfs = [centred(it) for it in kernels.psfs.reshape(-1, *kernels.psfs.shape[2:])]
    down, right = (
        np.stack([np.interp(places, np.arange(few), it) for it in np.eye(few)], axis=1)
        for few, many in zip(kernels.cells, cells, strict=True)
        for places in ((np.arange(many) + 0.5) / many * few - 0.5,)
    )
    all_psfs = of_kernels(kernels.cells, psfs).psfs
    return KernelMap(np.einsum("ai,bj,ijkl->abkl", down, right, all_psfs))

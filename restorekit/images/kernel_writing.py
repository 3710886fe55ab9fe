"""A kernel to files: exact for NumPy and MATLAB, and as a picture to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from restorekit.files import unwritable, whole

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import KernelMap, Psf


LINE = (255, 128, 0)
"""Between the kernels of a map: with its colour the picture cannot be taken for one kernel."""


def files_beside(target: Path) -> tuple[Path, Path, Path]:
    """What is written with the .npy of a kernel: its .mat, its .png, and the plot."""
    plot = target.with_name(f"{target.stem}_plot.png")
    return target.with_suffix(".mat"), target.with_suffix(".png"), plot


def write_kernel(psf: Psf, target: Path) -> tuple[Path, ...]:
    """Write ``psf`` as ``target`` and beside it as .mat and .png, each whole or not at all.

    Args:
        psf: ``(n, n)``, as :mod:`restorekit.kernels` describes it.
        target: A name that ends in .npy; what is there is replaced. The .mat holds the matrix
            ``kernel``; the .png is grey with 16 bits, its brightest pixel white.

    Returns:
        The files.

    Raises:
        OutputError: They cannot be written.
    """
    levels = np.round(psf * (65535 / psf.max())).astype(np.uint16)
    return _write(psf, levels, target)


def write_kernel_map(kernels: KernelMap, target: Path) -> tuple[Path, ...]:
    """The same for a map: all kernels in one array ``(rows, columns, n, n)``.

    The .png shows them side by side, each with its brightest pixel white.

    Raises:
        OutputError: They cannot be written.
    """
    rows, columns, side, _ = kernels.psfs.shape
    shown = kernels.psfs / kernels.psfs.max(axis=(2, 3), keepdims=True)
    picture = np.empty((rows, side + 1, columns, side + 1, 3), np.uint8)
    picture[...] = LINE
    picture[:, 1:, :, 1:] = np.round(shown * 255).transpose(0, 2, 1, 3)[..., None]
    flat = picture.reshape(rows * (side + 1), columns * (side + 1), 3)
    return _write(kernels.psfs, flat[1:, 1:], target)


def _write(values: Any, levels: Any, target: Path) -> tuple[Path, ...]:
    from scipy.io import savemat

    matrix, picture, _ = files_beside(target)
    try:
        with whole(picture) as part:
            part.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(levels)))
        with whole(matrix) as part:
            savemat(part, {"kernel": values})
        with whole(target) as part:  # last: where it is, the others are
            np.save(part, values, allow_pickle=False)
    except OSError as error:
        raise unwritable(target, error) from error
    return target, matrix, picture

"""A kernel to files: exact for NumPy and MATLAB, and as a picture to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import imagecodecs
import numpy as np

from restorekit.files import unwritable, whole

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Psf


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
    from scipy.io import savemat

    matrix, picture = target.with_suffix(".mat"), target.with_suffix(".png")
    levels = np.round(psf * (65535 / psf.max())).astype(np.uint16)
    try:
        with whole(picture) as part:
            part.write_bytes(imagecodecs.png_encode(levels))
        with whole(matrix) as part:
            savemat(part, {"kernel": psf})
        with whole(target) as part:  # last: where it is, the others are
            np.save(part, psf, allow_pickle=False)
    except OSError as error:
        raise unwritable(target, error) from error
    return target, matrix, picture

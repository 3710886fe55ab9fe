"""How the input of super-resolution is made from the reference, as the papers make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.errors import PhotoError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]


def cropped(reference: Bytes, scale: int) -> Bytes:
    """``reference``, ``(H, W, C)``, without the last rows and columns that ``scale`` leaves over.

    Raises:
        PhotoError: Nothing is left.
    """
    height, width = (length // scale * scale for length in reference.shape[:2])
    if not height or not width:
        raise PhotoError(
            "too small to be made smaller",
            expected=f"at least {scale}x{scale} pixels",
            got=f"{reference.shape[1]}x{reference.shape[0]}",
        )
    return reference[:height, :width]


def lower_resolution(reference: Bytes, scale: int) -> Bytes:
    """``reference`` by MATLAB's bicubic, antialiased, at ``1 / scale``, rounded to 8 bits.

    Args:
        reference: ``(H, W, C)`` with sides that are multiples of ``scale``.
        scale: At least 1.
    """
    import numpy as np

    from restorekit.images.imresize import imresize

    exact = imresize(reference, 1 / scale)
    return np.floor(exact + 0.5).clip(0, 255).astype(np.uint8)


def chain(scale: int) -> str:
    """Both steps in words that name what was done, for the record."""
    return f"crop_to_multiple({scale})|matlab_bicubic(1/{scale})|round(8)"

"""The last step before writing: restored sRGB rows to the file's own integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from restorekit.images.quantize import to_integers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image, Pixels
    from restorekit.images.photo import Photo


def finish(
    rows: Image,
    photo: Photo,
    excess_rows: npt.NDArray[np.floating[Any]] | None,
    bits: Literal[8, 16],
    plain_rows: Image | None = None,
) -> Pixels:
    """Restored rows in the colour space of the photo's file, rounded.

    Args:
        rows: ``(h, W, 1 or 3)`` float32 sRGB in ``[0, 1]``.
        photo: Where the rows come from; its profile is the way back.
        excess_rows: The same rows of ``photo.excess``, resized like the picture, or None.
        bits: The depth of the result.
        plain_rows: The same rows of ``photo.color``, resized and not restored; None where
            ``rows`` are no more than that.
    """
    if photo.profile is None:
        return to_integers(rows, bits)
    return to_integers(photo.profile.from_srgb(rows, excess_rows, plain_rows), bits)

"""What of a picture is measured: the named conventions that make two tables comparable.

The same two pictures differ by more than a decibel between protocols, so a figure without the name
of its protocol says little. ``str(protocol)`` is that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np

from restorekit.errors import UnknownNameError, UsageError
from restorekit.images.checking import check_picture
from restorekit.images.quantize import block_rows, to_bits, to_integers

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import AnyRows, Image, Pixels

    Bytes = npt.NDArray[np.uint8]

ProtocolName = Literal["y-crop", "rgb", "grey"]

STUDIO_LUMA = (65.481, 128.553, 24.966)
"""BT.601: luma is 16 + these times RGB in [0, 1], thus 16 to 235 (MATLAB's rgb2ycbcr)."""
FULL_GREY = (0.298936021293775, 0.587043074451121, 0.114020904255103)
"""The first row of the inverse YIQ matrix, which MATLAB's rgb2gray takes; 0 to 255."""


@dataclass(frozen=True)
class Protocol:
    """A picture in, the 8-bit picture that is measured out.

    Every protocol rounds to 8 bits first, as a result is stored before the tables measure it.
    """

    name: ProtocolName
    """``y-crop``: BT.601 studio-range luma, rounded (super-resolution papers); ``rgb``: the three
    channels together; ``grey``: MATLAB's rgb2gray, rounded. A grey picture is its own luma."""
    border: int = 0
    """Pixels cut off on every side; by custom the scale in ``y-crop`` and 0 elsewhere."""

    def __str__(self) -> str:
        return f"{self.name} (border {self.border})" if self.border else self.name

    def __call__(self, picture: AnyRows) -> Bytes:
        """The measured part of ``picture``, ``(H, W, 1 or 3)``, as uint8.

        Args:
            picture: uint8, uint16, or float32 in ``[0, 1]``.

        Raises:
            UsageError: Another dtype, shape or range, or nothing is left inside the border.
        """
        check_picture(picture, self.name)
        height, width = picture.shape[:2]
        if min(height, width) <= 2 * self.border:
            raise UsageError(
                f"nothing is left of a picture of {width}x{height} pixels",
                expected=f"more than {2 * self.border} pixels a side for {self}",
            )
        inside = picture[self.border : height - self.border, self.border : width - self.border]
        if self.name == "rgb":
            return _eight_bits(inside)
        return luma(inside) if self.name == "y-crop" else grey(inside)


def protocol(name: str, *, scale: int = 1) -> Protocol:
    """The protocol called ``name`` for results that are ``scale`` times their input.

    Raises:
        UnknownNameError: There is none of this name.
    """
    if name not in get_args(ProtocolName):
        raise UnknownNameError.among("protocol", name, get_args(ProtocolName))
    return Protocol(cast("ProtocolName", name), border=scale if name == "y-crop" else 0)


def luma(picture: AnyRows) -> Bytes:
    """BT.601 studio-range luma of the 8-bit ``picture``: ``(H, W, 1)`` uint8 from 16 to 235.

    A picture ``(H, W, 1)`` is taken for luma as it is, whatever its range.
    """
    return _combined(picture, tuple(part / 255 for part in STUDIO_LUMA), 16.0)


def grey(picture: AnyRows) -> Bytes:
    """MATLAB's ``rgb2gray`` of the 8-bit ``picture``: ``(H, W, 1)`` uint8 from 0 to 255."""
    return _combined(picture, FULL_GREY, 0.0)


def _combined(picture: AnyRows, parts: tuple[float, ...], offset: float) -> Bytes:
    if picture.shape[2] == 1:
        return _eight_bits(picture)
    result = np.empty((*picture.shape[:2], 1), np.uint8)
    for block in block_rows(picture):
        exact = _eight_bits(picture[block]) @ np.array(parts)[:, None] + offset
        result[block] = np.floor(exact + 0.5)
    return result


def _eight_bits(picture: AnyRows) -> Bytes:
    if picture.dtype.kind == "f":
        return to_integers(cast("Image", picture), 8)
    return cast("Bytes", to_bits(cast("Pixels", picture), 8))

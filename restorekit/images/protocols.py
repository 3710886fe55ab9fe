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

ProtocolName = Literal["y-crop", "y-exact", "rgb", "grey"]
LUMAS = frozenset({"y-crop", "y-exact"})
"""The protocols that cut off a border as wide as the scale."""

STUDIO_LUMA = (65.481, 128.553, 24.966)
"""BT.601: luma is 16 + these times RGB in [0, 1], thus 16 to 235 (MATLAB's rgb2ycbcr)."""
FULL_GREY = (0.298936021293775, 0.587043074451121, 0.114020904255103)
"""The first row of the inverse YIQ matrix, which MATLAB's rgb2gray takes; 0 to 255."""


@dataclass(frozen=True)
class Protocol:
    """A picture in, what is measured of it out.

    Every protocol rounds to 8 bits first, as a result is stored before the tables measure it.
    """

    name: ProtocolName
    """``y-crop``: BT.601 studio-range luma, rounded (super-resolution papers of networks that see
    luma alone); ``y-exact``: the same, not rounded (those of networks that see colour, up to 0.1 dB
    higher); ``rgb``: the three channels together; ``grey``: MATLAB's rgb2gray, rounded. A grey
    picture is its own luma."""
    border: int = 0
    """Pixels cut off on every side; by custom the scale for luma and 0 elsewhere."""

    def __str__(self) -> str:
        return f"{self.name} (border {self.border})" if self.border else self.name

    def __call__(self, picture: AnyRows) -> Bytes | Image:
        """The measured part of ``picture``, ``(H, W, 1 or 3)``: uint8; float32 for ``y-exact``.

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
        measured = {"rgb": _eight_bits, "grey": grey, "y-crop": luma, "y-exact": exact_luma}
        return measured[self.name](inside)


def protocol(name: str, *, scale: int = 1) -> Protocol:
    """The protocol called ``name`` for results that are ``scale`` times their input.

    Raises:
        UnknownNameError: There is none of this name.
    """
    if name not in get_args(ProtocolName):
        raise UnknownNameError.among("protocol", name, get_args(ProtocolName))
    return Protocol(cast("ProtocolName", name), border=scale if name in LUMAS else 0)


def luma(picture: AnyRows) -> Bytes:
    """BT.601 studio-range luma of the 8-bit ``picture``: ``(H, W, 1)`` uint8 from 16 to 235.

    A picture ``(H, W, 1)`` is taken for luma as it is, whatever its range.
    """
    return _rounded(picture, _PER_LEVEL, 16.0)


def exact_luma(picture: AnyRows) -> Image:
    """The same as float32, the levels over 255: what MATLAB's rgb2ycbcr makes of an im2double."""
    result = np.empty((*picture.shape[:2], 1), np.float32)
    for block in block_rows(picture):
        result[block] = _combined(picture[block], _PER_LEVEL, 16.0) / 255
    return result


def grey(picture: AnyRows) -> Bytes:
    """MATLAB's ``rgb2gray`` of the 8-bit ``picture``: ``(H, W, 1)`` uint8 from 0 to 255."""
    return _rounded(picture, FULL_GREY, 0.0)


_PER_LEVEL = tuple(part / 255 for part in STUDIO_LUMA)


def _rounded(picture: AnyRows, parts: tuple[float, ...], offset: float) -> Bytes:
    result = np.empty((*picture.shape[:2], 1), np.uint8)
    for block in block_rows(picture):
        result[block] = np.floor(_combined(picture[block], parts, offset) + 0.5)
    return result


def _combined(rows: AnyRows, parts: tuple[float, ...], offset: float) -> npt.NDArray[np.float64]:
    levels = _eight_bits(rows).astype(np.float64)
    return levels if rows.shape[2] == 1 else levels @ np.array(parts)[:, None] + offset


def _eight_bits(picture: AnyRows) -> Bytes:
    if picture.dtype.kind == "f":
        return to_integers(cast("Image", picture), 8)
    return cast("Bytes", to_bits(cast("Pixels", picture), 8))

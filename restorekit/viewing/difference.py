"""Where two pictures differ, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from restorekit.errors import UsageError
from restorekit.images.quantize import block_rows

if TYPE_CHECKING:
    from restorekit.images.protocols import Bytes

MIDDLE = 128
"""The grey of a signed map that says: no difference."""


def difference(
    left: Bytes, right: Bytes, *, amplification: float = 4, signed: bool = False
) -> Bytes:
    """The difference of two pictures, channel by channel.

    ``|left - right| * amplification``, or ``128 + (left - right) * amplification`` where signed;
    what passes 0 or 255 is clipped, halves go up.

    Args:
        left: ``(H, W, 1 or 3)`` uint8.
        right: The same height and width; a grey picture is compared with every channel.
        amplification: Levels that one level of difference becomes, above 0.
        signed: Whether brighter and darker are told apart.

    Returns:
        ``(H, W, C)`` uint8, C the larger of the two.

    Raises:
        UsageError: The pictures differ in size, or the amplification is not above 0.
    """
    if left.shape[:2] != right.shape[:2]:
        sizes = [f"{it.shape[1]}x{it.shape[0]}" for it in (left, right)]
        raise UsageError(
            "pictures of two sizes have no difference", expected=sizes[0], got=sizes[1]
        )
    if not amplification > 0:
        raise UsageError(
            "this amplification shows nothing", expected="more than 0", got=str(amplification)
        )
    channels = max(left.shape[2], right.shape[2])
    shown = np.empty((*left.shape[:2], channels), np.uint8)
    for block in block_rows(shown):
        change = left[block].astype(np.float32) - right[block]
        change = MIDDLE + change * amplification if signed else np.abs(change) * amplification
        shown[block] = np.clip(np.floor(change + 0.5), 0, 255)
    return cast("Bytes", shown)


def told(left: str, right: str, *, amplification: float = 4, signed: bool = False) -> str:
    """The label of a difference map: what was taken from what, and how much it was amplified."""
    change = f"{left} \N{MINUS SIGN} {right}"
    marked = f"({change})" if signed else f"|{change}|"
    return f"{marked} \N{MULTIPLICATION SIGN} {amplification:g}"

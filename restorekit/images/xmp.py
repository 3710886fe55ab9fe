"""XMP packets: the few properties that restoring a photo makes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restorekit.contracts import Size


def upright(xmp: bytes) -> bytes:
    """The same with orientation 1."""
    return _replaced(xmp, "tiff:Orientation", 1)


def with_size(xmp: bytes, size: Size) -> bytes:
    """The same with the width and the height of the new picture, wherever there were some."""
    for name in ("tiff:ImageWidth", "exif:PixelXDimension"):
        xmp = _replaced(xmp, name, size.width)
    for name in ("tiff:ImageLength", "exif:PixelYDimension"):
        xmp = _replaced(xmp, name, size.height)
    return xmp


def _replaced(xmp: bytes, name: str, number: int) -> bytes:
    """``name`` set to ``number``, both as an attribute and as an element."""
    pattern = rf"""(\b{name}\s*=\s*["']|<{name}>)\s*\d+""".encode()
    return re.sub(pattern, rb"\g<1>%d" % number, xmp)

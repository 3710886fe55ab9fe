"""How large a photo is, from its header alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from restorekit.contracts import Size
from restorekit.errors import PhotoError

if TYPE_CHECKING:
    from pathlib import Path

ORIENTATION = 0x0112
"""The EXIF tag; from 5 on width and height change places."""


def measure(path: Path) -> Size:
    """The size of the upright photo in ``path``; no pixel is decoded.

    Raises:
        PhotoError: The file cannot be opened, or its header tells no size.
    """
    for look in (_by_pillow, _by_pillow_heif, _by_tifffile):
        with contextlib.suppress(
            UnidentifiedImageError, ValueError, SyntaxError, RuntimeError, KeyError, TypeError
        ):
            try:
                return look(path)
            except OSError as error:
                if error.strerror:
                    raise PhotoError(f"{path.name} cannot be opened", got=error.strerror) from error
    raise PhotoError(f"{path.name} is not a photo that can be read", got="no header that is known")


def _by_pillow(path: Path) -> Size:
    with PillowImage.open(path) as image:
        width, height = image.size
        turned = image.getexif().get(ORIENTATION, 1) in {5, 6, 7, 8}
    # AVIF turns by a property of its own, which the decoder applies before it tells the size.
    turned = turned and image.format != "AVIF"
    return Size(width, height) if turned else Size(height, width)


def _by_pillow_heif(path: Path) -> Size:
    import pillow_heif

    width, height = pillow_heif.open_heif(path).size
    return Size(height, width)


def _by_tifffile(path: Path) -> Size:
    import tifffile

    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        turned = ORIENTATION in page.tags and page.tags[ORIENTATION].value in {5, 6, 7, 8}
        height, width = page.imagelength, page.imagewidth
    return Size(width, height) if turned else Size(height, width)

"""Every degradation at a strength that everybody sees, on one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Image
    from restorekit.images.protocols import Bytes
    from restorekit.viewing.scene import Scene

SIDE = 320
"""Pixels a side of the crop: what is degraded is the middle of the photo."""
COLUMNS = 5


def degradation_gallery(photo: Path, target: Path, *, seed: int = 0) -> None:
    """Write a contact sheet of the middle of ``photo`` after each degradation that needs no file.

    Below each picture stands the chain that made it, from which it can be repeated.

    Args:
        photo: The file of any photo.
        target: A PNG, written whole or not at all.
        seed: Of all that is left to chance.

    Raises:
        PhotoError: The photo cannot be read.
        OutputError: The sheet cannot be written.
    """
    from restorekit.degradations import family, names
    from restorekit.images.reading import read
    from restorekit.viewing.contact_sheet import contact_sheet

    color = read(photo, name=str(photo)).color
    top, left = (max(0, (side - SIDE) // 2) for side in color.shape[:2])
    middle = color[top : top + SIDE, left : left + SIDE]
    every = ["", *(name for name in names() if not family(name).needs_file)]
    rows = [every[at : at + COLUMNS] for at in range(0, len(every), COLUMNS)]
    contact_sheet([_row(middle, row, seed) for row in rows], target)


def _row(image: Image, names: list[str], seed: int) -> Scene:
    """The pictures of ``names`` beside each other; no name is the picture as it is."""
    from restorekit.contracts import Size
    from restorekit.images.quantize import to_integers
    from restorekit.viewing.scene import Box, Picture, Scene, overview, view

    size = Size(image.shape[0], image.shape[1])
    box = Box(0, 0, *size)
    views = tuple(
        view(Picture("", pixels), size, box, text)
        for pixels, text in (_degraded(image, name, seed) for name in names)
    )
    whole = to_integers(image, 8)
    heading = ", ".join(name or "the photo" for name in names)
    return Scene(heading, size, box, views, overview(whole))


def _degraded(image: Image, name: str, seed: int) -> tuple[Bytes, str]:
    """The picture at the typical strength of ``name``, and its chain."""
    import numpy as np

    from restorekit.degradations import family, parse
    from restorekit.images.quantize import to_integers

    text = family(name).typical if name else ""
    chain = parse(text).draw(np.random.default_rng(seed))
    return to_integers(chain(image), 8), str(chain)

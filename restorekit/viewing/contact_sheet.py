"""A contact sheet: a row for each photo, a column for each picture, as one PNG."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import matplotlib as mpl
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from restorekit.errors import UsageError
from restorekit.files import unwritable, whole
from restorekit.viewing.difference import difference, told
from restorekit.viewing.labels import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.images.protocols import Bytes
    from restorekit.viewing.scene import Scene, View

MARGIN, GAP = 24, 12
"""Pixels around the sheet and between its columns and rows."""
NARROWEST = 160
"""Pixels of a column: a label must have room, be the crops ever so small."""
WHITE, INK, QUIET = (255, 255, 255), (27, 27, 29), (93, 94, 99)

Key = tuple[str, int]
"""A view's label, and how many views of that label the scene has before it."""


class Cell(NamedTuple):
    """One picture of the sheet."""

    pixels: Bytes
    """``(H, W, 3)`` uint8."""
    figures: str


def contact_sheet(
    scenes: Sequence[Scene], target: Path, *, amplification: float | None = None
) -> None:
    """Write the crops of ``scenes`` as one PNG, pixel for pixel: whole, or not at all.

    Views of one label share a column; a photo that lacks one leaves the place empty. One row is
    decoded at a time.

    Args:
        scenes: At least one.
        target: The file.
        amplification: Add the difference of every view to the first one, this many times
            amplified, as further columns; None: no differences.

    Raises:
        UsageError: There is no scene, or the amplification is not above 0.
        OutputError: It cannot be written.
    """
    if not scenes:
        raise UsageError("a contact sheet of nothing", expected="at least one photo")
    sheet = _drawn(scenes, amplification)
    try:
        with whole(target) as part:
            sheet.save(part, "PNG")
    except OSError as error:
        raise unwritable(target, error) from error


def _drawn(scenes: Sequence[Scene], amplification: float | None) -> PillowImage.Image:
    labels = list(dict.fromkeys(key for it in scenes for key in _labels(it, amplification)))
    column = max(NARROWEST, *(it.box.width for it in scenes)) + GAP
    letters = max(13, column // 26)
    font, line = _font(letters), letters * 3 // 2
    height = line + GAP + sum(2 * line + it.box.height + GAP for it in scenes)
    size = (2 * MARGIN + len(labels) * column - GAP, 2 * MARGIN + height - GAP)
    sheet = PillowImage.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(sheet)

    def write(text: str, left: int, top: int, room: int, color: tuple[int, int, int]) -> None:
        draw.text((left, top), _fitted(text, font, room), color, font)

    places = {key: MARGIN + at * column for at, key in enumerate(labels)}
    for (label, _), left in places.items():
        write(label, left, MARGIN, column - GAP, INK)
    top = MARGIN + line + GAP
    for scene in scenes:
        write(scene.name, MARGIN, top, size[0] - 2 * MARGIN, QUIET)
        for key, cell in _cells(scene, amplification).items():
            sheet.paste(PillowImage.fromarray(cell.pixels), (places[key], top + line))
            below = top + line + scene.box.height + line // 6
            write(cell.figures, places[key], below, column - GAP, INK)
        top += 2 * line + scene.box.height + GAP
    return sheet


def _keys(scene: Scene) -> list[Key]:
    seen = Counter[str]()
    keys: list[Key] = []
    for it in scene.views:
        keys.append((it.label, seen[it.label]))
        seen[it.label] += 1
    return keys


def _difference_keys(scene: Scene, amplification: float | None) -> list[Key]:
    if amplification is None:
        return []
    first = scene.views[0].label
    return [
        (told(first, label, amplification=amplification), nth) for label, nth in _keys(scene)[1:]
    ]


def _labels(scene: Scene, amplification: float | None) -> list[Key]:
    return _keys(scene) + _difference_keys(scene, amplification)


def _cells(scene: Scene, amplification: float | None) -> dict[Key, Cell]:
    """The pictures of one row, decoded."""
    cells = [Cell(_decoded(it), it.figures) for it in scene.views]
    if amplification is not None:
        cells += [
            Cell(difference(cells[0].pixels, it.pixels, amplification=amplification), "")
            for it in cells[1:]
        ]
    return dict(zip(_labels(scene, amplification), cells, strict=True))


def _decoded(view: View) -> Bytes:
    with PillowImage.open(io.BytesIO(view.encoded)) as picture:
        return cast("Bytes", np.asarray(picture.convert("RGB")))


def _font(letters: int) -> ImageFont.FreeTypeFont:
    """The font of the plots; Pillow's own has no letter beyond English."""
    return ImageFont.truetype(
        Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", letters
    )


def _fitted(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """``text`` on one line, its middle left out until it is no wider than ``room`` pixels."""
    text = shown = one_line(text)
    most = len(text)
    while most > 3 and font.getlength(shown) > room:
        # In proportion, and at least by one sign, so that a very long name does not take long.
        most = max(3, min(most - 1, int(most * room / font.getlength(shown))))
        shown = shortened(text, most)
    return shown

"""A contact sheet: a row for each photo, a column for each picture, as one PNG."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw

from restorekit.errors import UsageError
from restorekit.files import unwritable, whole
from restorekit.printable import one_line, shortened
from restorekit.viewing.captions import Lettering
from restorekit.viewing.difference import difference, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from restorekit.images.protocols import Bytes
    from restorekit.viewing.scene import Scene, View

MARGIN, GAP = 24, 12
"""Pixels around the sheet and between its columns and rows."""
NARROWEST = 160
"""Pixels of a column: a label must have room, be the crops ever so small."""
LONGEST = 96
"""Signs of a name; of figures none are left out."""
WHITE, INK, QUIET = (255, 255, 255), (27, 27, 29), (93, 94, 99)

Key = tuple[str, int]
"""A view's label, and how many views of that label the scene has before it."""


class _Row(NamedTuple):
    """What is written around the pictures of one photo."""

    heading: list[str]
    """Lines above them."""
    figures: list[list[str]]
    """Lines below each view."""
    height: int
    """Of words and pictures, in pixels."""


def contact_sheet(
    scenes: Sequence[Scene], target: Path, *, amplification: float | None = None
) -> None:
    """Write the crops of ``scenes`` as one PNG, pixel for pixel: whole, or not at all.

    Each photo is named, with the size of its crop where that is a part. Views of one label share a
    column; a photo that lacks one leaves the place empty. One row is decoded at a time.

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
    room = max(NARROWEST, *(it.box.width for it in scenes))
    texts = [*(label for label, _ in labels), *(it.name for it in scenes)]
    letters = Lettering.of(texts, max(13, (room + GAP) // 26))
    places = {key: MARGIN + at * (room + GAP) for at, key in enumerate(labels)}
    width = MARGIN + len(labels) * (room + GAP) - GAP + MARGIN
    heads = {key: letters.wrapped(shortened(one_line(key[0]), LONGEST), room) for key in labels}
    rows = [_row(it, letters, room, width - 2 * MARGIN) for it in scenes]
    header = letters.line * max(map(len, heads.values())) + GAP
    height = MARGIN + header + sum(it.height + GAP for it in rows) - GAP + MARGIN
    sheet = PillowImage.new("RGB", (width, height), WHITE)
    draw = ImageDraw.Draw(sheet)
    for key, lines in heads.items():
        letters.write(draw, lines, (places[key], MARGIN), INK)
    top = MARGIN + header
    for scene, row in zip(scenes, rows, strict=True):
        letters.write(draw, row.heading, (MARGIN, top), QUIET)
        pictures = top + letters.line * len(row.heading)
        for key, pixels in _pictures(scene, amplification).items():
            sheet.paste(PillowImage.fromarray(pixels), (places[key], pictures))
        below = pictures + scene.box.height + letters.line // 6
        for key, lines in zip(_keys(scene), row.figures, strict=True):
            letters.write(draw, lines, (places[key], below), INK)
        top += row.height + GAP
    return sheet


def _row(scene: Scene, letters: Lettering, room: int, width: int) -> _Row:
    """What is written in a row; ``room`` and ``width`` are those of a column and of the sheet."""
    heading = letters.wrapped(shortened(one_line(scene.name), LONGEST), width)
    if not scene.is_whole:
        crop, size = scene.box, scene.size
        told = f"{crop.width} x {crop.height} of {size.width} x {size.height} pixels"
        heading += letters.wrapped(told, width)
    figures = [letters.wrapped(it.figures, room) for it in scene.views]
    lines = len(heading) + max(1, *map(len, figures))
    return _Row(heading, figures, letters.line * lines + scene.box.height)


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


def _pictures(scene: Scene, amplification: float | None) -> dict[Key, Bytes]:
    """The pictures of one row, decoded: ``(H, W, 3)`` uint8."""
    views = [_decoded(it) for it in scene.views]
    maps: list[Bytes] = []
    if amplification is not None:
        maps = [difference(views[0], it, amplification=amplification) for it in views[1:]]
    return dict(zip(_labels(scene, amplification), views + maps, strict=True))


def _decoded(view: View) -> Bytes:
    with PillowImage.open(io.BytesIO(view.encoded)) as picture:
        return cast("Bytes", np.asarray(picture.convert("RGB")))

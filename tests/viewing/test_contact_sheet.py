"""A contact sheet shows the crops pixel for pixel, each in its column."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit.contracts import Size
from restorekit.errors import OutputError, UsageError
from restorekit.viewing.contact_sheet import GAP, MARGIN, contact_sheet
from restorekit.viewing.scene import Box, Picture, Scene, view

if TYPE_CHECKING:
    from pathlib import Path

SIZE, BOX = Size(260, 300), Box(10, 20, 240, 250)
STEP = BOX.width + GAP


def noise(seed: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, channels), np.uint8)


def crop(pixels: np.ndarray) -> np.ndarray:
    inside = pixels[BOX.top : BOX.top + BOX.height, BOX.left : BOX.left + BOX.width]
    return np.broadcast_to(inside, (BOX.height, BOX.width, 3))


def scene(name: str, **pictures: np.ndarray) -> Scene:
    views = [view(Picture(label, it), SIZE, BOX, "28.42 dB") for label, it in pictures.items()]
    return Scene(name, SIZE, BOX, tuple(views), b"")


def written(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        return np.asarray(picture)


def places(sheet: np.ndarray, picture: np.ndarray) -> list[tuple[int, int]]:
    """Where a sheet shows ``picture``, found by its first pixel."""
    width = picture.shape[1]
    starts = np.argwhere((sheet == picture[0, 0]).all(axis=2))
    return [
        (int(top), int(left))
        for top, left in starts
        if np.array_equal(sheet[top : top + len(picture), left : left + width], picture)
    ]


def test_every_picture_is_in_its_column(tmp_path: Path) -> None:
    first, second, grey = noise(1), noise(2), noise(3, channels=1)
    scenes = [scene("a", reference=first, vdsr=second), scene("b", reference=second, bicubic=grey)]
    contact_sheet(scenes, tmp_path / "sheet.png")
    sheet = written(tmp_path / "sheet.png")
    assert sheet.shape[1] == 2 * MARGIN + 3 * STEP - GAP
    ((top, left),) = places(sheet, crop(first))
    assert left == MARGIN
    upper, lower = places(sheet, crop(second))
    assert upper == (top, MARGIN + STEP)
    assert lower[0] >= top + BOX.height
    assert lower[1] == MARGIN
    assert places(sheet, crop(grey)) == [(lower[0], MARGIN + 2 * STEP)]
    assert (sheet[top : top + BOX.height, MARGIN + 2 * STEP :] == 255).all()  # "a" has no bicubic
    assert (sheet[:MARGIN] == 255).all()


def test_differences_have_columns_of_their_own(tmp_path: Path) -> None:
    first, second = noise(1), noise(2)
    it = scene("a", reference=first, vdsr=second)
    contact_sheet([it], tmp_path / "sheet.png", amplification=2)
    sheet = written(tmp_path / "sheet.png")
    expected = np.minimum(2 * np.abs(crop(first).astype(int) - crop(second)), 255)
    ((_, left),) = places(sheet, expected.astype(np.uint8))
    assert left == MARGIN + 2 * STEP


def test_two_views_of_one_label_keep_two_columns(tmp_path: Path) -> None:
    it = scene("a", one=noise(1), other=noise(2))
    same = dataclasses.replace(it, views=tuple(dataclasses.replace(v, label="x") for v in it.views))
    contact_sheet([same], tmp_path / "sheet.png")
    sheet = written(tmp_path / "sheet.png")
    assert [places(sheet, crop(noise(seed)))[0][1] for seed in (1, 2)] == [MARGIN, MARGIN + STEP]


def test_names_and_figures_are_drawn_and_stay_in_their_column(tmp_path: Path) -> None:
    hostile = "<script>\n" + "ü" * 200 + "\udce9"
    it = scene(hostile, reference=noise(1), vdsr=noise(2))
    views = tuple(dataclasses.replace(v, label=hostile, figures="9" * 300) for v in it.views)
    contact_sheet([dataclasses.replace(it, views=views)], tmp_path / "sheet.png")
    sheet = written(tmp_path / "sheet.png")
    ((top, _),) = places(sheet, crop(noise(1)))
    below = sheet[top + BOX.height :]
    dark = (below < 100).all(axis=2)
    assert dark[:, MARGIN : MARGIN + BOX.width].sum() > 300
    assert not dark[:, MARGIN + BOX.width : MARGIN + STEP].any()  # the gap between the columns
    assert not dark[:, sheet.shape[1] - MARGIN :].any()
    assert (sheet[:top] < 140).all(axis=2).sum() > 300


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one photo"):
        contact_sheet([], tmp_path / "sheet.png")
    with pytest.raises(OutputError, match="cannot be written"):
        contact_sheet([scene("a", reference=noise(1))], tmp_path / "none" / "sheet.png")
    assert list(tmp_path.iterdir()) == []


def crop_tops(path: Path, it: Scene) -> tuple[int, int]:
    """Where the first crop begins, and the height of the sheet."""
    contact_sheet([it], path)
    sheet = written(path)
    return places(sheet, crop(noise(1)))[0][0], len(sheet)


def test_a_part_of_a_photo_says_so_above(tmp_path: Path) -> None:
    part = scene("a", reference=noise(1))
    whole = dataclasses.replace(part, size=Size(*BOX[2:]))
    tops = [crop_tops(tmp_path / "a.png", it) for it in (part, whole)]
    line = 13 * 3 // 2
    assert [a - b for a, b in zip(*tops, strict=True)] == [line, line]


def test_figures_take_as_many_lines_as_they_need(tmp_path: Path) -> None:
    it = scene("a", reference=noise(1))
    heights: list[int] = []
    for figures in ("psnr 28.42 dB", ", ".join(["psnr 28.42 dB"] * 9)):
        view = dataclasses.replace(it.views[0], figures=figures)
        top, height = crop_tops(tmp_path / "a.png", dataclasses.replace(it, views=(view,)))
        assert (written(tmp_path / "a.png")[top + BOX.height :] < 100).all(axis=2).any()
        heights.append(height)
    assert heights[1] - heights[0] == (9 / 2 + 0.5 - 1) * (13 * 3 // 2)  # two on each line

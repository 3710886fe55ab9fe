"""A grid and a tint are found; photos, sharpened photos and the grid of a JPEG are not blamed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

from restorekit.images.reading import read
from restorekit.inference.guard import fault, grid_period

PHOTOS = sorted((Path(__file__).parents[2] / "photos").glob("*.jpg"))
SIDE = 384


def crop(path: Path) -> torch.Tensor:
    return torch.from_numpy(read(path).color[:SIDE, :SIDE].copy())


def blurred(picture: torch.Tensor) -> torch.Tensor:
    planes = picture.permute(2, 0, 1)[None]
    return torch.nn.functional.avg_pool2d(planes, 9, 1, 4)[0].permute(1, 2, 0)


def grid(shape: tuple[int, ...], period: int, amplitude: float) -> torch.Tensor:
    down, across = (torch.arange(length) % period < period // 2 for length in shape[:2])
    return (down[:, None] ^ across).float()[..., None] * 2 * amplitude


@pytest.mark.parametrize("path", PHOTOS, ids=lambda it: it.stem)
@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_grid_of_two_levels_is_found(path: Path, period: int) -> None:
    photo = crop(path)
    assert grid_period(photo, photo + grid(photo.shape, period, 2 / 255)) == period


@pytest.mark.parametrize("path", PHOTOS, ids=lambda it: it.stem)
def test_a_sharpened_photo_has_none(path: Path) -> None:
    photo = crop(path)
    assert fault(blurred(photo), photo) is None
    assert fault(photo, (2 * photo - blurred(photo)).clamp(0, 1)) is None


def test_the_grid_of_a_jpeg_is_the_photos_own() -> None:
    photo = crop(PHOTOS[0])
    file = BytesIO()
    pixels = (photo.numpy() * 255).round().astype(np.uint8)
    PillowImage.fromarray(pixels).save(file, "JPEG", quality=10)
    given = torch.from_numpy(np.asarray(PillowImage.open(file), np.float32) / 255)
    assert fault(given, (2 * given - blurred(given)).clamp(0, 1)) is None


def test_a_tint_is_told_in_levels() -> None:
    photo = crop(PHOTOS[0]) * 0.8
    tinted = photo + torch.tensor([0.0, 0.11, 0.0])
    assert fault(photo, tinted) == "colours shifted by 28 levels of 255"


def test_too_small_a_picture_is_not_judged() -> None:
    small = torch.zeros(48, 300, 3)
    assert grid_period(small, small + grid(small.shape, 2, 0.1)) is None

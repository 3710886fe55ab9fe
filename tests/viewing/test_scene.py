"""Crops show the pixels that are there, at the place that they are told to come from."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from restorekit.contracts import Size
from restorekit.errors import UsageError
from restorekit.viewing.scene import (
    CELL,
    Box,
    Picture,
    Scene,
    chosen_box,
    crop_side,
    cropped,
    is_scaled,
    overview,
    view,
)


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, channels), np.uint8)


def decoded(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))


@pytest.mark.parametrize("side", [64, 50])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (100, 208), (236, 389), (37, 391)])
def test_the_box_holds_the_place_that_differs(row: int, column: int, side: int) -> None:
    reference = noise(240, 400)
    other = reference.copy()
    other[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4] ^= 128
    box = chosen_box(reference, other, side=side)
    assert (box.height, box.width) == (side, side)
    assert 0 <= box.top <= 240 - side
    assert 0 <= box.left <= 400 - side
    assert box.top <= row < box.top + side
    assert box.left <= column < box.left + side
    assert chosen_box(reference, other, side=side) == box


def test_a_small_difference_is_shown_in_the_middle() -> None:
    reference = np.full((900, 1200, 3), 90, np.uint8)
    other = reference.copy()
    other[400:410, 700:710] = 0
    box = chosen_box(reference, other, side=256)
    assert abs(box.top + 128 - 405) <= CELL
    assert abs(box.left + 128 - 705) <= CELL


def test_the_greater_of_two_differences_is_chosen() -> None:
    reference = np.full((96, 512, 1), 100, np.uint8)
    other = reference.copy()
    other[40:60, 40:60] += 10  # 400 pixels of 100
    other[40:60, 440:460] += 11  # 400 pixels of 121
    assert chosen_box(reference, other, side=64).left >= 460 - 64


def test_equal_pictures_give_the_middle_and_small_ones_the_whole() -> None:
    same = noise(100, 300)
    middle = chosen_box(same, same, side=50)
    assert abs(middle.top - 25) <= CELL
    assert abs(middle.left - 125) <= CELL
    assert (middle.height, middle.width) == (50, 50)
    flat = chosen_box(same, 255 - same, side=128)
    assert (flat.top, flat.height, flat.width) == (0, 100, 128)
    assert chosen_box(same, 255 - same, side=512) == Box(0, 0, 100, 300)


def test_a_smaller_picture_is_compared_at_its_place() -> None:
    reference = np.zeros((256, 256, 3), np.uint8)
    small = np.zeros((64, 64, 1), np.uint8)
    small[60, 4] = 200
    box = chosen_box(reference, small, side=32)
    assert box.top <= 240
    assert box.top + 32 >= 244
    assert box.left <= 16
    with pytest.raises(UsageError, match="a side of 1 or more"):
        chosen_box(reference, small, side=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_view_is_the_crop_without_loss(channels: int) -> None:
    pixels = noise(80, 120, channels)
    box = Box(11, 23, 40, 50)
    shown = view(Picture("vdsr", pixels), Size(80, 120), box, "28.42 dB")
    assert (shown.label, shown.media_type, shown.figures) == ("vdsr", "image/webp", "28.42 dB")
    expected = np.broadcast_to(pixels[11:51, 23:73], (40, 50, 3))
    assert np.array_equal(decoded(shown.encoded), expected)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_low_resolution_picture_is_enlarged_by_repeating_pixels(factor: int) -> None:
    small = noise(40, 50)
    whole = small.repeat(factor, axis=0).repeat(factor, axis=1)
    size = Size(*whole.shape[:2])
    for box in (Box(0, 0, *size), Box(7, 13, 30, 41), Box(size.height - 9, size.width - 5, 9, 5)):
        part = whole[box.top : box.top + box.height, box.left : box.left + box.width]
        assert np.array_equal(cropped(small, size, box), part)


def test_a_broken_factor_shows_the_pixel_below_each_centre() -> None:
    small = noise(41, 53)
    size, box = Size(100, 131), Box(17, 29, 60, 70)
    rows = ((np.arange(17, 77) + 0.5) * 41 / 100).astype(int)
    columns = ((np.arange(29, 99) + 0.5) * 53 / 131).astype(int)
    assert np.array_equal(cropped(small, size, box), small[rows][:, columns])


def test_a_larger_picture_is_averaged() -> None:
    large = noise(60, 60, 1)
    means = large.reshape(20, 3, 20, 3).mean(axis=(1, 3))
    got = cropped(large, Size(20, 20), Box(5, 6, 7, 8))[:, :, 0]
    assert np.abs(got - means[5:12, 6:14]).max() <= 1


def test_overviews_are_small_and_of_the_same_shape() -> None:
    wide = np.asarray(Image.linear_gradient("L").resize((4000, 1000)))[:, :, None]
    shown = decoded(overview(wide))
    assert shown.shape[:2] == (60, 240)
    assert abs(int(shown[30, 120, 0]) - 127) < 6
    assert decoded(overview(noise(10, 7))).shape[:2] == (10, 7)


def test_many_photos_have_smaller_crops() -> None:
    assert [crop_side(photos) for photos in (1, 40, 41, 500)] == [512, 512, 256, 256]


def test_a_scene_knows_whether_it_is_whole() -> None:
    parts = [Scene("a", Size(9, 8), Box(0, 0, 9, it), (), b"") for it in (7, 8)]
    assert [it.is_whole for it in parts] == [False, True]


def test_beyond_the_picture_is_grey() -> None:
    pixels = noise(20, 30)
    got = cropped(pixels, Size(20, 30), Box(5, 10, 25, 40))
    assert np.array_equal(got[:15, :20], pixels[5:, 10:])
    assert (got[15:] == 128).all()
    assert (got[:, 20:] == 128).all()


@pytest.mark.parametrize(
    ("size", "largest", "scaled"),
    [
        ((60, 80), (60, 80), True),
        ((30, 40), (60, 80), True),
        ((93, 125), (375, 500), True),  # 93.75 cut off
        ((94, 125), (375, 500), True),  # 93.75 rounded
        ((92, 124), (375, 500), True),  # of a part whose sides 4 divides
        ((97, 125), (375, 500), False),
        ((372, 500), (375, 500), False),
        ((374, 500), (375, 500), False),
        ((80, 60), (81, 160), False),
    ],
)
def test_shapes_agree_but_for_rounding(
    size: tuple[int, int], largest: tuple[int, int], scaled: bool
) -> None:
    assert is_scaled(Size(*size), Size(*largest)) is scaled


def test_a_box_grows_as_far_as_there_are_pixels() -> None:
    assert Box(3, 90, 10, 10).grown(32, Size(100, 100)) == Box(3, 68, 32, 32)
    assert Box(3, 0, 10, 10).grown(32, Size(20, 100)) == Box(0, 0, 20, 32)
    assert Box(3, 4, 50, 60).grown(32, Size(100, 100)) == Box(3, 4, 50, 60)

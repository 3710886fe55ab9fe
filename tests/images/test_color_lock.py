"""The low frequencies of a result are those of its picture, and nothing else is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit.contracts import Size
from restorekit.images.color_lock import SPACING, locked
from restorekit.images.resize import resize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image

LEVEL = 1 / 255
SCALES = (1, 1.7, 4)


def scene(height: int = 133, width: int = 171) -> Image:
    """Soft shading with hard edges in it, which are where low and high frequencies meet."""
    y, x = np.mgrid[:height, :width]
    shade = 0.5 + 0.2 * np.sin(x / 31 + y / 47)
    picture = np.stack([shade, shade**2, 1 - shade], -1)
    picture[height // 3 : height // 2, width // 4 :] = (0.95, 0.9, 0.1)
    picture[np.hypot(y - 90, x - 60) < 25] = 0.03
    return picture.astype(np.float32)


def sized(picture: Image, scale: float) -> Size:
    return Size(round(picture.shape[0] * scale), round(picture.shape[1] * scale))


def cut(result: Image, step: int) -> Iterator[tuple[int, Image]]:
    for top in range(0, len(result), step):
        yield top, result[top : top + step].copy()


def lock(result: Image, picture: Image, step: int = 50) -> Image:
    size = Size(result.shape[0], result.shape[1])
    bands = list(locked(cut(result, step), picture, size))
    tops = np.cumsum([0, *(len(rows) for _, rows in bands)])
    assert [top for top, _ in bands] == tops[:-1].tolist()
    whole = np.concatenate([rows for _, rows in bands])
    assert (whole.shape, whole.dtype) == (result.shape, np.float32)
    return whole


@pytest.mark.parametrize("scale", SCALES)
def test_detail_is_left_as_it_is(scale: float) -> None:
    """Enlarging, and noise that is nothing on average, change no colour."""
    picture = scene()
    result = resize(picture, sized(picture, scale), "lanczos")
    draw = np.random.default_rng(0).normal(0, 30 * LEVEL, (*result.shape[:2], 1))
    detail = (draw - draw[:, ::-1])[:, : result.shape[1] // 2]
    result[:, ::2][:, : detail.shape[1]] += detail.astype(np.float32)
    result[:, 1::2][:, : detail.shape[1]] -= detail.astype(np.float32)
    # At a fractional scale Lanczos itself weighs the pixels of an edge unevenly.
    tolerance = 0.1 if scale == int(scale) else 0.25
    assert np.abs(lock(result, picture) - result).max() < tolerance * LEVEL


@pytest.mark.parametrize("scale", SCALES)
def test_a_shift_of_colour_is_taken_back(scale: float) -> None:
    picture = scene()
    size = sized(picture, scale)
    unshifted = resize(picture, size, "lanczos")
    y, x = np.mgrid[: size.height, : size.width] / np.array(size).reshape(2, 1, 1)
    slope = np.stack([5 * y - 3, 4 - 6 * x, 2 + x + y], -1) * LEVEL
    wave = 3 * np.sin(4 * x + 2 * y)[..., None] * LEVEL
    for shift, tolerance in ((np.float32(-7 * LEVEL), 0.1), (slope, 0.1), (wave, 0.25)):
        result = lock((unshifted + shift).astype(np.float32), picture)
        assert np.abs(result - unshifted).max() < tolerance * LEVEL
    assert np.abs(wave).max() > 2.9 * LEVEL


def means(picture: Image, cells: Size) -> np.ndarray:
    """Of rectangles that share the picture out evenly."""
    rows, columns = (
        np.linspace(0, length, count + 1).round().astype(int)[:-1]
        for length, count in zip(picture.shape[:2], cells, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float64), rows), columns, axis=1)
    areas = np.outer(np.diff([*rows, len(picture)]), np.diff([*columns, picture.shape[1]]))
    return sums / areas[..., None]


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_means_of_blocks_are_those_of_the_picture(scale: int) -> None:
    """Also where a network brightens what is bright, darkens the rest, and tints edges."""
    picture = scene(8 * SPACING, 6 * SPACING)
    size = sized(picture, scale)
    made = resize(picture, size, "lanczos")
    contrast = made + 0.05 * (made - 0.5) + np.float32([4, 0, -6]) * np.float32(LEVEL)
    cells = Size(4, 3)
    before, after = (
        np.abs(means(it, cells) - means(picture, cells)) / LEVEL
        for it in (contrast, lock(contrast, picture))
    )
    assert before.max() > 5
    assert after.max() < 1
    assert after.mean() < 0.2


def test_wherever_bands_are_cut_the_result_is_the_same_to_the_bit() -> None:
    picture = scene()
    result = resize(picture, sized(picture, 1.7), "bicubic") * np.float32(0.97)
    whole = lock(result, picture, len(result))
    for step in (1, 7, 64):
        np.testing.assert_array_equal(lock(result, picture, step), whole)


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (5, 7), (36, 37), (25, 200)])
@pytest.mark.parametrize("scale", [1, 2.5, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_size(shape: tuple[int, int], scale: float, channels: int) -> None:
    y, x = np.mgrid[: shape[0], : shape[1]] / np.array(shape).reshape(2, 1, 1)
    shade = (0.3 + 0.05 * y + 0.1 * x)[..., None].repeat(channels, axis=2)
    picture = (shade + np.random.default_rng(1).normal(0, LEVEL, shade.shape)).astype(np.float32)
    unshifted = resize(picture, sized(picture, scale), "lanczos")
    result = lock(unshifted + np.float32(9 * LEVEL), picture, 3)
    assert np.abs(result - unshifted).max() < 1.5 * LEVEL
    assert np.abs(result - unshifted).mean() < 0.5 * LEVEL


def test_a_result_that_is_smaller_than_the_picture() -> None:
    picture = scene()
    unshifted = resize(picture, Size(9, 4), "lanczos")
    assert np.abs(lock(unshifted + np.float32(0.1), picture, 2) - unshifted).mean() < 0.02


def test_rows_wait_for_three_nodes_and_no_longer() -> None:
    picture = np.zeros((40 * SPACING, 3, 1), np.float32)
    given = [0]

    def source() -> Iterator[tuple[int, Image]]:
        for top in range(0, 4 * len(picture), 10):
            given.append(top + 10)
            yield top, np.zeros((10, 12, 1), np.float32)

    for top, rows in locked(source(), picture, Size(4 * len(picture), 12)):
        assert given[-1] - top <= 3 * 4 * SPACING + 10
        assert len(rows) == 4 * SPACING

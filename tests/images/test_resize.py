from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit.contracts import Band, Size
from restorekit.images.resize import PILLOW_FILTER, resize, resize_bands, resize_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = np.random.default_rng(1).random((57, 41, 3), dtype=np.float32)
SIZES = [
    Size(57, 41),
    Size(120, 203),
    Size(19, 11),
    Size(57, 20),
    Size(20, 41),
    Size(1, 1),
    Size(228, 164),
]


def bands_of(picture: np.ndarray, step: int) -> Iterator[Band]:
    for top in range(0, len(picture), step):
        yield Band(top, picture[top : top + step])


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("resample", PILLOW_FILTER)
def test_whole_agrees_with_pillow(resample: str, size: Size) -> None:
    planes = [
        Image.fromarray(PICTURE[:, :, c]).resize((size.width, size.height), PILLOW_FILTER[resample])
        for c in range(3)
    ]
    result = resize(PICTURE, size, resample)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, np.stack([np.asarray(p) for p in planes], -1), atol=1e-6)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("resample", PILLOW_FILTER)
def test_rows_and_bands_are_the_whole_to_the_bit(resample: str, size: Size) -> None:
    whole = resize(PICTURE, size, resample)
    for top in range(0, size.height, 13):
        bottom = min(top + 13, size.height)
        rows = resize_rows(PICTURE, size, resample, top, bottom)
        np.testing.assert_array_equal(rows, whole[top:bottom])
    for step in (1, 8, 100):
        bands = list(resize_bands(bands_of(PICTURE, step), Size(57, 41), size, resample))
        assert [band.top for band in bands] == np.cumsum([0, *map(len, (b.rows for b in bands))])[
            :-1
        ].tolist()
        np.testing.assert_array_equal(np.concatenate([band.rows for band in bands]), whole)


def test_bands_keep_only_the_rows_they_need() -> None:
    alive: list[int] = []

    def source() -> Iterator[Band]:
        for top in range(0, 4000, 10):
            alive.append(top)
            yield Band(top, np.full((10, 4, 1), top, np.float32))

    results = resize_bands(source(), Size(4000, 4), Size(2000, 2), "lanczos")
    for band in results:
        # Six rows of reach on either side and the band in hand.
        assert alive[-1] - 2 * band.top <= 40


def test_a_constant_stays_constant_and_edges_overshoot_unclipped() -> None:
    flat = resize(np.full((10, 10, 1), 0.3, np.float32), Size(33, 7), "lanczos")
    np.testing.assert_allclose(flat, 0.3, atol=1e-6)
    step = np.zeros((20, 20, 1), np.float32)
    step[:, 10:] = 1
    assert resize(step, Size(80, 80), "bicubic").max() > 1.01


def test_the_same_size_is_the_same_array() -> None:
    deep = PICTURE.astype(np.float64)
    assert resize(deep, Size(57, 41), "bicubic").base is deep
    assert resize_rows(PICTURE, Size(57, 41), "lanczos", 5, 5).shape == (0, 41, 3)
    assert resize_rows(PICTURE, Size(90, 30), "lanczos", 5, 5).shape == (0, 30, 3)

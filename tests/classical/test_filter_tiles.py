"""A large photo is filtered tile by tile, and nothing shows where the tiles were."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from noisy_pictures import clean_piece, noisy, result_of

from restorekit.catalog import Catalog
from restorekit.contracts import Size

METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
NAMES = (
    "bilateral", "box", "domain-transform", "gaussian", "guided", "median", "nl-means",
    "total-variation", "wavelet",
)  # fmt: skip


@pytest.mark.parametrize("sigma", [5, 50, 120])
@pytest.mark.parametrize("name", NAMES)
def test_tiles_make_up_the_whole(name: str, sigma: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bits: what a filter reaches is known, and no tile lacks it."""
    image = noisy(clean_piece("coffee")[10:140, :110], sigma).clip(0, 1)
    whole = result_of(METHODS[name].with_sigma(sigma), image)
    assert METHODS[name].tiles(Size(130, 110)) == 1
    monkeypatch.setattr("restorekit.classical._filter.TILE", 60)
    assert METHODS[name].tiles(Size(130, 110)) == 6
    tiled = result_of(METHODS[name].with_sigma(sigma), image)
    assert np.abs(tiled - whole).max() < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_what_is_constant_in_each_channel_stays_so_however_strong_the_filter(name: str) -> None:
    image = np.full((19, 21, 3), (0, 0.25, 1), np.float32)
    assert np.abs(result_of(METHODS[name].with_sigma(255), image) - image).max() < 2e-6


def test_sigma_is_estimated_of_the_whole_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """One tile is smooth and another rough: all are filtered alike."""
    image = np.full((128, 128, 1), 0.5, np.float32)
    image[:64] = noisy(image[:64], 30)
    monkeypatch.setattr("restorekit.classical._filter.TILE", 64)
    asked: list[tuple[int, ...]] = []

    def told(picture: Any) -> float:
        asked.append(picture.shape)
        return 12.0

    monkeypatch.setattr("restorekit.classical._filter.noise_level", told)
    result = result_of(METHODS["gaussian"], image)
    assert asked == [(128, 128, 1)]
    expected = result_of(METHODS["gaussian"].with_sigma(12), image)
    np.testing.assert_array_equal(result, expected)


def test_memory_is_that_of_a_few_rows_of_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restorekit.classical._filter.TILE", 128)
    image = np.zeros((4096, 256, 3), np.float32)
    tracemalloc.start()
    for band in METHODS["guided"].with_sigma(10).bands(image, bits=8):
        del band
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < image.nbytes / 1.5

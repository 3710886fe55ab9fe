"""Grain comes out the same wherever bands are cut, and another on every photo."""

from __future__ import annotations

import numpy as np
import pytest

from restorekit.contracts import Size
from restorekit.degradations.film_grain import FilmGrain
from restorekit.images.grain import Clumps, clump_size, generator_for, grainy_bands

PICTURE = np.random.default_rng(0).random((70, 53, 3), dtype=np.float32)
SIZE = Size(70, 53)


@pytest.mark.parametrize("step", [1, 9, 64])
def test_bands_are_the_whole_and_the_degradations_grain_to_the_bit(step: int) -> None:
    bands = [(top, PICTURE[top : top + step]) for top in range(0, 70, step)]
    found = list(grainy_bands(iter(bands), SIZE, 12, np.random.default_rng(3)))
    assert [top for top, _ in found] == [top for top, _ in bands]
    result = np.concatenate([rows for _, rows in found])
    spoilt = FilmGrain(12, clump_size(SIZE), seed=3)(PICTURE)
    np.testing.assert_array_equal(result.clip(0, 1), spoilt)


@pytest.mark.parametrize("size", [0, 0.8, 5])
def test_clumps_have_the_variance_1_and_their_size(size: float) -> None:
    clumps = Clumps(np.random.default_rng(1), (600, 500, 1), size)
    rows = np.concatenate([clumps.rows(150) for _ in range(4)])[..., 0]
    assert rows.std() == pytest.approx(1, rel=0.05)
    # White noise smoothed by a Gaussian has exp(-d^2 / 4 s^2) as its correlation: over a cut, too.
    expected = np.exp(-4 / (4 * size**2)) if size else 0
    assert (rows[2:] * rows[:-2]).mean() == pytest.approx(expected, abs=0.06)
    assert (rows[:, 2:] * rows[:, :-2]).mean() == pytest.approx(expected, abs=0.06)


def test_a_photo_has_its_own_grain_again_and_again() -> None:
    other = PICTURE.copy()
    other[69, 52, 2] += np.float32(1 / 65535)

    def draw(image: np.ndarray, seed: int = 0) -> float:
        return float(generator_for(image, seed).random())

    assert draw(PICTURE) == draw(PICTURE.copy()) == draw(np.asfortranarray(PICTURE))
    assert len({draw(PICTURE), draw(PICTURE, 1), draw(other), draw(PICTURE[:, :, :1])}) == 4


def test_clumps_are_in_proportion_to_large_pictures() -> None:
    assert clump_size(Size(300, 400)) == clump_size(Size(2000, 3000)) == 0.8
    assert clump_size(Size(4000, 6000)) == clump_size(Size(6000, 4000)) == 1.5

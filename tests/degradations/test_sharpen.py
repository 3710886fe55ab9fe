from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit.degradations import parse

if TYPE_CHECKING:
    from restorekit.contracts import Image


def sharpened(picture: Image, strength: float = 0.5) -> Image:
    return parse(f"sharpen({strength})").draw(np.random.default_rng(0))(picture)


def picture() -> Image:
    rows, columns = np.mgrid[:64, :72].astype(np.float32)
    waves = 0.5 + 0.4 * np.sin(columns / 7) * np.cos(rows / 5)
    return np.stack([waves, (columns > 30) * 0.6 + 0.2, columns / 71], axis=2).astype(np.float32)


def test_as_opencv_filters_it() -> None:
    """Values of OpenCV 5.0: getGaussianKernel(51, 0), filter2D, BORDER_REFLECT_101."""
    once = picture()
    found = sharpened(once)
    for place, value in {
        (0, 0, 0): 0.475770,
        (31, 29, 1): 0.090092,
        (31, 31, 1): 0.923572,
        (40, 50, 0): 0.440914,
        (20, 10, 0): 0.158642,
    }.items():
        assert found[place] == pytest.approx(value, abs=2e-6)
    assert np.abs(found - once).mean() == pytest.approx(0.0239173, rel=1e-5)
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_array_equal(once, picture())


def test_nothing_at_strength_0_and_grain_stays() -> None:
    once = picture()
    np.testing.assert_array_equal(sharpened(once, 0), once)
    grain = np.random.default_rng(0).uniform(0.49, 0.51, (40, 40, 3)).astype(np.float32)
    np.testing.assert_array_equal(sharpened(grain), grain)

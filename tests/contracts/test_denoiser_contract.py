"""What every denoiser without weights promises beside what a restorer does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from restorer_promises import check_depths, picture, restored

from restorekit.catalog import Catalog
from restorekit.contracts import Denoiser
from restorekit.errors import UsageError
from restorekit.images.noise_level import noise_level

METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
NAMES = [method.name for method in METHODS if method.task == "denoise"]
pytestmark = pytest.mark.parametrize("name", NAMES)


def denoiser(name: str, sigma: float | None) -> Denoiser:
    method = METHODS[name]
    assert isinstance(method, Denoiser)
    assert method.sigma is None
    told = method.with_sigma(sigma)
    assert told.sigma == sigma
    assert (told.name, told.scale) == (name, 1)
    return told


def test_sigma_0_gives_the_picture_back_bit_for_bit(name: str) -> None:
    image = picture(21, 34, 3)
    np.testing.assert_array_equal(restored(denoiser(name, 0), image), image)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (2, 31), (23, 17)])
def test_every_size_is_taken_at_a_known_sigma(
    name: str, size: tuple[int, int], channels: int
) -> None:
    assert np.isfinite(restored(denoiser(name, 25), picture(*size, channels))).all()


@pytest.mark.parametrize("sigma", [0.01, 5, 50])
@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_a_constant_picture_stays_constant(name: str, level: float, sigma: float) -> None:
    """To a tenth of a level, for those that shrink the mean of a patch like all else."""
    image = np.full((19, 21, 3), level, np.float32)
    assert np.abs(restored(denoiser(name, sigma), image) - level).max() < 0.1 / 255
    # Constant in each channel, but not grey.
    image[:, :, 1] = 0.5
    assert np.abs(restored(denoiser(name, sigma), image) - image).max() < 0.1 / 255


def test_depths_agree_at_a_known_sigma(name: str) -> None:
    check_depths(denoiser(name, 25), picture(20, 30, 3))


@pytest.mark.parametrize("sigma", [None, 25.0])
def test_grey_in_three_channels_is_grey(name: str, sigma: float | None) -> None:
    grey = picture(24, 30, 1)
    colour = restored(denoiser(name, sigma), np.repeat(grey, 3, axis=2))
    expected = restored(denoiser(name, sigma), grey)
    np.testing.assert_array_equal(colour, np.repeat(expected, 3, axis=2))


def test_without_a_sigma_it_is_estimated(name: str) -> None:
    image = np.clip(0.5 + 0.1 * (picture(40, 48, 3) - 0.5), 0, 1)
    sigma = noise_level(image)
    assert sigma == pytest.approx(255 * 0.1 / np.sqrt(12), rel=0.1)
    np.testing.assert_array_equal(
        restored(denoiser(name, None), image), restored(denoiser(name, sigma), image)
    )


def test_a_larger_sigma_smooths_more(name: str) -> None:
    image = np.clip(0.5 + 0.4 * (picture(40, 48, 1) - 0.5), 0, 1)
    left = [float(restored(denoiser(name, sigma), image).std()) for sigma in (0, 7, 15, 30)]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.5 * left[0]


@pytest.mark.parametrize("sigma", [-1, float("nan"), float("inf")])
def test_a_sigma_that_cannot_be_is_refused(name: str, sigma: float) -> None:
    with pytest.raises(UsageError, match=r"expected a sigma of 0 or more.*got"):
        METHODS[name].with_sigma(sigma)

"""Each filter against its equation, written out plainly, and against known solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import ndimage

from restorekit.classical._opponent import AXES, in_opponent_colors
from restorekit.classical.bilateral import bilateral_filter
from restorekit.classical.box import box_filter
from restorekit.classical.domain_transform import domain_transform_filter
from restorekit.classical.gaussian import gaussian_filter
from restorekit.classical.guided import guided_filter
from restorekit.classical.median import median_filter
from restorekit.classical.nl_means import nl_means_filter
from restorekit.classical.total_variation import total_variation_filter
from restorekit.classical.wavelet import wavelet_filter

if TYPE_CHECKING:
    from restorekit.contracts import Image


def random_picture(height: int, width: int, channels: int) -> Image:
    return np.random.default_rng(7).random((height, width, channels), dtype=np.float32)


def noise(side: int) -> Image:
    """White noise of variance 1, ``(side, side, 1)``."""
    return np.random.default_rng(8).standard_normal((side, side, 1), dtype=np.float32)


def impulse(side: int) -> Image:
    image = np.zeros((side, side, 1), np.float32)
    image[side // 2, side // 2] = 1
    return image


def test_a_box_of_3_is_the_mean_of_9_pixels() -> None:
    image = random_picture(20, 21, 3)
    expected = ndimage.uniform_filter(image, (3, 3, 1))
    np.testing.assert_allclose(box_filter(image, 3), expected, atol=1e-6)


def test_a_box_of_2_counts_the_pixels_at_its_ends_half() -> None:
    line = np.array([0.25, 0.5, 0.25])
    np.testing.assert_allclose(
        box_filter(impulse(5), 2)[1:4, 1:4, 0], np.outer(line, line), atol=1e-7
    )
    image = random_picture(6, 5, 3)
    np.testing.assert_allclose(box_filter(image, 1), image, atol=1e-7)


@pytest.mark.parametrize("width", [3, 5, 9])
def test_a_box_divides_the_variance_of_noise_by_its_area(width: float) -> None:
    assert box_filter(noise(400), width).var() == pytest.approx(1 / width**2, rel=0.1)


@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_a_gaussian_leaves_the_variance_and_the_waves_that_it_says(spread: float) -> None:
    left = gaussian_filter(noise(400), spread).var()
    assert left == pytest.approx(1 / (4 * np.pi * spread**2), rel=0.1)
    period = 8
    wave = np.cos(2 * np.pi * np.arange(160) / period).astype(np.float32)
    image = np.repeat(wave[None, :, None], 20, axis=0)
    kept = gaussian_filter(image, spread)[10, 40:120, 0] / wave[40:120].clip(0.5, 1)
    share = kept[wave[40:120] > 0.5].mean()
    assert share == pytest.approx(np.exp(-2 * (np.pi * spread / period) ** 2), rel=0.01)


def test_a_median_over_a_disc_of_nine_pixels_is_scipy_s() -> None:
    image = random_picture(17, 18, 3)
    for radius, size in ((1.5, 3), (2.83, 5)):
        expected = ndimage.median_filter(image, (size, size, 1))
        same = median_filter(image, radius) == expected
        # The disc of 2.83 is the whole square of 5 x 5.
        assert same.all()
    np.testing.assert_array_equal(median_filter(image, 0.99), image)


def test_a_median_takes_specks_and_keeps_edges() -> None:
    image = np.zeros((20, 20, 1), np.float32)
    image[:, 10:] = 1
    specks = image.copy()
    specks[5::6, 3::6] = 1 - specks[5::6, 3::6]
    np.testing.assert_array_equal(median_filter(specks, 1.5), image)


def test_the_bilateral_filter_is_its_formula() -> None:
    image, spread, contrast, reach = random_picture(8, 9, 3), 1.2, 0.3, 2
    padded = np.pad(image.astype(np.float64), ((reach, reach), (reach, reach), (0, 0)), "symmetric")
    expected = np.zeros(image.shape)
    offsets = [(d, a) for d in range(-2, 3) for a in range(-2, 3) if d * d + a * a <= 4]
    for row, column in np.ndindex(8, 9):
        total = 0.0
        for down, across in offsets:
            other = padded[row + reach + down, column + reach + across]
            apart = np.square(other - image[row, column]).mean()
            place = (down**2 + across**2) / (2 * spread**2)
            weight = np.exp(-place - apart / (2 * contrast**2))
            expected[row, column] += weight * other
            total += weight
        expected[row, column] /= total
    result = bilateral_filter(image, spread, contrast)
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_the_bilateral_filter_does_not_cross_a_strong_edge() -> None:
    image = np.zeros((12, 12, 1), np.float32)
    image[:, 6:] = 1
    np.testing.assert_allclose(bilateral_filter(image, 2, 0.05), image, atol=1e-6)
    assert abs(float(bilateral_filter(image, 2, 100)[6, 5, 0]) - 0.35) < 0.1


def test_the_guided_filter_is_ridge_regression_in_every_window() -> None:
    image, radius, regularization = random_picture(9, 10, 1), 1, 0.02
    padded = np.pad(image[:, :, 0].astype(np.float64), 2 * radius, "symmetric")
    sums, height, width = np.zeros((11, 12)), 9, 10
    # Windows around every pixel, and around those one beyond the border.
    for top, left in np.ndindex(height + 2, width + 2):
        window = padded[top : top + 3, left : left + 3]
        guide = window.ravel() - window.mean()
        slope = (guide @ guide) / (guide @ guide + 9 * regularization)
        fitted = window.mean() + slope * (window - window.mean())
        for down, across in np.ndindex(3, 3):
            row, column = top + down - 1, left + across - 1
            if 0 <= row < height + 2 and 0 <= column < width + 2:
                sums[row, column] += fitted[down, across] / 9
    result = guided_filter(image, radius, regularization)[:, :, 0]
    # scipy mirrors the slopes at the border, which the windows beyond it repeat.
    np.testing.assert_allclose(result[1:-1, 1:-1], sums[2:-2, 2:-2], atol=1e-6)


def test_the_domain_transform_is_its_definition() -> None:
    """Every pixel of a line against every other: equation 11 and the box of equation 14."""
    image, guide, spread, contrast = random_picture(7, 8, 3), random_picture(7, 8, 3), 3.0, 0.4
    result = image.astype(np.float64)
    for index in range(3):
        deviation = spread * np.sqrt(3) * 2 ** (2 - index) / np.sqrt(4**3 - 1)
        for axis in (1, 0):
            lines, guides = result.swapaxes(0, 1 - axis), guide.swapaxes(0, 1 - axis)
            means = np.empty_like(lines)
            for line, along, out in zip(lines, guides, means, strict=True):
                step = np.sqrt(np.square(np.diff(along, axis=0)).mean(axis=1))
                place = np.concatenate([[0], np.cumsum(1 + spread / contrast * step)])
                near = np.abs(place[:, None] - place) <= np.sqrt(3) * deviation
                out[:] = near @ line / near.sum(axis=1, keepdims=True)
            result = means.swapaxes(0, 1 - axis)
    filtered = domain_transform_filter(image, guide, spread, contrast)
    np.testing.assert_allclose(filtered, result, atol=1e-6)


def test_the_domain_transform_has_the_spread_that_it_is_told() -> None:
    flat = np.zeros((101, 101, 1), np.float32)
    answer = domain_transform_filter(impulse(101), flat, 6.0, 1.0)[:, :, 0]
    place = np.arange(101) - 50
    assert answer.sum() == pytest.approx(1, abs=1e-4)
    # Boxes of whole pixels are a little wider than r on each side.
    assert (answer.sum(axis=0) @ place**2) ** 0.5 == pytest.approx(6, rel=0.08)


def test_non_local_means_are_their_formula() -> None:
    image, sigma, decay = random_picture(12, 13, 3), 0.1, 0.4
    patch, distance = 3, 2
    margin = distance + 1
    edge = ((margin, margin), (margin, margin), (0, 0))
    padded = np.pad(image.astype(np.float64), edge, "symmetric")
    expected = np.zeros(image.shape)
    for row, column in np.ndindex(12, 13):
        around = padded[row + 2 : row + 5, column + 2 : column + 5]
        total = 0.0
        for down, across in np.ndindex(2 * distance + 1, 2 * distance + 1):
            top, left = row + 1 + down, column + 1 + across
            other = padded[top - 1 : top + patch - 1, left - 1 : left + patch - 1]
            apart = np.square(other - around).mean()
            weight = np.exp(-max(apart - 2 * sigma**2, 0) / decay**2)
            expected[row, column] += weight * padded[top, left]
            total += weight
        expected[row, column] /= total
    result = nl_means_filter(image, sigma, patch=patch, distance=distance, decay=decay)
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_total_variation_moves_both_sides_of_a_step_by_weight_over_width() -> None:
    """The known solution: for sides of n pixels, weight / n on each, and the edge stays sharp."""
    image = np.zeros((12, 20, 1), np.float32)
    image[:, 10:] = 1
    result = total_variation_filter(image, 0.5, 3000)
    np.testing.assert_allclose(result[:, :10], 0.05, atol=2e-3)
    np.testing.assert_allclose(result[:, 10:], 0.95, atol=2e-3)


def test_total_variation_reaches_nearly_the_least_energy() -> None:
    image = random_picture(24, 24, 1)

    def energy(result: Image) -> float:
        down, across = np.zeros((2, 24, 24))
        down[:-1], across[:, :-1] = np.diff(result[:, :, 0], axis=0), np.diff(result[:, :, 0])
        return float(np.hypot(down, across).sum() + np.square(result - image).sum() / (2 * 0.1))

    default, long = (energy(total_variation_filter(image, 0.1, n)) for n in (50, 2000))
    assert long <= default < 1.005 * long
    assert default < 0.8 * energy(image)


def test_wavelets_take_white_noise_and_keep_a_ramp() -> None:
    ramp = np.repeat(np.linspace(0.2, 0.8, 128, dtype=np.float32)[None, :, None], 128, axis=0)
    image = ramp + 0.1 * noise(128)
    error = np.square(wavelet_filter(image, 0.1) - ramp)[16:-16, 16:-16].mean()
    # Of the coefficients 1 / 64 is coarser than all levels and stays.
    assert error < 0.01 / 64 * 2.5
    np.testing.assert_allclose(wavelet_filter(ramp, 1e-6), ramp, atol=1e-5)


def test_opponent_axes_are_orthonormal_and_grey_is_the_first() -> None:
    np.testing.assert_allclose(AXES @ AXES.T, np.eye(3), atol=1e-7)
    seen: list[Image] = []

    def watched(planes: Image) -> Image:
        seen.append(planes)
        return planes

    image = random_picture(4, 5, 3)
    np.testing.assert_allclose(in_opponent_colors(image, watched), image, atol=1e-6)
    grey = np.repeat(image[:, :, :1], 3, axis=2)
    in_opponent_colors(grey, watched)
    np.testing.assert_allclose(seen[1][:, :, 1:], 0, atol=1e-6)
    assert in_opponent_colors(image[:, :, :1], watched).shape == (4, 5, 1)

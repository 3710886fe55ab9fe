"""Blur kernels: their sums, their moments, their shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from restorekit import kernels
from restorekit.errors import UsageError

ALL = {
    "gaussian": kernels.gaussian(1.7),
    "long gaussian": kernels.gaussian(3, 1, 30),
    "generalized": kernels.generalized_gaussian(2, 1, 60, beta=0.7),
    "plateau": kernels.plateau(2, 1, 60, beta=1.5, size=21),
    "sinc": kernels.sinc(1.2, size=21),
    "disk": kernels.disk(3.3),
    "line": kernels.line(9.5, 25),
    "small": kernels.gaussian(0.05),
}


def moments(psf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean place, (down, right), and the covariance."""
    half = len(psf) // 2
    places = np.stack(np.meshgrid(*[np.arange(-half, half + 1)] * 2, indexing="ij"), axis=-1)
    mean = (psf[..., None] * places).sum(axis=(0, 1))
    apart = places - mean
    return mean, np.einsum("ij,ijk,ijl->kl", psf, apart, apart)


@pytest.mark.parametrize("name", ALL)
def test_kernels_are_normalized_odd_and_centred(name: str) -> None:
    psf = ALL[name]
    assert psf.dtype == np.float64
    assert psf.shape == (len(psf), len(psf))
    assert len(psf) % 2 == 1
    assert psf.sum() == pytest.approx(1, abs=1e-12)
    assert (psf.min() >= 0) == (name != "sinc")
    np.testing.assert_allclose(moments(psf)[0], 0, atol=1e-9)


def test_moments_of_the_gaussian() -> None:
    _, covariance = moments(kernels.gaussian(2.5))
    np.testing.assert_allclose(covariance, np.diag([6.25, 6.25]), rtol=0.005, atol=1e-9)
    _, turned = moments(kernels.gaussian(3, 1, 30))
    turn = math.radians(30)
    # Counter-clockwise as one looks at it: to the right and up, which is down with a minus.
    axis = np.array([-math.sin(turn), math.cos(turn)])
    expected = 9 * np.outer(axis, axis) + 1 * (np.eye(2) - np.outer(axis, axis))
    np.testing.assert_allclose(turned, expected, rtol=0.01, atol=0.01)


def test_a_shift_moves_the_middle() -> None:
    mean, _ = moments(kernels.gaussian(1.5, shift=0.5))
    np.testing.assert_allclose(mean, 0.5, atol=1e-3)


def test_the_shapes_meet_in_the_gaussian() -> None:
    plain = kernels.gaussian(2, 1, 20, size=15)
    np.testing.assert_allclose(kernels.generalized_gaussian(2, 1, 20, beta=1, size=15), plain)
    middle = kernels.generalized_gaussian(2, beta=8, size=15)[7]
    np.testing.assert_allclose(middle[6:9], middle[7], rtol=0.01)
    assert middle[10] < 1e-6 * middle[7]
    plateau = kernels.plateau(2, beta=1.5, size=15)[7]
    assert plateau[7] / plateau[9] == pytest.approx(2)
    assert plateau[7] / plateau[11] == pytest.approx(1 + 4**1.5)


def test_the_disk_has_the_radius() -> None:
    for radius in (2, 5.5, 12.25):
        psf = kernels.disk(radius)
        _, covariance = moments(psf)
        # Of a disk r^2 / 4; gathering it into pixels adds 1/12 (Sheppard's correction).
        expected = radius**2 / 4 + 1 / 12
        np.testing.assert_allclose(np.diag(covariance), expected, rtol=0.05)
        assert psf.max() == pytest.approx(1 / (math.pi * radius**2), rel=0.05)
    np.testing.assert_array_equal(kernels.disk(0), [[1]])


def test_the_sinc_passes_below_its_cutoff_and_stops_above() -> None:
    cutoff = 1.5
    spectrum = np.abs(np.fft.fft2(kernels.sinc(cutoff, size=101), (256, 256)))
    frequency = 2 * np.pi * np.fft.fftfreq(256)
    radius = np.hypot(frequency[:, None], frequency)
    assert spectrum[radius < cutoff - 0.2].min() > 0.9
    assert spectrum[radius > cutoff + 0.2].max() < 0.1


def test_the_line_has_its_length_and_direction() -> None:
    for length, angle in ((9, 0), (9, 90), (14.5, 30)):
        _, covariance = moments(kernels.line(length, angle))
        turn = math.radians(angle)
        axis = np.array([-math.sin(turn), math.cos(turn)])
        # Of a segment L^2 / 12; sharing each place among its pixels adds 1/6 on the mean.
        assert axis @ covariance @ axis == pytest.approx(length**2 / 12 + 1 / 6, abs=0.1)
        aside = np.array([axis[1], -axis[0]])
        assert aside @ covariance @ aside < 0.2
    np.testing.assert_array_equal(kernels.line(0), [[1]])
    row = kernels.line(8, 0)
    assert row[:4].max(initial=0) == 0
    np.testing.assert_allclose(row[4, 1:8], 1 / 8, rtol=0.05)


def test_a_path_leaves_its_trace() -> None:
    psf = kernels.path(np.array([0.0, 1.0, -1.0, 0.5]), np.array([0.0, -2.0, 2.0, 0.0]))
    assert psf.shape == (5, 5)
    expected = np.zeros((5, 5))
    expected[2, 2], expected[3, 0], expected[1, 4], expected[3, 2] = 1.5, 1, 1, 0.5
    np.testing.assert_allclose(psf, expected / 4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: kernels.gaussian(0), "a kernel's widths: expected above 0"),
        (lambda: kernels.gaussian(math.nan), "a kernel's widths: expected above 0"),
        (lambda: kernels.gaussian(1, size=4), "an odd number of pixels, got 4"),
        (lambda: kernels.sinc(1, size=0), "an odd number of pixels, got 0"),
        (lambda: kernels.normalized(np.zeros((3, 3))), "a sum above 0, got 0"),
        (lambda: kernels.normalized(np.full((3, 3), np.nan)), "a sum above 0, got nan"),
        (lambda: kernels.normalized(np.ones((3, 5))), r"\(n, n\), n odd, got \(3, 5\)"),
        (lambda: kernels.normalized(np.ones((0, 0))), "n odd"),
    ],
)
def test_what_is_no_kernel(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(UsageError, match=words):
        make()


def test_one_blur_after_another() -> None:
    one, other = kernels.gaussian(1.5), kernels.gaussian(2)
    both = kernels.after(one, other)
    assert len(both) == len(one) + len(other) - 1
    _, covariance = moments(both)
    np.testing.assert_allclose(covariance, np.eye(2) * (1.5**2 + 2**2), rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(kernels.after(one, kernels.delta()), one, atol=1e-15)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_bicubics_middle_lies_between_the_pixels_that_are_taken(scale: int) -> None:
    psf = kernels.bicubic(scale)
    mean, _ = moments(psf)
    np.testing.assert_allclose(mean, -(scale - 1) / 2, atol=1e-12)
    assert psf.sum() == pytest.approx(1)
    assert (psf.min() < 0) == (scale > 1)


def test_a_kernel_on_more_or_fewer_pixels() -> None:
    psf = kernels.gaussian(2)
    larger, nothing = kernels.resized(psf, 31)
    np.testing.assert_allclose(larger[7:-7, 7:-7], psf, rtol=1e-12)
    assert (larger.shape, nothing) == ((31, 31), pytest.approx(0, abs=1e-12))
    smaller, lost = kernels.resized(psf, 5)
    assert smaller.shape == (5, 5)
    assert smaller.sum() == pytest.approx(1)
    # 5 pixels reach 1.25 standard deviations each way.
    assert lost == pytest.approx(1 - math.erf(1.25 / math.sqrt(2)) ** 2, abs=0.01)
    same, _ = kernels.resized(psf, len(psf))
    np.testing.assert_allclose(same, psf, rtol=1e-12)


def test_a_margin_of_nothing_is_trimmed() -> None:
    psf = kernels.line(7, 30)
    wide, _ = kernels.resized(psf, len(psf) + 8)
    np.testing.assert_allclose(kernels.trimmed(wide), kernels.trimmed(psf), rtol=1e-12)
    assert kernels.trimmed(np.pad([[1.0]], 4)).shape == (1, 1)
    moved = np.zeros((7, 7))
    moved[3, 5] = 1  # its middle stays where it is
    np.testing.assert_array_equal(kernels.trimmed(moved), moved[1:-1, 1:-1])

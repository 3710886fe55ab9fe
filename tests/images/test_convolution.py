"""Convolution, against another implementation of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from restorekit import kernels
from restorekit.images.convolution import both_ways, convolve

PSFS = {
    "round": kernels.gaussian(1.7),
    "long": kernels.gaussian(3, 1, 30),
    "shifted": kernels.gaussian(1.2, shift=0.5),
    "sinc": kernels.sinc(1.2, size=21),
    "line": kernels.line(9.5, 25),
    "point": kernels.gaussian(0.05, size=25),
    "large": kernels.disk(30),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(40, 33), (25, 60), (5, 4), (2, 3), (1, 7)])
@pytest.mark.parametrize("name", PSFS)
def test_blurring_is_convolution_with_mirrored_edges(
    name: str, size: tuple[int, int], channels: int
) -> None:
    image = np.random.default_rng(0).random((*size, channels), np.float32)
    before = image.copy()
    result = convolve(image, PSFS[name])
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(image, before)
    for channel in range(channels):
        plane = image[..., channel].astype(np.float64)
        # SciPy calls it mirror: the edge itself is not repeated.
        expected = ndimage.convolve(plane, PSFS[name], mode="mirror")
        np.testing.assert_allclose(result[..., channel], expected, atol=3e-6)


def test_a_point_becomes_the_kernel() -> None:
    image = np.zeros((31, 31, 1), np.float32)
    image[15, 15] = 1
    uneven = kernels.normalized(np.array([[0.0, 0, 3], [0, 1, 0], [0, 0, 0]]))
    for psf in (uneven, kernels.gaussian(2, 1, 30, size=21)):
        half = len(psf) // 2
        around = slice(15 - half, 16 + half)
        np.testing.assert_allclose(convolve(image, psf)[around, around, 0], psf, atol=1e-7)


def test_margins_of_nothing_change_nothing() -> None:
    image = np.random.default_rng(0).random((30, 20, 3), np.float32)
    psf = kernels.gaussian(2, 1, 30, size=9)
    np.testing.assert_array_equal(convolve(image, np.pad(psf, 20)), convolve(image, psf))


def test_a_matrix_along_each_axis() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((5, 7, 3), np.float32)
    down, across = rng.random((4, 5), np.float32), rng.random((9, 7), np.float32)
    expected = np.einsum("ih,jw,hwc->ijc", down, across, image)
    np.testing.assert_allclose(both_ways(image, down, across), expected, rtol=1e-5)
    sideways = image.swapaxes(0, 1)
    np.testing.assert_allclose(
        both_ways(sideways, across, down), expected.swapaxes(0, 1), rtol=1e-5
    )

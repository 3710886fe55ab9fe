from __future__ import annotations

import numpy as np
import pytest

from restorekit.images.quantize import stretch, to_bits, to_float, to_integers


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_every_integer_survives(bits: int, dtype: type) -> None:
    every = np.arange(2**bits, dtype=dtype).reshape(1, -1, 1)
    image = to_float(every)
    assert image.dtype == np.float32
    np.testing.assert_array_equal(image, (every / (2**bits - 1)).astype(np.float32))
    np.testing.assert_array_equal(to_integers(image, bits), every)


def test_the_dtype_decides_the_range_even_of_a_dark_picture() -> None:
    dark = np.full((2, 2, 3), 200, np.uint16)
    assert to_float(dark)[0, 0, 0] == np.float32(200 / 65535)


def test_halves_go_up_and_what_is_outside_is_clipped() -> None:
    rows = np.array([[[0.5], [-3.0], [7.0], [1.49 / 255], [1.51 / 255]]], np.float32)
    assert to_integers(rows, 8).ravel().tolist() == [128, 0, 255, 1, 2]


def test_depths_convert_to_nearest() -> None:
    every = np.arange(65536, dtype=np.uint16).reshape(1, -1, 1)
    np.testing.assert_array_equal(to_bits(every, 8), np.rint(every / 257).astype(np.uint8))
    bytes_ = np.arange(256, dtype=np.uint8).reshape(1, -1, 1)
    np.testing.assert_array_equal(to_bits(to_bits(bytes_, 16), 8), bytes_)
    assert to_bits(bytes_, 8) is bytes_


@pytest.mark.parametrize("depth", [10, 12])
def test_stretching_fills_the_range(depth: int) -> None:
    full = 2**depth - 1
    every = np.arange(full + 1, dtype=np.uint16)
    wide = stretch(every, full)
    assert (wide[0], wide[-1]) == (0, 65535)
    np.testing.assert_array_equal(np.rint(wide / 65535 * full), every)

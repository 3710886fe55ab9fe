"""What every restorer promises, whether it is a network or an interpolation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.contracts import Size

if TYPE_CHECKING:
    from restorekit.contracts import AnyRows, Bits, Image, Restorer

DTYPES = {8: np.uint8, 16: np.uint16, 32: np.float32}
SIZES = ((1, 1), (3, 5), (2, 31), (16, 16), (23, 17))


def picture(height: int, width: int, channels: int, seed: int = 0) -> Image:
    """Random pixels over the whole range."""
    draw = np.random.default_rng(seed)
    return draw.random((height, width, channels), dtype=np.float32)


def restored(restorer: Restorer, image: Image, bits: Bits = 32) -> AnyRows:
    """The whole result, after every promise about its bands was checked."""
    before, calls = image.copy(), list[tuple[int, int]]()
    height, width, channels = image.shape
    rows: list[AnyRows] = []
    top = 0
    for band in restorer.bands(image, bits=bits, on_tile=lambda *call: calls.append(call)):
        assert band.top == top
        assert band.rows.dtype == DTYPES[bits]
        assert band.rows.shape[1:] == (width * restorer.scale, channels)
        rows.append(band.rows.copy())
        top += len(band.rows)
    assert top == height * restorer.scale
    count = restorer.tiles(Size(height, width))
    assert calls == [(i + 1, count) for i in range(count)]
    np.testing.assert_array_equal(image, before)
    result = np.concatenate(rows)
    full = 1 if bits == 32 else 2**bits - 1
    assert result.min() >= 0
    assert result.max() <= full
    return result


def check_depths(restorer: Restorer, image: Image) -> None:
    """8 and 16 bits are the float result, rounded to nearest."""
    exact = restored(restorer, image).astype(np.float64)
    assert np.abs(restored(restorer, image, 8) / 255 - exact).max() <= 0.5001 / 255
    # float32 itself keeps no more than 24 bits, so that halves of 65535 may go either way.
    assert np.abs(restored(restorer, image, 16) / 65535 - exact).max() <= 0.51 / 65535

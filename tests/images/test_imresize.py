"""The figures of the tables are held by ``tests/metrics/test_protocols.py``; here, properties."""

from __future__ import annotations

import numpy as np
import pytest

from restorekit.contracts import Size
from restorekit.errors import UsageError
from restorekit.images.imresize import imresize
from restorekit.images.resize import resize

PICTURE = np.random.default_rng(1).random((48, 36, 3))


def test_half_size_by_hand() -> None:
    impulse = np.zeros((6, 1, 1))
    impulse[2] = 1
    # Row i of the result lies at 2 i + 0.5; row 2 is also the mirrored row -3.
    h = {0.25: 0.8671875, 0.75: 0.2265625, 1.25: -0.0703125, 1.75: -0.0234375}
    expected = np.array([h[0.75] + h[1.75], h[0.25], h[1.25]]) / 2
    np.testing.assert_allclose(imresize(impulse, Size(3, 1))[:, 0, 0], expected, atol=1e-12)


@pytest.mark.parametrize("target", [0.5, 0.3, 2, 3.7, Size(20, 90), Size(1, 1)], ids=str)
def test_constants_stay_and_sizes_are_those_of_ceil(target: float | Size) -> None:
    result = imresize(np.full((48, 36, 1), 7.0), target)
    np.testing.assert_allclose(result, 7, atol=1e-12)
    size = target if isinstance(target, Size) else (np.ceil(48 * target), np.ceil(36 * target))
    assert result.shape[:2] == tuple(size)
    assert result.dtype == np.float64


@pytest.mark.parametrize("scale", [0.5, 0.25, 2, 3])
def test_it_is_symmetric(scale: float) -> None:
    whole = imresize(PICTURE, scale)
    np.testing.assert_allclose(imresize(PICTURE[::-1], scale)[::-1], whole, atol=1e-12)
    np.testing.assert_allclose(
        imresize(PICTURE.transpose(1, 0, 2), scale).transpose(1, 0, 2), whole, atol=1e-12
    )


@pytest.mark.parametrize("scale", [0.5, 0.25, 2, 3])
def test_inside_it_is_the_bicubic_of_pillow(scale: float) -> None:
    size = Size(round(48 * scale), round(36 * scale))
    ours, pillows = imresize(PICTURE, scale), resize(PICTURE, size, "bicubic")
    edge = round(2 * max(scale, 1)) + 1
    inside = (slice(edge, -edge), slice(edge, -edge))
    np.testing.assert_allclose(ours[inside], pillows[inside], atol=1e-6)
    assert np.abs(ours - pillows).max() > 0.001  # the mirrored edges


def test_blocks_are_the_whole() -> None:
    tall = np.random.default_rng(2).random((3000, 400, 1))
    np.testing.assert_array_equal(
        imresize(tall, 0.5)[200:1200], imresize(tall[:2800], 0.5)[200:1200]
    )
    np.testing.assert_array_equal(imresize(tall, 1), tall)


def test_sizes_are_not_a_rounding_error_too_large() -> None:
    assert 50 * 1.1 > 55
    assert imresize(np.zeros((50, 4, 1)), 1.1).shape[0] == 55
    for length in range(1, 48):
        for target in range(1, 60, 7):
            assert imresize(PICTURE[:length, :1], Size(target, 2)).shape == (target, 2, 3)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_no_such_size(scale: float) -> None:
    with pytest.raises(UsageError, match="no picture can have this size"):
        imresize(PICTURE, scale)

"""Difference maps hold the numbers that their label tells."""

from __future__ import annotations

import numpy as np
import pytest

from restorekit.errors import UsageError
from restorekit.viewing.difference import difference, told


def picture(*levels: int) -> np.ndarray:
    return np.array(levels, np.uint8).reshape(1, -1, 1)


def test_the_map_is_the_amplified_distance() -> None:
    left, right = picture(10, 20, 0, 255), picture(13, 15, 255, 0)
    assert difference(left, right).ravel().tolist() == [12, 20, 255, 255]
    assert difference(left, right, amplification=1).ravel().tolist() == [3, 5, 255, 255]
    assert difference(right, left).ravel().tolist() == difference(left, right).ravel().tolist()


def test_a_signed_map_tells_brighter_from_darker() -> None:
    left, right = picture(10, 20, 0, 255, 7), picture(13, 15, 255, 0, 7)
    signed = difference(left, right, amplification=2, signed=True).ravel().tolist()
    assert signed == [122, 138, 0, 255, 128]


def test_grey_is_compared_with_every_channel() -> None:
    colour = np.array([[[10, 20, 30]]], np.uint8)
    assert difference(colour, picture(20), amplification=1).tolist() == [[[10, 0, 10]]]
    assert difference(picture(20), colour, amplification=1).tolist() == [[[10, 0, 10]]]


def test_large_pictures_are_whole() -> None:
    left = np.random.default_rng(0).integers(0, 256, (700, 500, 3), np.uint8)
    right = left[::-1]
    expected = np.minimum(4 * np.abs(left.astype(int) - right), 255)
    assert np.array_equal(difference(left, right), expected)


def test_what_has_no_difference_is_told() -> None:
    with pytest.raises(UsageError, match="expected 2x1, got 3x1"):
        difference(picture(1, 2), picture(1, 2, 3))
    with pytest.raises(UsageError, match="more than 0"):
        difference(picture(1), picture(2), amplification=0)


def test_labels_tell_the_formula() -> None:
    assert told("a", "b") == "|a \N{MINUS SIGN} b| \N{MULTIPLICATION SIGN} 4"
    assert (
        told("a", "b", amplification=0.5, signed=True)
        == "(a \N{MINUS SIGN} b) \N{MULTIPLICATION SIGN} 0.5"
    )

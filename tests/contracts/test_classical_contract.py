"""Every method of the classical folder keeps a restorer's promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from restorer_promises import SIZES, check_depths, picture, restored

from restorekit.catalog import Catalog
from restorekit.contracts import Resample, Task

if TYPE_CHECKING:
    from restorekit.contracts import Bits

METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
pytestmark = pytest.mark.parametrize("name", METHODS.names())


def test_it_says_what_it_is(name: str) -> None:
    method = METHODS[name]
    assert method.name == name
    assert method.task in get_args(Task)
    assert method.resample in get_args(Resample)
    assert method.scale >= 1
    assert 5 < len(method.title) < 60


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_bands_make_up_the_picture(
    name: str, size: tuple[int, int], channels: int, bits: Bits
) -> None:
    assert np.isfinite(restored(METHODS[name], picture(*size, channels), bits)).all()


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_a_constant_picture_stays_constant(name: str, level: float) -> None:
    image = np.full((19, 21, 3), level, np.float32)
    assert np.abs(restored(METHODS[name], image) - level).max() < 1e-6


def test_depths_agree(name: str) -> None:
    check_depths(METHODS[name], picture(20, 30, 3))


def test_equal_channels_stay_equal(name: str) -> None:
    grey = picture(20, 30, 1)
    colour = restored(METHODS[name], np.repeat(grey, 3, axis=2))
    expected = restored(METHODS[name], grey)
    assert np.abs(colour - expected).max() < 1e-6


def test_read_only_pictures_are_taken(name: str) -> None:
    image = picture(9, 8, 3)
    expected = restored(METHODS[name], image)
    image.flags.writeable = False
    np.testing.assert_array_equal(restored(METHODS[name], image), expected)

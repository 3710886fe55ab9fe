"""Every method of the classical folder keeps a restorer's promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from PIL import Image as PillowImage
from restorer_promises import SIZES, check_depths, picture, restored

from restorekit.catalog import Catalog
from restorekit.contracts import Exemplified, Resample, Task

if TYPE_CHECKING:
    from restorekit.contracts import Bits

METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
PHOTO = Path(__file__).parents[2] / "photos" / "astronaut.jpg"
pytestmark = pytest.mark.parametrize("name", METHODS.names())


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small photo."""
    folder = tmp_path_factory.mktemp("examples")
    with PillowImage.open(PHOTO) as photo:
        photo.crop((180, 90, 276, 186)).save(folder / "face.png")
    return folder


@pytest.fixture
def method(name: str, examples: Path) -> Any:
    """The method, with examples where it needs any."""
    found = METHODS[name]
    return found.with_examples(examples) if isinstance(found, Exemplified) else found


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
    method: Any, size: tuple[int, int], channels: int, bits: Bits
) -> None:
    assert np.isfinite(restored(method, picture(*size, channels), bits)).all()


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_a_constant_picture_stays_constant(method: Any, level: float) -> None:
    image = np.full((19, 21, 3), level, np.float32)
    assert np.abs(restored(method, image) - level).max() < 1e-6


def test_depths_agree(method: Any) -> None:
    check_depths(method, picture(20, 30, 3))


def test_equal_channels_stay_equal(method: Any) -> None:
    grey = picture(20, 30, 1)
    colour = restored(method, np.repeat(grey, 3, axis=2))
    expected = restored(method, grey)
    assert np.abs(colour - expected).max() < 1e-6


def test_read_only_pictures_are_taken(method: Any) -> None:
    image = picture(9, 8, 3)
    expected = restored(method, image)
    image.flags.writeable = False
    np.testing.assert_array_equal(restored(method, image), expected)

"""Photos read for measuring are those read for restoring, rounded."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from made_profiles import rgb_profile
from PIL import Image

from restorekit.errors import PhotoError
from restorekit.images.quantize import to_integers
from restorekit.images.reading import read, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (37, 53, 3)).astype(np.uint8)
DEEP = RNG.integers(0, 65536, (37, 53, 3)).astype(np.uint16)


def written(path: Path, kind: str) -> Path:
    if kind == "oriented":
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(COLOUR).save(path, exif=exif)
    elif kind == "grey":
        Image.fromarray(COLOUR[:, :, 0]).save(path)
    elif kind == "profile":
        Image.fromarray(COLOUR).save(path, icc_profile=rgb_profile("prophoto"))
    elif kind == "opaque":
        Image.fromarray(np.dstack([COLOUR, np.full((37, 53), 255, np.uint8)])).save(path)
    elif kind == "deep":
        path = path.with_suffix(".tif")
        tifffile.imwrite(path, DEEP, photometric="rgb")
    else:
        Image.fromarray(COLOUR).save(path)
    return path


@pytest.mark.parametrize("kind", ["plain", "oriented", "grey", "profile", "opaque", "deep"])
def test_it_is_the_photo_rounded(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "a.png", kind)
    pixels = read_bytes(path)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, to_integers(read(path).color, 8))
    if kind == "profile":
        assert np.abs(pixels.astype(int) - COLOUR).max() > 20


def test_transparency_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.dstack([COLOUR, COLOUR[:, :, 0]])).save(path)
    with pytest.raises(PhotoError, match=r"a\.png is transparent in places"):
        read_bytes(path)


def test_large_photos_are_never_there_in_float(tmp_path: Path) -> None:
    pixels = np.repeat(np.repeat(COLOUR, 40, axis=0), 40, axis=1)
    Image.fromarray(pixels).save(tmp_path / "a.png", compress_level=1)
    tracemalloc.start()
    try:
        read_bytes(tmp_path / "a.png")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * pixels.nbytes

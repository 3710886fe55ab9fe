"""Measuring finds the size that reading finds, and refuses what reading refuses, unread."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from made_photos import exif, noise, saved
from PIL import Image

from restorekit.contracts import Size
from restorekit.errors import PhotoError
from restorekit.images.measuring import measure
from restorekit.images.reading import read

if TYPE_CHECKING:
    from pathlib import Path

HEIGHT, WIDTH = 34, 52


def same(path: Path, content: bytes) -> Size:
    path.write_bytes(content)
    found = measure(path)
    assert found == read(path).size
    return found


def heic(pixels: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    height, width = pixels.shape[:2]
    pillow_heif.from_bytes(mode, (width, height), pixels.tobytes()).save(stream, **options)
    return stream.getvalue()


def tiff(pixels: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, metadata=None, **options)
    return stream.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_every_orientation(tmp_path: Path, kind: str, orientation: int) -> None:
    data = saved(noise(HEIGHT, WIDTH, 3), kind, exif=exif(orientation, (HEIGHT, WIDTH)))
    turned = orientation > 4
    expected = Size(WIDTH, HEIGHT) if turned else Size(HEIGHT, WIDTH)
    assert same(tmp_path / "photo", data) == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_by_a_property_of_its_own(tmp_path: Path, orientation: int) -> None:
    structure = b"Exif\0\0" + exif(orientation, (HEIGHT, WIDTH))
    same(tmp_path / "photo.heic", heic(noise(HEIGHT, WIDTH, 3), exif=structure))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", mode) for mode in ("L", "RGB", "CMYK")]
    + [("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")]
    + [("TIFF", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "F")]
    + [("WEBP", "RGBA"), ("AVIF", "RGBA"), ("BMP", "L"), ("BMP", "P"), ("BMP", "RGB")],
)
def test_every_mode(tmp_path: Path, kind: str, mode: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(noise(HEIGHT, WIDTH, 3)).convert(mode).save(stream, kind)
    assert same(tmp_path / "photo", stream.getvalue()) == (HEIGHT, WIDTH)


def test_deep_pictures(tmp_path: Path) -> None:
    deep = noise(HEIGHT, WIDTH, 3, np.uint16)
    for data in (
        bytes(imagecodecs.png_encode(deep)),
        tiff(deep, photometric="rgb"),
        tiff(deep, photometric="rgb", bigtiff=True, byteorder=">"),
        tiff(deep / np.float32(65535), photometric="rgb"),
        tiff(np.moveaxis(deep, -1, 0), photometric="rgb", planarconfig="separate"),
        imagecodecs.avif_encode(deep >> 6, bitspersample=10),
    ):
        assert same(tmp_path / "photo", data) == (HEIGHT, WIDTH)


def test_turned_bigtiff(tmp_path: Path) -> None:
    pixels = noise(HEIGHT, WIDTH, 3)
    data = tiff(pixels, photometric="rgb", bigtiff=True, extratags=[(274, "H", 1, 6, True)])
    assert same(tmp_path / "photo", data) == (WIDTH, HEIGHT)


def test_the_orientation_of_a_png_behind_its_pixels(tmp_path: Path) -> None:
    whole = saved(noise(HEIGHT, WIDTH, 3), "PNG", exif=exif(6))
    at = whole.index(b"eXIf") - 4
    end = at + 12 + struct.unpack_from(">I", whole, at)[0]
    chunk, without = whole[at:end], whole[:at] + whole[end:]
    assert same(tmp_path / "photo", without[:-12] + chunk + without[-12:]) == (WIDTH, HEIGHT)


def test_no_pixel_is_decoded(tmp_path: Path) -> None:
    """Pixels that are damaged, or of millions times the file, are not looked at."""
    whole = saved(noise(HEIGHT, WIDTH, 3), "PNG")
    at = whole.index(b"IDAT")
    path = tmp_path / "photo.png"
    path.write_bytes(whole[: at + 4] + bytes(len(whole) - at - 20) + whole[-16:])
    assert measure(path) == (HEIGHT, WIDTH)
    with pytest.raises(PhotoError, match="damaged"):
        read(path)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "AVIF", "JPEG", "BMP"])
@pytest.mark.parametrize("length", [0, 3, 20])
def test_headers_that_are_cut_off(tmp_path: Path, kind: str, length: int) -> None:
    path = tmp_path / "사진.img"
    path.write_bytes(saved(noise(HEIGHT, WIDTH, 3), kind)[:length])
    with pytest.raises(PhotoError, match=r"사진\.img") as measured:
        measure(path)
    with pytest.raises(PhotoError) as loaded:
        read(path)
    assert "\n" not in str(measured.value)
    assert str(measured.value).split(":")[0] == str(loaded.value).split(":")[0]


def test_no_photo_no_file_no_sense(tmp_path: Path) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"\x01\x02" * 5000)
    with pytest.raises(
        PhotoError, match=r"letter.jpg is not a photo .* got 10000 bytes that begin"
    ):
        measure(letter)
    with pytest.raises(PhotoError, match="is a folder"):
        measure(tmp_path)
    with pytest.raises(PhotoError, match=r"somewhere/no\.png cannot be opened.*No such file"):
        measure(tmp_path / "no.png", name="somewhere/no.png")
    bomb = bytearray(saved(noise(4, 4, 1), "PNG"))
    bomb[16:24] = struct.pack(">II", 100_000, 100_000)
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(PhotoError, match=r"claims an impossible size.*got 100000x100000"):
        measure(tmp_path / "bomb.png")

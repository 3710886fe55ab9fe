"""Whatever is wrong with a file: one line that names it, and nothing else."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from made_photos import noise, saved, smooth
from PIL import Image

from restorekit.errors import PhotoError
from restorekit.images.reading import read

if TYPE_CHECKING:
    from pathlib import Path


def heic() -> bytes:
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(smooth(120, 160))).save(stream, quality=90)
    return stream.getvalue()


def tiff(**options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, noise(60, 80, 3), photometric="rgb", **options)
    return stream.getvalue()


WHOLE = {
    "jpeg": lambda: saved(smooth(120, 160), "JPEG"),
    "progressive jpeg": lambda: saved(smooth(120, 160), "JPEG", progressive=True),
    "png": lambda: saved(noise(60, 80, 3), "PNG"),
    "palette png": lambda: saved(noise(60, 80, 3), "PNG", "P"),
    "webp": lambda: saved(smooth(120, 160), "WEBP"),
    "lossless webp": lambda: saved(noise(60, 80, 3), "WEBP", lossless=True),
    "avif": lambda: saved(noise(60, 80, 3), "AVIF"),
    "tiff": tiff,
    "lzw tiff": lambda: tiff(compression="lzw"),
    "bmp": lambda: saved(noise(60, 80, 3), "BMP"),
    "heic": heic,
}


def refused(data: bytes | Path, *words: str, **options: int) -> str:
    with pytest.raises(PhotoError) as caught:
        read(data, name=None if not isinstance(data, bytes) else "photo.jpg", **options)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    return message


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_cut_off_is_refused(
    kind: str, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    whole = WHOLE[kind]()
    assert read(whole, name="whole").size.width > 0
    with caplog.at_level(logging.DEBUG, logger="tifffile"):
        refused(whole[: max(12, int(len(whole) * share))], "photo.jpg", "expected")
    assert not caplog.records


def test_a_png_without_its_end_is_refused() -> None:
    refused(WHOLE["png"]()[:-12], "photo.jpg", "cut off")


@pytest.mark.parametrize("kind", WHOLE)
def test_noise_in_the_middle_never_ends_in_a_traceback(kind: str) -> None:
    whole = bytearray(WHOLE[kind]())
    rng = np.random.default_rng(3)
    for _ in range(6):
        start = int(rng.integers(12, len(whole) - 40))
        damaged = whole[:start] + rng.bytes(32) + whole[start + 32 :]
        with contextlib.suppress(PhotoError):
            photo = read(bytes(damaged), name="photo.jpg")
            assert np.isfinite(photo.color).all()
            assert photo.color.shape[2] in {1, 3}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "an empty file"),
        (b"Dear diary, this is no photo. " * 20, "text"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\n<!DOCTYPE html><html>404</html>", "a web page"),
        (b"GIF89a" + bytes(50), "a GIF"),
        (bytes(range(8)) * 9, "begin with 00 01 02 03"),
        (b"\xff", "1 bytes"),
        (b"\xff\x0a" + bytes(30), "a JPEG XL"),
        (b"\0\0\0\x18ftypmp42" + bytes(30), "begin with"),
    ],
)
def test_what_is_no_photo_is_named(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "사진 42.jpg"
    path.write_bytes(content)
    refused(path, "사진 42.jpg is not a photo", "expected a JPEG", word)


def test_the_content_decides_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(WHOLE["png"]())
    assert read(path).encoding.format == "png"


def test_folders_and_missing_files(tmp_path: Path) -> None:
    refused(tmp_path, tmp_path.name, "is a folder")
    refused(tmp_path / "no such.png", "no such.png cannot be opened", "No such file")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(WHOLE["png"]())
    path.chmod(0)
    refused(path, "secret.png cannot be opened", "Permission denied")


def huge_png(side: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + chunk + end


def test_a_header_that_claims_too_much_is_refused_before_decoding() -> None:
    refused(huge_png(60000), "photo.jpg", "at most 400000000 pixels", "60000x60000")
    bmp = bytearray(WHOLE["bmp"]())
    struct.pack_into("<ii", bmp, 18, 50000, 50000)
    refused(bytes(bmp), "photo.jpg", "50000x50000")
    limit = 60 * 80
    for kind in ("png", "bmp", "tiff", "avif"):
        data = WHOLE[kind]()
        assert read(data, name="photo", max_pixels=limit).size == (60, 80)
        refused(data, "photo.jpg", "80x60", max_pixels=limit - 1)
    for kind in ("heic", "webp", "jpeg"):
        refused(WHOLE[kind](), "photo.jpg", "160x120", max_pixels=limit)


def test_pillows_own_limit_is_left_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS
    assert before is not None
    read(WHOLE["png"](), name="photo")
    refused(WHOLE["png"]()[:50])
    assert before == Image.MAX_IMAGE_PIXELS


def test_raw_files_of_cameras_are_refused() -> None:
    stream = io.BytesIO()
    tags = [(50706, 1, 4, (1, 4, 0, 0), True)]
    tifffile.imwrite(stream, noise(8, 9, 3), photometric="rgb", extratags=tags)
    refused(stream.getvalue(), "photo.jpg", "raw file", "develop")
    stream = io.BytesIO()
    tifffile.imwrite(stream, noise(8, 9, 3), photometric="cielab")
    refused(stream.getvalue(), "photo.jpg", "CIELAB", "convert it to RGB")

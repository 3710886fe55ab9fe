"""The whole way of a photo with a model that changes nothing: file in, the same file out.

What was written is read by another way than the project's own: Pillow for 8 bits, imagecodecs and
tifffile for 16.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from made_photos import XMP, exif, facts, noise, saved, smooth, told
from made_profiles import grey_profile, press_profile, rgb_profile
from PIL import Image, ImageOps

from restorekit.tasks.file_options import FileOptions
from restorekit.tasks.running import restore_photos
from restorekit.tasks.super_resolve import SuperResolution

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.batch.run import Report

HEIGHT, WIDTH = 21, 34
CHANNELS = {"grey": 1, "grey+alpha": 2, "RGB": 3, "RGBA": 4}
PROFILES = {"no profile": None, "sRGB": "srgb", "P3": "p3"}
XMP_PACKET = XMP % 1


def restore(source: Path, target: Path, **options: Any) -> Report:
    task = SuperResolution(**{"model": "nearest", "scale": 1.0, **options})
    return restore_photos(
        [str(source)],
        task,
        FileOptions(output=str(target)),
        stdin=lambda: b"",
        stdout=lambda data: None,
        on_event=lambda event: None,
    )


def through(tmp_path: Path, data: bytes, suffix: str) -> tuple[bytes, tuple[str, ...]]:
    """The file that comes back, and what the user was told."""
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    source.write_bytes(data)
    report = restore(source, target)
    assert report.failed == ()
    assert source.read_bytes() == data
    return target.read_bytes(), report.done[0].notes


def picture(mode: str, dtype: Any) -> np.ndarray:
    """Noise, with some pixels partly and some fully transparent, coloured under it."""
    pixels = noise(HEIGHT, WIDTH, CHANNELS[mode], dtype)
    if CHANNELS[mode] in {2, 4}:
        full = np.iinfo(dtype).max
        pixels[:7, :, -1], pixels[7:14, :, -1] = 0, full
    return pixels


def icc_of(name: str, channels: int) -> bytes | None:
    chosen = PROFILES[name]
    if chosen is None:
        return None
    return grey_profile() if channels < 3 else rgb_profile(chosen)


def deep_png(pixels: np.ndarray, icc: bytes | None) -> bytes:
    plain = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    data = bytes(imagecodecs.png_encode(plain))
    around = [(b"eXIf", exif(size=(HEIGHT, WIDTH)))]
    if icc:
        around.insert(0, (b"iCCP", b"icc\0\0" + zlib.compress(icc)))
    body = b"".join(
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
        for kind, payload in around
    )
    return data[:33] + body + data[33:]


def deep_tiff(pixels: np.ndarray, icc: bytes | None) -> bytes:
    stream = io.BytesIO()
    channels = pixels.shape[2]
    tifffile.imwrite(
        stream,
        pixels[:, :, 0] if channels == 1 else pixels,
        photometric="rgb" if channels > 2 else "minisblack",
        extrasamples=["unassalpha"] if channels in {2, 4} else None,
        extratags=[(271, 2, 7, b"Kamera\0", True), (700, 1, len(XMP_PACKET), XMP_PACKET, True)],
        resolution=(300, 240),
        resolutionunit="inch",
        iccprofile=icc,
        metadata=None,
    )
    return stream.getvalue()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in ("PNG", "TIFF") for mode in CHANNELS]
    + [("WEBP", "RGB"), ("WEBP", "RGBA")],
)
def test_8_bits(tmp_path: Path, kind: str, mode: str, profile: str) -> None:
    pixels = picture(mode, np.uint8)
    icc = icc_of(profile, CHANNELS[mode])
    options: dict[str, Any] = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    options |= {"xmp": XMP_PACKET} if kind == "WEBP" else {"dpi": (300, 240)}
    data = saved(pixels, kind, exif=exif(size=(HEIGHT, WIDTH)), icc_profile=icc, **options)
    result, notes = through(tmp_path, data, f".{kind.lower()}")
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(result)) as image:
        assert (image.format, image.mode) == (kind, before.mode)
        shaped = np.asarray(image).reshape(pixels.shape)
        assert image.info.get("icc_profile") == icc
        if kind == "WEBP":
            assert image.info["xmp"] == XMP_PACKET
        else:
            assert image.info["dpi"] == pytest.approx((300, 240), abs=0.02)
        assert facts(image.getexif()) == told(exif(size=(HEIGHT, WIDTH)))
    np.testing.assert_array_equal(shaped, pixels)
    assert all("grey profile" in note for note in notes)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("mode", CHANNELS)
def test_16_bit_png(tmp_path: Path, mode: str, profile: str) -> None:
    pixels = picture(mode, np.uint16)
    icc = icc_of(profile, CHANNELS[mode])
    result, _ = through(tmp_path, deep_png(pixels, icc), ".png")
    decoded = imagecodecs.png_decode(result)
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded.reshape(pixels.shape), pixels)
    with Image.open(io.BytesIO(result)) as image:
        assert image.info.get("icc_profile") == icc
        assert facts(image.getexif()) == told(exif(size=(HEIGHT, WIDTH)))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("mode", CHANNELS)
def test_16_bit_tiff(tmp_path: Path, mode: str, profile: str) -> None:
    pixels = picture(mode, np.uint16)
    icc = icc_of(profile, CHANNELS[mode])
    result, _ = through(tmp_path, deep_tiff(pixels, icc), ".tif")
    with tifffile.TiffFile(io.BytesIO(result)) as file:
        page = file.pages.first
        decoded = page.asarray()
        assert (page.iccprofile or None) == icc
        assert page.tags[271].value == "Kamera"
        assert bytes(page.tags[700].value) == XMP_PACKET
        assert page.get_resolution("inch") == pytest.approx((300, 240))
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded.reshape(pixels.shape), pixels)


@pytest.mark.parametrize("transparent", [False, True])
def test_a_palette_comes_back_as_its_colours(tmp_path: Path, transparent: bool) -> None:
    pixels = noise(HEIGHT, WIDTH, 3)
    index = Image.fromarray(pixels).convert("P").getpixel((4, 4))
    data = saved(pixels, "PNG", "P", **({"transparency": index} if transparent else {}))
    mode = "RGBA" if transparent else "RGB"
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert(mode))
    result, _ = through(tmp_path, data, ".png")
    with Image.open(io.BytesIO(result)) as image:
        assert image.mode == mode
        np.testing.assert_array_equal(np.asarray(image), expected)
    assert not transparent or expected[4, 4, 3] == 0


@pytest.mark.parametrize("press", [None, 30])
def test_cmyk_comes_back_in_srgb_and_that_is_told(tmp_path: Path, press: int | None) -> None:
    icc = None if press is None else press_profile(press)
    data = saved(smooth(HEIGHT, WIDTH), "TIFF", "CMYK", icc_profile=icc, dpi=(300, 240))
    result, notes = through(tmp_path, data, ".tif")
    with Image.open(io.BytesIO(result)) as image:
        assert (image.mode, image.size) == ("RGB", (WIDTH, HEIGHT))
        assert "icc_profile" not in image.info
        assert image.info["dpi"] == pytest.approx((300, 240), abs=0.02)
        pixels = np.asarray(image)
    assert len(notes) == 1
    assert notes[0].startswith("CMYK")
    if press is None:
        assert np.abs(pixels.astype(int) - smooth(HEIGHT, WIDTH)).max() <= 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_photo_comes_back_upright(tmp_path: Path, orientation: int) -> None:
    data = saved(noise(HEIGHT, WIDTH, 3), "PNG", exif=exif(orientation, (HEIGHT, WIDTH)))
    result, _ = through(tmp_path, data, ".png")
    with Image.open(io.BytesIO(data)) as turned, Image.open(io.BytesIO(result)) as image:
        assert image.getexif()[0x0112] == 1
        expected = np.asarray(ImageOps.exif_transpose(turned))
        np.testing.assert_array_equal(np.asarray(image), expected)

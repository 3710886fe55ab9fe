"""A model that changes nothing gives the same photo back: pixels to the bit, tags and all.

What was written is read by another way than the project's own: Pillow for 8 bits, imagecodecs and
tifffile for 16.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import imagecodecs
import numpy as np
import PIL
import pytest
import tifffile
from made_photos import MAKER_NOTE, XMP, exif, facts, identity, noise, restored, saved, smooth, told
from made_profiles import grey_profile, press_profile, rgb_profile
from PIL import Image

from restorekit.images.reading import read
from restorekit.images.writing import encode

CHANNELS = {"grey": 1, "grey+alpha": 2, "RGB": 3, "RGBA": 4}
PROFILES = {
    "no profile": None,
    "sRGB": "srgb",
    "P3": "p3",
    "Adobe": "adobe",
    "ProPhoto": "prophoto",
}


def by_pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def profile_bytes(name: str, channels: int) -> bytes | None:
    chosen = PROFILES[name]
    if chosen is None:
        return None
    return grey_profile() if channels < 3 else rgb_profile(chosen)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in ("PNG", "TIFF") for mode in CHANNELS]
    + [("WEBP", "RGB"), ("WEBP", "RGBA")],
)
def test_lossless_at_8_bits(kind: str, mode: str, profile: str) -> None:
    channels = CHANNELS[mode]
    pixels = noise(21, 34, channels)
    icc = profile_bytes(profile, channels)
    options: dict[str, Any] = {"exif": exif(), "dpi": (300, 240), "icc_profile": icc}
    if kind == "WEBP":
        options |= {"lossless": True, "exact": True}
    data = saved(pixels, kind, **options)
    result = identity(data)
    np.testing.assert_array_equal(by_pillow(result), pixels)
    with Image.open(io.BytesIO(result)) as image:
        assert image.format == kind
        assert image.info.get("icc_profile") == icc
        if kind != "WEBP":
            assert image.info["dpi"] == pytest.approx((300, 240), abs=0.02)
        assert facts(image.getexif()) == told(exif(size=(21, 34)))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("mode", CHANNELS)
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_lossless_at_16_bits(kind: str, mode: str, profile: str) -> None:
    channels = CHANNELS[mode]
    pixels = noise(21, 34, channels, np.uint16)
    icc = profile_bytes(profile, channels)
    plain = pixels[:, :, 0] if channels == 1 else pixels
    if kind == "PNG":
        data = bytes(imagecodecs.png_encode(plain))
    else:
        data = tiff_of(pixels, iccprofile=icc)
    photo = read(data, name="photo")
    assert photo.encoding.bits == 16
    assert photo.color.shape == (21, 34, 1 if channels < 3 else 3)
    result, notes = encode(restored(photo), photo)
    assert notes == ()
    decoded = (
        imagecodecs.png_decode(result) if kind == "PNG" else tifffile.imread(io.BytesIO(result))
    )
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded, plain)
    if kind == "TIFF":
        with tifffile.TiffFile(io.BytesIO(result)) as file:
            assert file.pages.first.iccprofile == icc


def tiff_of(pixels: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    channels = pixels.shape[2]
    tifffile.imwrite(
        stream,
        pixels[:, :, 0] if channels == 1 else pixels,
        photometric="rgb" if channels > 2 else "minisblack",
        extrasamples=["unassalpha"] if channels in {2, 4} else None,
        metadata=None,
        **options,
    )
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_bmp_comes_back_to_the_bit(mode: str) -> None:
    data = saved(noise(21, 34, 3), "BMP", mode)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert("L" if mode in {"1", "L"} else "RGB"))
    result = identity(data)
    with Image.open(io.BytesIO(result)) as image:
        assert image.format == "BMP"
        np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_palettes_and_single_bits_come_back_as_colour_and_grey(kind: str) -> None:
    for mode, plain in (("P", "RGB"), ("1", "L")):
        data = saved(noise(21, 34, 3), kind, mode)
        with Image.open(io.BytesIO(data)) as image:
            expected = np.asarray(image.convert(plain))
        with Image.open(io.BytesIO(identity(data))) as image:
            assert image.mode == plain
            np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_becomes_alpha(mode: str) -> None:
    pixels = noise(21, 34, 3)
    key = {
        "P": None,
        "L": int(Image.fromarray(pixels).convert("L").getpixel((4, 4))),
        "RGB": tuple(int(value) for value in pixels[4, 4]),
    }[mode]
    if mode == "P":
        stream = io.BytesIO()
        palette = Image.fromarray(pixels).quantize(200)
        palette.save(stream, "PNG", transparency=100)
        data = stream.getvalue()
    else:
        data = saved(pixels, "PNG", mode, transparency=key)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert("LA" if mode == "L" else "RGBA"))
    assert 0 in expected[..., -1]
    np.testing.assert_array_equal(by_pillow(identity(data)), expected)


@pytest.mark.parametrize("depth", [2, 4])
def test_png_of_few_greys(depth: int) -> None:
    levels = noise(21, 34, 1) >> (8 - depth)
    packed = saved(levels * (255 // (2**depth - 1)), "PNG", bits=depth)
    np.testing.assert_array_equal(by_pillow(identity(packed)), levels * (255 // (2**depth - 1)))


def test_an_opaque_alpha_channel_comes_back_as_alpha() -> None:
    pixels = noise(21, 34, 4)
    pixels[:, :, 3] = 255
    for kind in ("PNG", "TIFF"):
        photo = read(saved(pixels, kind), name="photo")
        assert photo.alpha is None
        assert photo.has_alpha
        np.testing.assert_array_equal(by_pillow(encode(restored(photo), photo)[0]), pixels)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_srgb(kind: str) -> None:
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, 16:32, 0] = 255
    inks[:, 32:, 3] = 255
    stream = io.BytesIO()
    Image.frombytes("CMYK", (48, 16), inks.tobytes()).save(stream, kind)
    photo = read(stream.getvalue(), name="photo")
    assert photo.color.shape == (16, 48, 3)
    assert any("CMYK" in note for note in photo.notes)
    paper, cyan, black = (photo.color[8, x] for x in (8, 24, 40))
    assert paper.min() > 0.98
    assert cyan[0] < 0.1
    assert cyan[1:].min() > 0.5
    assert black.max() < 0.2
    with Image.open(io.BytesIO(identity(stream.getvalue()))) as image:
        assert image.mode == "RGB"


def test_cmyk_goes_through_its_own_profile() -> None:
    # A press whose full black is a middle grey: L* 50 is sRGB 119.
    inks = np.zeros((8, 16, 4), np.uint8)
    inks[:, 8:, 3] = 255
    image = Image.frombytes("CMYK", (16, 8), inks.tobytes())
    for kind in ("JPEG", "TIFF"):
        stream = io.BytesIO()
        image.save(stream, kind, icc_profile=press_profile(black=50))
        photo = read(stream.getvalue(), name="photo")
        assert photo.notes == ("CMYK was converted to sRGB by the profile of the photo",)
        assert photo.metadata.icc == b""
        np.testing.assert_allclose(restored(photo)[4, 12], 119, atol=3)
        np.testing.assert_allclose(restored(photo)[4, 3], 255, atol=3)


def test_deep_cmyk_with_alpha_in_tiff() -> None:
    inks = np.zeros((8, 16, 5), np.uint16)
    inks[:, :8, 1], inks[..., 4] = 65535, 30000
    stream = io.BytesIO()
    tifffile.imwrite(stream, inks, photometric="separated", extrasamples=["unassalpha"])
    photo = read(stream.getvalue(), name="photo")
    assert photo.color[4, 3].tolist() == [1, 0, 1]
    assert photo.alpha is not None
    assert photo.encoding.bits == 8
    np.testing.assert_allclose(photo.alpha, 30000 / 65535, atol=1 / 255)


def test_ycbcr_in_tiff() -> None:
    stream = io.BytesIO()
    Image.fromarray(smooth(24, 40)).convert("YCbCr").save(stream, "TIFF")
    if int(PIL.__version__.split(".")[0]) < 13:
        pytest.skip("this Pillow cannot read the YCbCr that it writes")
    photo = read(stream.getvalue(), name="photo")
    assert np.abs(restored(photo).astype(int) - smooth(24, 40)).max() <= 3


def test_a_single_bit_with_transparency() -> None:
    stream = io.BytesIO()
    Image.fromarray(noise(21, 34, 1)[:, :, 0]).convert("1").save(stream, "PNG", transparency=0)
    with Image.open(stream) as image:
        expected = np.asarray(image.convert("1"))
    result = by_pillow(identity(stream.getvalue()))
    np.testing.assert_array_equal(result[..., 1], np.where(expected, 255, 0))


def test_bigtiff_where_offsets_of_32_bits_do_not_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    from restorekit.images import tiff

    monkeypatch.setattr(tiff, "BIG", 100)
    pixels = noise(21, 34, 3, np.uint16)
    photo = read(saved(smooth(21, 34), "JPEG", exif=exif(size=(21, 34))), name="photo")
    data, _ = encode(pixels, photo, format="tiff")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert file.is_bigtiff
        np.testing.assert_array_equal(file.pages.first.asarray(), pixels)
        assert file.pages.first.tags["ExifTag"].value["MakerNote"] == MAKER_NOTE
        assert file.pages.first.tags["GPSTag"].value["GPSLatitude"] == (37, 1, 33, 1, 36, 1)
    again = read(data, name="big")
    assert again.metadata.exif
    assert told(again.metadata.exif)["note"] == MAKER_NOTE


def test_lossy_formats_keep_their_kind_and_tags() -> None:
    pixels = smooth(60, 80)
    for kind in ("JPEG", "WEBP", "AVIF"):
        icc = rgb_profile("p3")
        packet = XMP % 1
        data = saved(pixels, kind, exif=exif(), xmp=packet, icc_profile=icc, quality=90)
        result = identity(data)
        with Image.open(io.BytesIO(result)) as image:
            assert image.format == kind
            assert image.info["icc_profile"] == icc
            assert image.info["xmp"] == packet
            assert facts(image.getexif()) == told(exif(size=(60, 80)))
            assert facts(image.getexif())["note"] == MAKER_NOTE
            first = by_pillow(data).astype(int)
            assert np.abs(np.asarray(image).astype(int) - first).mean() < 2


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "lzw", "predictor": True},
        {"compression": "zlib"},
        {"compression": "packbits"},
        {"compression": "zstd"},
        {"tile": (16, 16)},
        {"planarconfig": "separate"},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"rowsperstrip": 3},
    ],
    ids=str,
)
def test_layouts_of_tiff(options: dict[str, Any]) -> None:
    for dtype in (np.uint8, np.uint16):
        pixels = noise(37, 50, 3, dtype)
        stream = io.BytesIO()
        writer_options = {key: options[key] for key in ("byteorder", "bigtiff") if key in options}
        rest = {key: value for key, value in options.items() if key not in writer_options}
        with tifffile.TiffWriter(stream, **writer_options) as writer:
            data = np.moveaxis(pixels, -1, 0) if "planarconfig" in options else pixels
            writer.write(data, photometric="rgb", metadata=None, **rest)
        result = identity(stream.getvalue())
        np.testing.assert_array_equal(tifffile.imread(io.BytesIO(result)), pixels)
        with tifffile.TiffFile(io.BytesIO(result)) as file:
            name = file.pages.first.compression.name.lower()
        assert name == {"zlib": "adobe_deflate"}.get(
            options.get("compression", "none"), options.get("compression", "none")
        )


def test_kinds_of_samples_in_tiff() -> None:
    stream = io.BytesIO()
    floats = np.linspace(-0.1, 1.1, 600, dtype=np.float32).reshape(20, 30)
    tifffile.imwrite(stream, floats, photometric="minisblack")
    photo = read(stream.getvalue(), name="photo")
    np.testing.assert_allclose(photo.color[:, :, 0], np.clip(floats, 0, 1), atol=1 / 65535)
    assert any("clipped" in note for note in photo.notes)
    assert photo.encoding.bits == 16
    stream = io.BytesIO()
    inverted = noise(20, 30, 1)[:, :, 0]
    tifffile.imwrite(stream, inverted, photometric="miniswhite")
    photo = read(stream.getvalue(), name="photo")
    np.testing.assert_array_equal(restored(photo)[:, :, 0], 255 - inverted)


def test_jpeg_in_tiff() -> None:
    stream = io.BytesIO()
    tifffile.imwrite(stream, smooth(64, 80), photometric="rgb", compression="jpeg")
    photo = read(stream.getvalue(), name="photo")
    assert np.abs(photo.color * 255 - smooth(64, 80)).mean() < 3
    assert not photo.encoding.lossless
    result = encode(restored(photo), photo)[0]
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(result)), restored(photo))


def test_premultiplied_alpha_is_undone() -> None:
    stream = io.BytesIO()
    pixels = np.full((4, 5, 4), 255, np.uint8)
    pixels[..., :3], pixels[..., 3] = (50, 100, 0), 128
    pixels[0] = 0
    tifffile.imwrite(stream, pixels, photometric="rgb", extrasamples=["assocalpha"])
    photo = read(stream.getvalue(), name="photo")
    assert restored(photo)[1, 0].tolist() == [100, 199, 0, 128]
    assert any("premultiplied" in note for note in photo.notes)


def test_the_first_of_many_is_read_and_said() -> None:
    stream = io.BytesIO()
    pages = [noise(12, 13, 3), noise(14, 13, 3)]
    with tifffile.TiffWriter(stream) as writer:
        for page in pages:
            writer.write(page, photometric="rgb", metadata=None)
    animations = [stream.getvalue()]
    for kind in ("WEBP", "PNG"):
        stream = io.BytesIO()
        frames = [Image.fromarray(noise(12, 13, 3)), Image.new("RGB", (13, 12))]
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        frames[0].save(stream, kind, save_all=True, append_images=frames[1:], **options)
        animations.append(stream.getvalue())
    for data in animations:
        photo = read(data, name="photo")
        assert any("first of 2" in note for note in photo.notes)
        np.testing.assert_array_equal(restored(photo), pages[0])


def test_pictures_of_a_phone_with_a_second_one_inside_stay_jpegs() -> None:
    stream = io.BytesIO()
    first = Image.fromarray(smooth(24, 40))
    first.save(stream, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 12))])
    photo = read(stream.getvalue(), name="photo.jpg")
    assert photo.encoding.format == "jpeg"
    assert photo.notes == ("only the first of 2 pictures in the file was read",)
    assert photo.size == (24, 40)
    with Image.open(io.BytesIO(encode(restored(photo), photo)[0])) as image:
        assert image.format == "JPEG"


def test_many_threads_read_at_once() -> None:
    kinds = ("PNG", "TIFF", "BMP")
    files = [(saved(noise(20 + i, 30, 3), kinds[i % 3]), noise(20 + i, 30, 3)) for i in range(24)]
    before = Image.MAX_IMAGE_PIXELS
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(lambda file: read(file[0], name="photo"), files))
    for photo, (_, pixels) in zip(photos, files, strict=True):
        np.testing.assert_array_equal(restored(photo), pixels)
    assert before == Image.MAX_IMAGE_PIXELS


def test_deep_avif_fills_16_bits() -> None:
    for depth in (10, 12):
        full = 2**depth - 1
        grey = np.linspace(0, full, 64).astype(np.uint16)
        pixels = np.repeat(np.repeat(grey[None, :, None], 16, 0), 3, 2)
        data = bytes(imagecodecs.avif_encode(pixels, bitspersample=depth, level=100))
        photo = read(data, name="photo")
        assert photo.encoding.bits == 16
        np.testing.assert_allclose(photo.color, pixels / full, atol=1.5 / full)


@pytest.mark.parametrize("bits", [8, 10])
def test_heic_is_read_upright_and_becomes_a_jpeg(bits: int) -> None:
    import pillow_heif

    pixels = smooth(48, 64)
    icc = rgb_profile("p3")
    if bits == 8:
        file = pillow_heif.from_pillow(Image.fromarray(pixels))
    else:
        wide = (pixels.astype(np.uint16) * 257).tobytes()
        file = pillow_heif.from_bytes("RGB;16", (64, 48), wide)
    stream = io.BytesIO()
    file.save(stream, quality=-1, chroma=444, exif=exif(6), icc_profile=icc)
    photo = read(stream.getvalue(), name="photo.heic")
    assert photo.encoding.bits == (8 if bits == 8 else 16)
    assert photo.metadata.icc == icc
    assert photo.profile is not None
    turned = np.rot90(pixels, -1)
    assert photo.size == turned.shape[:2]
    file_values = restored(photo) / (255 if bits == 8 else 65535)
    assert np.abs(file_values - turned / 255).max() < 0.02
    data, notes = encode(restored(photo), photo)
    assert any("HEIF is written as JPEG" in note for note in notes)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (48, 64))
        assert facts(image.getexif()) == told(exif(size=(64, 48)))
        assert image.info["icc_profile"] == icc

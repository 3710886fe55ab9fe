from __future__ import annotations

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from made_photos import MAKER_NOTE, XMP, exif, facts, identity, noise, restored, saved, smooth, told
from made_profiles import rgb_profile
from PIL import Image, PngImagePlugin

from restorekit.contracts import Size
from restorekit.images import exif as exif_tags
from restorekit.images import png, xmp
from restorekit.images.finish import finish
from restorekit.images.reading import read
from restorekit.images.writing import encode

IPTC = b"\x1c\x02\x78\x00\x07caption" + b"\x1c\x02\x50\x00\x05autor"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_orientation_is_applied_and_reset(kind: str, orientation: int) -> None:
    upright = smooth(24, 40)
    # How the pixels lie in the file, so that the tag turns them upright.
    stored = {
        1: upright,
        2: np.fliplr(upright),
        3: np.rot90(upright, 2),
        4: np.flipud(upright),
        5: np.swapaxes(upright, 0, 1),
        6: np.rot90(upright),
        7: np.swapaxes(np.rot90(upright, 2), 0, 1),
        8: np.rot90(upright, -1),
    }[orientation]
    tags = exif(orientation, stored.shape[:2])
    options = {"lossless": True} if kind == "WEBP" else {}
    options |= {"quality": 100} if kind in {"JPEG", "AVIF"} else {}
    data = saved(np.ascontiguousarray(stored), kind, exif=tags, **options)
    photo = read(data, name="photo")
    assert photo.size == (24, 40)
    assert np.abs(restored(photo).astype(int) - upright).max() <= (
        9 if options.get("quality") else 0
    )
    with Image.open(io.BytesIO(identity(data))) as image:
        assert image.size == (40, 24)
        found = facts(image.getexif())
        if kind == "AVIF":
            # Pillow keeps the orientation of an AVIF in the container.
            assert found.pop("orientation") in {1, None}
        assert found.items() <= told(exif(1, (24, 40))).items()


def test_orientation_of_deep_tiff_and_png() -> None:
    upright = noise(6, 9, 3, np.uint16)
    stored = np.ascontiguousarray(np.rot90(upright))
    stream = io.BytesIO()
    tifffile.imwrite(stream, stored, photometric="rgb", extratags=[(274, 3, 1, 6, True)])
    data = bytes(imagecodecs.png_encode(stored))
    blob = exif(6)
    for source in (stream.getvalue(), data[:33] + chunk_of(b"eXIf", blob) + data[33:]):
        np.testing.assert_array_equal(restored(read(source, name="photo")), upright)


def chunk_of(kind: bytes, payload: bytes) -> bytes:
    return (
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
    )


def test_a_resolution_turns_with_the_pixels() -> None:
    data = saved(smooth(24, 40), "JPEG", exif=exif(6), dpi=(300, 150))
    assert read(data, name="photo").metadata.dpi == (150, 300)


def test_everything_in_the_exif_but_size_and_orientation_stays_where_it_was() -> None:
    before = exif(6, (24, 40))
    data = saved(smooth(24, 40), "JPEG", exif=before)
    photo = read(data, name="photo")
    large = np.zeros((160, 70, 3), np.uint8)
    with Image.open(io.BytesIO(encode(large, photo, format="png")[0])) as image:
        after = image.info["exif"].removeprefix(b"Exif\0\0")
    assert len(after) == len(before)
    assert after.index(MAKER_NOTE) == before.index(MAKER_NOTE)
    assert sum(x != y for x, y in zip(before, after, strict=True)) <= 10
    assert told(after) == told(exif(1, (160, 70)))


def test_a_size_beyond_16_bits_fits_into_the_tag() -> None:
    patched = exif_tags.with_size(exif(1, (9, 7)), Size(70000, 80000))
    assert told(patched)["size"] == (70000, 80000)
    assert told(patched)["note"] == MAKER_NOTE


def test_the_thumbnail_of_the_old_picture_is_unlinked() -> None:
    # IFD0 with one tag, then IFD1 with one tag.
    first = struct.pack("<HHHII", 1, 0x0112, 3, 1, 6)
    second = struct.pack("<HHHIII", 1, 0x0201, 4, 1, 1234, 0)
    blob = b"II*\0" + struct.pack("<I", 8) + first + struct.pack("<I", 26) + second
    assert exif_tags.orientation(blob) == 6
    patched = exif_tags.upright(blob)
    assert exif_tags.orientation(patched) == 1
    assert struct.unpack_from("<I", patched, 22) == (0,)
    assert patched[26:] == blob[26:]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tags_of_tiff_come_back_at_both_depths_and_orders(byteorder: str, dtype: type) -> None:
    tags = exif(1, (20, 30))
    other = Image.Exif()
    other.load(b"Exif\0\0" + tags)
    other.endian = byteorder
    tags = other.tobytes().removeprefix(b"Exif\0\0")
    source = saved(smooth(20, 30), "JPEG", exif=tags, dpi=(600, 600), xmp=XMP % 1)
    photo = read(source, name="photo")
    pixels = noise(20, 30, 3, dtype)
    written, _ = encode(pixels, photo, format="tiff")
    assert written[:2] == (b"MM" if byteorder == ">" else b"II")
    again = encode(restored(read(written, name="t")), read(written, name="t"))[0]
    for data in (written, again):
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            np.testing.assert_array_equal(page.asarray(), pixels)
            found = page.tags
            assert found["Make"].value == "Kamera"
            assert found["DateTime"].value == "2024:05:06 07:08:09"
            assert found["ExifTag"].value["MakerNote"] == MAKER_NOTE
            assert found["ExifTag"].value["ExposureTime"] == (1, 125)
            assert found["GPSTag"].value["GPSLatitude"] == (37, 1, 33, 1, 36, 1)
            assert found["XMP"].value == XMP % 1
            assert found["XResolution"].value == (600, 1)
    assert len(again) == len(written)


@pytest.mark.parametrize("target", ["png", "webp", "avif", "tiff", "jpeg"])
@pytest.mark.parametrize("source", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_tags_cross_from_format_to_format(source: str, target: str) -> None:
    icc = rgb_profile("adobe")
    options = {"icc_profile": icc, "exif": exif(1, (24, 40))}
    if source == "TIFF":
        info = {700: XMP % 1}
        from PIL import TiffImagePlugin

        directory = TiffImagePlugin.ImageFileDirectory_v2()
        directory.tagtype[700] = 1
        directory[700] = info[700]
        stream = io.BytesIO()
        Image.fromarray(smooth(24, 40)).save(stream, "TIFF", tiffinfo=directory, icc_profile=icc)
        data = stream.getvalue()
    elif source == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", (XMP % 1).decode())
        data = saved(smooth(24, 40), source, pnginfo=text, **options)
    else:
        data = saved(smooth(24, 40), source, xmp=XMP % 1, **options)
    result = identity(data, format=target)
    with Image.open(io.BytesIO(result)) as image:
        assert image.info["icc_profile"] == icc
        found = image.info.get("xmp") or (image.getxmp() and XMP % 1)
        assert found == XMP % 1
        if source != "TIFF":
            assert facts(image.getexif()) == told(exif(1, (24, 40)))


def test_xmp_follows_orientation_and_size() -> None:
    packet = (
        b"<x tiff:Orientation=\"6\" tiff:ImageWidth = '40'/>"
        b"<exif:PixelYDimension>24</exif:PixelYDimension>"
    )
    assert b'tiff:Orientation="1"' in xmp.upright(packet)
    sized = xmp.with_size(packet, Size(96, 160))
    assert b"tiff:ImageWidth = '160'" in sized
    assert b"<exif:PixelYDimension>96</exif:PixelYDimension>" in sized
    data = saved(smooth(24, 40), "JPEG", exif=exif(6), xmp=XMP % 6)
    assert read(data, name="photo").metadata.xmp == XMP % 1


def test_iptc_and_comment_of_a_jpeg() -> None:
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC + b"\0" * (len(IPTC) % 2)
    body = b"Photoshop 3.0\0" + resource
    segment = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    data = saved(smooth(24, 40), "JPEG", comment=b"ein Kommentar", extra=segment)
    photo = read(data, name="photo")
    assert photo.metadata.iptc == IPTC
    result, notes = encode(restored(photo), photo)
    assert notes == ()
    with Image.open(io.BytesIO(result)) as image:
        assert image.info["photoshop"][0x0404] == IPTC
        assert image.info["comment"] == b"ein Kommentar"
    as_tiff, _ = encode(restored(photo), photo, format="tiff")
    with tifffile.TiffFile(io.BytesIO(as_tiff)) as file:
        assert bytes(file.pages.first.tags[33723].value) == IPTC
    assert read(as_tiff, name="t").metadata.iptc == IPTC
    _, notes = encode(restored(photo), photo, format="png")
    assert notes == ("PNG has no room for IPTC, the comment",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_chunks_of_a_png(dtype: type) -> None:
    extra = [
        (b"gAMA", struct.pack(">I", 45455)),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
        (b"pHYs", struct.pack(">IIB", 11811, 5906, 1)),
        (b"tEXt", b"Title\0Bild"),
        (b"iTXt", b"Author\0\0\0de\0\0" + "김".encode()),
    ]
    data = bytes(imagecodecs.png_encode(noise(9, 8, 3, dtype)))
    data = data[:33] + b"".join(chunk_of(*chunk) for chunk in extra) + data[33:]
    result = identity(data)
    kept = {chunk.kind: chunk.payload for chunk in png.chunks(result)}
    for kind, payload in extra:
        assert kept[kind] == payload
    with Image.open(io.BytesIO(result)) as image:
        image.verify()
    np.testing.assert_array_equal(imagecodecs.png_decode(result), noise(9, 8, 3, dtype))


def test_damaged_chunks_beside_the_pixels_do_not_fail_a_png() -> None:
    data = bytes(imagecodecs.png_encode(noise(9, 8, 3)))
    bomb = zlib.compress(bytes(png.MOST_INFLATED + 1))
    extra = (
        (b"iCCP", b"ICC\0\0" + b"damage"),
        (b"iCCP", b"ICC\0\0" + bomb),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + b"damage"),
        (b"pHYs", struct.pack(">IIB", 2**31 - 1, 2**31 - 1, 1)),
        (b"eXIf", b"MM\0*"),
    )
    for chunk in extra:
        photo = read(data[:33] + chunk_of(*chunk) + data[33:], name="photo")
        assert (photo.metadata.icc, photo.metadata.xmp, photo.metadata.dpi) == (b"", b"", None)
        for target in ("png", "jpeg", "tiff", "bmp", "webp"):
            assert encode(restored(photo), photo, format=target)[0]


def test_a_compressed_xmp_packet() -> None:
    data = bytes(imagecodecs.png_encode(noise(9, 8, 3)))
    payload = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP % 1)
    photo = read(data[:33] + chunk_of(b"iTXt", payload) + data[33:], name="photo")
    assert photo.metadata.xmp == XMP % 1
    assert photo.metadata.texts == ()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour_of_16_bits_becomes_alpha(channels: int) -> None:
    pixels = noise(9, 8, channels, np.uint16)
    plain = pixels[:, :, 0] if channels == 1 else pixels
    data = bytes(imagecodecs.png_encode(plain))
    key = struct.pack(f">{channels}H", *(int(value) for value in pixels[4, 4]))
    result = read(data[:33] + chunk_of(b"tRNS", key) + data[33:], name="photo")
    assert result.alpha is not None
    assert np.argwhere(result.alpha[:, :, 0] == 0).tolist() == [[4, 4]]
    np.testing.assert_array_equal(restored(result)[..., :-1], pixels)


def test_stripping_drops_everything_but_profile_and_resolution() -> None:
    icc = rgb_profile("p3")
    data = saved(
        smooth(24, 40),
        "JPEG",
        exif=exif(6),
        xmp=XMP % 6,
        comment=b"x",
        dpi=(90, 90),
        icc_profile=icc,
    )
    result = identity(data, strip_metadata=True)
    assert MAKER_NOTE not in result
    with Image.open(io.BytesIO(result)) as image:
        assert image.info["icc_profile"] == icc
        assert image.info["dpi"] == (90, 90)
        assert not {"exif", "xmp", "comment", "photoshop"} & set(image.info)
        assert image.size == (24, 40)


def test_broken_tags_never_fail_a_photo() -> None:
    for blob in (b"II*\0\xff\xff\xff\x7f", b"garbage", b"MM\0*\0\0\0\x08\xff\xff\0\0"):
        data = saved(smooth(24, 40), "JPEG", exif=blob, icc_profile=b"no profile at all" * 20)
        photo = read(data, name="photo")
        assert any("profile is broken" in note for note in photo.notes)
        result, _ = encode(restored(photo), photo)
        with Image.open(io.BytesIO(result)) as image:
            assert image.info["icc_profile"] == b"no profile at all" * 20


def test_a_wide_gamut_photo_looks_the_same_wherever_it_goes() -> None:
    pixels = smooth(24, 40)
    photo = read(saved(pixels, "PNG", icc_profile=rgb_profile("adobe")), name="photo")
    assert photo.excess is not None
    assert photo.profile is not None
    np.testing.assert_array_equal(finish(photo.color, photo, photo.excess, 8), pixels)
    as_bmp, notes = encode(pixels, photo, format="bmp")
    assert any("converted to sRGB" in note for note in notes)
    with Image.open(io.BytesIO(as_bmp)) as image:
        assert np.abs(np.asarray(image) / 255 - photo.color).max() < 0.003

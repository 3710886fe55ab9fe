"""What a file is, by its first bytes."""

from __future__ import annotations

import struct
from typing import NamedTuple

from restorekit.errors import PhotoError

PHOTO = "a JPEG, PNG, WebP, AVIF, TIFF, BMP or HEIC photo"


class Signature(NamedTuple):
    """How files of a kind begin."""

    kind: str
    begins: bytes
    then: bytes = b""
    at: int = 0


PHOTOS = (
    Signature("jpeg", b"\xff\xd8\xff"),
    Signature("png", b"\x89PNG\r\n\x1a\n"),
    Signature("webp", b"RIFF", b"WEBP", 8),
    Signature("bmp", b"BM"),
    Signature("tiff", b"II*\0"),
    Signature("tiff", b"MM\0*"),
    Signature("tiff", b"II+\0"),
    Signature("tiff", b"MM\0+"),
)
OTHERS = (
    Signature("a PDF", b"%PDF"),
    Signature("a GIF", b"GIF8"),
    Signature("a Photoshop file", b"8BPS"),
    Signature("a JPEG XL", b"\xff\x0a"),
    Signature("a JPEG XL", b"\0\0\0\x0cJXL "),
    Signature("a JPEG 2000", b"\0\0\0\x0cjP"),
    Signature("a ZIP archive", b"PK\x03\x04"),
    Signature("an OpenEXR file", b"\x76\x2f\x31\x01"),
)
AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def format_of(data: bytes, name: str, *, length: int | None = None) -> str:
    """The format of a photo: jpeg, png, webp, avif, tiff, bmp or heif.

    Args:
        data: The file's content, or its first 256 bytes at the least.
        name: What to call it in messages.
        length: Of the file in bytes, where ``data`` is only its beginning.

    Raises:
        PhotoError: It is something else; the message says what.
    """
    for entry in PHOTOS:
        if data.startswith(entry.begins) and data.startswith(entry.then, entry.at):
            return entry.kind
    if data[4:8] == b"ftyp":
        (box,) = struct.unpack_from(">I", data)
        brands = {data[at : at + 4] for at in range(8, min(box, 256), 4)}
        if brands & AVIF_BRANDS:
            return "avif"
        if brands & HEIF_BRANDS:
            return "heif"
    raise PhotoError(
        f"{name} is not a photo that can be read", expected=PHOTO, got=_guess(data, length)
    )


def _guess(data: bytes, length: int | None) -> str:
    """What else the file may be, in words."""
    if not data:
        return "an empty file"
    for entry in OTHERS:
        if data.startswith(entry.begins):
            return entry.kind
    head = data[:256]
    if head.lstrip()[:5].lower() in {b"<!doc", b"<html"}:
        return "a web page"
    if head.isascii() and min(head) >= ord("\t"):
        return "text"
    return f"{length or len(data)} bytes that begin with {data[:8].hex(' ')}"

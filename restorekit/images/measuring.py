"""How large a photo is: what reading it would find, from the header alone."""

from __future__ import annotations

import mmap
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from restorekit.contracts import Size
from restorekit.images import eight_bit, exif, png, tiff
from restorekit.images.decoded import limit
from restorekit.images.reading import MAX_PIXELS, decoding, unopened
from restorekit.images.recognition import format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

HEAD = 256
"""Bytes that tell one format from another."""


class Header(NamedTuple):
    """What a file says before its pixels."""

    height: int
    width: int
    exif: bytes = b""
    """Without prefix; empty where the height and the width are those of the upright photo."""


def measure(path: Path, *, name: str | None = None, max_pixels: int = MAX_PIXELS) -> Size:
    """The size of the upright photo in ``path``, as ``read`` finds it; no pixel is decoded.

    Args:
        path: The file; its content tells the format.
        name: What to call it in messages; by default the name of the file.
        max_pixels: A larger picture is refused.

    Raises:
        PhotoError: There is no file, it is no photo that is known, or its header is damaged.
    """
    name = name or path.name
    try:
        file = path.open("rb")
    except OSError as error:
        raise unopened(path, name, error) from error
    with file:
        length = path.stat().st_size
        kind = format_of(file.read(HEAD), name, length=length)
        file.seek(0)
        with decoding(name, kind, length):
            height, width, structure = HEADERS[kind](file)
            limit(name, max_pixels)(height, width)
            turned = exif.is_structure(structure) and exif.orientation(structure) > 4
    return Size(width, height) if turned else Size(height, width)


def _by_pillow(file: BinaryIO) -> Header:
    with eight_bit.opened(file) as image:
        structure = bytes(image.info.get("exif") or b"")
        return Header(image.height, image.width, structure.removeprefix(eight_bit.EXIF_PREFIX))


def _png(file: BinaryIO) -> Header:
    with _mapped(file) as content:
        chunks = {chunk.kind: chunk.payload for chunk in png.chunks(content)}
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    return Header(height, width, chunks.get(b"eXIf", b"").removeprefix(eight_bit.EXIF_PREFIX))


def _tiff(file: BinaryIO) -> Header:
    height, width = tiff.size(file)
    with _mapped(file) as content:
        return Header(height, width, exif.from_tiff(content))


def _heif(file: BinaryIO) -> Header:
    import pillow_heif

    width, height = pillow_heif.open_heif(file).size
    return Header(height, width)


@contextmanager
def _mapped(file: BinaryIO) -> Generator[bytes]:
    """The content, of which only what is looked at is read from the disk."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # A map can be sliced and unpacked like bytes, and no more is done with it.
        yield cast("bytes", content)


HEADERS: dict[str, Callable[[BinaryIO], Header]] = {
    "jpeg": _by_pillow,
    "webp": _by_pillow,
    "avif": _by_pillow,
    "bmp": _by_pillow,
    "png": _png,
    "tiff": _tiff,
    "heif": _heif,
}

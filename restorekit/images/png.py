"""PNG: chunks, 16-bit pixels, and the chunks around them.

Reference: W3C, Portable Network Graphics (Third Edition), sections 5 and 11.
"""

from __future__ import annotations

import contextlib
import dataclasses
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import imagecodecs
import numpy as np

from restorekit.images import eight_bit
from restorekit.images.decoded import Decoded, with_axis
from restorekit.images.photo import Encoding, Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Pixels
    from restorekit.images.decoded import OnSize

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
COLORIMETRY = {b"gAMA", b"cHRM", b"sRGB", b"cICP"}
PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
MOST_INFLATED = 2**26
"""Bytes of a profile or a packet; a chunk may claim gigabytes."""
INCH = 0.0254
"""An inch in metres."""


class Chunk(NamedTuple):
    """One chunk of the file."""

    kind: bytes
    payload: bytes


def _spans(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, begin and end of each chunk of a PNG.

    Raises:
        ValueError: The file ends before its end chunk.
    """
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise ValueError("the file is cut off")
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + 12 + length
        at += 12 + length
        if kind == b"IEND":
            return


def chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG up to its end, but for those of the pixels.

    Raises:
        ValueError: The file ends before its end chunk.
    """
    for kind, begin, end in _spans(data):
        if kind != b"IDAT":
            yield Chunk(kind, data[begin + 8 : end - 4])


def _bare(data: bytes) -> bytes:
    """The same picture with nothing around it, for decoders that balk at what is there."""
    view = memoryview(data)
    kept = (view[begin:end] for kind, begin, end in _spans(data) if kind in PIXELS)
    return b"".join((SIGNATURE, *kept))


def decode(data: bytes, on_size: OnSize) -> Decoded:
    """Decode a PNG of any depth."""
    found = list(chunks(data))
    if found[0].kind != b"IHDR":
        raise ValueError("the file does not begin with a header")
    width, height, bits = struct.unpack_from(">IIB", found[0].payload)
    on_size(height, width)
    frames = [struct.unpack_from(">I", each.payload)[0] for each in found if each.kind == b"acTL"]
    animated = bool(frames) and frames[0] > 1
    notes = (f"only the first of {frames[0]} pictures in the file was read",) if animated else ()
    if bits == 16:
        pixels: Pixels = with_axis(imagecodecs.png_decode(_bare(data)))
        encoding = Encoding("png", bits=16, lossless=True)
        return Decoded(pixels, encoding, _metadata(found), notes=notes)
    decoded = eight_bit.decode(_bare(data), "png", on_size)
    return dataclasses.replace(decoded, metadata=_metadata(found), notes=notes)


def _metadata(found: list[Chunk]) -> Metadata:
    kinds = {chunk.kind: chunk.payload for chunk in found}
    xmp = [text for chunk in found if (text := _xmp(chunk)) is not None]
    per_meter = struct.unpack(">IIB", kinds.get(b"pHYs", bytes(9)).ljust(9, b"\0")[:9])
    return Metadata(
        exif=kinds.get(b"eXIf", b"").removeprefix(eight_bit.EXIF_PREFIX),
        xmp=xmp[0] if xmp else b"",
        icc=_profile(kinds.get(b"iCCP", b"")),
        dpi=(per_meter[0] * INCH, per_meter[1] * INCH) if all(per_meter) else None,
        texts=tuple(chunk for chunk in found if chunk.kind in TEXTS and _xmp(chunk) is None),
        colorimetry=tuple(chunk for chunk in found if chunk.kind in COLORIMETRY),
    )


def _profile(payload: bytes) -> bytes:
    """The profile of an iCCP chunk; what cannot be inflated is no profile."""
    _, _, rest = payload.partition(b"\0")
    return _inflated(rest[1:]) or b""


def _xmp(chunk: Chunk) -> bytes | None:
    """The packet in an iTXt chunk: keyword, compressed or not, method, language, translation."""
    keyword, _, rest = chunk.payload.partition(b"\0")
    if chunk.kind != b"iTXt" or keyword != XMP_KEYWORD:
        return None
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflated(text) if rest[:1] == b"\1" else text


def _inflated(data: bytes) -> bytes | None:
    """The inflated bytes; None where they are damaged or would be far too many."""
    inflater = zlib.decompressobj()
    with contextlib.suppress(zlib.error):
        whole = inflater.decompress(data, MOST_INFLATED)
        return whole if inflater.eof else None
    return None


def encode(pixels: Pixels, metadata: Metadata) -> bytes:
    """A PNG of 8 or 16 bits with all that ``metadata`` holds but IPTC."""
    plain = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(plain)))
    header_end = len(SIGNATURE) + 12 + 13
    around = b"".join(_packed(chunk) for chunk in _chunks_of(metadata))
    return data[:header_end] + around + data[header_end:]


def _chunks_of(metadata: Metadata) -> Iterator[Chunk]:
    if metadata.icc:
        yield Chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    else:
        # Chunks that describe colours would contradict a profile.
        yield from (Chunk(*chunk) for chunk in metadata.colorimetry)
    if metadata.dpi:
        across, down = (round(dpi / INCH) for dpi in metadata.dpi)
        yield Chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if metadata.exif:
        yield Chunk(b"eXIf", metadata.exif)
    if metadata.xmp:
        yield Chunk(b"iTXt", XMP_KEYWORD + bytes(5) + metadata.xmp)
    yield from (Chunk(*text) for text in metadata.texts)


def _packed(chunk: Chunk) -> bytes:
    check = zlib.crc32(chunk.kind + chunk.payload)
    return (
        struct.pack(">I", len(chunk.payload))
        + chunk.kind
        + chunk.payload
        + check.to_bytes(4, "big")
    )

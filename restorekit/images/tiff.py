"""TIFF: every depth and layout in, 8 or 16 bits out, with all tags.

Reference: TIFF Revision 6.0, and the BigTIFF layout for files above 4 GB.
"""

from __future__ import annotations

import dataclasses
import io
import logging
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import tifffile

from restorekit.errors import PhotoError
from restorekit.images import eight_bit, exif
from restorekit.images.decoded import Decoded, cmyk_pixels, with_axis
from restorekit.images.photo import Encoding, Metadata
from restorekit.images.quantize import stretch, to_bits, to_integers

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt

    from restorekit.contracts import Pixels
    from restorekit.images.decoded import OnSize

XMP, IPTC, ICC, DNG_VERSION = 700, 33723, 34675, 50706
COMPRESSIONS = {
    "NONE": None,
    "LZW": "lzw",
    "PACKBITS": "packbits",
    "LZMA": "lzma",
    "ZSTD": "zstd",
}
"""What the file is written with again; all others become zlib, which every reader knows."""
PREDICTED = {"lzw", "zlib", "zstd"}
SAMPLES = {"MINISWHITE": 1, "MINISBLACK": 1, "RGB": 3, "PALETTE": 1, "SEPARATED": 4, "YCBCR": 3}
BIG = 2**32 - 2**25
"""Bytes above which the offsets of a classic TIFF do not reach."""


@contextmanager
def _opened(file: BinaryIO) -> Generator[tifffile.TiffPage]:
    """The first page; what the library would log meanwhile is dropped, for errors are raised."""

    def drop(_record: logging.LogRecord) -> bool:
        return False

    logger = logging.getLogger("tifffile")
    logger.addFilter(drop)
    try:
        with tifffile.TiffFile(file) as pages:
            yield pages.pages.first
    finally:
        logger.removeFilter(drop)


def size(file: BinaryIO) -> tuple[int, int]:
    """Height and width, from the header alone."""
    with _opened(file) as page:
        return page.imagelength, page.imagewidth


def decode(data: bytes, on_size: OnSize) -> Decoded:
    """Decode the first page of a TIFF file.

    Raises:
        PhotoError: It is a camera's raw file, or its colours are of a kind that is not read.
    """
    with _opened(io.BytesIO(data)) as page:
        on_size(page.imagelength, page.imagewidth)
        _check(page, data)
        photometric, compression = _photometric(page), _named(page.compression)
        if photometric == "YCBCR" and compression != "JPEG":
            samples = eight_bit.decode(data, "tiff", on_size).pixels
        else:
            samples = _samples(page)
        metadata = _metadata(data)
        pages = len(page.parent.pages)
        extras = tuple(int(extra) for extra in page.extrasamples)
    notes = [f"only the first of {pages} pages was read"] if pages > 1 else []
    pixels, told = _integers(samples, page.bitspersample)
    notes += told
    if photometric == "MINISWHITE":
        pixels = pixels.copy()
        pixels[..., 0] = np.iinfo(pixels.dtype).max - pixels[..., 0]
    if photometric == "PALETTE":
        pixels = _looked_up(samples, page)
    pixels, metadata, told = _channels(pixels, photometric, extras, metadata)
    encoding = Encoding(
        "tiff",
        bits=16 if pixels.dtype == np.uint16 else 8,
        lossless=compression in {*COMPRESSIONS, "ADOBE_DEFLATE", "DEFLATE"},
        compression=COMPRESSIONS.get(compression, "zlib"),
    )
    return Decoded(pixels, encoding, metadata, notes=(*notes, *told))


def _check(page: tifffile.TiffPage, data: bytes) -> None:
    """Refuse what is cut off, or is no finished picture."""
    reduced = bool(page.subfiletype & 1) and bool(page.subifds)
    if DNG_VERSION in page.tags or reduced:
        raise PhotoError(
            "this TIFF is a camera's raw file", hint="develop it to a TIFF or a JPEG first"
        )
    ends = zip(page.dataoffsets, page.databytecounts, strict=True)
    if any(count == 0 or offset + count > len(data) for offset, count in ends):
        raise ValueError("the file is cut off")
    if page.imagedepth != 1 or not page.dataoffsets:
        raise ValueError("not a flat picture")


def _photometric(page: tifffile.TiffPage) -> str:
    name = _named(page.photometric)
    if name not in SAMPLES:
        raise PhotoError(
            f"the colours of this TIFF are {name}",
            expected="grey, RGB, palette, CMYK or YCbCr",
            hint="convert it to RGB first",
        )
    return name


def _named(number: object) -> str:
    """The name of a value of the library's enumerations; its digits where it is not in one."""
    return str(getattr(number, "name", number))


def _samples(page: tifffile.TiffPage) -> npt.NDArray[Any]:
    """``(H, W, S)`` as stored."""
    array = page.asarray()
    if page.axes == "SYX":
        return np.moveaxis(array, 0, -1)
    if page.axes not in {"YX", "YXS"}:
        raise ValueError(f"axes {page.axes}")
    return with_axis(array)


def _integers(samples: npt.NDArray[Any], bits: int) -> tuple[Pixels, list[str]]:
    """The samples over the whole range of uint8 or uint16, and notes."""
    kind = samples.dtype
    if kind.kind == "b" or (kind == np.uint8 and bits < 8):
        full = 2 ** (1 if kind.kind == "b" else bits) - 1
        return samples.astype(np.uint8) * np.uint8(255 // full), []
    if kind == np.uint16 and bits < 16:
        return stretch(samples, 2**bits - 1), []
    if kind in (np.dtype(np.uint8), np.dtype(np.uint16)):
        return samples.astype(kind.newbyteorder("="), copy=False), []
    if kind == np.uint32:
        return (samples >> 16).astype(np.uint16), ["32 bits a sample were read as 16"]
    if kind.kind != "f":
        raise ValueError(f"samples of type {kind}")
    finite = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    beyond = float(np.max(finite)) > 1 or float(np.min(finite)) < 0
    clipped = ["values outside 0 to 1 were clipped"] if beyond else []
    return to_integers(finite, 16), ["float samples were read as 16 bits", *clipped]


def _looked_up(indices: npt.NDArray[Any], page: tifffile.TiffPage) -> Pixels:
    """The colours of a palette, whose 16 bits hold 8 by custom."""
    palette = (np.asarray(page.colormap) >> 8).astype(np.uint8)  # (3, entries)
    return palette.T[indices[:, :, 0]]


def _channels(
    pixels: Pixels, photometric: str, extras: tuple[int, ...], metadata: Metadata
) -> tuple[Pixels, Metadata, list[str]]:
    """Grey or RGB, with alpha where there is some, straight; and notes."""
    notes: list[str] = []
    base = 3 if photometric == "PALETTE" else SAMPLES[photometric]
    alpha = pixels[..., base : base + 1] if extras[:1] and extras[0] in {1, 2} else None
    if pixels.shape[2] > base + (alpha is not None):
        notes.append("samples beside colour and alpha were dropped")
    color = pixels[..., :base]
    if photometric == "SEPARATED":
        color, note = cmyk_pixels(to_bits(color, 8), metadata.icc)
        metadata = dataclasses.replace(metadata, icc=b"")
        alpha = None if alpha is None else to_bits(alpha, 8)
        notes.append(note)
    if alpha is None:
        return color, metadata, notes
    if extras[0] == 1:
        color = _straight(color, alpha)
        notes.append("premultiplied alpha is written back as straight alpha")
    return cast("Pixels", np.concatenate([color, alpha], axis=2)), metadata, notes


def _straight(color: Pixels, alpha: Pixels) -> Pixels:
    """Colours divided by the alpha that they were multiplied with."""
    full = np.iinfo(color.dtype).max
    ratio = color.astype(np.float32) / np.maximum(alpha, 1) * full
    return cast("Pixels", np.minimum(np.rint(ratio), full).astype(color.dtype))


def _metadata(data: bytes) -> Metadata:
    structure = exif.from_tiff(data)
    raw = {tag.code: tag.value for tag in exif.read_tags(data).main}
    return Metadata(
        exif=structure,
        xmp=raw.get(XMP, b""),
        icc=raw.get(ICC, b""),
        iptc=raw.get(IPTC, b""),
        dpi=exif.resolution(data),
    )


def encode(pixels: Pixels, metadata: Metadata, compression: str | None) -> bytes:
    """A TIFF of 8 or 16 bits; BigTIFF where it would not fit into 4 GB."""
    tags = exif.read_tags(metadata.exif) if metadata.exif else exif.Tags("<", [], [], [], [])
    blobs = ((XMP, 1, metadata.xmp), (IPTC, 7, metadata.iptc), (ICC, 7, metadata.icc))
    main = [tag for tag in tags.main if tag.code not in exif.LAYOUT]
    main += [exif.Tag(code, kind, len(blob), blob, 0) for code, kind, blob in blobs if blob]
    stream = io.BytesIO()
    big = pixels.nbytes > BIG
    order = cast("Any", tags.order)
    with tifffile.TiffWriter(stream, bigtiff=big, byteorder=order) as writer:
        writer.write(
            pixels[:, :, 0] if pixels.shape[2] == 1 else pixels,
            photometric="rgb" if pixels.shape[2] > 2 else "minisblack",
            planarconfig="contig" if pixels.shape[2] > 1 else None,
            extrasamples=["unassalpha"] if pixels.shape[2] in {2, 4} else None,
            compression=compression,
            predictor=compression in PREDICTED,
            resolution=metadata.dpi,
            resolutionunit="inch" if metadata.dpi else None,
            software=False,
            metadata=None,
        )
    _append_directories(stream, tags._replace(main=main), big=big)
    return stream.getvalue()


def _append_directories(stream: io.BytesIO, tags: exif.Tags, *, big: bool) -> None:
    """Put the file's directory anew behind the pixels, together with ``tags``.

    The library that wrote the file adds some tags only, and no directories of tags.
    """
    with stream.getbuffer() as buffer:
        offset, _ = exif.first_directory(buffer)
        layout = exif.directory(buffer, offset, big=big)
    base = stream.seek(0, io.SEEK_END)
    base += stream.write(b"\0" * (base % 2))
    below, pointers = exif.place_below(tags, base, big=big)
    taken = {tag.code for tag in layout}
    main = layout + pointers + [tag for tag in tags.main if tag.code not in taken]
    stream.write(below + exif.place(main, tags.order, base + len(below), big=big))
    stream.seek(8 if big else 4)
    stream.write(struct.pack(f"{tags.order}{'Q' if big else 'I'}", base + len(below)))

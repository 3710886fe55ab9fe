"""The formats that Pillow reads and writes, at 8 bits a sample."""

from __future__ import annotations

import dataclasses
import io
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from PIL import Image as PillowImage

from restorekit.images.decoded import Decoded, cmyk_to_srgb, with_axis
from restorekit.images.jpeg_tables import written_quality
from restorekit.images.photo import Encoding, Metadata

if TYPE_CHECKING:
    from collections.abc import Generator

    from restorekit.contracts import Pixels
    from restorekit.images.decoded import OnSize

EXIF_PREFIX = b"Exif\0\0"
IPTC_RESOURCE = 0x0404
PLUGINS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "TIFF")
"""No other format of Pillow's is ever tried on what a user brings."""
SEGMENT = 65533
"""The most bytes in a segment of a JPEG."""

_opening = threading.Lock()


@contextmanager
def opened(file: BinaryIO) -> Generator[PillowImage.Image]:
    """The image with its header read.

    Pillow's own limit on pixels and its warnings are global: they are set aside for the moment of
    opening, one thread at a time. The size is checked by the caller, before decoding.
    """
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bound, PillowImage.MAX_IMAGE_PIXELS = PillowImage.MAX_IMAGE_PIXELS, None
        try:
            image = PillowImage.open(file, formats=PLUGINS)
        finally:
            PillowImage.MAX_IMAGE_PIXELS = bound
    with image:
        yield image


def decode(data: bytes, format: str, on_size: OnSize) -> Decoded:  # noqa: A002
    """Decode a JPEG, WebP, AVIF, BMP or 8-bit PNG."""
    with opened(io.BytesIO(data)) as image:
        on_size(image.height, image.width)
        image.load()
        metadata = _metadata(image)
        encoding = Encoding(
            format,
            bits=8,
            lossless=format in {"png", "bmp"} or (format == "webp" and _webp_lossless(data)),
            quality=written_quality(image),
        )
        notes: tuple[str, ...] = ()
        frames = getattr(image, "n_frames", 1)
        if frames > 1:
            notes = (f"only the first of {frames} pictures in the file was read",)
        plain, note = _plain(image, metadata.icc)
        if note:
            notes = (*notes, note)
            metadata = dataclasses.replace(metadata, icc=b"")
        return Decoded(with_axis(np.asarray(plain)), encoding, metadata, notes=notes)


def _webp_lossless(data: bytes) -> bool:
    """Whether the first picture of a WebP is of the lossless kind."""
    at = 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind in {b"VP8L", b"VP8 "}:
            return kind == b"VP8L"
        # The pictures of an animation lie inside of frames, behind 16 bytes.
        at += 8 + (16 if kind == b"ANMF" else length + length % 2)
    return False


def _plain(image: PillowImage.Image, icc: bytes) -> tuple[PillowImage.Image, str | None]:
    """The image in mode L, LA, RGB or RGBA, and what to tell the user."""
    if image.mode == "CMYK":
        return cmyk_to_srgb(image, icc)
    grey = image.mode in {"1", "L", "LA", "La", "I;16"}
    alpha = image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info
    mode = ("L" if grey else "RGB") + ("A" if alpha else "")
    return (image if image.mode == mode else image.convert(mode)), None


def _metadata(image: PillowImage.Image) -> Metadata:
    info = image.info
    photoshop = info.get("photoshop")
    xmp = info.get("xmp") or b""
    # The unit of a JPEG without JFIF header is a guess of Pillow's.
    told = image.format != "JPEG" or info.get("jfif_unit")
    dpi = info.get("dpi") if told else None
    return Metadata(
        exif=(info.get("exif") or b"").removeprefix(EXIF_PREFIX),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp,
        icc=info.get("icc_profile") or b"",
        iptc=photoshop.get(IPTC_RESOURCE, b"") if isinstance(photoshop, dict) else b"",
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and all(dpi) else None,
        comment=info.get("comment") or b"" if image.format in {"JPEG", "MPO"} else b"",
    )


LARGEST_OPTIMIZED = 25_000_000
"""Pixels of the largest JPEG that is written a few percent smaller at the price of memory."""


def encode_jpeg(pixels: Pixels, metadata: Metadata, quality: int) -> tuple[bytes, tuple[str, ...]]:
    """A JPEG without chroma subsampling, and notes on what it had no room for."""
    # Optimal Huffman tables take a second pass, for which the encoder keeps 6 bytes a pixel.
    small = pixels.shape[0] * pixels.shape[1] <= LARGEST_OPTIMIZED
    options: dict[str, Any] = {"quality": quality, "subsampling": 0, "optimize": small}
    notes: list[str] = []
    for name, value in (("exif", metadata.exif), ("xmp", metadata.xmp)):
        if len(value) > SEGMENT - 40:
            notes.append(f"the {name.upper()} is too long for a JPEG and was dropped")
        elif value:
            options[name] = EXIF_PREFIX + value if name == "exif" else value
    if metadata.iptc and len(metadata.iptc) < SEGMENT - 40:
        options["extra"] = _iptc_segment(metadata.iptc)
    if metadata.comment:
        options["comment"] = metadata.comment
    return _saved(pixels, "JPEG", metadata, options), tuple(notes)


def _iptc_segment(iptc: bytes) -> bytes:
    """IPTC as the image resource of an APP13 segment."""
    resource = b"8BIM" + IPTC_RESOURCE.to_bytes(2, "big") + b"\0\0"
    resource += len(iptc).to_bytes(4, "big") + iptc + b"\0" * (len(iptc) % 2)
    body = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body


def encode_webp(pixels: Pixels, metadata: Metadata, quality: int | None) -> bytes:
    """A WebP; lossless where ``quality`` is None, also under transparent pixels."""
    options: dict[str, Any] = {"exif": metadata.exif, "xmp": metadata.xmp}
    options |= {"lossless": True, "exact": True} if quality is None else {"quality": quality}
    return _saved(_rgb(pixels), "WEBP", metadata, options)


def encode_avif(pixels: Pixels, metadata: Metadata, quality: int) -> bytes:
    """An AVIF without chroma subsampling.

    Speed 8 of 10: slower ones take many seconds for a photo and save a few percent.
    """
    options: dict[str, Any] = {"exif": metadata.exif, "xmp": metadata.xmp}
    options |= {"quality": quality, "subsampling": "4:4:4", "speed": 8}
    return _saved(_rgb(pixels), "AVIF", metadata, options)


def encode_bmp(pixels: Pixels, metadata: Metadata) -> bytes:
    """A BMP, which holds the resolution and nothing else."""
    return _saved(pixels, "BMP", metadata, {})


def _rgb(pixels: Pixels) -> Pixels:
    """The same in colour, for formats that have no grey."""
    if pixels.shape[2] > 2:
        return pixels
    return cast("Pixels", np.concatenate([pixels[:, :, :1]] * 3 + [pixels[:, :, 1:]], axis=2))


def _saved(pixels: Pixels, kind: str, metadata: Metadata, options: dict[str, Any]) -> bytes:
    image = PillowImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    # Pillow takes an absent profile for "the one the image came with", an empty one for none.
    options["icc_profile"] = metadata.icc or None
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()

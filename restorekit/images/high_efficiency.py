"""HEIC, and AVIF of more than 8 bits: pictures in a box of the MPEG family."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from restorekit.images import eight_bit
from restorekit.images.decoded import Decoded, with_axis
from restorekit.images.photo import Encoding, Metadata
from restorekit.images.quantize import stretch

if TYPE_CHECKING:
    from restorekit.images.decoded import OnSize

SRGB_PRIMARIES = {1, 2}
"""BT.709 and "unspecified", as ITU-T H.273 numbers them."""


def decode_heif(data: bytes, on_size: OnSize) -> Decoded:
    """Decode a HEIC; one of 10 or 12 bits comes as 16."""
    import pillow_heif

    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    on_size(file.size[1], file.size[0])
    # A copy: the array would not keep the decoder's memory alive.
    pixels = with_axis(np.array(file))
    info: dict[str, Any] = dict(file.info)
    if pixels.dtype == np.uint16:
        # The library shifts the samples to the left, which leaves white short of the full range.
        depth = info["bit_depth"]
        pixels = stretch(pixels >> (16 - depth), 2**depth - 1)
    icc = info.get("icc_profile") or b""
    notes: tuple[str, ...] = ()
    primaries = (info.get("nclx_profile") or {}).get("color_primaries", 2)
    if not icc and primaries not in SRGB_PRIMARIES:
        notes = (f"colours of H.273 primaries {primaries} without a profile were taken as sRGB",)
    if len(file) > 1:
        notes = (*notes, f"only the main one of {len(file)} pictures in the file was read")
    metadata = Metadata(
        exif=(info.get("exif") or b"").removeprefix(eight_bit.EXIF_PREFIX),
        xmp=info.get("xmp") or b"",
        icc=icc,
    )
    encoding = Encoding("heif", bits=16 if pixels.dtype == np.uint16 else 8, lossless=False)
    return Decoded(pixels, encoding, metadata, upright=True, notes=notes)


def decode_avif(data: bytes, on_size: OnSize) -> Decoded:
    """Decode an AVIF; one of 10 or 12 bits comes as 16."""
    decoded = eight_bit.decode(data, "avif", on_size)
    depth = _avif_depth(data)
    if depth == 8:
        return decoded
    import imagecodecs

    deep = with_axis(imagecodecs.avif_decode(data, index=0))
    return dataclasses.replace(
        decoded,
        pixels=stretch(deep, 2**depth - 1),
        encoding=dataclasses.replace(decoded.encoding, bits=16),
    )


def _avif_depth(data: bytes) -> int:
    """The bits a sample that the first ``av1C`` box tells."""
    at = data.find(b"av1C")
    flags = data[at + 6] if 0 <= at < len(data) - 6 else 0
    if not flags & 0x40:
        return 8
    return 12 if flags & 0x20 else 10

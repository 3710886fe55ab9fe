"""Photos out: the restored pixels in the file's own format, with all that the file said."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from restorekit.contracts import Size
from restorekit.errors import OutputError, UsageError
from restorekit.files import unwritable
from restorekit.images import eight_bit, exif, png, tiff, xmp
from restorekit.images.formats import FORMATS, bits_of, check_size, output_format
from restorekit.images.quantize import to_bits, to_integers

if TYPE_CHECKING:
    from restorekit.contracts import Pixels
    from restorekit.images.photo import Encoding, Metadata, Photo


def write(
    target: str | Path,
    pixels: Pixels,
    photo: Photo,
    *,
    format: str | None = None,  # noqa: A002
    quality: int | None = None,
    strip_metadata: bool = False,
    overwrite: bool = True,
) -> tuple[str, ...]:
    """Write ``pixels`` as the file ``target``: whole, or not at all.

    The arguments are those of ``encode``; without ``overwrite`` a file that is there stays, be it
    that another program put it there while this one was at work.

    Returns:
        What the user must be told.

    Raises:
        OutputError: The file cannot be written, or the format cannot hold the picture.
        UsageError: An option that cannot be meant.
    """
    data, notes = encode(
        pixels, photo, format=format, quality=quality, strip_metadata=strip_metadata
    )
    target = Path(target)
    # Short and beside the target: the move stays within one file system, the name within bounds.
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _verify(part, output_format(photo.encoding, format), Size(*pixels.shape[:2]))
        if overwrite:
            part.replace(target)
        else:
            _move_to_free(part, target)
    except FileExistsError as error:
        raise OutputError(
            f"{target}: another program wrote this file meanwhile", hint="--overwrite replaces it"
        ) from error
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return notes


def _move_to_free(part: Path, target: Path) -> None:
    """Gives ``part`` the name ``target`` unless that is taken, in one step where links can be."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        part.replace(target)


def encode(
    pixels: Pixels,
    photo: Photo,
    *,
    format: str | None = None,  # noqa: A002
    quality: int | None = None,
    strip_metadata: bool = False,
) -> tuple[bytes, tuple[str, ...]]:
    """The content of the file for ``pixels``.

    Args:
        pixels: ``(H, W, C)`` uint8 or uint16 in the colour space of the photo's file; C = 1 grey,
            2 grey with alpha, 3 RGB, 4 RGBA.
        photo: Where the pixels come from.
        format: jpeg, png, webp, avif, tiff or bmp; None: that of the photo, JPEG for HEIC.
        quality: 1 to 100, for formats with loss; None: high, and no lower than the photo's own.
            A lossless photo becomes a lossless WebP unless a quality is given.
        strip_metadata: Drop everything but the pixels, the profile and the resolution.

    Returns:
        The content, and what the user must be told.

    Raises:
        OutputError: The format cannot hold the picture.
        UsageError: An option that cannot be meant.
    """
    if quality is not None and not 1 <= quality <= 100:
        raise UsageError("the quality cannot be meant", expected="1 to 100", got=str(quality))
    key = output_format(photo.encoding, format)
    size = Size(*pixels.shape[:2])
    check_size(key, size, photo.name)
    metadata = photo.metadata.without_tags() if strip_metadata else photo.metadata
    metadata = dataclasses.replace(
        metadata,
        exif=exif.with_size(metadata.exif, size),
        xmp=xmp.with_size(metadata.xmp, size),
    )
    fitted, notes = _fitted(pixels, photo, key)
    if key != photo.encoding.format and format is None:
        notes.insert(0, f"{photo.encoding.format.upper()} is written as {key.upper()}")
    notes += _unkept(metadata, key)
    if quality is not None and FORMATS[key].quality is None:
        notes.append(f"{key.upper()} is lossless: the quality was not used")
    try:
        data, told = _encoded(fitted, metadata, key, photo.encoding, quality)
    except (OSError, ValueError, RuntimeError) as error:
        raise OutputError(
            f"{photo.name} cannot be encoded",
            expected=f"pixels that fit into a {key.upper()}",
            got=str(error),
            hint="try --format png or tiff",
        ) from error
    return data, (*notes, *told)


def _encoded(
    pixels: Pixels, metadata: Metadata, key: str, encoding: Encoding, quality: int | None
) -> tuple[bytes, tuple[str, ...]]:
    """The content in the format ``key``, into which the pixels fit already, and notes."""
    notes: tuple[str, ...] = ()
    same = encoding.format == key
    own = encoding.quality if same else None
    best = quality or max(FORMATS[key].quality or 0, own or 0)
    if key == "png":
        data = png.encode(pixels, metadata)
    elif key == "tiff":
        data = tiff.encode(pixels, metadata, encoding.compression if same else "zlib")
    elif key == "bmp":
        data = eight_bit.encode_bmp(pixels, metadata)
    elif key == "webp":
        lossless = quality is None and encoding.lossless
        data = eight_bit.encode_webp(pixels, metadata, None if lossless else best)
    elif key == "avif":
        data = eight_bit.encode_avif(pixels, metadata, best)
    else:
        data, notes = eight_bit.encode_jpeg(pixels, metadata, best)
    return data, notes


def _fitted(pixels: Pixels, photo: Photo, key: str) -> tuple[Pixels, list[str]]:
    """The pixels with the channels and the depth that the format has, and notes."""
    notes: list[str] = []
    if photo.profile and photo.metadata.icc and not FORMATS[key].tags:
        pixels = _in_srgb(pixels, photo)
        notes.append(f"{key.upper()} holds no profile: the colours were converted to sRGB")
    if pixels.shape[2] in {2, 4} and not FORMATS[key].alpha:
        if (pixels[..., -1] != np.iinfo(pixels.dtype).max).any():
            notes.append(f"{key.upper()} holds no transparency: laid over white")
        pixels = _over_white(pixels)
    elif pixels.shape[2] in {1, 3} and photo.has_alpha and FORMATS[key].alpha:
        opaque = np.full_like(pixels[..., :1], np.iinfo(pixels.dtype).max)
        pixels = cast("Pixels", np.concatenate([pixels, opaque], axis=2))
    depth: Literal[8, 16] = 16 if pixels.dtype == np.uint16 else 8
    bits = bits_of(key, depth)
    if bits < max(depth, photo.encoding.bits):
        notes.append(f"{key.upper()} is written with 8 bits (--format png or tiff keeps 16)")
    return to_bits(pixels, bits), notes


def _in_srgb(pixels: Pixels, photo: Photo) -> Pixels:
    if photo.profile is None:
        return pixels
    color, _ = photo.profile.to_srgb(pixels[..., :3])
    converted = to_integers(color, 16 if pixels.dtype == np.uint16 else 8)
    return cast("Pixels", np.concatenate([converted, pixels[..., 3:]], axis=2))


def _over_white(pixels: Pixels) -> Pixels:
    """Composited over white, in the values of the file as browsers do, without the alpha."""
    full = int(np.iinfo(pixels.dtype).max)
    flat = np.empty_like(pixels[..., :-1])
    for row, line in enumerate(pixels):
        color, alpha = line[:, :-1].astype(np.uint64), line[:, -1:].astype(np.uint64)
        flat[row] = (color * alpha + full * (full - alpha) + full // 2) // full
    return flat


def _unkept(metadata: Metadata, key: str) -> list[str]:
    """Notes on what the photo says and the format has no room for."""
    lost: list[str] = []
    if not FORMATS[key].tags:
        tags = (("EXIF", metadata.exif), ("XMP", metadata.xmp))
        lost += [name for name, value in tags if value]
    if metadata.iptc and key not in {"jpeg", "tiff"}:
        lost.append("IPTC")
    if metadata.comment and key != "jpeg":
        lost.append("the comment")
    if metadata.texts and key != "png":
        lost.append("PNG texts")
    return [f"{key.upper()} has no room for {', '.join(lost)}"] if lost else []


def _verify(part: Path, key: str, size: Size) -> None:
    """Read the header of what was written back before it takes the place of anything."""
    with part.open("rb") as file:
        if key == "tiff":
            found = "tiff", tiff.size(file)
        else:
            with eight_bit.opened(file) as image:
                found = str(image.format).lower(), (image.height, image.width)
    if found != (key, tuple(size)):
        raise OutputError(
            "the written file does not read back", expected=f"{key} {size}", got=str(found)
        )

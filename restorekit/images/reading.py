"""Files in: whatever the format, one upright photo in sRGB comes out."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from restorekit.errors import PhotoError
from restorekit.images import eight_bit, exif, high_efficiency, png, tiff, xmp
from restorekit.images.decoded import limit
from restorekit.images.icc import profile_of
from restorekit.images.photo import Photo
from restorekit.images.quantize import block_rows, to_bits, to_float, to_integers
from restorekit.images.recognition import PHOTO, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy.typing as npt

    from restorekit.contracts import Pixels
    from restorekit.images.decoded import Decoded, OnSize
    from restorekit.images.photo import Metadata
    from restorekit.images.protocols import Bytes

UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    tifffile.TiffFileError,  # a ValueError only since tifffile 2026
)
"""What the decoders raise at a damaged file, whether they noticed the damage or ran into it."""

MOST_DPI = 65535
"""What JFIF has room for; more is no resolution but damage."""

DECODERS: dict[str, Callable[[bytes, OnSize], Decoded]] = {
    "jpeg": lambda data, on_size: eight_bit.decode(data, "jpeg", on_size),
    "webp": lambda data, on_size: eight_bit.decode(data, "webp", on_size),
    "bmp": lambda data, on_size: eight_bit.decode(data, "bmp", on_size),
    "png": png.decode,
    "avif": high_efficiency.decode_avif,
    "heif": high_efficiency.decode_heif,
    "tiff": tiff.decode,
}


MAX_PIXELS = 400_000_000
"""A picture of more pixels is refused, unless the caller allows more."""


def read(
    source: str | Path | bytes, *, name: str | None = None, max_pixels: int = MAX_PIXELS
) -> Photo:
    """Read a photo; its content tells the format, whatever the name says.

    Args:
        source: A file, or its content.
        name: What to call it in messages; by default the name of the file.
        max_pixels: A larger picture is refused before it is decoded.

    Raises:
        PhotoError: There is no file, it is no photo that is known, or it is damaged.
    """
    if isinstance(source, bytes):
        name, data = name or "standard input", source
    else:
        name = name or Path(source).name
        data = _content(Path(source), name)
    return _photo(name, _decoded(data, name, max_pixels))


def read_bytes(path: Path, *, name: str | None = None, max_pixels: int = MAX_PIXELS) -> Bytes:
    """The colours of :func:`read` rounded to 8 bits, ``(H, W, 1 or 3)``, and nothing else of it.

    The photo is never there in float as a whole: that is for measuring, which rounds anyway.

    Raises:
        PhotoError: As :func:`read`, or it is transparent in places.
    """
    name = name or path.name
    decoded = _decoded(_content(path, name), name, max_pixels)
    metadata, turn, _ = _upright(decoded)
    pixels, opaque = _parted(turned(decoded.pixels, turn))
    if opaque is not None:
        raise PhotoError(
            f"{name} is transparent in places, which no protocol measures",
            expected="an opaque photo",
        )
    profile, _ = profile_of(metadata.icc, pixels.shape[2])
    result = np.empty(pixels.shape, np.uint8)
    for rows in block_rows(pixels):
        part = pixels[rows]
        result[rows] = to_integers(profile.to_srgb(part)[0], 8) if profile else to_bits(part, 8)
    return result


def _decoded(data: bytes, name: str, max_pixels: int) -> Decoded:
    kind = format_of(data, name)
    with decoding(name, kind, len(data)):
        return DECODERS[kind](data, limit(name, max_pixels))


@contextmanager
def decoding(name: str, kind: str, length: int) -> Generator[None]:
    """Turn what a decoder of ``kind`` raises at ``length`` bytes into one PhotoError."""
    try:
        yield
    except PhotoError as error:
        if name in str(error):
            raise
        raise PhotoError(f"{name}: {error}") from error
    except UNREADABLE as error:
        raise PhotoError(
            f"{name} is damaged or cut off",
            expected=f"a whole {kind.upper()}",
            got=f"{length} bytes that do not decode: {_short(error)}",
            hint="copy or export the photo again",
        ) from error


def unopened(path: Path, name: str, error: OSError) -> PhotoError:
    """The PhotoError for a file that the system does not open."""
    if path.is_dir():
        return PhotoError(f"{name} is a folder", expected=PHOTO)
    reason = error.strerror or str(error)
    return PhotoError(f"{name} cannot be opened", expected=PHOTO, got=reason)


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unopened(path, name, error) from error


def _short(error: BaseException) -> str:
    return str(error)[:120] or type(error).__name__


def _photo(name: str, decoded: Decoded) -> Photo:
    """Turn the pixels, set the alpha apart, take the colours to sRGB."""
    metadata, turn, notes = _upright(decoded)
    upright = turned(decoded.pixels, turn)
    pixels, opaque = _parted(upright)
    profile, note = profile_of(metadata.icc, pixels.shape[2])
    color, excess = profile.to_srgb(pixels) if profile else (to_float(pixels), None)
    return Photo(
        name=name,
        color=color,
        encoding=decoded.encoding,
        metadata=metadata,
        alpha=None if opaque is None else to_float(opaque),
        has_alpha=upright.shape[2] > pixels.shape[2],
        excess=excess,
        profile=profile,
        notes=(*notes, note) if note else notes,
    )


def _parted(pixels: Pixels) -> tuple[Pixels, Pixels | None]:
    """The colours, and the opacity where there is one that is not full everywhere."""
    if pixels.shape[2] not in {2, 4}:
        return pixels, None
    opaque = pixels[..., -1:]
    is_full = (opaque == np.iinfo(opaque.dtype).max).all()
    return pixels[..., :-1], None if is_full else opaque


def _upright(decoded: Decoded) -> tuple[Metadata, int, tuple[str, ...]]:
    """The metadata of the turned photo, how it has to be turned, and notes."""
    metadata, notes = decoded.metadata, decoded.notes
    if metadata.exif and not exif.is_structure(metadata.exif):
        metadata = dataclasses.replace(metadata, exif=b"")
        notes = (*notes, "the EXIF is broken and was dropped")
    turn = exif.orientation(metadata.exif)
    dpi = metadata.dpi or exif.resolution(metadata.exif)
    if dpi and max(dpi) > MOST_DPI:
        dpi = None
    packet = metadata.xmp
    if turn != 1:
        packet = xmp.upright(packet)
    if decoded.upright:
        turn = 1
    if turn > 4 and dpi:
        dpi = (dpi[1], dpi[0])
    upright = exif.upright(metadata.exif)
    return dataclasses.replace(metadata, exif=upright, xmp=packet, dpi=dpi), turn, notes


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """A view of ``(H, W, C)`` that is upright, given an EXIF orientation of 1 to 8."""
    view: npt.NDArray[Any] = pixels
    if orientation > 4:
        view = view.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        view = view[::-1]
    if orientation in {2, 3, 6, 7}:
        view = view[:, ::-1]
    return view

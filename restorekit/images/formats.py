"""The file formats: what each can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from restorekit.errors import OutputError, UnknownNameError

if TYPE_CHECKING:
    from restorekit.contracts import Size
    from restorekit.images.photo import Encoding


@dataclass(frozen=True)
class Format:
    """What a file of this format can hold."""

    suffixes: tuple[str, ...]
    """The usual one first, with the dot."""
    bits: Literal[8, 16]
    """The most bits a sample that are written."""
    alpha: bool
    lossless: bool
    """Whether pixels come back as they were, whatever the options."""
    longest_side: int
    """The largest height and width, in pixels."""
    quality: int | None = None
    """The quality when none is asked for, 1 to 100; None: the format has no such setting."""
    tags: bool = True
    """Whether it has room for EXIF, XMP and an ICC profile."""
    written_as: str | None = None
    """The format written in its place, where it can only be read."""


FORMATS: dict[str, Format] = {
    "jpeg": Format((".jpg", ".jpeg", ".jpe", ".jfif"), 8, False, False, 65500, quality=95),
    "png": Format((".png",), 16, True, True, 2**31 - 1),
    "webp": Format((".webp",), 8, True, False, 16383, quality=95),
    "avif": Format((".avif",), 8, True, False, 32768, quality=90),
    "tiff": Format((".tif", ".tiff"), 16, True, True, 2**31 - 1),
    "bmp": Format((".bmp", ".dib"), 8, False, True, 2**31 - 1, tags=False),
    "heif": Format((".heic", ".heif", ".hif"), 8, True, False, 65535, written_as="jpeg"),
}

READABLE_SUFFIXES: frozenset[str] = frozenset(
    suffix for entry in FORMATS.values() for suffix in entry.suffixes
)
"""Suffixes by which a folder is searched for photos; opening goes by content."""


def format_named(name: str) -> str:
    """The key in ``FORMATS`` for what a user typed: ``jpeg``, ``JPG`` or ``.jpg``.

    Raises:
        UnknownNameError: No format that can be written has this name.
    """
    typed = name.lower().lstrip(".")
    for key, entry in FORMATS.items():
        if entry.written_as is None and (typed == key or f".{typed}" in entry.suffixes):
            return key
    writable = [key for key, entry in FORMATS.items() if entry.written_as is None]
    raise UnknownNameError.among("output format", name, writable)


def output_format(photo_encoding: Encoding, format: str | None) -> str:  # noqa: A002
    """The format to write: the one asked for, or the input's own where it can be written.

    Raises:
        UnknownNameError: ``format`` is not the name of a format that can be written.
    """
    if format is not None:
        return format_named(format)
    return FORMATS[photo_encoding.format].written_as or photo_encoding.format


def suffix_of(format: str) -> str:  # noqa: A002
    """The usual suffix of files of this format, with the dot."""
    return FORMATS[format_named(format)].suffixes[0]


def bits_of(format: str, bits: Literal[8, 16]) -> Literal[8, 16]:  # noqa: A002
    """How many of ``bits`` bits a sample a file of this format keeps."""
    return bits if FORMATS[format_named(format)].bits == 16 else 8


def check_size(format: str, size: Size, name: str) -> None:  # noqa: A002
    """Make sure that a picture of ``size`` fits into a file of this format.

    Raises:
        OutputError: It does not; the message names formats that can hold it.
    """
    longest = max(size)
    if longest <= FORMATS[format].longest_side:
        return
    roomy = [
        key
        for key, entry in FORMATS.items()
        if entry.longest_side >= longest and entry.written_as is None
    ]
    raise OutputError(
        f"{name} is too large for {format.upper()}",
        expected=f"at most {FORMATS[format].longest_side} pixels a side",
        got=str(size),
        hint=f"try --format {' or '.join(roomy)}" if roomy else "no format holds it",
    )

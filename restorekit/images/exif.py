"""EXIF: the structure of TIFF, read tag by tag and changed in place.

In place, because the notes of camera makers hold offsets that count from the start of the whole
structure: whoever moves them breaks them. Where the tags have to move, from or into a TIFF file,
their bytes are copied as they are.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from restorekit.contracts import Size

ORIENTATION = 0x0112
EXIF_IFD = 0x8769
GPS_IFD = 0x8825
INTEROP_IFD = 0xA005
SHORT, LONG, LONG8 = 3, 4, 16
WIDTHS = {0x0100, 0xA002}
"""ImageWidth and PixelXDimension."""
HEIGHTS = {0x0101, 0xA003}
"""ImageLength and PixelYDimension."""

BYTES_OF_TYPE = dict(
    zip(
        (*range(1, 14), 16, 17, 18),
        (1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 8),
        strict=True,
    )
)
"""Of one value. BigTIFF adds the last three: unsigned, signed and offset of 64 bits."""

LAYOUT = (
    {*range(254, 260), 262, *range(263, 267), 273, *range(277, 284), *range(284, 294), 296, 297}
    | {301, *range(317, 326), *range(330, 348), *range(512, 533), 700, 33723, 34377, 34675, 37724}
    | {EXIF_IFD, GPS_IFD, INTEROP_IFD}
)
"""Tags of a TIFF file that describe how its pixels lie there, or that are kept on their own."""


class Tag(NamedTuple):
    """One tag of a directory, its value as bytes in the order of the file."""

    code: int
    kind: int
    """The type of the value, as TIFF numbers them."""
    length: int
    """How many values of that type."""
    value: bytes
    at: int
    """Where in the structure the value begins."""


class Tags(NamedTuple):
    """The directories of a photo."""

    order: str
    """``<`` or ``>``, as in ``struct``."""
    main: list[Tag]
    exif: list[Tag]
    gps: list[Tag]
    interop: list[Tag]


def byte_order(structure: bytes | memoryview) -> str:
    """``<`` or ``>`` for Intel's or Motorola's order.

    Raises:
        ValueError: This is no TIFF structure.
    """
    orders = {b"II": "<", b"MM": ">"}
    mark = bytes(structure[:2])
    if mark not in orders:
        raise ValueError("neither II nor MM")
    return orders[mark]


def first_directory(structure: bytes | memoryview) -> tuple[int, bool]:
    """The offset of the first directory, and whether this is a BigTIFF."""
    order = byte_order(structure)
    big = struct.unpack_from(f"{order}H", structure, 2)[0] == 43
    (offset,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", structure, 8 if big else 4)
    return offset, big


def directory(structure: bytes | memoryview, offset: int, *, big: bool = False) -> list[Tag]:
    """The tags of the directory at ``offset``; those that point outside are left out.

    Raises:
        struct.error: The directory itself is cut off.
    """
    order = byte_order(structure)
    head, entry, room = ("Q", "HHQ", 8) if big else ("H", "HHI", 4)
    width = struct.calcsize(f"<{entry}")
    (count,) = struct.unpack_from(order + head, structure, offset)
    tags: list[Tag] = []
    for index in range(count):
        place = offset + struct.calcsize(f"<{head}") + index * (width + room)
        code, kind, number = struct.unpack_from(order + entry, structure, place)
        size = BYTES_OF_TYPE.get(kind, 0) * number
        at = place + width
        (far,) = struct.unpack_from(order + ("Q" if big else "I"), structure, at)
        at = far if size > room else at
        if size and at + size <= len(structure):
            tags.append(Tag(code, kind, number, bytes(structure[at : at + size]), at))
    return tags


def read_tags(structure: bytes) -> Tags:
    """All directories of an EXIF structure or of the first page of a TIFF file.

    Raises:
        ValueError: This is no TIFF structure.
        struct.error: It is cut off.
    """
    order = byte_order(structure)
    offset, big = first_directory(structure)
    main = directory(structure, offset, big=big)
    exif = _below(structure, main, EXIF_IFD, big=big)
    gps = _below(structure, main, GPS_IFD, big=big)
    return Tags(order, main, exif, gps, _below(structure, exif, INTEROP_IFD, big=big))


def _below(structure: bytes, tags: list[Tag], pointer: int, *, big: bool) -> list[Tag]:
    """The directory that a tag points to; empty where there is none or it lies outside."""
    offset = _integer(structure, tags, pointer)
    try:
        return [] if offset is None else directory(structure, offset, big=big)
    except struct.error:
        return []


def _integer(structure: bytes, tags: Iterable[Tag], code: int) -> int | None:
    forms = {SHORT: "H", LONG: "I", 13: "I", LONG8: "Q", 18: "Q"}
    for tag in tags:
        if tag.code == code and tag.kind in forms:
            value: int = struct.unpack_from(byte_order(structure) + forms[tag.kind], tag.value)[0]
            return value
    return None


def is_structure(exif: bytes) -> bool:
    """Whether the bytes can be read as EXIF."""
    try:
        read_tags(exif)
    except (ValueError, struct.error):
        return False
    return True


def orientation(exif: bytes) -> int:
    """1 to 8: how the pixels have to be turned; 1, upright, where nothing sensible is said."""
    if not exif:
        return 1
    value = _integer(exif, read_tags(exif).main, ORIENTATION) or 1
    return value if 1 <= value <= 8 else 1


def resolution(exif: bytes) -> tuple[float, float] | None:
    """Horizontal and vertical pixels per inch, where they are told."""
    if not exif:
        return None
    tags = read_tags(exif)
    values = {tag.code: tag for tag in tags.main}
    across, down = (values.get(code) for code in (282, 283))
    if across is None or down is None or across.kind != 5 or down.kind != 5:
        return None
    pairs = [struct.unpack_from(f"{tags.order}II", tag.value) for tag in (across, down)]
    if any(0 in pair for pair in pairs):
        return None
    unit = {2: 1.0, 3: 2.54}.get(_integer(exif, tags.main, 296) or 2)
    if unit is None:
        return None
    return pairs[0][0] / pairs[0][1] * unit, pairs[1][0] / pairs[1][1] * unit


def upright(exif: bytes) -> bytes:
    """The same with orientation 1, and without the thumbnail, which would show the old picture."""
    if not exif:
        return exif
    patched = bytearray(exif)
    tags = read_tags(exif)
    for tag in tags.main:
        if tag.code == ORIENTATION and tag.kind == SHORT:
            struct.pack_into(f"{tags.order}H", patched, tag.at, 1)
    offset, _ = first_directory(exif)
    (count,) = struct.unpack_from(f"{tags.order}H", exif, offset)
    following = offset + 2 + 12 * count
    if following + 4 <= len(patched):
        struct.pack_into(f"{tags.order}I", patched, following, 0)
    return bytes(patched)


def with_size(exif: bytes, size: Size) -> bytes:
    """The same with the width and the height of the new picture, wherever there were some."""
    if not exif:
        return exif
    patched = bytearray(exif)
    tags = read_tags(exif)
    for tag in (*tags.main, *tags.exif):
        if tag.code in WIDTHS | HEIGHTS and tag.kind in {SHORT, LONG} and tag.length == 1:
            length = size.width if tag.code in WIDTHS else size.height
            # The value of a lone SHORT has room for a LONG, which any size fits in.
            struct.pack_into(f"{tags.order}HII", patched, tag.at - 6, LONG, 1, length)
    return bytes(patched)


def from_tiff(file: bytes) -> bytes:
    """The tags of a TIFF file, but for those of its layout, as an EXIF structure of their own."""
    tags = read_tags(file)
    kept = [tag for tag in tags.main if tag.code not in LAYOUT]
    if not (kept or tags.exif or tags.gps):
        return b""
    mark = b"II*\0" if tags.order == "<" else b"MM\0*"
    below, pointers = place_below(tags, 8)
    body = place(kept + pointers, tags.order, 8 + len(below))
    return mark + struct.pack(f"{tags.order}I", 8 + len(below)) + below + body


def place_below(tags: Tags, base: int, *, big: bool = False) -> tuple[bytes, list[Tag]]:
    """The directories below the main one, laid out at ``base``, and the tags that point there.

    The tags hold their final value; their ``at`` means nothing.
    """
    data = b""
    pointers: dict[int, list[Tag]] = {EXIF_IFD: [], GPS_IFD: [], INTEROP_IFD: []}
    plain = [tag for tag in tags.exif if tag.code != INTEROP_IFD]
    for pointer, entries in (
        (INTEROP_IFD, tags.interop),
        (EXIF_IFD, plain),
        (GPS_IFD, tags.gps),
    ):
        below = entries + (pointers[INTEROP_IFD] if pointer == EXIF_IFD else [])
        if below:
            form, kind = ("Q", LONG8) if big else ("I", LONG)
            value = struct.pack(tags.order + form, base + len(data))
            pointers[pointer] = [Tag(pointer, kind, 1, value, 0)]
            data += place(below, tags.order, base + len(data), big=big)
    return data, pointers[EXIF_IFD] + pointers[GPS_IFD]


def place(tags: list[Tag], order: str, base: int, *, big: bool = False) -> bytes:
    """A directory that is to lie at ``base``, its values behind it; its length is even."""
    head, entry, room, pointer = ("Q", "HHQ", 8, "Q") if big else ("H", "HHI", 4, "I")
    table = struct.pack(order + head, len(tags))
    start = base + len(table) + len(tags) * (struct.calcsize(f"<{entry}") + room) + room
    values = b""
    for tag in sorted(tags):
        table += struct.pack(order + entry, tag.code, tag.kind, tag.length)
        if len(tag.value) <= room:
            table += tag.value.ljust(room, b"\0")
        else:
            table += struct.pack(order + pointer, start + len(values))
            values += tag.value + b"\0" * (len(tag.value) % 2)
    return table + b"\0" * room + values

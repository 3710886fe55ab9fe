"""Pictures, tags and the path of a model that changes nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from restorekit.images.finish import finish
from restorekit.images.quantize import to_integers
from restorekit.images.reading import read
from restorekit.images.writing import encode

if TYPE_CHECKING:
    from restorekit.images.photo import Photo

MAKER_NOTE = b"Maker\0\1\2" + bytes(range(256))
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF><rdf:Description tiff:Orientation="%d" dc:title="\xed\x95\x9c"/></rdf:RDF>'
    b"</x:xmpmeta>"
)


def noise(height: int, width: int, channels: int, dtype: Any = np.uint8) -> np.ndarray:
    """Every value of the range may occur, black and white do."""
    full = np.iinfo(dtype).max
    pixels = np.random.default_rng(height * width).integers(
        0, full, (height, width, channels), dtype=dtype, endpoint=True
    )
    pixels[0, 0], pixels[0, 1] = 0, full
    return pixels


def smooth(height: int, width: int) -> np.ndarray:
    """A gradient in colour, for lossy formats."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack(
        [x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], -1
    ).astype(np.uint8)


def exif(orientation: int = 1, size: tuple[int, int] = (9, 7)) -> bytes:
    """An EXIF structure without prefix, with a maker's note, GPS and the size as SHORT."""
    tags = Image.Exif()
    tags[0x010F] = "Kamera"
    tags[0x0112] = orientation
    tags[0x0132] = "2024:05:06 07:08:09"
    below = tags.get_ifd(0x8769)
    below[0x927C] = MAKER_NOTE
    below[0xA002], below[0xA003] = size[1], size[0]
    below[0x829A] = IFDRational(1, 125)
    gps = tags.get_ifd(0x8825)
    gps[1], gps[2] = "N", (37.0, 33.0, 36.0)
    return tags.tobytes().removeprefix(b"Exif\0\0")


def told(structure: bytes) -> dict[str, Any]:
    """What an independent reader finds in an EXIF structure."""
    tags = Image.Exif()
    tags.load(b"Exif\0\0" + structure)
    return facts(tags)


def facts(tags: Image.Exif) -> dict[str, Any]:
    below, gps = tags.get_ifd(0x8769), tags.get_ifd(0x8825)
    return {
        "make": tags.get(0x010F),
        "date": tags.get(0x0132),
        "orientation": tags.get(0x0112),
        "note": below.get(0x927C),
        "exposure": float(below.get(0x829A, 0)),
        "size": (below.get(0xA003), below.get(0xA002)),
        "gps": (gps.get(1), tuple(float(part) for part in gps.get(2, ()))),
    }


def saved(pixels: np.ndarray, kind: str, mode: str | None = None, **options: Any) -> bytes:
    """Encoded by Pillow."""
    plain = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    image = Image.fromarray(plain)
    if "exif" in options:
        options["exif"] = b"Exif\0\0" + options["exif"]
    stream = io.BytesIO()
    (image.convert(mode) if mode else image).save(stream, kind, **options)
    return stream.getvalue()


def restored(photo: Photo) -> np.ndarray:
    """The pixels that a model which changes nothing leads to."""
    bits = photo.encoding.bits
    pixels = finish(photo.color, photo, photo.excess, bits)
    if photo.alpha is not None:
        pixels = np.concatenate([pixels, to_integers(photo.alpha, bits)], axis=2)
    return pixels


def identity(data: bytes, **options: Any) -> bytes:
    """Read, restored by nothing, written."""
    photo = read(data, name="photo")
    return encode(restored(photo), photo, **options)[0]

"""A photo in memory: the pixels a restorer works on, and all that makes it the same photo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from restorekit.contracts import Size

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image
    from restorekit.images.icc import Profile


@dataclass(frozen=True)
class Encoding:
    """How the file was encoded, as far as writing it again needs to know."""

    format: str
    """One of jpeg, png, webp, avif, tiff, bmp, heif."""
    bits: Literal[8, 16]
    """Bits a sample to write back; sources of 10 and 12 bits or of floats count as 16."""
    lossless: bool
    """A lossless WebP stays lossless."""
    quality: int | None = None
    """JPEG: the lowest quality from 95 up whose steps are as fine as the file's own."""
    compression: str | None = None
    """TIFF: the lossless compression of the file, by tifffile's name; None: uncompressed."""


@dataclass(frozen=True)
class Metadata:
    """What a file says beside its pixels, as bytes that can go into any format that has room."""

    exif: bytes = b""
    """A TIFF structure (no ``Exif`` prefix); its orientation is 1, its thumbnail unlinked."""
    xmp: bytes = b""
    """An XMP packet in UTF-8."""
    icc: bytes = b""
    """The ICC profile of the file's colour space."""
    iptc: bytes = b""
    """IPTC-IIM datasets."""
    dpi: tuple[float, float] | None = None
    """Horizontal and vertical pixels per inch."""
    comment: bytes = b""
    """The comment of a JPEG."""
    texts: tuple[tuple[bytes, bytes], ...] = ()
    """PNG chunks of text and time, as (type, payload)."""
    colorimetry: tuple[tuple[bytes, bytes], ...] = ()
    """PNG chunks that describe colours where there is no profile (gAMA, cHRM, sRGB, cICP)."""

    def without_tags(self) -> Metadata:
        """Only what is needed to show the same colours at the same size."""
        return Metadata(icc=self.icc, dpi=self.dpi, colorimetry=self.colorimetry)


@dataclass(frozen=True, eq=False)
class Photo:
    """One picture, upright, its colours in sRGB."""

    name: str
    """What to call it in messages: the file's name."""
    color: Image
    """``(H, W, 3)`` or, for grey, ``(H, W, 1)`` float32 sRGB in ``[0, 1]``."""
    encoding: Encoding
    metadata: Metadata = field(default_factory=Metadata)
    alpha: Image | None = None
    """``(H, W, 1)`` float32 in ``[0, 1]``, 1 is opaque; None where every pixel is opaque."""
    has_alpha: bool = False
    """Whether the file has an alpha channel, be it opaque everywhere."""
    excess: npt.NDArray[np.floating[Any]] | None = None
    """What clipping to sRGB took from a wider gamut: unclipped minus ``color``, ``(H, W, 3)``.

    To be added to the restored picture before it goes back to the file's colour space. float32,
    but float64 where the file has 16 bits, whose darkest saturated colours need it.
    """
    profile: Profile | None = None
    """The way back from sRGB to the file's colour space; None where that is sRGB or unknown."""
    notes: tuple[str, ...] = ()
    """What the user must be told about how the file was read."""

    @property
    def size(self) -> Size:
        """Height and width in pixels, after the orientation was applied."""
        return Size(self.color.shape[0], self.color.shape[1])

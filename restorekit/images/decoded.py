"""What a decoder hands over: the pixels as they lie in the file, and what was beside them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageCms

from restorekit.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from restorekit.contracts import Pixels
    from restorekit.images.photo import Encoding, Metadata

    OnSize = Callable[[int, int], None]
    """Told height and width before any pixel is decoded; raises where they are too much."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """The first picture of a file."""

    pixels: Pixels
    """``(H, W, C)`` over the full range of the dtype; C = 1 grey, 2 with alpha, 3 RGB, 4 RGBA."""
    encoding: Encoding
    metadata: Metadata
    """The EXIF still with the orientation of the file."""
    upright: bool = False
    """Whether the decoder has turned the pixels already."""
    notes: tuple[str, ...] = ()


def limit(name: str, max_pixels: int) -> OnSize:
    """A check that refuses a header which claims more than ``max_pixels``."""

    def check(height: int, width: int) -> None:
        if height * width > max_pixels or height < 1 or width < 1:
            raise PhotoError(
                f"{name} claims an impossible size",
                expected=f"at most {max_pixels} pixels and at least one",
                got=f"{width}x{height}",
                hint="the file is damaged, or made to exhaust the memory",
            )

    return check


def with_axis(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``(H, W, C)`` also where there is one channel."""
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def cmyk_to_srgb(image: PillowImage.Image, icc: bytes) -> tuple[PillowImage.Image, str]:
    """A Pillow image of mode CMYK as RGB in sRGB, and what to tell the user."""
    if icc:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass
        else:
            if converted is not None:
                return converted, "CMYK was converted to sRGB by the profile of the photo"
    return image.convert("RGB"), "CMYK without a usable profile was converted to sRGB by formula"


def cmyk_pixels(pixels: Pixels, icc: bytes) -> tuple[Pixels, str]:
    """The same for an array ``(H, W, 4)`` uint8, 255 being full ink."""
    height, width = pixels.shape[:2]
    image = PillowImage.frombytes("CMYK", (width, height), pixels.tobytes())
    converted, note = cmyk_to_srgb(image, icc)
    return np.asarray(converted), note

"""Inspecting: what is wrong with a photo, and which commands may help."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from restorekit.batch.inputs import expand, search
from restorekit.errors import RestorekitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from restorekit.contracts import Image
    from restorekit.images.photo import Photo
    from restorekit.kernel_estimation._measures import Spread

Blur = Literal["none", "motion", "uneven", "defocus", "unknown"]

NOISY = 2.0
"""Levels of noise that are seen in flat areas."""
COARSE = 75
"""A quality of JPEG below which its blocks and halos are seen."""
DARK = 0.15
"""Mean of a photo that is too dark."""
SMALL = 1_000_000
"""Pixels of a photo that is small today."""


@dataclass(frozen=True)
class Inspection:
    """What was found in a photo."""

    width: int
    height: int
    format: str
    bits: int
    """Of a sample."""
    jpeg_quality: int | None
    """1 to 100; None: no JPEG."""
    sigma: float
    """Standard deviation of the noise, in levels of 255."""
    brightness: float
    """Mean, 0 black to 1 white."""
    black: float
    """Share of the pixels that are black in all channels."""
    white: float
    """Share of the pixels that are white in a channel: clipped."""
    blur: Blur
    """``uneven``: shake that differs over the photo; ``unknown``: no kernel can be trusted."""
    blur_length: float
    """In pixels, of the kernel that was found; of a disk, its diameter."""
    blur_width: float
    """Across it."""
    blur_angle: float
    """In degrees, counter-clockwise from the horizontal."""
    confidence: float
    """Of the blur, 0 to 1."""

    def as_dict(self) -> dict[str, object]:
        """JSON values."""
        return asdict(self)

    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        from restorekit.kernel_estimation._measures import at_an_angle

        quality = f", JPEG of quality {self.jpeg_quality}" if self.jpeg_quality else ""
        blurs = {
            "none": "sharp, as far as can be told",
            "motion": f"shake over {self.blur_length:.0f} x {self.blur_width:.0f} pixels"
            f"{at_an_angle(self.blur_length, self.blur_width, self.blur_angle)}",
            "uneven": "shake that differs over the photo",
            "defocus": f"out of focus, a disk {self.blur_length:.0f} pixels wide",
            "unknown": "no kernel that can be trusted was found",
        }
        return (
            f"{self.width}x{self.height}, {self.bits} bits, {self.format}{quality}",
            f"noise of sigma {self.sigma:.1f}",
            f"brightness {self.brightness:.2f}, black {self.black:.1%}, clipped {self.white:.1%}",
            f"blur: {blurs[self.blur]} (confidence {self.confidence:.2f})",
        )

    def advice(self, name: str) -> tuple[str, ...]:
        """Commands that may help, for a photo of that name; none where nothing stands out."""
        photo, found = shlex.quote(name), []
        if self.brightness < DARK:
            found.append(f"restorekit enhance {photo} --task lowlight")
        if self.sigma >= NOISY:
            found.append(f"restorekit denoise {photo}")
        ways = {"motion": "consensus", "uneven": "consensus --grid 3x3", "defocus": "defocus"}
        if self.blur in ways:
            way = ways[self.blur]
            found += [f"restorekit deblur {photo} --model {way}", f"restorekit deblur {photo}"]
        small = self.width * self.height < SMALL
        if small or (self.jpeg_quality or 100) < COARSE:
            found.append(f"restorekit sr {photo}" + ("" if small else " --scale 1"))
        return tuple(found)


def inspect(path: Path) -> Inspection:
    """What is wrong with the photo in a file; it is not changed.

    Raises:
        PhotoError: It cannot be read.
    """
    from restorekit.images.jpeg_tables import own_quality
    from restorekit.images.noise_level import noise_level
    from restorekit.images.reading import read

    photo = read(path, name=str(path))
    color = photo.color
    blur, (length, width, angle), confidence = _blur(color)
    return Inspection(
        width=color.shape[1],
        height=color.shape[0],
        format=photo.encoding.format,
        bits=photo.encoding.bits,
        jpeg_quality=own_quality(path) if photo.encoding.format == "jpeg" else None,
        sigma=round(noise_level(color), 2),
        brightness=round(float(color.mean()), 3),
        black=_share(photo, "black"),
        white=_share(photo, "white"),
        blur=blur,
        blur_length=round(length, 1),
        blur_width=round(width, 1),
        blur_angle=round(angle, 1),
        confidence=round(confidence, 2),
    )


def photos_among(inputs: Sequence[str], *, recursive: bool = False) -> Iterator[Path | str]:
    """Each photo among files, folders and globs, or a line on what cannot be one.

    Raises:
        UsageError: There is none at all, or standard input is named.
    """
    found = expand(inputs)
    if found.standard_input:
        raise UsageError("inspect", expected="files or folders", got="standard input")
    folders = [search(it, recursive=recursive, without=set()) for it in found.folders]
    photos = [*found.files, *(photo for it in folders for photo in it.photos)]
    failed = [it.message for it in (*found.failed, *(one for it in folders for one in it.failed))]
    if not photos and not failed:
        raise UsageError("no photo among the inputs")
    yield from photos
    yield from failed


def inspected(path: Path) -> Inspection | str:
    """What :func:`inspect` finds, or in a line why it cannot."""
    try:
        return inspect(path)
    except RestorekitError as error:
        return str(error) if str(path) in str(error) else f"{path}: {error}"


def _share(photo: Photo, end: Literal["black", "white"]) -> float:
    step = 0.5 / 255
    at_end = (
        (photo.color < step).all(axis=2) if end == "black" else (photo.color > 1 - step).any(axis=2)
    )
    return round(float(at_end.mean()), 4)


def _blur(image: Image) -> tuple[Blur, Spread, float]:
    """Kind, extent and confidence."""
    from restorekit.kernel_estimation import ESTIMATORS
    from restorekit.kernel_estimation._measures import DISK, SHARP, Spread, spread

    confidence = 0.0
    kinds: dict[str, Blur] = {"defocus": "defocus", "consensus": "motion"}
    for name, kind in kinds.items():
        try:
            estimate = ESTIMATORS[name].estimate(image)
        except UsageError:
            continue  # the photo is too small for this one
        confidence = estimate.confidence
        extent = spread(estimate.psf)
        if estimate.uneven:
            return "uneven", extent, confidence
        if not estimate.reliable:
            continue
        if kind == "defocus":
            extent = Spread(extent.length * DISK, extent.width * DISK, extent.angle)
        return (kind if extent.length > SHARP else "none"), extent, confidence
    return "unknown", Spread(0.0, 0.0, 0.0), confidence

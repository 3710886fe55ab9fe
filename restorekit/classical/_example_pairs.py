"""Pairs of small patches and their detail, cut out of photos.

Each photo is made small as the tables of the field do it, by antialiased bicubic, and enlarged
again; what it then lacks is the detail. From every photo about as many pairs are drawn, by chance,
those of much contrast more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import uniform_filter

from restorekit.classical._examples import Pairs
from restorekit.classical._patches import MARGIN, PATCH, WINDOW, windows_at
from restorekit.contracts import Size
from restorekit.errors import PhotoError, UsageError
from restorekit.images.protocols import FULL_GREY
from restorekit.images.quantize import to_float
from restorekit.images.reading import read_bytes
from restorekit.images.resize import resize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from restorekit.classical._patches import Floats, Indices
    from restorekit.contracts import Image

SMALLEST = 16
"""The least side of a photo that was made small, in pixels."""
TEXTURED = 0.05
"""Windows of less contrast are no examples: little would be learnt, and much of that noise."""
TOLD_EVERY = 50
"""Photos between two words about how far it is."""


def luma_of(image: Image) -> Floats:
    """BT.601 luma ``(H, W)`` of a picture ``(H, W, 1 or 3)``, in its unit.

    To the last bit the grey of a picture whose channels are equal.
    """
    if image.shape[2] == 1:
        return image[:, :, 0]
    red, green, blue = np.moveaxis(image, 2, 0)
    of_red, _, of_blue = (np.float32(part) for part in FULL_GREY)
    return green + of_red * (red - green) + of_blue * (blue - green)


def pairs_of(
    photos: Sequence[Path],
    scale: int,
    *,
    most: int,
    draw: np.random.Generator,
    on_note: Callable[[str], None],
) -> Pairs:
    """Pairs out of photos.

    Args:
        photos: Files.
        scale: How many times smaller the photos are made, at least 2.
        most: How many pairs there shall be about; fewer where the photos have no more texture.
        draw: Decides which.
        on_note: Told how far it is, and which photos cannot serve.

    Raises:
        UsageError: No photo can serve.
    """
    found: list[Pairs] = []
    each = -(-most // len(photos))
    for number, (photo, own) in enumerate(zip(photos, draw.spawn(len(photos)), strict=True), 1):
        try:
            found.append(_sampled(_luma(photo, scale), scale, each, own))
        except PhotoError as error:
            on_note(f"{error}: it gives no examples")
        if number % TOLD_EVERY == 0:
            on_note(f"examples from {number} of {len(photos)} photos")
    if not sum(len(pairs.windows) for pairs in found):
        raise UsageError(
            f"no examples for a scale of {scale} in {photos[0].parent}",
            expected="readable photos with texture",
            got=f"{len(photos)} that cannot serve",
        )
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _luma(photo: Path, scale: int) -> Floats:
    pixels = read_bytes(photo)
    height, width = (side // scale * scale for side in pixels.shape[:2])
    if min(height, width) < SMALLEST * scale:
        raise PhotoError(
            f"{photo.name} is too small",
            expected=f"at least {SMALLEST * scale}x{SMALLEST * scale} pixels",
            got=f"{pixels.shape[1]}x{pixels.shape[0]}",
        )
    return luma_of(to_float(pixels[:height, :width]))


def _sampled(large: Floats, scale: int, count: int, draw: np.random.Generator) -> Pairs:
    """At most ``count`` pairs of one photo, whose sides are multiples of ``scale``."""
    size = Size(large.shape[0], large.shape[1])
    small = resize(large[:, :, None], Size(size.height // scale, size.width // scale), "bicubic")
    missing = _plane(large[:, :, None] - resize(small, size, "bicubic"))
    small = _plane(small)
    rows, columns = _places(small, count, draw)
    # The places lie so far inside that every window and every detail is whole.
    windows = windows_at(small, rows - MARGIN, columns - MARGIN)
    side, reach = PATCH * scale, PATCH // 2
    views = np.lib.stride_tricks.sliding_window_view(missing, (side, side))
    details = views[(rows - reach) * scale, (columns - reach) * scale].reshape(len(rows), side**2)
    return Pairs.of(windows, details)


def _plane(image: npt.NDArray[Any]) -> Floats:
    return image[:, :, 0].astype(np.float32, copy=False)


def _places(small: Floats, count: int, draw: np.random.Generator) -> tuple[Indices, Indices]:
    """Where windows are taken: the more contrast, the likelier."""
    inside = (slice(MARGIN, -MARGIN),) * 2
    mean = uniform_filter(small, WINDOW)[inside]
    variance = uniform_filter(small * small, WINDOW)[inside] - mean * mean
    contrast = WINDOW * np.sqrt(np.maximum(variance, 0)).astype(np.float64).ravel()
    (textured,) = np.nonzero(contrast >= TEXTURED)
    if len(textured) > count:
        likelihood = contrast[textured] / contrast[textured].sum()
        textured = draw.choice(textured, count, replace=False, p=likelihood)
    rows, columns = np.divmod(textured, mean.shape[1])
    return rows + MARGIN, columns + MARGIN

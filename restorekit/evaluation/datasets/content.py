"""Hashes of pictures: two copies of a set are the same where their decoded samples are."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from restorekit.contracts import Size
from restorekit.errors import PhotoError
from restorekit.evaluation.datasets.manifest import Content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REMEMBERED = 4096
"""Photos whose content is kept: looking at a folder twice decodes nothing twice."""


def content(path: Path) -> Content:
    """What a photo shows: upright, in sRGB, at 8 bits, as an evaluation sees it.

    Raises:
        PhotoError: It cannot be read.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise PhotoError(f"{path} cannot be opened", got=error.strerror) from error
    return _decoded(path, (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size))


@functools.lru_cache(REMEMBERED)
def _decoded(path: Path, _identity: tuple[int, ...]) -> Content:
    from restorekit.images.quantize import to_integers
    from restorekit.images.reading import read

    samples = to_integers(read(path, name=str(path)).color, 8)
    height, width, channels = samples.shape
    return Content(Size(height, width), channels, hashlib.sha256(samples.tobytes()).hexdigest())


def set_sha256(photos: Mapping[str, Content]) -> str:
    """One hash for a whole set: of a line for each photo, in the order of the names."""
    lines = (f"{name} {photos[name]}\n" for name in sorted(photos))
    return hashlib.sha256("".join(lines).encode()).hexdigest()

"""Weights of the house: those that come with the program itself, and need no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.errors import ChecksumError
from restorekit.files import sha256_of

if TYPE_CHECKING:
    from restorekit.zoo.manifest import Weights
    from restorekit.zoo.sources import File

FOLDER = Path(__file__).parents[1] / "weights"


def shipped(entry: Weights) -> Path | None:
    """The file of ``entry``, read through; None: it does not come with the program.

    Raises:
        ChecksumError: It is missing, or not what was shipped.
    """
    if not entry.is_shipped:
        return None
    path = shipped_path(entry)
    if not path.is_file() or sha256_of(path) != _file(entry).sha256:
        what = f"{path} is {'damaged' if path.is_file() else 'missing'}"
        raise ChecksumError(f"{what}: it comes with restorekit", hint="install restorekit again")
    return path


def shipped_path(entry: Weights) -> Path:
    """Where the file of ``entry``, which comes with the program, should be."""
    return FOLDER / _file(entry).address


def _file(entry: Weights) -> File:
    return next(it.files[0] for it in entry.sources if it.shipped)

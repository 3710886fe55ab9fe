"""Which result belongs to which reference: by name, never by position.

Papers and programs mark their files: ``baby_GT.bmp`` is the truth of ``baby_x4_SR.png``. Two files
belong together where their names are the same once the folder, the suffix of the format, the case
and such marks at the end are taken away. The marks, after ``_``, ``-``, ``.`` or a space:

========================  ============================================
``x4``, ``4x``, ``x1.5``  the scale
``SRF``, ``SRF_4``        the scale, as a set of SelfExSR names it
``SR``, ``HR``, ``LR``    the result, the truth, the input
``GT``                    the truth
``out``, ``restored``     the result
========================  ============================================

A scale, 16 at the most, also counts right after a digit (``0801x4``), as DIV2K has it.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from restorekit.batch.inputs import natural_key, search
from restorekit.errors import PhotoError, UsageError

_TIMES = r"(?:1[0-6]|[1-9])"  # no more: 2560x1600 is a size, not a scale
_SCALE = rf"x{_TIMES}(?:\.\d+)?|{_TIMES}x"
_MARK = re.compile(
    rf"(?:[_\-. ](?:{_SCALE}|srf(?:[_\-]{_TIMES})?|sr|hr|lr|gt|out|restored)|(?<=\d)x{_TIMES})$",
    re.IGNORECASE,
)


class Pair(NamedTuple):
    """A result and what it should be."""

    name: str
    """What both are called: the reference's name without marks."""
    predicted: Path
    reference: Path


class Pairs(NamedTuple):
    """Two folders, file by file."""

    pairs: tuple[Pair, ...]
    """In the natural order of the names."""
    without_reference: tuple[Path, ...]
    """Results that no reference belongs to."""
    without_prediction: tuple[Path, ...]
    """References that no result belongs to."""


def find_pairs(predicted: str | Path, reference: str | Path, *, recursive: bool = False) -> Pairs:
    """Match the photos of two folders by name; two files are a pair whatever they are called.

    Args:
        predicted: The folder with the results, or one result.
        reference: The folder with the truth, or the truth of that result.
        recursive: Whether to look into the folders in them, which must then have the same names.

    Raises:
        UsageError: One is a file and the other a folder, or two names in a folder mean the same.
        PhotoError: A folder is not there, or holds no photo.
    """
    predicted, reference = _there(predicted), _there(reference)
    if predicted.is_dir() != reference.is_dir():
        raise UsageError(
            "results and references do not suit each other",
            expected="two folders, or two files",
            got=f"{predicted} and {reference}",
        )
    truths = named_photos(reference, recursive=recursive)
    if not predicted.is_dir():
        return Pairs(tuple(Pair(name, predicted, reference) for name in truths), (), ())
    results = {
        name.casefold(): path for name, path in named_photos(predicted, recursive=recursive).items()
    }
    pairs: list[Pair] = []
    missing: list[Path] = []
    for name, path in truths.items():
        result = results.pop(name.casefold(), None)
        if result is None:
            missing.append(path)
        else:
            pairs.append(Pair(name, result, path))
    return Pairs(tuple(pairs), tuple(results.values()), tuple(missing))


def named_photos(place: str | Path, *, recursive: bool = False) -> dict[str, Path]:
    """The photos of a folder, or that one file, in the natural order of their paths.

    Args:
        place: A folder, or a photo.
        recursive: Whether to look into the folders in it.

    Returns:
        By name without marks; what lies in an inner folder has that in front, with slashes.

    Raises:
        PhotoError: There is none, or the folder cannot be read.
        UsageError: Two names mean the same.
    """
    place = _there(place)
    if not place.is_dir():
        return {bare_name(place): place}
    found = search(place, recursive=recursive)
    if found.failed:
        raise PhotoError(found.failed[0].message)
    photos: dict[str, Path] = {}
    seen: dict[str, Path] = {}
    for path in sorted(found.photos, key=natural_key):
        name = (path.parent.relative_to(place) / bare_name(path)).as_posix()
        other = seen.setdefault(name.casefold(), path)
        if other is not path:
            raise UsageError(
                f"{other} and {path} mean the same photo",
                expected="one file for each name",
                got=f"{name} twice once marks such as _x4 are taken away",
                hint="move one of them to another folder",
            )
        photos[name] = path
    return photos


def bare_name(path: Path) -> str:
    """The file's name without folder, suffix and marks; at least one character is left."""
    name = unicodedata.normalize("NFC", path.stem)
    while (mark := _MARK.search(name)) and mark.start() > 0:
        name = name[: mark.start()]
    return name


def _there(path: str | Path) -> Path:
    path = Path(path)
    if not path.exists():
        raise PhotoError(f"{path}: no such file or folder")
    return path

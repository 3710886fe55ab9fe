"""Which photo belongs to which in another folder: by name, never by position.

Two files belong together where their names are the same but for the suffix of the format. What is
left is matched without case and without the marks that papers and programs put at the end:
``baby_GT.bmp`` is the truth of ``baby_x4_SR.png``, but ``tile_x2`` and ``tile_x3`` are two photos.
The marks, after ``_``, ``-``, ``.`` or a space:

==============================  ============================================
``x4``, ``4x``, ``x1.5``        the scale
``SRF``, ``SRF_4``              the scale, as a set of SelfExSR names it
``SR``, ``HR``, ``LR``          the result, the truth, the input
``GT``                          the truth
``out``, ``restored``           the result
==============================  ============================================

And those that tell the two sides of a pair apart, where two folders are matched:

==============================  ============================================
``LR4``                         the input and its scale, as RealSR has them
``clean``, ``sharp``            the truth
``noisy``, ``blur``, ``blurry``  the input
``mean``, ``real``              the truth and the input, as PolyU has them
==============================  ============================================

A scale, 16 at the most, also counts right after a digit (``0801x4``), as DIV2K has it.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from restorekit.batch.inputs import natural_key, search
from restorekit.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TIMES = r"(?:1[0-6]|[1-9])"  # no more: 2560x1600 is a size, not a scale
_SCALE = rf"x{_TIMES}(?:\.\d+)?|{_TIMES}x"
_MARK = re.compile(
    rf"(?:[_\-. ](?:{_SCALE}|srf(?:[_\-]{_TIMES})?|sr|hr|lr|gt|out|restored)|(?<=\d)x{_TIMES})$",
    re.IGNORECASE,
)
_SIDE = re.compile(
    rf"[_\-. ](?:lr{_TIMES}|clean|sharp|mean|real|noisy|blur|blurry)$", re.IGNORECASE
)
_TIMES_OF = re.compile(r"\d+(?:\.\d+)?")


class Pair(NamedTuple):
    """A result and what it should be."""

    name: str
    """What both are called; the reference's name without marks where only that is the same."""
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
            f"{predicted} does not suit {reference}",
            expected="two folders, or two files",
            got="one of each",
        )
    if not predicted.is_dir():
        return Pairs((Pair(bare_name(reference), predicted, reference),), (), ())
    results, truths = (_by_stem(place, recursive=recursive) for place in (predicted, reference))
    pairs = [
        Pair(name, results.pop(name), truths.pop(name)) for name in [*truths] if name in results
    ]
    pairs += _matched_without_marks(results, truths)
    pairs.sort(key=lambda it: natural_key(Path(it.name)))
    return Pairs(tuple(pairs), tuple(results.values()), tuple(truths.values()))


def _matched_without_marks(results: dict[str, Path], truths: dict[str, Path]) -> list[Pair]:
    """Pairs of what is left, taken out of both."""
    marked, pairs = _grouped(results, sides=True), list[Pair]()
    for key, names in _grouped(truths, sides=True).items():
        others = marked.get(key, [])
        if not others:
            continue
        if len(names) > 1 or len(others) > 1:
            raise _ambiguous([truths[it] for it in names], [results[it] for it in others])
        (name,), (other,) = names, others
        scales = {it for it in (_parted(name).scale, _parted(other).scale) if it is not None}
        if len(scales) < 2:
            bare = str(_parted(name).bare)
            pairs.append(Pair(bare, results.pop(other), truths.pop(name)))
    return pairs


def _grouped(names: Iterable[str], *, sides: bool = False) -> dict[str, list[str]]:
    """The names that are the same without marks and case, and without those of sides if so."""
    groups: dict[str, list[str]] = {}
    for name in names:
        bare = _parted(name).bare
        bare = _parted(_SIDE.sub("", bare)).bare if sides else bare
        groups.setdefault(bare.casefold(), []).append(name)
    return groups


def _ambiguous(references: Sequence[Path], results: Sequence[Path]) -> UsageError:
    return UsageError(
        "names do not tell which photos belong together",
        expected="the same names, or one of each once marks such as _x4 are taken away",
        got=f"{', '.join(map(str, references))} and {', '.join(map(str, results))}",
    )


def _by_stem(place: Path, *, recursive: bool) -> dict[str, Path]:
    """The photos of a folder by their names without suffix, in the natural order of their paths.

    What lies in an inner folder has that in front, with slashes.
    """
    found = search(place, recursive=recursive)
    if found.failed:
        raise PhotoError(found.failed[0].message)
    photos: dict[str, Path] = {}
    for path in sorted(found.photos, key=natural_key):
        name = (path.parent.relative_to(place) / _stem(path)).as_posix()
        other = photos.setdefault(name, path)
        if other is not path:
            raise UsageError(
                f"{other} and {path} mean the same photo",
                expected="one file for each name",
                got=f"{name} twice",
                hint="move one of them to another folder",
            )
    return photos


def named_photos(place: str | Path, *, recursive: bool = False) -> dict[str, Path]:
    """The photos of a folder, or that one file, in the natural order of their paths.

    Args:
        place: A folder, or a photo.
        recursive: Whether to look into the folders in it.

    Returns:
        By name without marks, or with them where two would be called the same; what lies in an
        inner folder has that in front, with slashes.

    Raises:
        PhotoError: There is none, or the folder cannot be read.
        UsageError: Two names are the same but for the suffix.
    """
    place = _there(place)
    if not place.is_dir():
        return {bare_name(place): place}
    photos = _by_stem(place, recursive=recursive)
    alone = {names[0] for names in _grouped(photos).values() if len(names) == 1}
    return {_parted(it).bare if it in alone else it: path for it, path in photos.items()}


class _Parted(NamedTuple):
    bare: str
    """The name without marks, with its inner folders."""
    scale: str | None
    """What the mark of a scale says, such as ``4``."""


def _parted(name: str) -> _Parted:
    """A name of :func:`_by_stem` and the marks at its end."""
    folder, slash, last = name.rpartition("/")
    scale: str | None = None
    while (mark := _MARK.search(last)) and mark.start() > 0:
        times = _TIMES_OF.search(mark[0])
        scale = times[0] if times else scale
        last = last[: mark.start()]
    return _Parted(f"{folder}{slash}{last}", scale)


def _stem(path: Path) -> str:
    return unicodedata.normalize("NFC", path.stem)


def bare_name(path: Path) -> str:
    """The file's name without folder, suffix and marks; at least one character is left."""
    return _parted(_stem(path)).bare


def _there(path: str | Path) -> Path:
    path = Path(path)
    if not path.exists():
        raise PhotoError(f"{path}: no such file or folder")
    return path

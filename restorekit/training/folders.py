"""Which files a run learns from: photos in folders, or pairs of them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.batch.inputs import expand, search
from restorekit.batch.pairs import find_pairs
from restorekit.errors import UsageError
from restorekit.images.video import VIDEO_SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.batch.pairs import Pair


def find(text: str) -> list[Path]:
    """The photos and videos in a folder and its folders, sorted.

    Args:
        text: A folder, one photo, or a glob of either, such as ``videos/*/sharp``.

    Raises:
        UsageError: There is none.
    """
    named = expand([text])
    if named.failed:
        raise UsageError(named.failed[0].message)
    found = [*named.files]
    for folder in named.folders:
        found += search(folder, recursive=True).photos
        found += [it for it in folder.rglob("*") if it.suffix.lower() in VIDEO_SUFFIXES]
    if not found:
        raise UsageError(f"{text} holds no photos", expected="a folder of photos")
    return sorted(found)


def find_paired(clean: str, degraded: str) -> tuple[list[Path], list[Path]]:
    """The true pictures and the input of each, by name; see :mod:`restorekit.batch.pairs`.

    Args:
        clean: A folder, one photo, or a glob of folders.
        degraded: As many folders, in the same order when sorted.

    Raises:
        UsageError: A true picture has no input, or names do not tell which it is.
    """
    places = [sorted([*it.folders, *it.files]) for it in map(expand, ([clean], [degraded]))]
    if not places[0] or len(places[0]) != len(places[1]):
        raise UsageError(
            f"{degraded} does not suit {clean}",
            expected=f"{len(places[0])} folders" if places[0] else "a folder of true pictures",
            got=str(len(places[1])),
        )
    pairs = [
        (pair.reference, pair.predicted)
        for true, low in zip(*places, strict=True)
        for pair in _pairs(true, low)
    ]
    if not pairs:
        raise UsageError(f"{clean} holds no photos", expected="a folder of photos")
    return [true for true, _ in pairs], [low for _, low in pairs]


def _pairs(clean: Path, degraded: Path) -> tuple[Pair, ...]:
    """The pairs of two folders, all of whose true pictures have an input."""
    found = find_pairs(degraded, clean, recursive=True)
    lonely = found.without_prediction
    if lonely:
        raise UsageError(
            f"true pictures without an input in {degraded}",
            got=f"{len(lonely)}, such as {lonely[0]}",
            hint="take them out, or give inputs the same names",
        )
    return found.pairs

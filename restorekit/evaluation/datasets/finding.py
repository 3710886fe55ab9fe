"""Finds a benchmark set by its name, or by its photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.batch.inputs import search
from restorekit.batch.pairs import named_photos
from restorekit.errors import PhotoError, UsageError
from restorekit.evaluation.datasets import manifest
from restorekit.evaluation.datasets.copies import Found, examined, is_like
from restorekit.evaluation.datasets.manifest import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from restorekit.evaluation.datasets.manifest import Dataset

INNER = ("original", "gt", "hr", "groundtruth", "gtmod12")
"""Folders in which a set's folder may hold the photos, as :func:`spelled` makes them."""


def find_dataset(name: str, folder: Path | None) -> Found:
    """The copy of a set in ``folder``, or ``folder`` itself where it is one.

    Its folder may be spelled in any usual way, and hold the photos in an inner folder such as
    ``original`` or ``HR``; of several copies the first sound one is taken. Where no hashes are
    known, a folder of whatever name is the set if it holds as many photos.

    Args:
        name: A name of ``restorekit datasets list``, in any spelling.
        folder: Where sets are kept.

    Raises:
        UnknownNameError: There is no such set.
        UsageError: No folder is named.
        PhotoError: The set is not there; the message says where to get it.
    """
    dataset = manifest.dataset(name)
    if folder is None:
        raise UsageError(
            f"where is {dataset.name}?",
            expected="the folder that holds it or its photos, as --data or RESTOREKIT_DATA",
            hint=_source(dataset),
        )
    best: Found | None = None
    for place in _places(dataset, folder):
        found = examined(dataset, _photos(dataset, place))
        if found.is_sound:
            return found
        if best is None or found.right > best.right:
            best = found
    if best is None:
        raise PhotoError(
            f"{dataset.name} is not in {folder}",
            expected=f"a folder {dataset.name} there, or its {dataset.count} photos",
            got=None if folder.is_dir() else "no such folder",
            hint=_source(dataset),
        )
    return best


def where(dataset: Dataset, folder: Path | None) -> Path | None:
    """Where a copy seems to be, told by names alone; nothing is decoded."""
    return None if folder is None else next(_named_places(dataset, folder), None)


def recognised(photos: Mapping[str, Path]) -> Found | None:
    """The set that these photos are, or are meant to be.

    An incomplete copy, and one that went through JPEG, are told for what they are.

    Args:
        photos: As :func:`restorekit.batch.pairs.named_photos` has them.

    Returns:
        None where no set is like them.
    """
    for dataset in manifest.datasets():
        if is_like(dataset, photos):
            return examined(dataset, photos)
    return None


def _places(dataset: Dataset, folder: Path) -> Iterator[Path]:
    """Folders with photos that may be the set, the likeliest first."""
    named = list(_named_places(dataset, folder))
    yield from named
    if folder not in named and folder.is_dir() and _is_copy(dataset, folder):
        yield folder


def _named_places(dataset: Dataset, folder: Path) -> Iterator[Path]:
    names = {spelled(dataset.name), *dataset.spellings}
    places = [it for it in _folders(folder) if spelled(it.name) in names]
    if spelled(folder.resolve().name) in names:
        places.append(folder)
    for place in places:
        inner = [it for it in _folders(place) if spelled(it.name) in INNER]
        inner.sort(key=lambda it: INNER.index(spelled(it.name)))
        for it in (place, *inner):
            if search(it, recursive=dataset.degraded is not None).photos:
                yield it


def _folders(folder: Path) -> list[Path]:
    return sorted(it for it in folder.iterdir() if it.is_dir()) if folder.is_dir() else []


def _is_copy(dataset: Dataset, folder: Path) -> bool:
    try:
        photos = _photos(dataset, folder)
        return is_like(dataset, photos) if dataset.is_known else len(photos) == dataset.count
    except (PhotoError, UsageError):  # no photos, or two of one name: some other folder
        return False


def _photos(dataset: Dataset, place: Path) -> dict[str, Path]:
    return named_photos(place, recursive=dataset.degraded is not None)


def _source(dataset: Dataset) -> str:
    return f"get it from {dataset.address} - {dataset.take}"

"""Targets that must not be: two photos in one file, a photo overwritten by a result."""

from __future__ import annotations

import dataclasses
import os
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.journal import Journal
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.batch.jobs import Job


def tell_apart(jobs: Sequence[Job]) -> list[Job]:
    """The jobs with the full name of the photo in a target that several would have.

    A phone lays ``a.HEIC`` and ``a.JPG`` into one folder, and both would become ``a.jpg``. The one
    that keeps its format keeps its name, the other becomes ``a.HEIC.jpg``. Names that differ in
    case alone are told apart too, for the results may go to a disk that takes them for the same.
    """
    taken = Counter(_place(job.target) for job in jobs)
    return [
        dataclasses.replace(job, target=_full_name(job))
        if taken[_place(job.target)] > 1 and _is_converted(job)
        else job
        for job in jobs
    ]


def _place(target: Path | None) -> tuple[Path, str] | None:
    return (target.parent, _folded(target.name)) if target else None


def _is_converted(job: Job) -> bool:
    if job.source is None or job.target is None:
        return False
    return job.source.suffix.lower() != job.target.suffix.lower()


def _full_name(job: Job) -> Path | None:
    if job.source is None or job.target is None:
        return job.target
    return job.target.with_name(job.source.name + job.target.name.removeprefix(job.source.stem))


def check_targets(jobs: Sequence[Job]) -> list[Job]:
    """The jobs that are left when earlier results are taken out of the photos.

    ``*.jpg`` also matches the ``a_x4.jpg`` of an earlier run: a photo that is another job's
    target is left out if the journal beside it knows it as a result.

    Raises:
        UsageError: Two jobs have the same target, or a target is one of the photos, be it by
            another name (a link, other letters on a file system that does not tell case).
    """
    jobs = _without_results(jobs)
    folders = _Folders()
    taken: dict[tuple[str, str], Job] = {}
    for job in jobs:
        if job.target is None:
            continue
        key = folders.key(job.target)
        other = taken.setdefault(key, job)
        if other is not job:
            raise UsageError(
                f"{other.source} and {job.source} would both become {job.target}",
                hint="restore them one after the other into different folders",
            )
    return jobs


def _without_results(jobs: Sequence[Job]) -> list[Job]:
    sources = {mark: job for job in jobs if (mark := _mark(job.source))}
    journals: dict[Path, Journal] = {}
    results: set[Job] = set()
    for job in jobs:
        mark = _mark(job.target)
        if job.target is None or mark not in sources:
            continue
        photo = sources[mark]
        if job.root is not None and job.root not in journals:
            journals[job.root] = Journal(job.root)
        if photo is job or job.root is None or not journals[job.root].owns(job.target):
            raise UsageError(
                f"{job.source} would become {job.target}, which is one of the photos",
                expected="a place where no photo is overwritten",
                hint="name another folder with -o",
            )
        results.add(photo)
    return [job for job in jobs if job not in results]


def _mark(path: Path | None) -> tuple[int, int] | None:
    """What tells one file from all others, or None where there is no file."""
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _Folders:
    """Names a target so that equal files have equal names; each folder is looked at once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[str, bool]] = {}

    def key(self, target: Path) -> tuple[str, str]:
        folder = target.parent
        if folder not in self._known:
            real = os.path.realpath(folder)
            self._known[folder] = (real, _tells_no_case(Path(real)))
        real, tells_no_case = self._known[folder]
        if not tells_no_case:
            return real, target.name
        return _folded(real), _folded(target.name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _tells_no_case(folder: Path) -> bool:
    """Whether the file system takes ``A`` and ``a`` for the same name, tried on a real folder."""
    for place in (folder, *folder.parents):
        other = place.with_name(place.name.swapcase()) if place.name else place
        if place.exists() and other != place:
            return other.exists() and other.samefile(place)
    return False

"""Whether a photo is to be restored at all, where its result may be there from an earlier run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from restorekit.batch.journal import Journal, content_of
from restorekit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from restorekit.batch.jobs import Job
    from restorekit.batch.journal import Content


class Ledger:
    """The journals of a batch and what its user allowed.

    A photo that is restored by itself, to a name or a place of its own, leaves no journal behind
    unless it is asked for by ``resume``; a folder of results always has one.

    Args:
        jobs: The jobs of the batch.
        options: ``fingerprint`` of all that decides the pixels.
        resume: Whether jobs are skipped that the journal knows as done with these options, and
            results that it knows as ours, untouched since, may be replaced.
        overwrite: Whether any existing file may be replaced.
    """

    def __init__(
        self, jobs: Sequence[Job], *, options: str, resume: bool = False, overwrite: bool = False
    ) -> None:
        self._options = options
        self._resume = resume
        self._overwrite = overwrite
        self._journals: dict[Path, Journal] = {}
        if resume or len(jobs) > 1 or any(_keeps_its_name(job) for job in jobs):
            roots = {job.root for job in jobs if job.source and job.target and job.root}
            self._journals = {root: Journal(root) for root in roots}

    def is_done(self, job: Job) -> bool:
        """Whether the result is there already, and is to be kept.

        Raises:
            OSError: The source cannot be read.
        """
        journal = self._journal(job)
        if not self._resume or journal is None or job.source is None or job.target is None:
            return False
        return journal.is_done(job.source, job.target, self._options)

    def check(self, job: Job) -> None:
        """Make sure that the target is free, or may be replaced.

        Raises:
            OutputError: It must not be replaced.
        """
        target = job.target
        if target is None or not target.exists():
            return
        if target.is_dir():
            raise OutputError(f"{target}: a folder is where the result should be")
        journal = self._journal(job)
        if self._overwrite or (self._resume and journal is not None and journal.owns(target)):
            return
        known = journal is not None and not self._resume
        raise OutputError(
            f"{target}: this file is there already",
            got="one that no journal knows like this" if self._resume else None,
            hint="--overwrite replaces it" + ", --resume keeps what is done" * known,
        )

    def content(self, job: Job) -> Content | None:
        """The source's content, taken before it is decoded; None where there is no journal.

        Raises:
            OSError: The source cannot be read.
        """
        if self._journal(job) is None or job.source is None:
            return None
        return content_of(job.source)

    @contextmanager
    def recording(self, job: Job, content: Content | None) -> Generator[None]:
        """Around the writing of a result: the journal knows before and after.

        Raises:
            OutputError: The journal cannot be written.
        """
        journal = self._journal(job)
        if journal is None or content is None or job.target is None:
            yield
            return
        journal.begin(content, job.target, self._options)
        yield
        journal.finish(job.target)

    def _journal(self, job: Job) -> Journal | None:
        return self._journals.get(job.root) if job.root is not None else None


def _keeps_its_name(job: Job) -> bool:
    """Whether the result lies in a folder of results, under the photo's own name."""
    if job.source is None or job.target is None:
        return False
    return job.target.parent != job.source.parent and job.target.stem == job.source.stem

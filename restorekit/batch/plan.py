"""Which photo becomes which file: decided, and checked, before anything is read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.collisions import check_targets, tell_apart
from restorekit.batch.events import Failed
from restorekit.batch.inputs import STANDARD_STREAM, expand, is_photo_name, natural_key, search
from restorekit.batch.jobs import Job, Plan
from restorekit.errors import RestorekitError, UsageError
from restorekit.images.formats import READABLE_SUFFIXES, format_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.batch.inputs import Inputs


def plan(
    inputs: Sequence[str],
    *,
    output: str | None = None,
    suffix: str,
    suffix_for: Callable[[Path], str],
    recursive: bool = False,
    check_suffix: Callable[[str], object] = format_named,
) -> Plan:
    """Give each photo among ``inputs`` a target; nothing is read but names.

    Without ``output`` the result of ``a.jpg`` is ``a{suffix}.jpg`` beside it, and the results of
    the folder ``photos`` go to ``photos{suffix}`` beside it. Into a folder, names stay, and the
    tree of an input folder is mirrored. Where two photos differ in their format alone and would
    become the same file, the converted one keeps its full name: ``a.heic`` becomes ``a.heic.jpg``.

    Args:
        inputs: Files, folders, globs that no shell has expanded, or ``-`` for standard input.
        output: A file, a folder, ``-`` for standard output, or None. It is a folder if there is
            one of this name, if it ends with a separator, if it has no suffix, or if there are
            several photos.
        suffix: Marks the result where ``output`` is None, such as ``_x4``.
        suffix_for: The result's suffix, such as ``.jpg``, from the photo's path. A PhotoError is
            the failure of this photo alone.
        recursive: Whether to look into the folders of an input folder.
        check_suffix: Raises a UsageError for the suffix of one file that no result can have.

    Raises:
        UsageError: There is no photo at all, ``output`` does not suit the inputs, two photos
            would become the same file, or a photo would be overwritten.
    """
    found = expand(inputs)
    if found.standard_input or output == STANDARD_STREAM:
        return _plan_stream(found, output, check_suffix)
    place = _output(found, output, check_suffix)
    planner = _Planner(place, suffix, suffix_for, failed=list(found.failed))
    # A single name is tried whatever its suffix: only the content can tell that it is no photo.
    planner.add_files(found.files, all_are_photos=found.is_one_file)
    planner.add_folders(found.folders, recursive=recursive)
    jobs = sorted(dict.fromkeys(planner.jobs), key=lambda job: natural_key(job.source or Path()))
    kept = check_targets(tell_apart(jobs))
    if not (jobs or planner.failed):
        raise UsageError("no photo among the inputs", got=f"{planner.ignored} other files")
    return Plan(tuple(kept), tuple(planner.failed), planner.ignored + len(jobs) - len(kept))


@dataclass(frozen=True)
class _Output:
    """Where results go: to one file, into a folder, or (both None) beside the photos."""

    file: Path | None = None
    folder: Path | None = None


@dataclass
class _Planner:
    output: _Output
    suffix: str
    suffix_for: Callable[[Path], str]
    jobs: list[Job] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    ignored: int = 0

    def add_files(self, files: Sequence[Path], *, all_are_photos: bool) -> None:
        for source in files:
            if not (all_are_photos or is_photo_name(source.name)):
                self.ignored += 1
            elif self.output.file is not None:
                self.jobs.append(Job(source, self.output.file, self.output.file.parent))
            elif self.output.folder is not None:
                self._add(source, self.output.folder, source.name, mark="")
            else:
                self._add(source, source.parent, source.name, mark=self.suffix)

    def add_folders(self, folders: Sequence[Path], *, recursive: bool) -> None:
        roots = {folder: self.output.folder or self._sibling(folder) for folder in folders}
        # Earlier results in a folder inside the photos' own folder are no photos to restore.
        inputs = {os.path.realpath(folder) for folder in folders}
        results = {os.path.realpath(root) for root in roots.values()} - inputs
        for folder, root in roots.items():
            found = search(folder, recursive=recursive, without=results)
            self.ignored += found.ignored
            self.failed += found.failed
            for source in found.photos:
                self._add(source, root, str(source.relative_to(folder)), mark="")

    def _add(self, source: Path, root: Path, name: str, *, mark: str) -> None:
        if source.exists() and not source.is_file():  # a pipe would be waited for without end
            self.failed.append(Failed(source, f"{source}: not a regular file"))
            return
        try:
            suffix = self.suffix_for(source)
        except UsageError:
            raise
        except RestorekitError as error:
            self.failed.append(Failed.because(source, error))
            return
        stem = os.path.splitext(name)[0]  # noqa: PTH122 - the name may hold folders
        self.jobs.append(Job(source, root / f"{stem}{mark}{suffix}", root))

    def _sibling(self, folder: Path) -> Path:
        named = folder if folder.name not in {"", ".."} else folder.resolve()
        if not named.name:
            raise UsageError(f"{folder}: nothing can lie beside it", hint="name a folder with -o")
        return named.with_name(named.name + self.suffix)


def _output(found: Inputs, output: str | None, check_suffix: Callable[[str], object]) -> _Output:
    """What ``output`` means for these inputs."""
    if output is None:
        return _Output()
    path = Path(output)
    if path.is_dir() or output.endswith(("/", os.sep)):
        return _Output(folder=path)
    if found.is_one_file and (path.exists() or path.suffix):
        if path.suffix:
            check_suffix(path.suffix)
        return _Output(file=path)
    if path.exists() or _names_a_file(path, check_suffix):
        raise UsageError(
            f"{output}: this is one file, and there are several photos",
            hint="end the name with / to mean a folder",
        )
    return _Output(folder=path)


def _names_a_file(path: Path, check_suffix: Callable[[str], object]) -> bool:
    """Whether it ends as photos or results do, and not as folders with a dot in their names."""
    if not path.suffix or path.suffix.lower() in READABLE_SUFFIXES:
        return bool(path.suffix)
    try:
        check_suffix(path.suffix)
    except UsageError:
        return False
    return True


def _plan_stream(found: Inputs, output: str | None, check_suffix: Callable[[str], object]) -> Plan:
    """The plan where the photo or the result is a standard stream: one photo, no folder."""
    if not found.is_one_file:
        raise UsageError("standard input and output take one photo", got="several inputs")
    if output in {None, STANDARD_STREAM}:
        target = None
    else:
        target = _output(found, output, check_suffix).file
        if target is None:
            raise UsageError(f"{output}: this is a folder", expected="a file, as - has no name")
    if found.standard_input:
        return Plan((Job(None, target),), tuple(found.failed))
    return Plan(tuple(Job(source, target) for source in found.files), tuple(found.failed))

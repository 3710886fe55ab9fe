"""What is done, remembered in the folder of the results: one JSON line for each.

A line is written before a result appears (so that the result of a run that was killed in between
is known as ours) and another when it is there. The last line about a target counts. A line that
was torn when the machine stopped is no JSON and is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from restorekit.errors import OutputError
from restorekit.files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping

JOURNAL_NAME = ".restorekit-journal.jsonl"
_SETTLED_SECONDS = 2.0
"""A file that changed later than this may change again within one tick of its clock (FAT: 2 s)."""


class Stamp(NamedTuple):
    """Times and size of a file: cheaper than its content, and changed by any write to it."""

    size: int
    modified_ns: int
    changed_ns: int
    """Of the inode; on Windows the time of creation."""


class Content(NamedTuple):
    """What a file holds."""

    sha256: str
    stamp: Stamp | None
    """While it stays the same the file need not be read again; None where that is not safe."""


@dataclass(frozen=True)
class _Entry:
    source: Content
    options: str
    result: Content | None
    """None: the result was about to be written."""


def fingerprint(options: Mapping[str, object]) -> str:
    """One word for all that decides the pixels: options, sha256 of the weights, program version.

    Args:
        options: JSON values by name; their order does not matter.
    """
    text = json.dumps(options, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Journal:
    """The journal of one folder, as it is on disk now; the file appears with the first line.

    Args:
        folder: The root of the results; all targets lie in or below it.

    Raises:
        OutputError: There is a journal that cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / JOURNAL_NAME
        self._entries = _read(self.path)

    def is_done(self, source: Path, target: Path, options: str) -> bool:
        """Whether ``target`` is the result of this source's content with these options.

        Raises:
            OSError: The source cannot be read.
        """
        entry = self._entries.get(self._name(target))
        if entry is None or entry.options != options or entry.result is None:
            return False
        return _is_unchanged(target, entry.result) and _is_unchanged(source, entry.source)

    def owns(self, target: Path) -> bool:
        """Whether the file at ``target`` is a result that nobody has changed since."""
        entry = self._entries.get(self._name(target))
        if entry is None:
            return False
        return entry.result is None or _is_unchanged(target, entry.result)

    def begin(self, source: Content, target: Path, options: str) -> None:
        """Note that ``target`` is about to be written.

        Raises:
            OutputError: The journal cannot be written.
        """
        self._append(target, _Entry(source, options, None))

    def finish(self, target: Path) -> None:
        """Note that ``target``, begun before, is written.

        Raises:
            OutputError: The journal cannot be written.
        """
        begun = self._entries[self._name(target)]
        # Nobody else writes a result, so its stamp may be trusted at once.
        result = Content(sha256_of(target), _stamp(target))
        self._append(target, _Entry(begun.source, begun.options, result))

    def _name(self, target: Path) -> str:
        return Path(os.path.relpath(target, self.folder)).as_posix()

    def _append(self, target: Path, entry: _Entry) -> None:
        name = self._name(target)
        self._entries[name] = entry
        line = json.dumps({"target": name, **_record(entry)})
        try:
            # The line feed in front ends a line that was torn; empty lines are passed over.
            with self.path.open("ab", buffering=0) as journal:
                journal.write(f"\n{line}\n".encode())
                os.fsync(journal.fileno())
        except OSError as error:
            raise OutputError(
                f"{self.path}: the journal cannot be written", got=error.strerror
            ) from error


def content_of(path: Path) -> Content:
    """The content of the file at ``path``.

    Raises:
        OSError: It cannot be read.
    """
    stamp = _stamp(path)
    sha256 = sha256_of(path)
    age = time.time() - stamp.modified_ns / 1e9
    settled = age > _SETTLED_SECONDS and stamp == _stamp(path)
    return Content(sha256, stamp if settled else None)


def _read(path: Path) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    try:
        with path.open("rb") as lines:
            for line in lines:
                with suppress(ValueError, TypeError, KeyError):
                    name, entry = _parse(line)
                    entries[name] = entry
    except FileNotFoundError:
        pass
    except OSError as error:
        raise OutputError(f"{path}: the journal cannot be read", got=error.strerror) from error
    return entries


def _is_unchanged(path: Path, content: Content) -> bool:
    try:
        return _stamp(path) == content.stamp or sha256_of(path) == content.sha256
    except FileNotFoundError:
        return False


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _record(entry: _Entry) -> dict[str, object]:
    return {"source": entry.source, "options": entry.options, "result": entry.result}


def _parse(line: bytes) -> tuple[str, _Entry]:
    record = json.loads(line)
    result = record["result"]
    entry = _Entry(
        _content(record["source"]), str(record["options"]), _content(result) if result else None
    )
    return str(record["target"]), entry


def _content(pair: list[object]) -> Content:
    sha256, stamp = pair
    if stamp is None:
        return Content(str(sha256), None)
    size, modified, changed = (int(number) for number in stamp)  # type: ignore[attr-defined]
    return Content(str(sha256), Stamp(size, modified, changed))

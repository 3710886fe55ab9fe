"""The folder where weights are kept, and what is known of each file in it.

::

    ROOT/weights/NAME.safetensors   what networks are loaded from
    ROOT/weights/NAME.json          the record: its sha256, and those of the files it was made from
    ROOT/examples/                  examples that were gathered from folders of photos
    ROOT/downloads/                 what is under way; a later call goes on with it
    ROOT/locks/                     who is at work on what

A file that a person puts anywhere else below ROOT is found by its sha256, whatever its name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from restorekit.errors import ManifestError, WeightsError
from restorekit.files import sha256_of, whole
from restorekit.manifests import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from restorekit.zoo.manifest import Weights
    from restorekit.zoo.sources import File, Source

VARIABLE = "RESTOREKIT_CACHE"


def default_root() -> Path:
    """Where weights are kept: ``$RESTOREKIT_CACHE``, or the user's cache folder."""
    named = os.environ.get(VARIABLE)
    return (
        Path(named).expanduser().absolute()
        if named
        else Path(platformdirs.user_cache_path("restorekit"))
    )


@dataclass(frozen=True)
class Record:
    """What is known of converted weights."""

    name: str
    sha256: str
    """Of the converted file."""
    bytes: int
    """Of the converted file."""
    sources: dict[str, str]
    """The addresses it was made from, each with the sha256 that it had."""

    def made_from(self, source: Source) -> bool:
        """Whether it was made from the files that ``source`` promises.

        A file that the manifest knows no sha256 of was trusted when it was fetched.
        """
        return len(self.sources) == len(source.files) and all(
            self.sources.get(file.address) == file.sha256
            if file.sha256
            else file.address in self.sources
            for file in source.files
        )


@dataclass(frozen=True)
class Verified:
    """The result of looking at one file of the cache."""

    name: str
    path: Path
    problem: str | None
    """None: the file is what it was when it was written."""


@dataclass(frozen=True)
class Cache:
    """One cache folder, which need not exist yet."""

    root: Path = dataclasses.field(default_factory=default_root)

    def path(self, name: str) -> Path:
        """Where the converted weights of ``name`` are or will be."""
        return self.root / "weights" / f"{name}.safetensors"

    def record(self, name: str) -> Record | None:
        """The record of ``name``; None where there is none, or an unreadable one."""
        try:
            fields = Fields(json.loads(self._record_path(name).read_text(encoding="utf-8")), name)
            return Record(
                name=fields.take("name", str),
                sha256=fields.take("sha256", str),
                bytes=fields.take("bytes", int),
                sources=fields.strings("sources"),
            )
        except (OSError, ValueError, ManifestError):
            return None

    def holds(self, entry: Weights) -> bool:
        """Whether ``entry`` is here, as far as the sizes tell."""
        record, path = self.record(entry.name), self.path(entry.name)
        return (
            record is not None
            and any(record.made_from(source) for source in entry.sources)
            and path.is_file()
            and path.stat().st_size == record.bytes
        )

    def problem(self, name: str) -> str | None:
        """What is wrong with the converted weights of ``name``, read through; None: nothing."""
        record, path = self.record(name), self.path(name)
        if record is None:
            return "its record is missing"
        if not path.is_file():
            return "the file is missing"
        if path.stat().st_size != record.bytes:
            return f"expected {record.bytes} bytes, got {path.stat().st_size}"
        digest = sha256_of(path)
        return None if digest == record.sha256 else f"expected sha256 {record.sha256}, got {digest}"

    def verify(self) -> list[Verified]:
        """Read every converted file through; nothing is changed."""
        names = {path.stem for path in self._converted()}
        return [Verified(name, self.path(name), self.problem(name)) for name in sorted(names)]

    def remove(self, name: str) -> None:
        """Forget the converted weights of ``name``, if they are here."""
        for path in (self._record_path(name), self.path(name)):
            path.unlink(missing_ok=True)

    def store(self, name: str, write: Callable[[Path], None], sources: dict[str, str]) -> Path:
        """Keep converted weights.

        Args:
            name: Of the entry.
            write: Writes the safetensors file to the path it is given.
            sources: Address and sha256 of each file that they were made from.

        Raises:
            WeightsError: The folder cannot be written.
        """
        path = self.path(name)
        with stored(path) as temporary:
            write(temporary)
            record = Record(name, sha256_of(temporary), temporary.stat().st_size, sources)
        # The record comes last: weights without one do not count.
        with stored(self._record_path(name)) as temporary:
            temporary.write_text(json.dumps(dataclasses.asdict(record), indent=2), encoding="utf-8")
        return path

    def downloads(self) -> Path:
        """The folder for files under way, made if need be."""
        return made(self.root / "downloads")

    def examples(self) -> Path:
        """The folder for examples that were gathered from photos; it need not exist yet."""
        return self.root / "examples"

    def lock(self, name: str) -> Path:
        """The lock file of ``name``; its folder is made if need be."""
        return made(self.root / "locks") / f"{name}.lock"

    def hand_placed(self, files: Iterable[File]) -> dict[str, Path]:
        """The files below the root that are one of ``files`` by sha256: address to path."""
        found: dict[str, Path] = {}
        wanted = [file for file in files if file.sha256 is not None]
        for path in self._foreign() if wanted else ():
            # What may not be read cannot be meant.
            with contextlib.suppress(OSError):
                size = path.stat().st_size
                near = [file for file in wanted if file.bytes in (None, size)]
                digest = sha256_of(path) if near else None
                found.update({file.address: path for file in near if file.sha256 == digest})
        return found

    def _record_path(self, name: str) -> Path:
        return self.path(name).with_suffix(".json")

    def _converted(self) -> Iterator[Path]:
        folder = self.root / "weights"
        for pattern in ("*.safetensors", "*.json"):
            yield from folder.glob(pattern)

    def _foreign(self) -> Iterator[Path]:
        own = {self.root / "locks", *(self.path(path.stem) for path in self._converted())}
        for path in sorted(self.root.rglob("*")):
            if path.suffix != ".part" and own.isdisjoint((path, *path.parents)) and path.is_file():
                yield path


def made(folder: Path) -> Path:
    """The folder, made if need be.

    Raises:
        WeightsError: It cannot be made.
    """
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def told(path: Path) -> Generator[None]:
    """Turn the system's refusals inside into a WeightsError that names ``path``."""
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be written",
            got=error.strerror or str(error),
            hint=f"free some space there, or name another cache folder with {VARIABLE}",
        ) from error


@contextlib.contextmanager
def stored(target: Path) -> Generator[Path]:
    """A temporary path that becomes ``target``, in a folder that is made if need be.

    Raises:
        WeightsError: The folder cannot be written.
    """
    made(target.parent)
    with told(target), whole(target) as temporary:
        yield temporary

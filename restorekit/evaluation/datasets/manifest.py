"""``datasets_manifest.json``: what benchmark sets there are, what is in them, where to get them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, get_args

from restorekit.contracts import Size, Task
from restorekit.errors import ManifestError, UnknownNameError
from restorekit.manifests import Fields, shipped
from restorekit.zoo.manifest import NAME
from restorekit.zoo.sources import SHA256

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE, VERSION = "datasets_manifest.json", 1
HTTPS = re.compile(r"https://\S+")
CHANNELS = {"grey": 1, "colour": 3}
_CONTENT = re.compile(rf"(\d+)x(\d+) ({'|'.join(CHANNELS)}) ({SHA256.pattern})")


@dataclass(frozen=True)
class Content:
    """A decoded photo, in so few bytes that two of them are compared at once."""

    size: Size
    channels: int
    """1 for grey, 3 for colour."""
    sha256: str
    """Of the samples, row by row, 8 bits each: the same whatever lossless format held them."""

    @property
    def kind(self) -> str:
        """``grey`` or ``colour``."""
        return next(name for name, channels in CHANNELS.items() if channels == self.channels)

    def __str__(self) -> str:
        return f"{self.size} {self.kind} {self.sha256}"


class Part(NamedTuple):
    """What a file of a folder is to a set."""

    key: str
    """Its name in the set."""
    pair: str
    """What its name has in common with that of its truth, or of its degraded versions."""
    is_truth: bool


@dataclass(frozen=True)
class Pattern:
    """Which photos of a set play a part, and which of them belong together.

    ``{name}`` stands for what both photos of a pair have in common, ``*`` for anything; neither
    goes over a slash. ``im{name}_kernel*`` is ``im3_kernel1`` of the photo ``3``. A pattern
    without slash is about files in whatever inner folder.
    """

    text: str

    def pair_of(self, key: str) -> str | None:
        """What ``{name}`` is in this name of a photo; None: it does not play the part."""
        parts = re.split(r"(\{name\}|\*)", self.text)
        signs = {"{name}": "(?P<name>[^/]+?)", "*": "[^/]*"}
        expression = "".join(signs.get(part, re.escape(part)) for part in parts)
        found = re.fullmatch(expression, self.key_of(key), re.IGNORECASE)
        return found["name"] if found else None

    def key_of(self, key: str) -> str:
        """The photo's name in the set, given the folders that it lies in with slashes."""
        return key if "/" in self.text else key.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Dataset:
    """A benchmark set as its papers use it."""

    name: str
    title: str
    tasks: tuple[str, ...]
    """What it is used for; names of :data:`restorekit.contracts.Task`."""
    count: int
    """How many photos are restored to, without their degraded versions."""
    sizes: str
    """In pixels: one size, or the range."""
    colour: str
    """``colour``, ``grey``, or both."""
    licence: str
    address: str
    """Where to get it, https."""
    take: str
    """What to take from there."""
    spellings: tuple[str, ...]
    """Other names of its folder, as :func:`spelled` makes them."""
    sha256: str | None
    """Of the whole set, as :func:`set_sha256` makes it; None: no copy was at hand."""
    photos: Mapping[str, Content] = field(default_factory=dict[str, Content])
    """By name: without suffix and marks, with the inner folder in front; the degraded ones too."""
    truth: Pattern = field(default_factory=lambda: Pattern("{name}"))
    """The photos to be restored to."""
    degraded: Pattern | None = None
    """The photos to be restored, told before the truth; None: they are made from the truth."""

    @property
    def is_known(self) -> bool:
        """Whether a copy can be told from another set."""
        return self.sha256 is not None

    def part_of(self, key: str) -> Part | None:
        """What a photo is to the set by its name; None: nothing.

        Args:
            key: As :func:`restorekit.batch.pairs.named_photos` has it.
        """
        for pattern in filter(None, (self.degraded, self.truth)):
            pair = pattern.pair_of(key)
            if pair is not None:
                return Part(pattern.key_of(key), pair, is_truth=pattern is self.truth)
        return None


def spelled(name: str) -> str:
    """A name without case, hyphens, blanks and underscores: ``BSD-100`` is ``bsd100``."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def parse(text: str, origin: str) -> dict[str, Dataset]:
    """The sets of a manifest by name, in its order.

    Args:
        text: The JSON.
        origin: What messages call it, such as its file name.

    Raises:
        ManifestError: It breaks the schema; the message names the set and the key.
    """
    top = Fields.of(text, origin, version=VERSION)
    found: dict[str, Dataset] = {}
    taken: dict[str, str] = {}
    for fields in top.items("datasets"):
        dataset = _dataset(fields)
        for spelling in (spelled(dataset.name), *dataset.spellings):
            if spelling in taken:
                raise ManifestError(
                    f"{origin}: {spelling!r} means two sets",
                    got=f"{taken[spelling]} and {dataset.name}",
                )
            taken[spelling] = dataset.name
        found[dataset.name] = dataset
    top.done()
    return found


@functools.cache
def _shipped() -> Mapping[str, Dataset]:
    return parse(shipped(FILE), FILE)


def datasets() -> tuple[Dataset, ...]:
    """Every set of the shipped manifest, in its order."""
    return tuple(_shipped().values())


def dataset(name: str) -> Dataset:
    """The set of that name, in whatever spelling.

    Raises:
        UnknownNameError: There is none; the message lists the nearest names.
    """
    wanted = spelled(name)
    for known in datasets():
        if wanted == spelled(known.name) or wanted in known.spellings:
            return known
    raise UnknownNameError.among("data set", name, _shipped())


def _dataset(fields: Fields) -> Dataset:
    name = fields.matching("name", NAME, "lower-case words with hyphens")
    fields.where = f"{fields.where} ({name})"
    degraded = fields.take("degraded", str, default=None)
    made = Dataset(
        name=name,
        title=fields.take("title", str),
        tasks=_tasks(fields),
        count=fields.positive("count"),
        sizes=fields.take("sizes", str),
        colour=fields.choice("colour", (*CHANNELS, "both")),
        licence=fields.take("licence", str),
        address=fields.matching("address", HTTPS, "an https address"),
        take=fields.take("take", str),
        spellings=fields.texts("spellings") if fields.has("spellings") else (),
        sha256=fields.matching_or_null("sha256", SHA256, "64 hexadecimal digits or null"),
        photos=_photos(fields) if fields.has("photos") else {},
        truth=Pattern(fields.take("truth", str, default="{name}")),
        degraded=None if degraded is None else Pattern(degraded),
    )
    fields.done()
    parts = [made.part_of(key) for key in made.photos]
    truths = sum(part is not None and part.is_truth for part in parts)
    if bool(made.photos) != made.is_known or truths != made.count * made.is_known or None in parts:
        raise ManifestError(
            f"{fields.where}: 'photos'",
            expected=f"{made.count} of them with the hash of the set, or neither",
            got=str(truths),
        )
    return made


def _tasks(fields: Fields) -> tuple[str, ...]:
    tasks = fields.texts("tasks")
    if not set(tasks) <= set(get_args(Task)):
        raise ManifestError(
            f"{fields.where}: 'tasks'", expected=" ".join(get_args(Task)), got=" ".join(tasks)
        )
    return tasks


def _photos(fields: Fields) -> dict[str, Content]:
    return {key: _content(fields, key, text) for key, text in fields.strings("photos").items()}


def _content(fields: Fields, key: str, text: str) -> Content:
    found = _CONTENT.fullmatch(text)
    if found is None:
        raise ManifestError(
            f"{fields.where}, photos: {key!r}",
            expected="width x height, grey or colour, and a sha256",
            got=repr(text)[:80],
        )
    width, height, kind, sha256 = found.groups()
    size = Size(int(height), int(width))
    return Content(size, CHANNELS[kind], sha256)

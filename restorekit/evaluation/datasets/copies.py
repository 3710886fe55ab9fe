"""A copy of a benchmark set: whole, or in what way not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from restorekit.errors import PhotoError
from restorekit.evaluation.datasets.content import content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from restorekit.evaluation.datasets.manifest import Content, Dataset, Part

State = Literal["whole", "extra", "partial", "wrong", "unverified"]

NAMED = 3
"""How many photos one line names."""


@dataclass(frozen=True)
class Found:
    """A copy of a set."""

    dataset: Dataset
    photos: Mapping[str, Path]
    """What is to be restored to, by its name in the set; wrong photos are in it, extra ones not."""
    degraded: Mapping[str, tuple[Path, ...]] = field(default_factory=dict[str, "tuple[Path, ...]"])
    """What is to be restored, by the name of its truth; empty where it is made from the truth."""
    missing: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    """By name, what is another picture than the set has, and why."""
    extra: tuple[str, ...] = ()
    """Photos that are not in the set, as they are called there."""

    @property
    def state(self) -> State:
        """``wrong`` before ``partial`` before ``extra``; ``unverified``: no hashes are known."""
        if not self.dataset.is_known:
            return "unverified"
        if self.wrong:
            return "wrong"
        if self.missing:
            return "partial"
        return "extra" if self.extra else "whole"

    @property
    def right(self) -> int:
        """How many photos of the set are there as they should be."""
        return len(self.dataset.photos) - len(self.missing) - len(self.wrong)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is known against figures from this copy."""
        return self.state not in {"wrong", "partial"}

    def as_dict(self) -> dict[str, object]:
        """The finding as JSON values."""
        return {
            "dataset": self.dataset.name,
            "state": self.state,
            "photos": {name: str(path) for name, path in self.photos.items()},
            "degraded": {name: [str(it) for it in paths] for name, paths in self.degraded.items()},
            "missing": list(self.missing),
            "wrong": dict(self.wrong),
            "extra": list(self.extra),
        }

    def sentence(self) -> str:
        """The state in one line, with the first names that it is about."""
        name, count = self.dataset.name, self.dataset.count
        if not self.dataset.is_known:
            there = f"{name}: {len(self.photos)} of {count} photos"
            return f"{there}, not verified: no hashes of this set are known"
        files = len(self.dataset.photos)
        parts: list[str] = []
        if self.wrong:
            reasons = [f"{photo}: {why}" for photo, why in self.wrong.items()]
            parts.append(f"{len(reasons)} of {files} photos differ ({_first(reasons)})")
        if self.missing:
            parts.append(f"{len(self.missing)} of {files} photos missing ({_first(self.missing)})")
        if not parts:
            parts.append(f"all {files} photos, as their hashes say")
        if self.extra:
            parts.append(f"{len(self.extra)} more that are not in it ({_first(self.extra)})")
        return f"{name}: {', '.join(parts)}"


def examined(dataset: Dataset, photos: Mapping[str, Path]) -> Found:
    """Photos held against a set: by name, and where that is strange, by content.

    Args:
        dataset: The set that they are meant to be.
        photos: As :func:`restorekit.batch.pairs.named_photos` has them.
    """
    parts = _renamed(dataset, _by_name(dataset, photos))
    ours = {
        part.key: (part, path)
        for path, part in parts.items()
        if part.key in dataset.photos or not dataset.is_known
    }
    truths = {part.pair.casefold(): part.key for part, _ in ours.values() if part.is_truth}
    degraded: dict[str, tuple[Path, ...]] = {}
    for part, path in ours.values():
        truth = truths.get(part.pair.casefold())
        if truth is not None and not part.is_truth:
            degraded[truth] = (*degraded.get(truth, ()), path)
    wrong = {
        key: why
        for key, expected in dataset.photos.items()
        if key in ours and (why := _difference(ours[key][1], expected))
    }
    return Found(
        dataset,
        photos={key: path for key, (part, path) in ours.items() if part.is_truth},
        degraded=degraded,
        missing=tuple(key for key in dataset.photos if key not in ours),
        wrong=wrong,
        extra=tuple(part.key for part in parts.values() if part.key not in ours),
    )


def is_like(dataset: Dataset, photos: Mapping[str, Path]) -> bool:
    """Whether at least half of the set, and not much else, is there with its names and sizes.

    An incomplete copy, and one that went through JPEG, are like the set.

    Args:
        dataset: The set; one whose hashes are not known is like nothing.
        photos: As :func:`restorekit.batch.pairs.named_photos` has them.
    """
    parts = _by_name(dataset, photos)
    ours = {path: part.key for path, part in parts.items() if part.key in dataset.photos}
    half = len(dataset.photos) / 2
    if not ours or len(ours) < max(half, len(parts) / 2):
        return False
    seen = [(_content(path), dataset.photos[key]) for path, key in ours.items()]
    return sum(got is not None and got.size == expected.size for got, expected in seen) >= half


def _by_name(dataset: Dataset, photos: Mapping[str, Path]) -> dict[Path, Part]:
    """What each photo is to the set by its name, spelled as the set has it."""
    known = {key.casefold(): key for key in dataset.photos}
    parts = {path: dataset.part_of(key) for key, path in photos.items()}
    return {
        path: part._replace(key=known.get(part.key.casefold(), part.key))
        for path, part in parts.items()
        if part
    }


def _renamed(dataset: Dataset, parts: Mapping[Path, Part]) -> dict[Path, Part]:
    """The same, where photos with strange names are what their content says."""
    taken = {part.key for part in parts.values()}
    untold = {it: key for key, it in dataset.photos.items() if key not in taken}
    told = dict(parts)
    for path, part in parts.items():
        if untold and part.key not in dataset.photos:
            seen = _content(path)
            key = untold.pop(seen, None) if seen else None
            told[path] = (dataset.part_of(key) if key else None) or part
    return told


def _difference(path: Path, expected: Content) -> str | None:
    """Why the photo is not the one of the set; None: it is."""
    try:
        got = content(path)
    except PhotoError as error:
        return str(error)
    if got.size != expected.size:
        return f"{got.size} instead of {expected.size}"
    if got.channels != expected.channels:
        return f"{got.kind} instead of {expected.kind}"
    return None if got == expected else "other pixels"


def _content(path: Path) -> Content | None:
    try:
        return content(path)
    except PhotoError:
        return None


def _first(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:NAMED]) + ", ..." * (len(names) > NAMED)

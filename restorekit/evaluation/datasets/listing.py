"""What sets there are, for people: the manifest as rows and lines."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.evaluation.datasets import manifest
from restorekit.evaluation.datasets.finding import where

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.evaluation.datasets.manifest import Dataset


@dataclass(frozen=True)
class DatasetRow:
    """One set of ``restorekit datasets list``."""

    name: str
    tasks: tuple[str, ...]
    photos: int
    sizes: str
    colour: str
    licence: str
    address: str
    verifiable: bool
    """Whether hashes are known, by which a copy can be checked."""
    here: str | None
    """The folder in which it seems to be."""
    title: str

    def as_dict(self) -> dict[str, object]:
        """The fields as JSON values."""
        return dataclasses.asdict(self)


def listing(folder: Path | None) -> list[DatasetRow]:
    """Every set in the manifest's order.

    Args:
        folder: Where sets are kept.
    """
    return [_row(it, folder) for it in manifest.datasets()]


def description(name: str, folder: Path | None) -> dict[str, object]:
    """All that is known of the set ``name``, as JSON values.

    Args:
        name: In any spelling.
        folder: Where sets are kept.

    Raises:
        UnknownNameError: There is no such set.
    """
    dataset = manifest.dataset(name)
    return {
        **_row(dataset, folder).as_dict(),
        "take": dataset.take,
        "truth": dataset.truth.text,
        "degraded": dataset.degraded and dataset.degraded.text,
        "sha256": dataset.sha256,
        "contents": {key: str(photo) for key, photo in dataset.photos.items()},
    }


def facts(name: str, folder: Path | None) -> dict[str, str]:
    """The same in words, for people.

    Args:
        name: In any spelling.
        folder: Where sets are kept.

    Raises:
        UnknownNameError: There is no such set.
    """
    dataset = manifest.dataset(name)
    found = {
        "name": dataset.name,
        "what": dataset.title,
        "tasks": ", ".join(dataset.tasks),
        "photos": f"{dataset.count}, {dataset.sizes}",
        "colour": "grey and colour" if dataset.colour == "both" else dataset.colour,
        "licence": dataset.licence,
        "from": dataset.address,
        "take": dataset.take,
        "truth": dataset.truth.text.replace("{name}", "NAME"),
        "here": str(where(dataset, folder) or "no"),
        "set": f"sha256 {dataset.sha256}" if dataset.is_known else "no hashes known",
    }
    if dataset.degraded is not None:
        found["degraded"] = dataset.degraded.text.replace("{name}", "NAME")
    return found | {f"  {key}": str(photo) for key, photo in dataset.photos.items()}


def _row(dataset: Dataset, folder: Path | None) -> DatasetRow:
    place = where(dataset, folder)
    return DatasetRow(
        name=dataset.name,
        tasks=dataset.tasks,
        photos=dataset.count,
        sizes=dataset.sizes,
        colour=dataset.colour,
        licence=dataset.licence,
        address=dataset.address,
        verifiable=dataset.is_known,
        here=None if place is None else str(place),
        title=dataset.title,
    )

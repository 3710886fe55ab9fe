"""Pictures side by side: any that show the same photo, whatever made them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.contracts import Size
from restorekit.errors import UsageError
from restorekit.evaluation.measures import DEFAULT_METRICS, Measures
from restorekit.evaluation.pairs import find_pairs
from restorekit.evaluation.result import Row
from restorekit.evaluation.table import Table, cell, figures, head
from restorekit.evaluation.trial import EXPECTED, failure, pixels_of
from restorekit.zoo.events import OnEvent, unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.evaluation.measures import Meter
    from restorekit.images.protocols import Bytes
    from restorekit.viewing.page import Page
    from restorekit.viewing.scene import Scene
    from restorekit.zoo.restorers import WeightsOptions

HEADER = ("photo", "picture", "size")


@dataclass(frozen=True)
class Compared:
    """What is there to look at."""

    table: Table
    """A row for each picture but the first, with its figures against that."""
    scenes: tuple[Scene, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every picture of every photo is shown, and measured where the sizes agree."""
        return not self.table.notes

    def page(self) -> Page:
        """The comparison as a page."""
        from restorekit.viewing.page import Page

        return Page(
            title="Comparison",
            subtitle="Each photo where its pictures differ most.",
            facts=[("figures", self.table.title)],
            table=self.table,
            scenes=self.scenes,
        )


def compare_pictures(
    places: Sequence[str | Path],
    *,
    metrics: Sequence[str] = DEFAULT_METRICS,
    recursive: bool = False,
    weights: WeightsOptions | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_photo: Callable[[str], None] = lambda _: None,
    on_weights: OnEvent = unheard,
) -> Compared:
    """Pictures of the same photo beside one another, or folders of them, matched by name.

    Sizes may differ: smaller pictures are shown enlarged by repeating their pixels, and only those
    of the first one's size are measured.

    Args:
        places: At least two pictures, or at least two folders; the first is what the others are
            compared with.
        metrics: Names of ``restorekit.metrics``.
        recursive: Whether to look into the folders in the folders.
        weights: How the weights that some metrics need may be had.
        on_start: Told how many photos there are.
        on_photo: Told the name of each photo when it is done.
        on_weights: Told of downloads.

    Raises:
        UsageError: Fewer than two, files and folders mixed, or a metric of whole sets.
        PhotoError: A picture or a folder is not there, or holds no photo.
        WeightsError: A metric's weights cannot be had.
    """
    from restorekit.viewing.scene import crop_side

    if len(places) < 2:
        raise UsageError("nothing to compare with", expected="two pictures or more, or folders")
    measures = Measures(metrics)
    columns = measures.columns()
    of_sets = [it.name for it in columns if it.of_set]
    if of_sets:
        raise UsageError(f"{of_sets[0]} measures many photos together", hint="restorekit eval")
    photos, partnerless = _photos([Path(it) for it in places], recursive=recursive)
    meter = measures.meter(weights, on_event=on_weights)
    beside = _Beside(_labels(places), measures, meter, crop_side(len(photos)))
    on_start(len(photos))
    for name, paths in photos.items():
        beside.add(name, paths)
        on_photo(name)
    table = Table(
        title="against the first picture, protocol rgb, where the sizes are the same",
        header=(*HEADER, *(head(it, "rgb") for it in columns)),
        rows=tuple(beside.rows),
        means=(),
        notes=(*beside.notes, *partnerless),
        words=len(HEADER),
    )
    return Compared(table, tuple(beside.scenes))


@dataclass
class _Beside:
    """What a comparison gathers."""

    labels: Sequence[str]
    measures: Measures
    meter: Meter
    side: int
    """Of the crops."""
    scenes: list[Scene] = field(default_factory=list["Scene"])
    rows: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    notes: list[str] = field(default_factory=list[str])

    def add(self, name: str, paths: Sequence[Path | None]) -> None:
        """One photo, in all pictures that there are of it."""
        pictures: dict[str, Bytes] = {}
        for label, path in zip(self.labels, paths, strict=True):
            try:
                if path is None:
                    self.notes.append(f"{name}: none of this name in {label}")
                else:
                    pictures[label] = pixels_of(path)
            except EXPECTED as error:
                self.notes.append(f"failed: {failure(path or Path(name), error)}")
        first = pictures.get(self.labels[0])
        if first is not None and len(pictures) > 1:
            self.scenes.append(self._scene(name, first, pictures))

    def _scene(self, name: str, first: Bytes, pictures: dict[str, Bytes]) -> Scene:
        from restorekit.viewing.scene import Picture, Scene, chosen_box, overview, view

        largest = max(pictures.values(), key=lambda it: it.shape[0] * it.shape[1])
        size = Size(largest.shape[0], largest.shape[1])
        other = next(it for it in pictures.values() if it is not largest)
        box = chosen_box(largest, other, side=self.side)
        views = [view(Picture(self.labels[0], first), size, box)]
        for label, pixels in pictures.items():
            if pixels is not first:
                row = self._measured(name, label, pixels, first)
                told = figures(row, self.measures.columns())
                views.append(view(Picture(label, pixels), size, box, told))
        return Scene(name, size, box, tuple(views), overview(largest))

    def _measured(self, name: str, label: str, pixels: Bytes, first: Bytes) -> Row:
        row = Row(name, label)
        if pixels.shape[:2] == first.shape[:2]:
            try:
                values, missing = self.meter.read(pixels, first, {})
                self.notes += [f"{name}, {label}: {missing}"] if missing else []
                row = Row(name, label, values)
            except EXPECTED as error:
                self.notes.append(f"{name}, {label}: {error}")
        size = Size(pixels.shape[0], pixels.shape[1])
        values = (cell(row, it) for it in self.measures.columns())
        self.rows.append((name, label, str(size), *values))
        return row


def _photos(
    places: Sequence[Path], *, recursive: bool
) -> tuple[dict[str, list[Path | None]], list[str]]:
    """By name, the photo in each place, None where it has none; and what has no partner at all."""
    first, *others = places
    photos: dict[str, list[Path | None]] = {}
    alone: dict[Path, int] = {}
    notes: list[str] = []
    for number, place in enumerate(others, 1):
        found = find_pairs(place, first, recursive=recursive)
        for pair in found.pairs:
            paths = photos.setdefault(pair.name, [pair.reference, *[None] * len(others)])
            paths[number] = pair.predicted
        notes += [f"{path}: none of this name in {first}" for path in found.without_reference]
        for path in found.without_prediction:
            alone[path] = alone.get(path, 0) + 1
    notes += [
        f"{path}: nothing to compare it with" for path, n in alone.items() if n == len(others)
    ]
    return photos, notes


def _labels(places: Sequence[str | Path]) -> list[str]:
    """What each place is called: its name where that tells it apart, else the whole path.

    Where one comes twice, all are numbered.
    """
    names = [Path(it).name or str(it) for it in places]
    whole = [str(it) for it in places]
    found = [
        name if names.count(name) == 1 else path for name, path in zip(names, whole, strict=True)
    ]
    if len(set(found)) == len(found):
        return found
    return [f"{it} ({number})" for number, it in enumerate(found, 1)]

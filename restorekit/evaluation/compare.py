"""Pictures side by side: any that show the same photo, whatever made them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from restorekit.batch.pairs import find_pairs
from restorekit.contracts import Size
from restorekit.errors import PhotoError, UsageError
from restorekit.evaluation.measures import DEFAULT_METRICS, Measures
from restorekit.evaluation.result import Row
from restorekit.evaluation.table import Table, cell, figures, head
from restorekit.evaluation.trial import EXPECTED, failure
from restorekit.printable import one_line
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
    is_whole: bool
    """Whether every picture of every photo is shown, and measured where it can be: where its size
    is that of the first, and neither is transparent."""

    def page(self) -> Page:
        """The comparison as a page.

        Raises:
            PhotoError: No photo has two pictures that can be shown.
        """
        from restorekit.viewing.page import Page

        if not self.scenes:
            raise PhotoError(
                "nothing to show",
                expected="at least one photo with two pictures that can be read",
                hint="two files are compared whatever their names are",
            )
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

    Sizes may differ: smaller pictures are shown enlarged by repeating their pixels, and those of
    another shape in their own pixels from the upper left corner. Transparent ones are shown on
    grey. Only opaque pictures of the first one's size are measured.

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
        notes=tuple(map(one_line, (*beside.notes, *beside.faults, *partnerless))),
        words=len(HEADER),
    )
    return Compared(table, tuple(beside.scenes), not (beside.faults or partnerless))


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
    """What is shown otherwise than it is."""
    faults: list[str] = field(default_factory=list[str])
    """What is not shown, or not measured though it should be."""

    def add(self, name: str, paths: Sequence[Path | None]) -> None:
        """One photo, in all pictures that there are of it."""
        pictures: dict[str, _Shown] = {}
        for label, path in zip(self.labels, paths, strict=True):
            try:
                if path is None:
                    self.faults.append(f"{name}: none of this name in {label}")
                else:
                    pictures[label] = _read(path)
            except EXPECTED as error:
                self.faults.append(f"failed: {failure(path or Path(name), error)}")
        if self.labels[0] in pictures and len(pictures) > 1:
            self.scenes.append(self._scene(name, pictures))

    def _scene(self, name: str, pictures: dict[str, _Shown]) -> Scene:
        """Of pictures by their labels, the first one first."""
        from restorekit.viewing.scene import (
            Box,
            Picture,
            Scene,
            common_box,
            cropped,
            overview,
            view,
        )

        largest = max(pictures, key=lambda it: pictures[it].size.height * pictures[it].size.width)
        sizes = self._sizes(name, pictures, largest)
        canvas, common = (
            Size(*map(pick, zip(*sizes.values(), strict=True))) for pick in (max, min)
        )
        other = next(it for it in pictures if it != largest)
        pair = [(pictures[it].pixels, sizes[it]) for it in (largest, other)]
        box = common_box(pair[0], pair[1], common, self.side).grown(self.side, canvas)
        first, *others = pictures
        views = [view(Picture(first, pictures[first].pixels), sizes[first], box)]
        for label in others:
            row = self._measured(name, label, pictures[label], pictures[first])
            told = figures(row, self.measures.columns())
            views.append(view(Picture(label, pictures[label].pixels), sizes[label], box, told))
        whole = cropped(pair[0][0], sizes[largest], Box(0, 0, *canvas))
        return Scene(name, canvas, box, tuple(views), overview(whole))

    def _sizes(self, name: str, pictures: dict[str, _Shown], largest: str) -> dict[str, Size]:
        """How large each picture is shown: as the largest, or in its own pixels."""
        from restorekit.viewing.scene import is_scaled

        whole = pictures[largest].size
        sizes: dict[str, Size] = {}
        for label, it in pictures.items():
            sizes[label] = whole if is_scaled(it.size, whole) else it.size
            if sizes[label] != whole:
                shape = f"its shape, {it.size}, is not that of {largest}, {whole}"
                how = "shown in its own pixels from the upper left corner"
                self.notes.append(f"{name}, {label}: {shape}; {how}")
            if it.transparent:
                self.notes.append(
                    f"{name}, {label}: transparent in places; shown on grey, no figures"
                )
        return sizes

    def _measured(self, name: str, label: str, shown: _Shown, first: _Shown) -> Row:
        row = Row(name, label)
        if shown.size == first.size and not (shown.transparent or first.transparent):
            try:
                values, missing = self.meter.read(shown.pixels, first.pixels, {})
                self.faults += [f"{name}, {label}: {missing}"] if missing else []
                row = Row(name, label, values)
            except EXPECTED as error:
                self.faults.append(f"{name}, {label}: {error}")
        values = (cell(row, it) for it in self.measures.columns())
        self.rows.append((name, label, str(shown.size), *values))
        return row


class _Shown(NamedTuple):
    """A picture as it is shown."""

    pixels: Bytes
    transparent: bool
    """Whether grey stands behind it."""

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[0], self.pixels.shape[1])


def _read(path: Path) -> _Shown:
    """The photo as ``(H, W, 1 or 3)`` uint8 sRGB, before grey where it is transparent.

    Raises:
        PhotoError: It cannot be read.
    """
    import numpy as np

    from restorekit.images.quantize import block_rows, to_integers
    from restorekit.images.reading import read
    from restorekit.viewing.scene import GREY

    photo = read(path, name=str(path))
    if photo.alpha is None:
        return _Shown(to_integers(photo.color, 8), transparent=False)
    pixels = np.empty(photo.color.shape, np.uint8)
    for block in block_rows(pixels):
        behind = np.float32(GREY / 255)
        pixels[block] = to_integers(behind + photo.alpha[block] * (photo.color[block] - behind), 8)
    return _Shown(pixels, transparent=True)


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

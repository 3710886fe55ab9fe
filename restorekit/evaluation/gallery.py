"""Crops of the photos of an evaluation, gathered while it runs, and the page that shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.inputs import natural_key
from restorekit.contracts import Size
from restorekit.evaluation.table import figures, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from restorekit.evaluation.result import Column, Evaluation
    from restorekit.evaluation.trial import Measured
    from restorekit.viewing.page import Page
    from restorekit.viewing.plots import Plot
    from restorekit.viewing.scene import Box, Scene, View

MOST = 200
"""Photos that are shown: a page of more could hardly be opened, and nobody would look at it."""
REFERENCE, INPUT, RESULT = "reference", "input", "result"


@dataclass
class _Growing:
    """The scene of a photo, which gets a view with each model."""

    size: Size
    box: Box
    overview: bytes
    views: list[View]
    rank: float
    """How good its first result is, in the first metric; the worst photos are kept."""


@dataclass
class Gallery:
    """Shows the place where each photo differs most: the listener of an evaluation.

    Of more than :data:`MOST` photos it keeps those that the first model did worst on; a photo that
    failed under that one counts by the next.
    """

    columns: tuple[Column, ...]
    _scenes: dict[str, _Growing] = field(default_factory=dict[str, _Growing])
    _seen: set[str] = field(default_factory=set[str])
    _degrades: bool = False
    _side: int = 0

    @property
    def seen(self) -> int:
        """How many photos there were."""
        return len(self._seen)

    def start(self, photos: int) -> None:
        """Told how many photos there will be: with many, crops are smaller."""
        from restorekit.viewing.scene import crop_side

        self._side = crop_side(min(photos, MOST))

    def add(self, measured: Measured) -> None:
        """Take the crops of one photo under one model."""
        from restorekit.viewing.scene import Picture, view

        row = measured.row
        is_new = row.photo not in self._seen
        scene = self._begun(measured) if is_new else self._scenes.get(row.photo)
        if scene is None:
            return
        # A model, or a folder, may be called as the other pictures are.
        named = f"{row.model} (result)" if row.model in {REFERENCE, INPUT} else row.model
        picture = Picture(named or RESULT, measured.restored)
        scene.views.append(view(picture, scene.size, scene.box, figures(row, self.columns)))
        if is_new:  # kept once it is whole: the user may end the run at any time
            self._keep(row.photo, scene)
            self._degrades = measured.degraded is not None

    def _keep(self, photo: str, scene: _Growing) -> None:
        self._seen.add(photo)
        self._scenes[photo] = scene
        if len(self._scenes) > MOST:
            del self._scenes[max(self._scenes, key=lambda name: self._scenes[name].rank)]

    def _begun(self, measured: Measured) -> _Growing:
        from restorekit.viewing.scene import Picture, chosen_box, overview, view

        reference = measured.reference
        size = Size(reference.shape[0], reference.shape[1])
        pictures = [Picture(REFERENCE, reference)]
        if measured.degraded is not None:
            from restorekit.images.quantize import to_integers

            degraded = to_integers(measured.degraded, 8)
            pictures.append(Picture(INPUT, degraded))
        other = measured.restored if len(pictures) == 1 else pictures[1].pixels
        box = chosen_box(reference, other, side=self._side)
        views = [view(it, size, box) for it in pictures]
        return _Growing(size, box, overview(reference), views, self._rank(measured.row.values))

    def _rank(self, values: Mapping[str, float]) -> float:
        column = next((it for it in self.columns if it.name in values), None)
        if column is None:
            return 0
        return values[column.name] if column.better == "higher" else -values[column.name]

    def scenes(self) -> tuple[Scene, ...]:
        """In the natural order of the names."""
        from restorekit.viewing.scene import Scene

        sides = (0, 2) if self._degrades else (0, 1)  # the truth beside the first result
        ordered = sorted(self._scenes.items(), key=lambda it: natural_key(Path(it[0])))
        return tuple(
            Scene(name, it.size, it.box, tuple(it.views), it.overview, sides)
            for name, it in ordered
        )


def page(found: Evaluation, gallery: Gallery) -> Page:
    """All that an evaluation found, to look at."""
    from restorekit.viewing.page import Page

    facts = [("protocol", found.protocol), ("input made by", found.degradation or "")]
    facts += [("data", found.data or ""), ("scale", str(found.scale or ""))]
    facts += [
        (f"model {name}", ", ".join(f"{key} {it}" for key, it in told.items() if key != "model"))
        for name, told in found.models.items()
    ]
    facts += [("program", f"restorekit {found.version}"), ("seed", str(found.seed))]
    if gallery.seen > MOST:
        facts.append(("photos shown", f"the {MOST} of {gallery.seen} that came out worst"))
    return Page(
        title="Evaluation",
        subtitle=_subtitle(found),
        facts=[fact for fact in facts if fact[1]],
        table=table(found),
        plots=[(it.title, it.svg()) for it in plots(found).values()],
        scenes=gallery.scenes(),
    )


def _subtitle(found: Evaluation) -> str:
    photos = len(dict.fromkeys(row.photo for row in found.rows))
    models = [str(it.model) for it in found.summaries() if it.model is not None]
    return f"{photos} photo{'s' * (photos != 1)}" + f": {', '.join(models)}" * bool(models)


def plot_names(columns: Iterable[Column]) -> list[str]:
    """The names that :func:`plots` may give."""
    return [name for it in columns for name in (_distribution(it), _against_time(it))]


def plots(found: Evaluation) -> dict[str, Plot]:
    """The finding drawn, by a name for the file: each metric by photo, and quality against time."""
    from restorekit.viewing.plots import distribution, quality_against_time

    drawn: dict[str, Plot] = {}
    summaries = found.summaries()
    for column in found.columns:
        label = f"{column.name} ({column.unit})" if column.unit else column.name
        values = {
            model or RESULT: [
                row.values[column.name]
                for row in found.rows
                if row.model == model and column.name in row.values
            ]
            for model in (it.model for it in summaries)
        }
        if any(values.values()):
            drawn[_distribution(column)] = distribution(values, label)
        points = {
            it.model or RESULT: (it.seconds, it.means[column.name].mean)
            for it in summaries
            if it.seconds is not None and column.name in it.means
        }
        points = {name: it for name, it in points.items() if math.isfinite(it[1])}
        if points:
            drawn[_against_time(column)] = quality_against_time(points, label)
    return drawn


def _distribution(column: Column) -> str:
    return f"distribution-{column.name}"


def _against_time(column: Column) -> str:
    return f"{column.name}-against-time"

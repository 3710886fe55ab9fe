"""One model, or one folder of results, photo by photo: one failure stops none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from restorekit.batch.events import Failed, TileDone
from restorekit.contracts import Size
from restorekit.errors import PhotoError, RunError, UsageError
from restorekit.evaluation.cost import Cost, measured_cost
from restorekit.evaluation.result import Row
from restorekit.zoo.events import OnEvent, unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from restorekit.batch.pairs import Pair
    from restorekit.contracts import Image, OnTile, Restorer, Tally
    from restorekit.evaluation.inputs import Inputs
    from restorekit.evaluation.measures import Meter
    from restorekit.images.protocols import Bytes

EXPECTED = (PhotoError, RunError, UsageError, MemoryError)
"""What belongs to one photo; weights that cannot be had end the run."""
WARM_UP = 64
"""Side of the picture that is restored before time counts: the first one is always slower."""


@dataclass(frozen=True)
class Measured:
    """A photo that was measured, with its pictures, for whoever wants to show them."""

    row: Row
    reference: Bytes
    """``(H, W, 1 or 3)`` uint8."""
    restored: Bytes
    degraded: Image | None = None
    """``(h, w, 1 or 3)`` float32, in [0, 1] where it is rounded; None: the results were there."""


@dataclass(frozen=True)
class Listeners:
    """Who is told of what while an evaluation runs."""

    on_start: Callable[[int], None] = lambda _: None
    """Before the first photo: how many there are."""
    on_photo: Callable[[Measured], None] = lambda _: None
    """After each photo that was measured."""
    on_tile: Callable[[TileDone], None] = lambda _: None
    on_weights: OnEvent = unheard
    """Of downloads."""


@dataclass
class Gathered:
    """What a run gathers; whole up to the last photo when the user ends it."""

    rows: list[Row] = field(default_factory=list[Row])
    tallies: dict[str | None, dict[str, Tally]] = field(
        default_factory=dict["str | None", "dict[str, Tally]"]
    )
    interrupted: bool = False

    def gather(self, rows: Iterator[Row]) -> None:
        """Every row, or those until the user ends it."""
        try:
            for row in rows:
                self.rows.append(row)
        except KeyboardInterrupt:
            self.interrupted = True

    def of_sets(self) -> tuple[dict[str | None, dict[str, float]], list[str]]:
        """The figures of the set metrics, and why some have none."""
        values: dict[str | None, dict[str, float]] = {}
        failures: list[str] = []
        for model, tallies in self.tallies.items():
            for metric, tally in tallies.items():
                try:
                    values.setdefault(model, {})[metric] = tally.value()
                except UsageError as error:
                    failures.append(f"{metric} of {model or 'the results'}: {error}")
        return values, failures


@dataclass(frozen=True)
class Trial:
    """One model under evaluation."""

    model: str
    restorer: Restorer
    degradation: Inputs
    meter: Meter
    tallies: Mapping[str, Tally]
    listeners: Listeners
    held: int = 0
    """Bytes of main memory that the program held before the model was loaded."""

    def rows(self, photos: Mapping[str, Path]) -> Iterator[Row]:
        """A row for each photo, restored from its degraded self."""
        self._warm_up()
        for name, path in photos.items():
            try:
                yield self._row(name, path)
            except EXPECTED as error:
                yield Row(name, self.model, failure=failure(path, error))

    def _row(self, name: str, path: Path) -> Row:
        reference = self.degradation.reference(pixels_of(path))
        degraded = self.degradation(reference, name)
        restorer = self.degradation.told(name).to(self.restorer)
        size = Size(reference.shape[0], reference.shape[1])

        def told(tile: int, tiles: int) -> None:
            self.listeners.on_tile(TileDone(path, tile, tiles, None))

        restored, cost = _restored(degraded, restorer, size, told, self.held)
        values, missing = self.meter.read(restored, reference, self.tallies)
        why = f"{path}: {missing}" if missing else None
        row = Row(name, self.model, values, cost.seconds, cost.memory, why)
        self.listeners.on_photo(Measured(row, reference, restored, degraded))
        return row

    def _warm_up(self) -> None:
        import numpy as np

        for _ in self.restorer.bands(np.zeros((WARM_UP, WARM_UP, 3), np.float32)):
            pass


def compare(
    pairs: tuple[Pair, ...],
    model: str | None,
    meter: Meter,
    tallies: Mapping[str, Tally],
    listeners: Listeners,
) -> Iterator[Row]:
    """A row for each result that is there already."""
    for name, result, truth in pairs:
        try:
            restored, reference = pixels_of(result), pixels_of(truth)
            values, missing = meter.read(restored, reference, tallies)
            why = f"{result}: {missing}" if missing else None
            row = Row(name, model, values, failure=why)
            listeners.on_photo(Measured(row, reference, restored))
            yield row
        except EXPECTED as error:
            yield Row(name, model, failure=failure(result, error))


def _restored(
    degraded: Image, restorer: Restorer, size: Size, on_tile: OnTile, held: int
) -> tuple[Bytes, Cost]:
    """The result at ``size``, 8 bits; a restorer of another scale is followed by its resize."""
    import numpy as np

    from restorekit.images.quantize import to_integers
    from restorekit.images.restored import restored_bands

    with measured_cost(held) as cost:
        result = np.empty((*size, degraded.shape[2]), np.uint8)
        for top, rows in restored_bands(degraded, restorer, size, on_tile=on_tile):
            result[top : top + len(rows)] = to_integers(rows, 8)
    return result, cost


def pixels_of(path: Path) -> Bytes:
    """The photo as ``(H, W, 1 or 3)`` uint8 sRGB: all protocols round to 8 bits first.

    Raises:
        PhotoError: It cannot be read, or is transparent in places.
    """
    from restorekit.images.reading import read_bytes

    return read_bytes(path, name=str(path))


def failure(path: Path, error: BaseException) -> str:
    """One line that names the photo."""
    message = Failed.because(path, error).message
    return message if str(path) in message else f"{path}: {message}"

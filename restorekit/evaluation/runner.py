"""Measures results that are there, or makes them first: photo by photo, one failure stops none."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from restorekit.batch.events import Failed, TileDone
from restorekit.contracts import Size
from restorekit.errors import PhotoError, RunError, UsageError
from restorekit.evaluation.cost import Cost, measured_cost
from restorekit.evaluation.degradation import chain, cropped, lower_resolution
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.pairs import find_pairs, named_photos
from restorekit.evaluation.result import Evaluation, Row
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import OnTile, Restorer

    Bytes = npt.NDArray[np.uint8]

EXPECTED = (PhotoError, RunError, UsageError, MemoryError)
"""What belongs to one photo; weights that cannot be had end the run."""
WARM_UP = 64
"""Side of the picture that is restored before time counts: the first one is always slower."""


def measure_pairs(
    predicted: str | Path,
    reference: str | Path,
    measures: Measures | None = None,
    *,
    recursive: bool = False,
) -> Evaluation:
    """Measure results that are there against their references, matched by name.

    Args:
        predicted: The folder with the results, or one result.
        reference: The folder with the truth, or the truth of that result.
        measures: What is measured; by default PSNR and SSIM of the RGB pictures.
        recursive: Whether to look into the folders in the folders.

    Returns:
        A row for each pair, in the natural order of the names; files that are broken or have
        another size than their reference are rows that say so.

    Raises:
        UsageError: The folders do not suit each other, or two names mean the same.
        PhotoError: A folder is not there, or holds no photo.
        WeightsError: A metric's parameters cannot be had.
    """
    measures = measures or Measures()
    found = find_pairs(predicted, reference, recursive=recursive)
    rows: list[Row] = []
    for name, result, truth in found.pairs:
        try:
            rows.append(Row(name, values=measures.values(_pixels(result), _pixels(truth))))
        except EXPECTED as error:
            rows.append(Row(name, failure=_failure(result, error)))
    return Evaluation(
        protocol=str(measures.chosen_protocol()),
        columns=measures.columns(),
        rows=tuple(rows),
        scale=measures.scale,
        without_reference=tuple(map(str, found.without_reference)),
        without_prediction=tuple(map(str, found.without_prediction)),
        seed=measures.seed,
    )


def measure_models(
    models: Sequence[str],
    data: str | Path,
    measures: Measures,
    *,
    recursive: bool = False,
    weights: WeightsOptions | None = None,
    devices: DeviceOptions | None = None,
    on_tile: Callable[[TileDone], None] = lambda _: None,
    on_weights: OnEvent = unheard,
) -> Evaluation:
    """Make the input from each reference, restore it with every model, and measure the results.

    Results are rounded to 8 bits, as a file of them would be. All models are loaded before the
    first photo is restored: what cannot be had is told at once.

    Args:
        models: Names of ``restorekit models list``, or files of weights.
        data: The folder with the references, or one reference.
        measures: What is measured; its task and its scale, from 2 up, say what is done.
        recursive: Whether to look into the folders in the folder.
        weights: How weights may be had.
        devices: Where and how a network runs; of several devices the first one serves.
        on_tile: Told after each tile.
        on_weights: Told of downloads.

    Returns:
        For each model a row for each photo, in the natural order of the names.

    Raises:
        UsageError: Another task, no scale, no model, or two photos of one name.
        PhotoError: The folder is not there, or holds no photo.
        WeightsError: The weights cannot be had.
        DeviceError: The device is not there.
    """
    scale = _scale(measures)
    if not models:
        raise UsageError("nothing to evaluate", expected="at least one model")
    photos = named_photos(data, recursive=recursive)
    loaded = {
        model: load_restorers(
            model, task="sr", weights=weights, devices=devices, on_event=on_weights
        )
        for model in dict.fromkeys(models)
    }
    rows = [
        row
        for model, it in loaded.items()
        for row in _rows(model, it.restorers[0], photos, measures, on_tile)
    ]
    return Evaluation(
        protocol=str(measures.chosen_protocol()),
        columns=measures.columns(),
        rows=tuple(rows),
        scale=scale,
        degradation=chain(scale),
        models={model: it.description for model, it in loaded.items()},
        seed=measures.seed,
    )


def _scale(measures: Measures) -> int:
    if measures.task != "sr":
        got = measures.task or "none"
        raise UsageError("this task cannot be evaluated yet", expected="--task sr", got=got)
    if measures.scale is None or measures.scale < 2:
        raise UsageError("super-resolution is evaluated at a scale", expected="--scale, from 2 up")
    return measures.scale


def _rows(
    model: str,
    restorer: Restorer,
    photos: Mapping[str, Path],
    measures: Measures,
    on_tile: Callable[[TileDone], None],
) -> list[Row]:
    _warm_up(restorer)
    rows: list[Row] = []
    for name, path in photos.items():

        def told(tile: int, tiles: int, path: Path = path) -> None:
            on_tile(TileDone(path, tile, tiles, None))

        try:
            values, cost = _evaluated(path, restorer, measures, told)
        except EXPECTED as error:
            rows.append(Row(name, model, failure=_failure(path, error)))
        else:
            rows.append(Row(name, model, values, cost.seconds, cost.memory))
    return rows


def _evaluated(
    path: Path, restorer: Restorer, measures: Measures, on_tile: OnTile
) -> tuple[dict[str, float], Cost]:
    scale = _scale(measures)
    reference = cropped(_pixels(path), scale)
    small = lower_resolution(reference, scale)
    size = Size(reference.shape[0], reference.shape[1])
    with measured_cost() as cost:
        restored = _restored(small, restorer, size, on_tile)
    return measures.values(restored, reference), cost


def _restored(small: Bytes, restorer: Restorer, size: Size, on_tile: OnTile) -> Bytes:
    """The result at ``size``, 8 bits; a restorer of another scale is followed by its resize."""
    import numpy as np

    from restorekit.images.quantize import to_float, to_integers
    from restorekit.images.restored import restored_bands

    result = np.empty((*size, small.shape[2]), np.uint8)
    for top, rows in restored_bands(to_float(small), restorer, size, on_tile=on_tile):
        result[top : top + len(rows)] = to_integers(rows, 8)
    return result


def _warm_up(restorer: Restorer) -> None:
    import numpy as np

    for _ in restorer.bands(np.zeros((WARM_UP, WARM_UP, 3), np.float32)):
        pass


def _pixels(path: Path) -> Bytes:
    """The photo as ``(H, W, 1 or 3)`` uint8 sRGB: all protocols round to 8 bits first."""
    from restorekit.images.quantize import to_integers
    from restorekit.images.reading import read

    photo = read(path, name=str(path))
    if photo.alpha is not None:
        raise PhotoError(
            f"{path} is transparent in places, which no protocol measures",
            expected="an opaque photo",
        )
    return cast("Bytes", to_integers(photo.color, 8))


def _failure(path: Path, error: BaseException) -> str:
    """One line that names the photo."""
    message = Failed.because(path, error).message
    return message if str(path) in message else f"{path}: {message}"

"""Measures results that are there, or makes them first: photo by photo, one failure stops none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.pairs import find_pairs, named_photos
from restorekit.errors import UsageError
from restorekit.evaluation.cost import memory_held
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.result import Evaluation, Row
from restorekit.evaluation.trial import Gathered, Listeners, Trial, compare
from restorekit.evaluation.untouched import INPUT, untouched
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.families import member
from restorekit.zoo.methods import method_named
from restorekit.zoo.restorers import DeviceOptions, Loaded, WeightsOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from restorekit.contracts import Task
    from restorekit.evaluation.inputs import Inputs


def measure_pairs(
    predicted: str | Path | Sequence[str | Path],
    reference: str | Path,
    measures: Measures | None = None,
    *,
    recursive: bool = False,
    weights: WeightsOptions | None = None,
    listeners: Listeners | None = None,
) -> Evaluation:
    """Measure results that are there against their references, matched by name.

    Args:
        predicted: The folder with the results, or one result; several are compared.
        reference: The folder with the truth, or the truth of that result.
        measures: What is measured; by default PSNR and SSIM of the RGB pictures.
        recursive: Whether to look into the folders in the folders.
        weights: How the weights that some metrics need may be had.
        listeners: Who is told of what.

    Returns:
        A row for each pair, in the natural order of the names; files that are broken or have
        another size than their reference are rows that say so.

    Raises:
        UsageError: The folders do not suit each other, or two names mean the same.
        PhotoError: A folder is not there, or holds no photo.
        WeightsError: A metric's weights cannot be had.
    """
    measures, listeners = measures or Measures(), listeners or Listeners()
    places = [predicted] if isinstance(predicted, (str, Path)) else list(dict.fromkeys(predicted))
    found = {
        str(place) if len(places) > 1 else None: find_pairs(place, reference, recursive=recursive)
        for place in places
    }
    meter = measures.meter(weights, on_event=listeners.on_weights)
    gathered = Gathered()
    listeners.on_start(max(len(it.pairs) for it in found.values()))

    def rows() -> Iterator[Row]:
        for model, it in found.items():
            tallies = gathered.tallies[model] = meter.tallies()
            yield from compare(it.pairs, model, meter, tallies, listeners)

    gathered.gather(rows())
    return _evaluation(
        gathered,
        measures,
        data=f"{', '.join(map(str, places))} against {reference}",
        without_reference=_named(it.without_reference for it in found.values()),
        without_prediction=tuple(
            f"{path} in {place}" if place else str(path)
            for place, it in found.items()
            for path in it.without_prediction
        ),
    )


def measure_models(
    models: Sequence[str],
    data: str | Path | Mapping[str, Path],
    measures: Measures,
    degradation: Inputs | None = None,
    *,
    recursive: bool = False,
    weights: WeightsOptions | None = None,
    devices: DeviceOptions | None = None,
    listeners: Listeners | None = None,
) -> Evaluation:
    """Make the input from each reference, restore it with every model, and measure the results.

    Results are rounded to 8 bits, as a file of them would be. All weights are had before the
    first photo is restored: what cannot be had is told at once.

    Args:
        models: Names of ``restorekit models list``, or files of weights; ``input``: what they are
            given, as it is.
        data: The folder with the references, one reference, or references by name.
        measures: What is measured; its task, and the scale of super-resolution, say what is done.
        degradation: How the input is made, or where it is; by default bicubic at that scale,
            rounded. Who can be told its blur and its noise is, as the papers do it.
        recursive: Whether to look into the folders in the folder.
        weights: How weights may be had.
        devices: Where and how a network runs; of several devices the first one serves. In a
            self-ensemble a network's name gets a plus, as in the papers; methods without weights
            are measured beside it as they are.
        listeners: Who is told of what.

    Returns:
        For each model a row for each photo, in the natural order of the names.

    Raises:
        UsageError: Another task, no scale or no noise, no model, or two photos of one name.
        PhotoError: The folder is not there, or holds no photo.
        WeightsError: The weights cannot be had.
        DeviceError: The device is not there.
    """
    listeners = listeners or Listeners()
    degradation = degradation or Degradation(measures.scale or 1)
    task = _task(measures, degradation)
    if not models:
        raise UsageError("nothing to evaluate", expected="at least one model")
    if measures.scale:
        models = [member(it, measures.scale) for it in models]
    photos = data if isinstance(data, Mapping) else named_photos(data, recursive=recursive)
    meter = measures.meter(weights, on_event=listeners.on_weights)

    def load(model: str, on_event: OnEvent) -> Loaded:
        if model == INPUT:
            return untouched(task)
        way = ways[model]
        return load_restorers(model, task=task, weights=weights, devices=way, on_event=on_event)

    ways = {it: _way(it, devices or DeviceOptions()) for it in models}
    names = {it: f"{it}{'+' * ways[it].self_ensemble}" for it in ways}
    # Loaded to see that they can be, and again, one at a time, so that memory is each model's own.
    described = {names[it]: load(it, listeners.on_weights).description for it in names}
    gathered = Gathered()
    listeners.on_start(len(photos))

    def rows() -> Iterator[Row]:
        for model, name in names.items():
            tallies = gathered.tallies[name] = meter.tallies()
            held = memory_held()
            restorer = load(model, unheard).restorers[0]
            trial = Trial(name, restorer, degradation, meter, tallies, listeners, held)
            yield from trial.rows(photos)

    gathered.gather(rows())
    return _evaluation(gathered, measures, degradation=str(degradation), models=described)


def _way(model: str, devices: DeviceOptions) -> DeviceOptions:
    """Where and how a model runs: only networks are run in a self-ensemble."""
    is_network = model != INPUT and method_named(model) is None
    return devices if is_network else replace(devices, self_ensemble=False)


def _evaluation(
    gathered: Gathered,
    measures: Measures,
    *,
    data: str | None = None,
    degradation: str | None = None,
    models: Mapping[str, Mapping[str, object]] | None = None,
    without_reference: tuple[str, ...] = (),
    without_prediction: tuple[str, ...] = (),
) -> Evaluation:
    of_sets, faults = gathered.of_sets()
    return Evaluation(
        protocol=str(measures.chosen_protocol()),
        columns=measures.columns(),
        rows=tuple(gathered.rows),
        scale=measures.scale,
        degradation=degradation,
        data=data,
        models=models or {},
        of_sets=of_sets,
        faults=tuple(faults),
        interrupted=gathered.interrupted,
        without_reference=without_reference,
        without_prediction=without_prediction,
        seed=measures.seed,
    )


def _task(measures: Measures, degradation: Inputs) -> Task:
    """What the models are for, where the input is degraded in that way."""
    task = measures.task
    if task == "sr":
        if measures.scale is None or measures.scale < 2:
            raise UsageError(
                "super-resolution is evaluated at a scale", expected="--scale, from 2 up"
            )
        return task
    if task not in {"denoise", "deblur"}:
        raise UsageError(
            "this task cannot be evaluated yet",
            expected="--task sr, denoise or deblur",
            got=task or "none",
        )
    if isinstance(degradation, Degradation):
        _check_spoilt(task, degradation)
    return task


def _check_spoilt(task: Task, degradation: Degradation) -> None:
    """Refuse an input in which nothing is to be restored, or that is smaller."""
    if task == "denoise" and (not degradation.sigma or degradation.scale > 1):
        raise UsageError("denoising is evaluated with noise", expected="--sigma, and no --scale")
    if task == "deblur" and (not degradation.kernel or degradation.scale > 1):
        raise UsageError(
            "deblurring is evaluated with blur",
            expected="--degradation, --kernel or --degraded, and no --scale",
        )


def _named(groups: Iterator[tuple[Path, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(path) for group in groups for path in group))

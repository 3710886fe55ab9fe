"""Measures what a paper's table measures: the same sets, scales, metrics and protocol."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from restorekit.errors import PhotoError, UsageError
from restorekit.evaluation.datasets.finding import find_dataset
from restorekit.evaluation.datasets.manifest import dataset
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.papers.published import methods, published
from restorekit.evaluation.papers.reproduction import ABSENT, Comparison, Reproduction
from restorekit.evaluation.runner import measure_models
from restorekit.evaluation.table import INTERRUPTED
from restorekit.zoo.listing import names_for
from restorekit.zoo.restorers import DeviceOptions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from restorekit.evaluation.datasets.copies import Found
    from restorekit.evaluation.papers.published import Figure, Published
    from restorekit.evaluation.result import Evaluation
    from restorekit.evaluation.trial import Listeners
    from restorekit.zoo.restorers import WeightsOptions


def reproducible() -> tuple[str, ...]:
    """The methods whose published figures are known and whose model the program has."""
    papers = [published(name) for name in methods()]
    return tuple(it.method for it in papers if _has_models(it))


def reproduce(
    name: str,
    folder: Path | None,
    *,
    scales: Collection[int] | None = None,
    datasets: Sequence[str] | None = None,
    weights: WeightsOptions | None = None,
    devices: DeviceOptions | None = None,
    listeners: Listeners | None = None,
) -> Reproduction:
    """Measure what a paper's table measures.

    Args:
        name: A method of :func:`reproducible`.
        folder: Where the data sets are kept.
        scales: Only these; None: all of the table.
        datasets: Only these, in any spelling; None: all of the table.
        weights: How weights may be had.
        devices: Where and how a network runs; in float32 unless it is said otherwise.
        listeners: Who is told of tiles, photos and downloads.

    Returns:
        A row for each figure; a set that is not there is a row that says so.

    Raises:
        UnknownNameError: No figures of that method are known.
        UsageError: No folder is named, the program has no such model yet, the table has no such
            data set or scale, or ``devices`` ask for what the paper did not do.
        WeightsError: The weights cannot be had.
        DeviceError: The device is not there.
    """
    paper = published(name)
    _check_model(paper)
    if devices is not None and devices.self_ensemble:
        raise UsageError(
            "a paper's table is measured as the paper did it", hint="leave out --self-ensemble"
        )
    if devices is None or devices.precision == "auto":  # as the paper measured it
        devices = replace(devices or DeviceOptions(), precision="fp32")
    figures = _chosen(paper, scales, datasets)
    copies = {it: _copy(it, folder) for it in dict.fromkeys(it.dataset for it in figures)}
    rows: list[Comparison] = []
    evaluations: list[Evaluation] = []
    for group in _groups(figures):
        copy = copies[group[0].dataset]
        if isinstance(copy, PhotoError):
            rows += [Comparison(it, None, 0, ABSENT, str(copy)) for it in group]
            continue
        if evaluations and evaluations[-1].interrupted:
            rows += [Comparison(it, None, 0, copy.state, INTERRUPTED) for it in group]
            continue
        evaluation = measure_models(
            [paper.model_of(group[0])],
            copy.photos,
            _measures(paper, group),
            _degradation(paper, group),
            weights=weights,
            devices=devices,
            listeners=listeners,
        )
        evaluations.append(evaluation)
        rows += _compared(group, evaluation, copy)
    return Reproduction(
        paper,
        tuple(rows),
        protocols=tuple(dict.fromkeys(it.protocol for it in evaluations)),
        degradations=tuple(dict.fromkeys(it.degradation for it in evaluations if it.degradation)),
        model=next(iter(evaluations[0].models.values())) if evaluations else {},
        interrupted=any(it.interrupted for it in evaluations),
    )


def _has_models(paper: Published) -> bool:
    return set(paper.models) <= set(names_for(paper.task))


def _check_model(paper: Published) -> None:
    if not _has_models(paper):
        raise UsageError(
            f"the published figures of {paper.method} are known, but the program has no such model"
            " yet",
            expected=f"one of {', '.join(reproducible())}",
        )


def _chosen(
    paper: Published, scales: Collection[int] | None, datasets: Sequence[str] | None
) -> list[Figure]:
    names = None if datasets is None else {dataset(it).name for it in datasets}
    figures = [
        it
        for it in paper.figures
        if (names is None or it.dataset in names) and (scales is None or it.scale in scales)
    ]
    if not figures:
        known = dict.fromkeys(f"{it.dataset} x{it.scale}" for it in paper.figures)
        raise UsageError(
            f"the table of {paper.method} has no such data set or scale",
            expected=" or ".join(known),
        )
    return figures


def _groups(figures: Sequence[Figure]) -> list[list[Figure]]:
    """What one run measures: figures of one input, in the paper's order."""
    groups: dict[tuple[object, ...], list[Figure]] = {}
    for it in figures:
        groups.setdefault((it.dataset, it.scale, it.sigma), []).append(it)
    return list(groups.values())


def _copy(name: str, folder: Path | None) -> Found | PhotoError:
    try:
        return find_dataset(name, folder)
    except PhotoError as error:
        return error


def _measures(paper: Published, group: Sequence[Figure]) -> Measures:
    return Measures(
        metrics=[it.metric for it in group],
        protocol=paper.protocol,
        task=paper.task,
        scale=group[0].scale,
    )


def _degradation(paper: Published, group: Sequence[Figure]) -> Degradation:
    return Degradation(
        scale=group[0].scale or 1,
        sigma=group[0].sigma or 0,
        luma=paper.luma,
        rounded=paper.rounded,
    )


def _compared(group: Sequence[Figure], evaluation: Evaluation, copy: Found) -> list[Comparison]:
    failures = [row.failure for row in evaluation.rows if row.failure]
    failures += [INTERRUPTED] * evaluation.interrupted
    note = "; ".join([copy.sentence(), *failures[:1]])
    measured, means = 0, dict[str, float]()
    for summary in evaluation.summaries():  # of the only model; none where no photo was reached
        measured = summary.measured
        means = {name: it.mean for name, it in summary.means.items()}
    return [Comparison(it, means.get(it.metric), measured, copy.state, note) for it in group]

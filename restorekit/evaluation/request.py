"""What a person asks to be evaluated: results that are there, or models on photos."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from restorekit.batch.pairs import find_pairs, named_photos
from restorekit.errors import PhotoError, UsageError
from restorekit.evaluation.datasets.finding import find_dataset, recognised
from restorekit.evaluation.datasets.manifest import datasets, spelled
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.inputs import Chained, Given
from restorekit.evaluation.runner import measure_models, measure_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from restorekit.evaluation.inputs import Inputs
    from restorekit.evaluation.measures import Measures
    from restorekit.evaluation.result import Evaluation
    from restorekit.evaluation.trial import Listeners
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions


LITTLE_NOISE = 2
"""Its sigma in the input of ``deblur``, in levels of 255, where none is told."""


@dataclass(frozen=True)
class Request:
    """What is to be evaluated, and how.

    Raises:
        UsageError: It cannot be told whether results are there or are to be made.
    """

    measures: Measures
    predicted: Sequence[str] = ()
    """Folders of results, or results; compared where there are several."""
    reference: str | None = None
    """The folder of what they should be, or that one photo."""
    models: Sequence[str] = ()
    """Names of ``restorekit models list``, or files of weights."""
    data: str | None = None
    """The folder of undegraded photos, or one of them; with ``dataset``, where that is kept."""
    degraded: str | None = None
    """The folder of the models' input, or one photo, matched with ``data`` by name; without
    ``data`` there is no truth, and what needs one cannot be measured. None: it is made, or, where
    the data set has it, taken from there."""
    degradation: str | None = None
    """The chain by which the input is made; None: by sigma, kernel and scale, or for ``deblur``
    without a kernel by ``mixed_blur``."""
    dataset: str | None = None
    """A name of ``restorekit datasets list``."""
    sigma: float = 0
    """Of the noise that is added to the models' input, in levels of 255; with ``degraded``, of what
    is in it: 0 leaves it to be estimated."""
    kernel: str | None = None
    """The blur of the models' input before it is made smaller; see ``--kernel`` of ``sr``. With
    ``degraded``, the one that is in it."""
    recursive: bool = False

    def __post_init__(self) -> None:
        if bool(self.predicted) != bool(self.reference):
            raise UsageError("--pred and --gt belong together", got="one of them")
        if self.predicted and (self.data or self.dataset or self.models or self.degraded):
            raise UsageError(
                "--pred, and --data, --degraded, --dataset or --model",
                expected="results that are there, or models that make them",
                hint="drop one",
            )
        if not (self.predicted or self.data or self.dataset or self.degraded):
            raise UsageError(
                "nothing to evaluate",
                expected="--pred and --gt, or --model with --data or --degraded",
            )
        self._check_input()

    def _check_input(self) -> None:
        """Refuse an input that is told twice, or for nobody."""
        told = {
            "--sigma": self.sigma,
            "--kernel": self.kernel,
            "--degradation": self.degradation is not None,
        }
        options = [name for name, value in told.items() if value]
        if self.predicted and options:
            raise UsageError(f"{options[0]} is for models: results are measured as they are")
        if self.degradation is not None and len(options) > 1:
            raise UsageError(f"{options[0]} is told by --degradation already", hint="drop it")
        if self.degradation is not None and self.degraded:
            raise UsageError("--degradation makes what --degraded has already", hint="drop one")
        if self.degradation is not None and self.measures.task == "sr":
            raise UsageError("--degradation is for deblur and denoise", hint="--scale, --kernel")
        if self.degraded and self.dataset:
            raise UsageError("--degraded belongs to --data", got="--dataset")
        if self.degraded and not self.data:
            self._check_needs_no_truth()

    def _check_needs_no_truth(self) -> None:
        needy = [it.name for it in self.measures.chosen_metrics() if it.needs_reference]
        if needy:
            raise UsageError(
                f"{needy[0]} compares with the true picture",
                expected="--data with the truth of --degraded",
                hint="--metric sharpness and --metric seam need none",
            )

    @property
    def places(self) -> tuple[str, ...]:
        """Every folder and photo that is named."""
        return (*self.predicted, *filter(None, (self.reference, self.data, self.degraded)))


def evaluate(
    request: Request,
    *,
    weights: WeightsOptions | None = None,
    devices: DeviceOptions | None = None,
    listeners: Listeners | None = None,
) -> Evaluation:
    """Measure what is asked for; see :func:`restorekit.evaluation.runner.measure_models`.

    Raises:
        UsageError: What is asked for cannot be meant.
        PhotoError: A folder or a data set is not there, or holds no photo.
        WeightsError: Weights cannot be had.
        DeviceError: The device is not there.
    """
    measures = request.measures
    if request.predicted:
        return measure_pairs(
            request.predicted,
            request.reference or "",
            measures,
            recursive=request.recursive,
            weights=weights,
            listeners=listeners,
        )
    chosen = _chosen(request)
    found = measure_models(
        request.models,
        chosen.photos,
        measures,
        chosen.inputs,
        weights=weights,
        devices=devices,
        listeners=listeners,
    )
    return dataclasses.replace(
        found,
        data=chosen.told,
        faults=(*found.faults, *chosen.faults),
        without_reference=chosen.without_reference,
        without_prediction=chosen.without_input,
    )


class _Chosen(NamedTuple):
    """What is restored, and to what."""

    photos: Mapping[str, Path]
    """The references by name."""
    inputs: Inputs
    told: str
    """What they are, in a sentence."""
    faults: Sequence[str] = ()
    """What is wrong with them."""
    without_reference: tuple[str, ...] = ()
    without_input: tuple[str, ...] = ()


def _chosen(request: Request) -> _Chosen:
    """The photos of a folder, of two that are pairs, or of a set by name."""
    if request.degraded is not None:
        return _paired(request, request.degraded)
    if request.dataset is not None:
        return _from_set(request, request.dataset)
    _check_name(request.data or "")
    photos = named_photos(request.data or "", recursive=request.recursive)
    known = recognised(photos)
    told = known.sentence() if known else f"photos of {request.data}"
    return _Chosen(photos, _made(request, photos), told)


def _paired(request: Request, degraded: str) -> _Chosen:
    """Input that is there, with its truth or without."""
    if request.data is None:
        photos = named_photos(degraded, recursive=request.recursive)
        return _Chosen(photos, _given(request, photos), f"photos of {degraded}, without truth")
    found = find_pairs(degraded, request.data, recursive=request.recursive)
    return _Chosen(
        {it.name: it.reference for it in found.pairs},
        _given(request, {it.name: it.predicted for it in found.pairs}),
        f"{degraded} against {request.data}",
        without_reference=tuple(map(str, found.without_reference)),
        without_input=tuple(map(str, found.without_prediction)),
    )


def _from_set(request: Request, dataset: str) -> _Chosen:
    """A set by name; where it has degraded photos and nothing else is asked for, those."""
    copy = find_dataset(dataset, Path(request.data) if request.data else None)
    told = copy.sentence()
    faults = [] if copy.is_sound else [told]
    if not copy.degraded or request.sigma or request.kernel or request.degradation:
        return _Chosen(copy.photos, _made(request, copy.photos), told, faults)
    photos: dict[str, Path] = {}
    degraded: dict[str, Path] = {}
    for truth, paths in copy.degraded.items():
        for path in paths:
            name = truth if len(paths) == 1 else path.stem
            photos[name], degraded[name] = copy.photos[truth], path
    return _Chosen(photos, _given(request, degraded), told, faults)


def _given(request: Request, degraded: Mapping[str, Path]) -> Given:
    scale = request.measures.scale or 1
    return Given(degraded, scale, request.kernel, request.sigma or None)


def _made(request: Request, photos: Mapping[str, Path]) -> Inputs:
    """The input that is made from the references."""
    measures, chain = request.measures, request.degradation
    if chain is None and measures.task == "deblur" and not request.kernel:
        chain = f"mixed_blur({request.sigma or LITTLE_NOISE:g})"
    if chain is not None:
        return Chained(chain, photos, measures.seed)
    return Degradation(
        measures.scale or 1,
        request.sigma,
        measures.seed,
        rounded=measures.task != "denoise",
        kernel=request.kernel,
    )


def _check_name(data: str) -> None:
    """Tell whoever names a set where a folder is expected.

    Raises:
        PhotoError: There is a set of this name, and no such folder.
    """
    if not Path(data).exists() and spelled(data) in {spelled(it.name) for it in datasets()}:
        raise PhotoError(f"{data}: no such file or folder", hint=f"--dataset {data} for the set")

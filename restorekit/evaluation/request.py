"""What a person asks to be evaluated: results that are there, or models on photos."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.pairs import named_photos
from restorekit.errors import PhotoError, UsageError
from restorekit.evaluation.datasets.finding import find_dataset, recognised
from restorekit.evaluation.datasets.manifest import datasets, spelled
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.runner import measure_models, measure_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from restorekit.evaluation.measures import Measures
    from restorekit.evaluation.result import Evaluation
    from restorekit.evaluation.trial import Listeners
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions


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
    dataset: str | None = None
    """A name of ``restorekit datasets list``."""
    sigma: float = 0
    """Of the noise that is added to the models' input, in levels of 255."""
    kernel: str | None = None
    """The blur of the models' input before it is made smaller; see ``--kernel`` of ``sr``."""
    recursive: bool = False

    def __post_init__(self) -> None:
        if bool(self.predicted) != bool(self.reference):
            raise UsageError("--pred and --gt belong together", got="one of them")
        if self.predicted and (self.data or self.dataset or self.models):
            raise UsageError(
                "--pred, and --data, --dataset or --model",
                expected="results that are there, or models that make them",
                hint="drop one",
            )
        if not self.predicted and not self.data and not self.dataset:
            raise UsageError(
                "nothing to evaluate",
                expected="--pred and --gt, or --task sr with --model, --scale and --data",
            )
        if self.predicted and (self.sigma or self.kernel):
            option = "--sigma" if self.sigma else "--kernel"
            raise UsageError(f"{option} is for models: results are measured as they are")

    @property
    def places(self) -> tuple[str, ...]:
        """Every folder and photo that is named."""
        return (*self.predicted, *filter(None, (self.reference, self.data)))


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
    photos, told, faults = _photos(request)
    found = measure_models(
        request.models,
        photos,
        measures,
        _degradation(request),
        weights=weights,
        devices=devices,
        listeners=listeners,
    )
    return dataclasses.replace(found, data=told, faults=(*found.faults, *faults))


def _degradation(request: Request) -> Degradation:
    measures = request.measures
    rounded = measures.task != "denoise"
    return Degradation(
        measures.scale or 1,
        request.sigma,
        measures.seed,
        rounded=rounded,
        kernel=request.kernel,
    )


def _check_name(data: str) -> None:
    """Tell whoever names a set where a folder is expected.

    Raises:
        PhotoError: There is a set of this name, and no such folder.
    """
    if not Path(data).exists() and spelled(data) in {spelled(it.name) for it in datasets()}:
        raise PhotoError(f"{data}: no such file or folder", hint=f"--dataset {data} for the set")


def _photos(request: Request) -> tuple[Mapping[str, Path], str | None, list[str]]:
    """The references by name, what set they are in a sentence, and what is wrong with it."""
    if request.dataset is None:
        _check_name(request.data or "")
        photos = named_photos(request.data or "", recursive=request.recursive)
        known = recognised(photos)
        return photos, known.sentence() if known else f"photos of {request.data}", []
    copy = find_dataset(request.dataset, Path(request.data) if request.data else None)
    told = copy.sentence()
    return copy.photos, told, [] if copy.is_sound else [told]

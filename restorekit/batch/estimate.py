"""What a batch would do, cost and need: the answer to ``--dry-run``. Writes nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from restorekit.batch.events import Failed
from restorekit.batch.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from restorekit.batch.jobs import Job, Plan
    from restorekit.contracts import Size


class Prediction(NamedTuple):
    """What one photo will need."""

    result_size: Size
    tiles: int
    memory: int
    """Bytes of main memory."""
    seconds: float | None
    """On one device; None: only the work itself tells."""
    file_bytes: int
    """Of the result on disk."""


@dataclass(frozen=True)
class Forecast:
    """One photo that would be restored."""

    job: Job
    size: Size
    prediction: Prediction


@dataclass(frozen=True)
class Disk:
    """A file system that results go to."""

    folder: Path
    """A folder on it that exists."""
    needed: int
    """Bytes of all results."""
    free: int
    """Bytes that are free now."""

    @property
    def suffices(self) -> bool:
        """Whether the results fit."""
        return self.needed <= self.free


@dataclass(frozen=True)
class Estimate:
    """A batch before it is run."""

    forecasts: tuple[Forecast, ...]
    skipped: tuple[Job, ...]
    """Done before, and to be kept."""
    failed: tuple[Failed, ...]
    """What is known to fail: names that stand for nothing, broken headers, targets in the way."""
    disks: tuple[Disk, ...]
    workers: int

    @property
    def tiles(self) -> int:
        """Of all photos."""
        return sum(it.prediction.tiles for it in self.forecasts)

    @property
    def seconds(self) -> float | None:
        """For the whole batch: the work shared by all devices, but no shorter than one photo."""
        each = [it.prediction.seconds or 0.0 for it in self.forecasts]
        if any(it.prediction.seconds is None for it in self.forecasts):
            return None
        return max(sum(each) / self.workers, max(each, default=0.0))

    @property
    def memory(self) -> int:
        """Bytes of main memory that the largest photo needs."""
        return max((it.prediction.memory for it in self.forecasts), default=0)


def estimate(
    plan: Plan,
    *,
    measure: Callable[[Path], Size],
    predict: Callable[[Path, Size], Prediction],
    options: str,
    workers: int = 1,
    resume: bool = False,
    overwrite: bool = False,
) -> Estimate:
    """Foretell what ``run`` would do with the same plan and options.

    A photo from standard input cannot be foretold and is left out.

    Args:
        plan: What becomes what.
        measure: The size of a photo, from the file's header alone.
        predict: What a photo of this path and size will need.
        options: As for ``run``.
        workers: How many devices share the work.
        resume: As for ``run``.
        overwrite: As for ``run``.
    """
    ledger = Ledger(plan.jobs, options=options, resume=resume, overwrite=overwrite)
    forecasts: list[Forecast] = []
    skipped: list[Job] = []
    failed = list(plan.failed)
    for job in plan.jobs:
        if job.source is None:
            continue
        try:
            if ledger.is_done(job):
                skipped.append(job)
                continue
            ledger.check(job)
            size = measure(job.source)
            forecasts.append(Forecast(job, size, predict(job.source, size)))
        except Exception as error:  # noqa: BLE001 - as in a run, it is the failure of this photo
            failed.append(Failed.because(job.source, error))
    disks = _disks(forecasts)
    return Estimate(tuple(forecasts), tuple(skipped), tuple(failed), disks, workers)


def _disks(forecasts: Sequence[Forecast]) -> tuple[Disk, ...]:
    needed: dict[Path, int] = {}
    for forecast in forecasts:
        if forecast.job.target is not None:
            folder = forecast.job.target.parent
            needed[folder] = needed.get(folder, 0) + forecast.prediction.file_bytes
    by_device: dict[int, Disk] = {}
    for folder, size in needed.items():
        place = _existing(folder)
        device = place.stat().st_dev
        before = by_device.get(device, Disk(place, 0, shutil.disk_usage(place).free))
        by_device[device] = Disk(before.folder, before.needed + size, before.free)
    return tuple(by_device.values())


def _existing(folder: Path) -> Path:
    """The folder itself or the nearest one above that exists."""
    absolute = folder.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.exists())

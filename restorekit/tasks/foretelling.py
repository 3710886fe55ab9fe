"""What restoring photos will take, before it is done: the answer to ``--dry-run``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.batch.estimate import Estimate, Prediction, estimate
from restorekit.contracts import InternalLearner, Reducing, Size
from restorekit.errors import UsageError
from restorekit.tasks.photo_files import fingerprint_of, measure, memory_needed, plan_photos
from restorekit.tasks.running import made_ready
from restorekit.zoo.events import OnEvent, unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from restorekit.batch.events import Event
    from restorekit.contracts import Restorer
    from restorekit.tasks.file_options import FileOptions
    from restorekit.tasks.running import PhotoTask

PROBE = Size(192, 192)
"""The picture whose restoration is timed to foretell that of others."""


def foretell_photos(
    inputs: Sequence[str],
    task: PhotoTask,
    files: FileOptions,
    *,
    on_event: Callable[[Event], None] = lambda _: None,
    on_weights: OnEvent = unheard,
) -> Estimate:
    """What ``restore_photos`` would do, and need, with the same arguments; writes nothing.

    Of the events it has one: what would restore.

    Raises:
        UsageError: As ``restore_photos``, and for standard input, which tells no size beforehand.
    """
    from restorekit.images.restored import suited, taken_size

    job = task.job(on_weights)
    photos = plan_photos(inputs, job.suffix, files)
    if any(it.source is None for it in photos.jobs):
        raise UsageError("what standard input holds cannot be foretold", hint="name a file")
    job, loaded = made_ready(job, photos, on_event)
    clock = _Clock()

    def predict(path: Path, size: Size) -> Prediction:
        result = job.result_size(size)
        restorer = suited(loaded.restorers[0], size, result)
        taken = taken_size(size, result, restorer)
        seconds_per_pixel = clock.seconds_per_pixel(restorer)
        worked = restorer.work_size(taken) if isinstance(restorer, Reducing) else taken
        growth = result.height * result.width / (size.height * size.width)
        return Prediction(
            result_size=result,
            tiles=restorer.tiles(taken),
            memory=memory_needed(taken, result),
            seconds=seconds_per_pixel and seconds_per_pixel * worked.height * worked.width,
            file_bytes=int(path.stat().st_size * growth),
        )

    return estimate(
        photos,
        measure=measure,
        predict=predict,
        options=fingerprint_of(files, job.identified(loaded)),
        workers=len(loaded.restorers),
        resume=files.resume,
        overwrite=files.overwrite,
    )


class _Clock:
    """Times restorers, once for each scale."""

    def __init__(self) -> None:
        self._found: dict[int, float | None] = {}

    def seconds_per_pixel(self, restorer: Restorer) -> float | None:
        """None for what learns inside the photo: how long depends on what there is to learn."""
        if restorer.scale not in self._found:
            learns = isinstance(restorer, InternalLearner)
            self._found[restorer.scale] = None if learns else _timed(restorer)
        return self._found[restorer.scale]


def _timed(restorer: Restorer) -> float:
    """Seconds a pixel, from the second of two runs: the first also warms up."""
    import time

    import numpy as np

    # Detail everywhere: where there is none, some methods have nothing to do.
    picture = np.random.default_rng(0).random((*PROBE, 3), np.float32)
    began = 0.0
    for _ in range(2):
        began = time.perf_counter()
        for _band in restorer.bands(picture):
            pass
    return (time.perf_counter() - began) / (PROBE.height * PROBE.width)

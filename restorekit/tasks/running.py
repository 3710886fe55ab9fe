"""Many photos through one restorer: what every task does with the files it is given."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from restorekit.batch.events import Event
from restorekit.batch.run import Report, run
from restorekit.batch.stages import Stages
from restorekit.contracts import Size
from restorekit.images.formats import bits_of, check_size, output_format
from restorekit.tasks.photo_files import (
    MEMORY_SHARE,
    Restored,
    fingerprint_of,
    load,
    measure,
    memory_needed,
    plan_photos,
    save,
)
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.families import Family
from restorekit.zoo.restorers import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.batch.jobs import Plan
    from restorekit.contracts import Finishing, Image, OnTile, Pixels, Restorer
    from restorekit.images.photo import Photo
    from restorekit.tasks.file_options import FileOptions

NOTHING = Loaded((), "", {})
"""Serves where no input stands for a photo: nobody waits for weights to hear that."""


@dataclass(frozen=True)
class Ready(Event):
    """The restorer is loaded; what it is and where it runs."""

    kind: ClassVar[str] = "ready"
    description: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """The description's own keys."""
        return {"event": self.kind, **self.description}


@dataclass(frozen=True)
class Job:
    """What is to be done with every photo.

    A task makes one of these from its own options.
    """

    load: Callable[[], Loaded]
    """Called once it is known that there is a photo: weights may be a long download."""
    result_size: Callable[[Size], Size]
    finishing: Finishing
    suffix: str
    """Marks a result that lies beside its photo, such as ``_x4``."""
    options: dict[str, object]
    """All that decides the pixels, but for the weights and the format: JSON values."""
    restores_transparency: bool = True
    """Whether transparency is restored too; else it must keep its size, and is left as it is."""
    judge: Callable[[Photo, Pixels], str] | None = None
    """Says in a line what changed; None: nothing is said."""
    color_locked: frozenset[str] = frozenset()
    """Networks that shift colours: theirs are held, unless the finishing says otherwise."""

    def settled(self, loaded: Loaded) -> Job:
        """The same, what depends on the network decided."""
        if self.finishing.color_lock is not None:
            return self
        held = any(it.name in self.color_locked for it in loaded.restorers)
        return replace(self, finishing=replace(self.finishing, color_lock=held))

    def identified(self, loaded: Loaded) -> dict[str, object]:
        """All that decides the pixels, but for the format: JSON values."""
        finishing = asdict(self.finishing)
        return {**self.options, "finishing": finishing, "weights": loaded.identity}


class PhotoTask(Protocol):
    """The options of a task, such as :class:`restorekit.Denoising`."""

    def job(self, on_event: OnEvent = unheard) -> Job:
        """What is to be done with every photo.

        Args:
            on_event: Told of downloads, and of what goes another way than it was asked for.
        """
        ...


def made_ready(job: Job, photos: Plan, on_event: Callable[[Event], None]) -> tuple[Job, Loaded]:
    """What restores ``photos``, told as :class:`Ready`, and the job with all that depends on it."""
    loaded = job.load() if photos.jobs else NOTHING
    if photos.jobs:
        on_event(Ready(loaded.description))
    return job.settled(loaded), loaded


def restore_photos(
    inputs: Sequence[str],
    task: PhotoTask,
    files: FileOptions,
    *,
    stdin: Callable[[], bytes],
    stdout: Callable[[bytes], object],
    on_event: Callable[[Event], None],
    on_weights: OnEvent = unheard,
) -> Report:
    """Restore every photo among ``inputs``; one that fails does not stop the others.

    Args:
        inputs: Files, folders, globs, or ``-`` for standard input.
        task: What is to be done with them.
        files: Which files become which.
        stdin: Gives the content of standard input.
        stdout: Takes the content for standard output.
        on_event: Told what happens to the photos.
        on_weights: Told of downloads.

    Raises:
        UsageError: Options that cannot be meant, or inputs and output that do not suit each other.
        WeightsError: The weights cannot be had.
        DeviceError: The device is not there.
        OutputError: A journal cannot be read.
    """
    import psutil

    job = task.job(on_weights)
    photos = plan_photos(inputs, job.suffix, files)
    job, loaded = made_ready(job, photos, on_event)
    stages = Stages(
        measure=measure,
        load=lambda path: load(path, stdin),
        workers=[_worker(restorer, job, files) for restorer in loaded.restorers],
        save=lambda result, target: save(result, target, files, stdout),
        memory=lambda size: _memory(size, job.result_size(size), loaded),
    )
    return run(
        photos,
        stages,
        options=fingerprint_of(files, job.identified(loaded)),
        memory_limit=int(psutil.virtual_memory().available * MEMORY_SHARE),
        resume=files.resume,
        overwrite=files.overwrite,
        fail_fast=files.fail_fast,
        on_event=on_event,
    )


def restore_array(image: Image, task: PhotoTask, on_event: OnEvent = unheard) -> Image:
    """One picture, restored as photos are.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        task: What is to be done.
        on_event: Told of downloads, and of what goes another way than it was asked for.

    Returns:
        float32 in ``[0, 1]``, with the channels of ``image``.

    Raises:
        UsageError: An array of another shape or dtype.
    """
    import numpy as np

    from restorekit.images.checking import check_image
    from restorekit.images.restored import restored_bands

    check_image(image)
    job = task.job(on_event)
    loaded = job.load()
    size = job.result_size(Size(image.shape[0], image.shape[1]))
    finishing = job.settled(loaded).finishing
    bands = restored_bands(image, loaded.restorers[0], size, finishing=finishing)
    return np.concatenate([rows for _, rows in bands])


def _memory(size: Size, result: Size, loaded: Loaded) -> int:
    from restorekit.images.restored import taken_size

    taken = (taken_size(size, result, it) for it in loaded.restorers[:1])
    return memory_needed(next(taken, size), result)


def _worker(
    restorer: Restorer, job: Job, files: FileOptions
) -> Callable[[Photo, OnTile], Restored]:
    def restore(photo: Photo, on_tile: OnTile) -> Restored:
        from restorekit.images.restored import suited, too_small
        from restorekit.tasks.restoring import Restoration, prepared_for

        written = output_format(photo.encoding, files.chosen_format())
        size = job.result_size(photo.size)
        check_size(written, size, photo.name)  # before the work, not after it
        chosen, notes = restorer, ()
        if too_small(photo.size, size, restorer):
            notes = ("too small to be restored: resized alone",)
        elif job.finishing.strength:
            # What is found out about a photo depends on how far it is enlarged.
            chosen, notes = prepared_for(suited(restorer, photo.size, size), photo)
            if isinstance(restorer, Family):
                notes = (*notes, f"by {chosen.name}")
        restoration = Restoration(
            photo,
            chosen,
            size=size,
            bits=bits_of(written, photo.encoding.bits),
            finishing=job.finishing,
            restores_transparency=job.restores_transparency,
        )
        pixels = restoration.run(on_tile)
        judged = () if job.judge is None else (job.judge(photo, pixels),)
        return Restored(photo, pixels, (*notes, *judged))

    return restore

"""Many photos through one restorer: what every task does with the files it is given."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from restorekit import __version__
from restorekit.batch.estimate import Estimate, Prediction, estimate
from restorekit.batch.events import Event
from restorekit.batch.journal import fingerprint
from restorekit.batch.plan import plan
from restorekit.batch.run import Report, run
from restorekit.batch.stages import Saved, Stages
from restorekit.contracts import Size
from restorekit.errors import OutputError, UsageError
from restorekit.images.formats import FORMATS, bits_of, check_size, output_format, suffix_of
from restorekit.zoo.restorers import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from restorekit.batch.jobs import Plan
    from restorekit.contracts import OnTile, Pixels, Restorer
    from restorekit.images.photo import Photo
    from restorekit.tasks.file_options import FileOptions

MEMORY_SHARE = 0.5
"""Of the free main memory that photos in flight may hold."""
PROBE = Size(192, 192)
"""The picture whose restoration is timed to foretell that of others."""
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
class Restored:
    """A photo's result on its way to the file."""

    photo: Photo
    pixels: Pixels
    notes: tuple[str, ...] = ()
    """What was found on the way, one line each."""


@dataclass(frozen=True)
class Job:
    """What is to be done with every photo.

    A task makes one of these from its own options and hands it to ``restore_photos``.
    """

    load: Callable[[], Loaded]
    """Called once it is known that there is a photo: weights may be a long download."""
    result_size: Callable[[Size], Size]
    strength: float
    suffix: str
    """Marks a result that lies beside its photo, such as ``_x4``."""
    options: dict[str, object]
    """All that decides the pixels, but for the weights and the format: JSON values."""
    restores_transparency: bool = True
    """Whether transparency is restored too; else it must keep its size, and is left as it is."""


def restore_photos(
    inputs: Sequence[str],
    job: Job,
    files: FileOptions,
    *,
    stdin: Callable[[], bytes],
    stdout: Callable[[bytes], object],
    on_event: Callable[[Event], None],
) -> Report:
    """Restore every photo among ``inputs``.

    Raises:
        UsageError: The inputs and the output do not suit each other.
        OutputError: A journal cannot be read.
    """
    import psutil

    photos = plan_photos(inputs, job, files)
    loaded = job.load() if photos.jobs else NOTHING
    if photos.jobs:
        on_event(Ready(loaded.description))
    stages = Stages(
        measure=_measure,
        load=lambda path: _load(path, stdin),
        workers=[_worker(restorer, job, files) for restorer in loaded.restorers],
        save=lambda result, target: _save(result, target, files, stdout),
        memory=lambda size: _memory(size, job.result_size(size), loaded),
    )
    return run(
        photos,
        stages,
        options=_fingerprint(job, files, loaded),
        memory_limit=int(psutil.virtual_memory().available * MEMORY_SHARE),
        resume=files.resume,
        overwrite=files.overwrite,
        fail_fast=files.fail_fast,
        on_event=on_event,
    )


def foretell_photos(inputs: Sequence[str], job: Job, files: FileOptions) -> Estimate:
    """What ``restore_photos`` would do, and need, with the same arguments; writes nothing.

    Raises:
        UsageError: As ``restore_photos``, and for standard input, which tells no size beforehand.
    """
    photos = plan_photos(inputs, job, files)
    if any(it.source is None for it in photos.jobs):
        raise UsageError("what standard input holds cannot be foretold", hint="name a file")
    from restorekit.images.restored import taken_size

    loaded = job.load() if photos.jobs else NOTHING
    restorer = next(iter(loaded.restorers), None)
    seconds_per_pixel = _timed(restorer) if restorer else 0.0

    def predict(path: Path, size: Size) -> Prediction:
        result = job.result_size(size)
        taken = taken_size(size, result, restorer) if restorer else size
        growth = result.height * result.width / (size.height * size.width)
        return Prediction(
            result_size=result,
            tiles=restorer.tiles(taken) if restorer else 0,
            memory=memory_needed(taken, result),
            seconds=seconds_per_pixel * taken.height * taken.width,
            file_bytes=int(path.stat().st_size * growth),
        )

    return estimate(
        photos,
        measure=_measure,
        predict=predict,
        options=_fingerprint(job, files, loaded),
        workers=len(loaded.restorers),
        resume=files.resume,
        overwrite=files.overwrite,
    )


def plan_photos(inputs: Sequence[str], job: Job, files: FileOptions) -> Plan:
    """Which photo becomes which file."""
    chosen = files.chosen_format()

    def suffix_for(path: Path) -> str:
        if chosen is not None:
            return suffix_of(chosen)
        heif = path.suffix.lower() in FORMATS["heif"].suffixes
        return suffix_of("jpeg") if heif else path.suffix

    return plan(
        inputs,
        output=files.output,
        suffix=job.suffix,
        suffix_for=suffix_for,
        recursive=files.recursive,
    )


def _memory(size: Size, result: Size, loaded: Loaded) -> int:
    from restorekit.images.restored import taken_size

    taken = (taken_size(size, result, it) for it in loaded.restorers[:1])
    return memory_needed(next(taken, size), result)


def memory_needed(size: Size, result: Size) -> int:
    """Bytes of main memory that a photo takes: float in, integers out, and the encoder's copy."""
    return 16 * size.height * size.width + 11 * result.height * result.width


def _fingerprint(job: Job, files: FileOptions, loaded: Loaded) -> str:
    kept = dataclasses.asdict(files)
    for name in ("output", "recursive", "overwrite", "resume", "fail_fast"):
        kept.pop(name)
    kept["format"] = files.chosen_format()
    return fingerprint(
        {
            **kept,
            **job.options,
            "strength": job.strength,
            "weights": loaded.identity,
            "version": __version__,
        }
    )


def _measure(path: Path) -> Size:
    from restorekit.images.measuring import measure

    return measure(path, name=str(path))


def _load(path: Path | None, stdin: Callable[[], bytes]) -> Photo:
    from restorekit.images.reading import read

    return read(stdin()) if path is None else read(path, name=str(path))


def _worker(
    restorer: Restorer, job: Job, files: FileOptions
) -> Callable[[Photo, OnTile], Restored]:
    def restore(photo: Photo, on_tile: OnTile) -> Restored:
        from restorekit.tasks.restoring import Restoration, told_the_noise

        written = output_format(photo.encoding, files.chosen_format())
        size = job.result_size(photo.size)
        check_size(written, size, photo.name)  # before the work, not after it
        chosen, notes = told_the_noise(restorer, photo)
        restoration = Restoration(
            photo,
            chosen,
            size=size,
            bits=bits_of(written, photo.encoding.bits),
            strength=job.strength,
            restores_transparency=job.restores_transparency,
        )
        return Restored(photo, restoration.run(on_tile), notes)

    return restore


def _save(
    result: Restored, target: Path | None, files: FileOptions, stdout: Callable[[bytes], object]
) -> Saved:
    from restorekit.images.writing import encode, write

    photo, pixels = result.photo, result.pixels
    chosen, strip = files.chosen_format(), files.strip_metadata
    size = Size(pixels.shape[0], pixels.shape[1])
    if target is None:
        data, notes = encode(
            pixels, photo, format=chosen, quality=files.quality, strip_metadata=strip
        )
        stdout(data)
    else:
        _make_folder(target.parent)
        notes = write(
            target,
            pixels,
            photo,
            format=chosen,
            quality=files.quality,
            strip_metadata=strip,
            overwrite=files.overwrite or files.resume,
        )
        kind = output_format(photo.encoding, chosen)
        if target.suffix.lower() not in FORMATS[kind].suffixes:
            notes = (*notes, f"a {kind.upper()}, as the photo is, whatever the name says")
    return Saved(size, (*photo.notes, *result.notes, *notes))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder for the results cannot be made",
            got=error.strerror or str(error),
            hint="name another with -o",
        ) from error


def _timed(restorer: Restorer) -> float:
    """Seconds a pixel, from the second of two runs: the first also warms up."""
    import time

    import numpy as np

    picture = np.zeros((*PROBE, 3), np.float32)
    began = 0.0
    for _ in range(2):
        began = time.perf_counter()
        for _band in restorer.bands(picture):
            pass
    return (time.perf_counter() - began) / (PROBE.height * PROBE.width)

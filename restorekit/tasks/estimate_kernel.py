"""Kernel estimation: by what blur a photo lost its sharpness, or its pixels."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, get_args

from restorekit.batch.events import Failed
from restorekit.batch.plan import plan
from restorekit.batch.run import Report, run
from restorekit.batch.stages import Saved, Stages
from restorekit.contracts import BlurKind, Cells, KernelEstimate, KernelMapEstimate, Size
from restorekit.errors import OutputError, PhotoError, UsageError
from restorekit.tasks.photo_files import (
    MEMORY_SHARE,
    fingerprint_of,
    load,
    make_folder,
    measure,
    memory_needed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from restorekit.batch.events import Event
    from restorekit.batch.jobs import Job, Plan
    from restorekit.contracts import Image, KernelEstimator, OnTile
    from restorekit.images.photo import Photo
    from restorekit.tasks.file_options import FileOptions

METHODS: dict[BlurKind, str] = {
    "motion": "consensus",
    "defocus": "defocus",
    "downscale": "kernelgan",
}
"""What serves for each kind of blur where no method is named."""


LARGEST = 71
"""Side of a kernel in pixels: what is wider is seldom found."""


@dataclass(frozen=True)
class KernelEstimation:
    """Which blur is looked for, and how.

    Raises:
        UsageError: Options that cannot be meant, or not together.
    """

    kind: BlurKind | None = None
    """``motion``: the camera shook; ``defocus``: it was out of focus; ``downscale``: the photo was
    made smaller, which super-resolution undoes; None: the method's, or motion."""
    method: str | None = None
    """A name in ``restorekit.kernel_estimation``; None: the one for the kind."""
    size: int | None = None
    """Side in pixels, odd, of the square in which the kernel is looked for; None: found."""
    scale: int | None = None
    """How many times smaller the photo was made, for ``downscale``; None: 2."""
    seeds: int | None = None
    """How many attempts learn side by side, for methods that learn; None: their own number."""
    grid: Cells | None = None
    """Rows and columns of cells that have a kernel each; None: one for the whole photo."""

    def __post_init__(self) -> None:
        if self.kind not in {None, *get_args(BlurKind)}:
            raise UsageError("--kind", expected=", ".join(get_args(BlurKind)), got=str(self.kind))
        if self.scale is not None and self.kind in {"motion", "defocus"}:
            raise UsageError("--scale is for --kind downscale", got=f"--kind {self.kind}")
        if self.scale not in {None, 2, 4}:
            raise UsageError("--scale", expected="2 or 4", got=str(self.scale))
        if self.size is not None and not (3 <= self.size <= LARGEST and self.size % 2):
            got = str(self.size)
            raise UsageError("--size", expected=f"an odd number from 3 to {LARGEST}", got=got)
        if self.seeds is not None and self.seeds < 1:
            raise UsageError("--seeds", expected="1 or more", got=str(self.seeds))

    def estimator(self) -> KernelEstimator:
        """The method, with all that it is told.

        Raises:
            UnknownNameError: There is none of that name.
            UsageError: It cannot be told that.
        """
        from restorekit.contracts import LearnedKernel, SizedKernel
        from restorekit.kernel_estimation import ESTIMATORS
        from restorekit.kernel_estimation._grid import check_grid

        found = ESTIMATORS[self.method or METHODS[self.kind or "motion"]]
        if self.grid is not None:
            check_grid(self.grid, found)
        if self.kind not in {None, found.kind}:
            raise UsageError(f"{found.name} is for --kind {found.kind}", got=f"--kind {self.kind}")
        if self.size is not None:
            if not isinstance(found, SizedKernel):
                raise UsageError(f"{found.name} takes no size", hint="leave out --size")
            found = found.with_size(self.size)
        if isinstance(found, LearnedKernel):
            found = found.at_scale(self.scale or 2)
            return found if self.seeds is None else found.with_seeds(tuple(range(self.seeds)))
        if self.seeds is not None or self.scale is not None:
            option = "--seeds" if self.scale is None else "--scale"
            raise UsageError(f"{found.name} learns nothing", hint=f"leave out {option}")
        return found


class Found(NamedTuple):
    """A photo's kernel on its way to the files."""

    photo: Photo
    estimate: KernelEstimate | KernelMapEstimate


def estimate_kernel(
    image: Image, options: KernelEstimation | None = None, *, on_tile: OnTile | None = None
) -> KernelEstimate:
    """The kernel by which ``image`` was blurred.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        options: Which blur is looked for, and how.
        on_tile: Told how much is done, and of how much.

    Raises:
        UsageError: Options that cannot be meant, an array of another shape or dtype, or a photo
            that is too small; a grid, for which :func:`estimate_kernel_map` is.
    """
    from restorekit.images.checking import check_image

    check_image(image)
    options = options or KernelEstimation()
    if options.grid is not None:
        raise UsageError("a grid has many kernels", hint="estimate_kernel_map finds them")
    return options.estimator().estimate(image, on_tile=on_tile)


def estimate_kernel_map(
    image: Image, options: KernelEstimation, *, on_tile: OnTile | None = None
) -> KernelMapEstimate:
    """The kernels by which the cells of ``image`` were blurred.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        options: Which blur is looked for, and how; without a grid there is one cell.
        on_tile: Told how many cells are done, and of how many.

    Raises:
        UsageError: As :func:`estimate_kernel`.
    """
    from restorekit.images.checking import check_image
    from restorekit.kernel_estimation._grid import estimate_map

    check_image(image)
    cells = options.grid or Cells(1, 1)
    return estimate_map(options.estimator(), image, cells, on_tile=on_tile)


def estimate_kernels(
    inputs: Sequence[str],
    options: KernelEstimation,
    files: FileOptions,
    *,
    stdin: Callable[[], bytes],
    on_event: Callable[[Event], None],
) -> Report:
    """Write the kernel of every photo among ``inputs``, and a plot of it; no photo is changed.

    Of ``photo.jpg`` they are ``photo_kernel.npy``, ``.mat`` and ``.png``, and
    ``photo_kernel_plot.png``. With a grid the arrays are ``(rows, columns, n, n)``, and both
    pictures show the kernels side by side.

    Args:
        inputs: Files, folders, globs, or ``-``.
        options: Which blur is looked for, and how.
        files: Where the files go.
        stdin: Reads all of standard input, once.
        on_event: Told what happens; what was found is told with the photo that is done.

    Raises:
        UsageError: Options that cannot be meant.
        OutputError: A journal cannot be read.
    """
    import psutil

    estimator = options.estimator()
    photos = plan(
        inputs,
        output=files.output,
        suffix="_kernel",
        suffix_for=lambda _: ".npy",
        recursive=files.recursive,
        check_suffix=_check_suffix,
    )
    photos = _spared(photos, overwrite=files.overwrite)
    stages = Stages(
        measure=measure,
        load=lambda path: load(path, stdin),
        workers=[lambda photo, on_tile: _found(photo, options, on_tile)],
        save=lambda found, target: _save(found, target, estimator.kind),
        memory=lambda size: memory_needed(size, size),
    )
    return run(
        photos,
        stages,
        options=fingerprint_of(files, {"task": "kernel-estimate", **asdict(options)}),
        memory_limit=int(psutil.virtual_memory().available * MEMORY_SHARE),
        resume=files.resume,
        overwrite=files.overwrite,
        fail_fast=files.fail_fast,
        on_event=on_event,
    )


def _found(photo: Photo, options: KernelEstimation, on_tile: OnTile) -> Found:
    find = estimate_kernel if options.grid is None else estimate_kernel_map
    try:
        return Found(photo, find(photo.color, options, on_tile=on_tile))
    except UsageError as error:  # the options were checked before: it is this photo's
        raise PhotoError(f"{photo.name}: {error}") from error


def _check_suffix(suffix: str) -> None:
    if suffix.lower() != ".npy":
        raise UsageError("the file of a kernel", expected="a name that ends in .npy", got=suffix)


def _file(target: Path | None) -> Path:
    if target is None:
        raise UsageError("kernels are several files", hint="name a file or a folder with -o")
    return target


def _spared(photos: Plan, *, overwrite: bool) -> Plan:
    """The plan without the photos whose kernel would replace a file that is no kernel of theirs.

    Raises:
        UsageError: Standard output for several files, or a photo itself would be replaced.
    """
    from restorekit.images.kernel_writing import files_beside

    sources = {job.source.resolve() for job in photos.jobs if job.source}
    kept: list[Job] = []
    failed = list(photos.failed)
    for job in photos.jobs:
        target = _file(job.target)
        beside = files_beside(target)
        for path in beside:
            if path.resolve() in sources:
                hint = "name another file or folder with -o"
                raise UsageError(f"{path}: a photo would be replaced", hint=hint)
        taken = next((it for it in beside if it.exists()), None)
        # Where the .npy is there, the others are its own, or it is refused with them.
        if taken is None or overwrite or target.exists():
            kept.append(job)
            continue
        error = OutputError(f"{taken}: this file is there already", hint="--overwrite replaces it")
        failed.append(Failed.because(job.source, error))
    return replace(photos, jobs=tuple(kept), failed=tuple(failed))


def _save(found: Found, target: Path | None, kind: BlurKind) -> Saved:
    from restorekit.images.kernel_files import DOWNSCALE
    from restorekit.images.kernel_writing import files_beside, write_kernel, write_kernel_map
    from restorekit.kernel_estimation._measures import facts, map_facts, map_words
    from restorekit.viewing.kernel_plot import kernel_map_plot, kernel_plot

    target = _file(target)
    make_folder(target.parent)
    estimate, (*_, picture) = found.estimate, files_beside(target)
    if isinstance(estimate, KernelMapEstimate):
        kernel_map_plot(estimate, found.photo.name).write(picture)
        write_kernel_map(estimate.kernels, target)
        side = estimate.kernels.psfs.shape[-1]
        return Saved(Size(side, side), map_words(estimate), map_facts(estimate))
    kernel_plot(estimate, found.photo.name).write(picture)
    write_kernel(estimate.psf, target)
    side = len(estimate.psf)
    use = (f"for sr: --kernel {DOWNSCALE}{target.name}",) * (kind == "downscale")
    return Saved(Size(side, side), (told(estimate, kind), *use), facts(estimate))


def told(estimate: KernelEstimate, kind: BlurKind) -> str:
    """What was found, in a line, and whether to use it."""
    from restorekit.kernel_estimation._measures import words

    verdict = "" if estimate.reliable else ": not reliable, look at the plot before it is used"
    return f"{words(estimate, kind)}{verdict}"

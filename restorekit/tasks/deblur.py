"""Deblurring: a photo without the blur of camera, motion or focus."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from restorekit.contracts import Blind, Finishing, Gridded, LightChoosing, Pluggable
from restorekit.errors import UsageError
from restorekit.tasks.running import Job, restore_array
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.methods import method_named
from restorekit.zoo.restorers import (
    DeviceOptions,
    Loaded,
    WeightsOptions,
    load_first,
    load_restorers,
)
from restorekit.zoo.standing_in import deblurrers

if TYPE_CHECKING:
    from restorekit.contracts import Cells, Image, Pixels
    from restorekit.images.photo import Photo

SMALLEST_WORK_SCALE = 0.1
SMALLEST_JUDGED = 3
"""Pixels a side that a Laplacian needs."""
ROUNDING, UNSEEN = 1.0, 0.03
"""Squared levels that rounding to 8 bits leaves in a Laplacian, and a share of change that is
none."""
DOUBTFUL = 100
"""Times that a photo became sharper, from which on it is rather noise: a Gaussian blur of sigma 1.5
that is wholly undone gives 35."""
SOFTENED = 0.9
"""Times as much detail, below which a photo is worse for what was meant to help."""
FOR_A_KNOWN_KERNEL = "tv-l2"
"""Serves where nobody named a model, and the kernel is told: networks cannot be told it."""


@dataclass(frozen=True)
class Deblurring:
    """What to deblur with, and how much.

    Raises:
        UsageError: Options that cannot be meant, or not together.
    """

    model: str | None = None
    """A name of ``restorekit models list`` or a file; None: the default of the task, or, with a
    kernel, total variation."""
    kernel: str | None = None
    """The blur, for methods that take it: as
    :func:`restorekit.images.kernel_files.read_kernels` reads it, a map of kernels included."""
    grid: Cells | None = None
    """Rows and columns of cells, in each of which methods that find the blur look for a kernel;
    None: one for the whole photo."""
    sigma: float | None = None
    """Standard deviation of the noise in levels of 255, for methods that take it; None: estimated
    for each photo."""
    linear: bool = False
    """Whether methods that undo a kernel do it in linear light, where lens and shake blur, and not
    in sRGB. Right for photos as cameras give them; wrong for blur that was made in sRGB."""
    work_scale: float = 1.0
    """From 0.1 to 1: the share of its sides at which the photo is deblurred. What changes there is
    added to the photo. Below 1 a network reaches blur that is larger than what it was taught."""
    finishing: Finishing = field(default_factory=Finishing)
    """How much of the restored picture there is, whose colours, and how much grain."""
    weights: WeightsOptions = field(default_factory=WeightsOptions)
    devices: DeviceOptions = field(default_factory=DeviceOptions)

    def __post_init__(self) -> None:
        if not SMALLEST_WORK_SCALE <= self.work_scale <= 1:
            raise UsageError(
                "--work-scale", expected=f"{SMALLEST_WORK_SCALE} to 1", got=f"{self.work_scale:g}"
            )
        if self.work_scale < 1 and self.kernel is not None:
            raise UsageError(
                "--work-scale and --kernel do not go together",
                hint="a kernel that is known is best undone at full size",
            )

    def job(self, on_event: OnEvent = unheard) -> Job:
        """See :class:`restorekit.tasks.running.PhotoTask`."""
        from restorekit.images.kernel_files import identity_of

        return Job(
            load=partial(load, self, on_event),
            result_size=lambda size: size,
            finishing=self.finishing,
            suffix="_deblurred",
            options={
                "task": "deblur",
                "kernel": identity_of(self.kernel),
                "grid": self.grid,
                "sigma": self.sigma,
                "linear": self.linear,
                "work_scale": self.work_scale,
                "precision": self.devices.precision,
                "self_ensemble": self.devices.self_ensemble,
            },
            restores_transparency=False,
            judge=change,
        )


def deblur(
    image: Image, options: Deblurring | None = None, *, on_event: OnEvent = unheard
) -> Image:
    """``image`` without its blur.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        options: What to deblur with, and how much.
        on_event: Told of downloads, and of tiles that were left as they were.

    Returns:
        float32 in ``[0, 1]``, of the shape of ``image``.

    Raises:
        UsageError: Options that cannot be meant, or an array of another shape or dtype.
        WeightsError: The weights cannot be had.
        RunError: The network cannot be run.
    """
    return restore_array(image, options or Deblurring(), on_event)


def load(options: Deblurring, on_event: OnEvent = unheard) -> Loaded:
    """What deblurs, for ``options``.

    Raises:
        UsageError: A kernel, a sigma or linear light for what takes none.
        WeightsError: The weights cannot be had.
    """
    from restorekit.images.reduced import Reduced

    if options.model is not None:
        models: tuple[str, ...] = (options.model,)
    else:
        reduced = options.work_scale < 1
        blind = deblurrers(options.devices, reduced=reduced)
        models = blind if options.kernel is None else (FOR_A_KNOWN_KERNEL,)
    _check_model(models[0], options)
    loaded = load_first(models, partial(_load, options, on_event), on_event)
    if options.linear:
        loaded = _in_linear_light(loaded)
    if options.grid is not None:
        loaded = _gridded(loaded, options.grid)
    if options.work_scale == 1:
        return loaded
    reduced = tuple(Reduced(it, options.work_scale) for it in loaded.restorers)
    return replace(
        loaded,
        restorers=reduced,
        description={**loaded.description, "work scale": options.work_scale},
    )


def _check_model(model: str, options: Deblurring) -> None:
    """Refuse what a model cannot do, or lacks, before any weights are fetched.

    Raises:
        UsageError: It must be told the blur, is helped by no smaller size, has no linear light or
            denoiser, or finds no blur in cells of a grid.
    """
    from restorekit.classical._deconvolution import Deconvolution

    method = method_named(model)
    if options.linear and method is None:
        raise UsageError(
            f"{model} is a network, which knows photos in sRGB alone", hint="leave out --linear"
        )
    if options.linear and isinstance(method, LightChoosing):
        method.in_linear_light()  # what cannot work there says so
    if options.weights.denoiser is not None and not isinstance(method, Pluggable):
        raise UsageError(f"{model} takes no denoiser", hint="leave out --denoiser")
    if options.grid is not None and not isinstance(method, Gridded):
        hint = "--model consensus, or --kernel with a map that kernel-estimate --grid wrote"
        raise UsageError("--grid is for models that find the blur", got=model, hint=hint)
    if options.grid is not None and isinstance(method, Gridded):
        method.with_grid(options.grid)  # a grid that cannot be meant is refused
    if isinstance(method, Deconvolution) and options.kernel is None:
        raise UsageError(
            f"{model} must be told the blur",
            hint="--kernel motion:15:30, or --model consensus, which finds it",
        )
    if isinstance(method, Blind) and options.work_scale < 1:
        raise UsageError("--work-scale is for networks", got=f"--model {model}")


def _load(options: Deblurring, on_event: OnEvent, model: str) -> Loaded:
    from restorekit.images.kernel_files import read_kernels

    return load_restorers(
        model,
        task="deblur",
        sigma=options.sigma,
        psf=None if options.kernel is None else read_kernels(options.kernel),
        weights=options.weights,
        devices=options.devices,
        strict=True,
        on_event=on_event,
    )


def _in_linear_light(loaded: Loaded) -> Loaded:
    restorers = (it for it in loaded.restorers if isinstance(it, LightChoosing))
    return replace(
        loaded,
        restorers=tuple(it.in_linear_light() for it in restorers),
        description={**loaded.description, "light": "linear"},
    )


def _gridded(loaded: Loaded, cells: Cells) -> Loaded:
    restorers = (it for it in loaded.restorers if isinstance(it, Gridded))
    return replace(
        loaded,
        restorers=tuple(it.with_grid(cells) for it in restorers),
        description={**loaded.description, "grid": f"{cells.rows}x{cells.columns}"},
    )


def change(photo: Photo, pixels: Pixels) -> str:
    """How much sharper the result is, in a line.

    Args:
        photo: As it was.
        pixels: The result, of the same size, transparency last.
    """
    from restorekit.metrics.sharpness import sharpness

    if min(photo.size) < SMALLEST_JUDGED:
        return "too small to tell the change"
    before = sharpness(photo.color)
    after = sharpness(pixels[:, :, : photo.color.shape[2]])
    ratio = (after + ROUNDING) / (before + ROUNDING)
    if abs(ratio - 1) < UNSEEN:
        return "no measurable change"
    verdict = "sharper" if ratio > 1 else "softer"
    told = f"{verdict}: {ratio:.2f} times as much fine detail (variance of the Laplacian)"
    if ratio < SOFTENED:
        return told + ": noise was taken, or the photo was sharp before"
    doubt = ", more than blur takes: noise or ringing? (look at the kernel; --sigma 3 or higher)"
    return told + doubt * (ratio > DOUBTFUL)

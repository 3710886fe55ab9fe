"""Super-resolution: a photo, larger."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from restorekit.contracts import (
    Blind,
    Deblurrer,
    Denoiser,
    DownScaling,
    Exemplified,
    Finishing,
    Sampling,
    Scalable,
    Size,
)
from restorekit.down_scaling import is_centred_as_one
from restorekit.errors import UsageError
from restorekit.tasks.running import Job, restore_array
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.families import member, own_scale, united
from restorekit.zoo.restorers import (
    DeviceOptions,
    Loaded,
    WeightsOptions,
    load_first,
    load_restorers,
)
from restorekit.zoo.standing_in import HOUSE, enlargers

if TYPE_CHECKING:
    from restorekit.contracts import Image, Kernel

LARGEST_SCALE = 16
LARGEST_SIGMA = 255
FAMILY_SCALES = (2, 3, 4)
"""Those for which networks have weights of their own."""


@dataclass(frozen=True)
class SuperResolution:
    """What to enlarge with, and how far.

    Raises:
        UsageError: Options that cannot be meant, or not together.
    """

    model: str | None = None
    """A name of ``restorekit models list``, that of a family such as ``imdn``, or a file; None:
    the network nearest to the scale."""
    scale: float | None = None
    """From 1 to 16; None: the model's own, or 4, or what ``width`` and ``height`` say."""
    width: int | None = None
    """Of the result in pixels; the height follows unless it is given too."""
    height: int | None = None
    finishing: Finishing = field(default_factory=Finishing)
    """How much of the restored picture there is, whose colours, and how much grain."""
    sampling: Sampling | None = None
    """How a network that is sampled, such as SR3, is; None: as is usual. Others take none."""
    kernel: str | None = None
    """How the photo became small, at the size of the model's result, for models that take it: as
    :func:`restorekit.images.kernel_files.read_sr_kernel` reads it; None: by bicubic alone."""
    sigma: float | None = 0.0
    """Standard deviation of the noise in levels of 255, for models that take it; None: estimated
    for each photo. That is not the default: in a small photo fine detail is taken for noise."""
    weights: WeightsOptions = field(default_factory=WeightsOptions)
    devices: DeviceOptions = field(default_factory=DeviceOptions)

    def __post_init__(self) -> None:
        if self.scale is not None and (self.width or self.height):
            raise UsageError("--scale and --width or --height say the size twice", hint="drop one")
        if self.scale is not None and not 1 <= self.scale <= LARGEST_SCALE:
            raise UsageError("scale", expected=f"1 to {LARGEST_SCALE}", got=f"{self.scale:g}")
        for name, length in (("width", self.width), ("height", self.height)):
            if length is not None and length < 1:
                raise UsageError(name, expected="at least 1 pixel", got=str(length))
        if self.sigma is not None and not 0 <= self.sigma <= LARGEST_SIGMA:
            raise UsageError("--sigma", expected=f"0 to {LARGEST_SIGMA}", got=f"{self.sigma:g}")

    def result_size(self, size: Size) -> Size:
        """The size of the result for a photo of ``size``.

        Raises:
            UsageError: It would be more than 16 times as high or as wide.
        """
        result = self._wanted(size)
        growth = max(result.height / size.height, result.width / size.width)
        # A photo of a few pixels reaches a little over its scale by rounding.
        if growth > LARGEST_SCALE and self.scale is None:
            raise UsageError(
                f"{size} to {result}",
                expected=f"{LARGEST_SCALE} times at most",
                got=f"{growth:.0f}",
            )
        return result

    def _wanted(self, size: Size) -> Size:
        if self.width and self.height:
            return Size(self.height, self.width)
        if self.width:
            return Size(max(round(size.height * self.width / size.width), 1), self.width)
        if self.height:
            return Size(self.height, max(round(size.width * self.height / size.height), 1))
        scale = self.usual_scale
        return Size(round(size.height * scale), round(size.width * scale))

    @property
    def usual_scale(self) -> float:
        """The scale that was asked for, or else the model's own where its name tells it, or 4."""
        return self.scale or (self.model and own_scale(self.model)) or 4

    @property
    def suffix(self) -> str:
        """Marks a result that lies beside its photo."""
        if self.width and self.height:
            return f"_{self.width}x{self.height}"
        if self.width or self.height:
            return f"_w{self.width}" if self.width else f"_h{self.height}"
        return f"_x{self.usual_scale:g}"

    def job(self, on_event: OnEvent = unheard) -> Job:
        """See :class:`restorekit.tasks.running.PhotoTask`."""
        from restorekit.images.kernel_files import identity_of

        return Job(
            load=partial(load, self, on_event),
            result_size=self.result_size,
            finishing=self.finishing,
            color_locked=frozenset(HOUSE.values()),
            suffix=self.suffix,
            options={
                "task": "sr",
                "scale": self.scale,
                "width": self.width,
                "height": self.height,
                "denoise_strength": self.weights.denoise_strength,
                "sampling": None if self.sampling is None else asdict(self.sampling),
                "kernel": identity_of(self.kernel),
                "sigma": self.sigma,
                "precision": self.devices.precision,
                "self_ensemble": self.devices.self_ensemble,
            },
        )


def super_resolve(
    image: Image, options: SuperResolution | None = None, *, on_event: OnEvent = unheard
) -> Image:
    """``image``, larger.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        options: What to enlarge with, and how far; by default 4 times.
        on_event: Told of downloads.

    Returns:
        float32 in ``[0, 1]``, with the channels of ``image``.

    Raises:
        UsageError: Options that cannot be meant, or an array of another shape or dtype.
        WeightsError: The weights cannot be had.
        RunError: The network cannot be run.
    """
    return restore_array(image, options or SuperResolution(), on_event)


def load(options: SuperResolution, on_event: OnEvent = unheard) -> Loaded:
    """The restorers for ``options``.

    Where no model is named and the nearest network's weights cannot be had, another one serves,
    and that is told. Where the size is told each photo has a scale of its own, and is enlarged by
    the nearest network.
    """
    sized = (options.width or options.height) and options.kernel is None
    scales = FAMILY_SCALES if sized else (options.usual_scale,)
    found = dict.fromkeys(_models(options, scale) for scale in scales)
    return united(
        [load_first(models, partial(_load, options, on_event), on_event) for models in found]
    )


def _models(options: SuperResolution, scale: float) -> tuple[str, ...]:
    """What to enlarge with, in the order in which it is tried."""
    if options.model is not None:
        return (member(options.model, scale),)
    return enlargers(scale, options.devices)


def _load(options: SuperResolution, on_event: OnEvent, model: str) -> Loaded:
    from restorekit.images.kernel_files import read_sr_kernel

    kernel = None if options.kernel is None else read_sr_kernel(options.kernel)
    if isinstance(kernel, DownScaling) and not (options.width or options.height):
        kernel.check_scale(math.ceil(options.usual_scale))
    loaded = load_restorers(
        model,
        task="sr",
        sigma=options.sigma,
        psf=kernel,
        sampling=options.sampling,
        weights=options.weights,
        devices=options.devices,
        strict=bool(options.sigma),
        on_event=on_event,
    )
    first = loaded.restorers[0]
    if isinstance(first, Blind) and isinstance(first, Scalable) and options.scale:
        first.at_scale(math.ceil(options.scale))  # refused here rather than at each photo
    if options.weights.database is not None and not isinstance(first, Exemplified):
        raise UsageError(f"{model} takes no examples", hint="leave out --database")
    if options.sigma is None and isinstance(first, Denoiser):
        estimating = (it.with_sigma(None) for it in loaded.restorers if isinstance(it, Denoiser))
        loaded = replace(loaded, restorers=tuple(estimating))
    own = own_scale(model)
    told = options.scale is not None
    if own is not None and told and options.usual_scale != own:
        made_for = f"{own} times alone; what is more or less is resized"
        loaded = replace(loaded, description={**loaded.description, "made for": made_for})
    if isinstance(first, Deblurrer) and first.takes_kernel:
        return replace(loaded, description={**loaded.description, "blur": _blur(options, kernel)})
    return loaded


def _blur(options: SuperResolution, kernel: Kernel | None) -> str:
    """What is said of the kernel."""
    if kernel is None or options.kernel is None:
        return "none but that of the size (--kernel tells it)"
    if isinstance(kernel, DownScaling) or not is_centred_as_one(kernel):
        return options.kernel
    doubt = "it lies as all of a down-scaling does, which would be"
    return f"{options.kernel}, before bicubic ({doubt} --kernel downscale:{options.kernel})"

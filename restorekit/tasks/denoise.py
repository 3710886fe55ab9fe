"""Denoising: a photo without its noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from restorekit.contracts import Finishing
from restorekit.errors import UsageError
from restorekit.tasks.running import Job, restore_array
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.restorers import (
    DeviceOptions,
    Loaded,
    WeightsOptions,
    load_first,
    load_restorers,
)
from restorekit.zoo.standing_in import denoisers

if TYPE_CHECKING:
    from restorekit.contracts import Image

LARGEST_SIGMA = 255


@dataclass(frozen=True)
class Denoising:
    """What to denoise with, and how much.

    Raises:
        UsageError: Options that cannot be meant.
    """

    model: str | None = None
    """A name of ``restorekit models list`` or a file; None: the default of the task, or the next
    best where its weights cannot be had."""
    sigma: float | None = None
    """Standard deviation of the noise in levels of 255; None: estimated for each photo, or found
    by the network itself."""
    finishing: Finishing = field(default_factory=Finishing)
    """How much of the restored picture there is, whose colours, and how much grain."""
    weights: WeightsOptions = field(default_factory=WeightsOptions)
    devices: DeviceOptions = field(default_factory=DeviceOptions)

    def __post_init__(self) -> None:
        if self.sigma is not None and not 0 <= self.sigma <= LARGEST_SIGMA:
            raise UsageError("--sigma", expected=f"0 to {LARGEST_SIGMA}", got=f"{self.sigma:g}")

    def job(self, on_event: OnEvent = unheard) -> Job:
        """See :class:`restorekit.tasks.running.PhotoTask`."""
        return Job(
            load=partial(load, self, on_event),
            result_size=lambda size: size,
            finishing=self.finishing,
            suffix="_denoised",
            options={
                "task": "denoise",
                "sigma": self.sigma,
                "precision": self.devices.precision,
                "self_ensemble": self.devices.self_ensemble,
            },
            restores_transparency=False,
        )


def denoise(
    image: Image, options: Denoising | None = None, *, on_event: OnEvent = unheard
) -> Image:
    """``image`` without its noise.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        options: What to denoise with, and how much.
        on_event: Told of downloads.

    Returns:
        float32 in ``[0, 1]``, of the shape of ``image``.

    Raises:
        UsageError: Options that cannot be meant, or an array of another shape or dtype.
        WeightsError: The weights cannot be had.
        RunError: The network cannot be run.
    """
    return restore_array(image, options or Denoising(), on_event)


def load(options: Denoising, on_event: OnEvent = unheard) -> Loaded:
    """The denoisers for ``options``.

    Where no model is named and the weights of the default cannot be had, the next best serves, and
    that is told.

    Raises:
        UsageError: A sigma for a network that finds the noise by itself.
        WeightsError: The weights of the model that was named cannot be had, or no others on the
            device that was named.
    """
    names = (
        denoisers(options.devices, told=options.sigma is not None)
        if options.model is None
        else (options.model,)
    )
    return load_first(names, partial(_load, options, on_event), on_event)


def _load(options: Denoising, on_event: OnEvent, model: str) -> Loaded:
    return load_restorers(
        model,
        task="denoise",
        sigma=options.sigma,
        weights=options.weights,
        devices=options.devices,
        strict=True,
        on_event=on_event,
    )

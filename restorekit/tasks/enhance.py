"""Enhancing: rain, haze and darkness taken out of a photo, or its colours retouched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from restorekit.contracts import Finishing
from restorekit.errors import UsageError
from restorekit.tasks.running import Job, restore_array
from restorekit.zoo import manifest
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.restorers import DeviceOptions, Loaded, WeightsOptions, load_restorers

if TYPE_CHECKING:
    from restorekit.contracts import Image, Pixels
    from restorekit.images.photo import Photo

Enhancement = Literal["derain", "dehaze", "lowlight", "retouch"]
SUFFIXES: dict[Enhancement, str] = {
    "derain": "_derained",
    "dehaze": "_dehazed",
    "lowlight": "_brightened",
    "retouch": "_retouched",
}
IN_TILES = {"derain": 320}
"""Tasks whose networks see a photo tile by tile, and the largest side of a tile: rain is detail, of
which nothing is left in a smaller picture. In larger tiles, unlike the pictures that it was taught
with, the network finds less of it."""
WORK_SIDE = 768
"""Of the longer side in pixels, where a photo is seen whole: those that the networks were taught
with have some 600."""

SAMPLED = 512
"""Pixels of the shorter side by which the change is told."""
UNSEEN = 0.5
"""Levels of 255 of mean difference that are no change."""


@dataclass(frozen=True)
class Enhancing:
    """What to enhance, and with what.

    Raises:
        UsageError: Options that cannot be meant, or not together.
    """

    task: Enhancement | None = None
    """None: what the model is for."""
    model: str | None = None
    """A name of ``restorekit models list`` or a file; None: the default of the task."""
    finishing: Finishing = field(default_factory=Finishing)
    """How much of the enhanced picture there is, and how much grain."""
    weights: WeightsOptions = field(default_factory=WeightsOptions)
    devices: DeviceOptions = field(default_factory=DeviceOptions)
    """Haze, darkness and tone are judged by the whole photo: there ``tile`` is the longer side of
    the picture that the network sees, 768 by default, and 0 the photo's own. What changes in
    colours is then carried over to the photo. Rain is taken out in tiles, of 320 by default."""

    def __post_init__(self) -> None:
        if self.task is None and self.model is None:
            raise UsageError("--task", expected=" or ".join(SUFFIXES), got="none")
        if self.task is not None and self.task not in SUFFIXES:
            raise UsageError("--task", expected=" or ".join(SUFFIXES), got=repr(self.task))
        if self.finishing.color_lock and self.task != "derain":
            raise UsageError(
                "--color-lock would hold the colours that are to be changed",
                expected="--task derain with it",
            )

    @property
    def enhancement(self) -> Enhancement:
        """The task that was named, or else that of the model.

        Raises:
            UsageError: The model tells none, or another.
        """
        if self.task is not None:
            return self.task
        if self.model is None or Path(self.model).suffix or Path(self.model).exists():
            raise UsageError(
                f"{self.model} does not tell what it is for", hint=f"--task {' or '.join(SUFFIXES)}"
            )
        task = manifest.entry(self.model).task
        if task not in SUFFIXES:
            expected = f"a model for {' or '.join(SUFFIXES)}"
            raise UsageError(f"{self.model} is for {task}", expected=expected)
        return task

    @property
    def work_side(self) -> int | None:
        """The longer side of what the network sees of a large photo; None: all of it, in tiles."""
        if self.enhancement in IN_TILES or self.devices.tile == 0:
            return None
        return self.devices.tile or WORK_SIDE

    @property
    def sized_devices(self) -> DeviceOptions:
        """``devices``, with the tile of the task where none was named."""
        if self.devices.tile is None:
            return replace(self.devices, tile=IN_TILES.get(self.enhancement))
        return self.devices

    def job(self, on_event: OnEvent = unheard) -> Job:
        """See :class:`restorekit.tasks.running.PhotoTask`."""
        return Job(
            load=partial(load, self, on_event),
            result_size=lambda size: size,
            finishing=self.finishing,
            suffix=SUFFIXES[self.enhancement],
            options={
                "task": self.enhancement,
                "work_side": self.work_side,
                "precision": self.devices.precision,
                "self_ensemble": self.devices.self_ensemble,
            },
            restores_transparency=False,
            judge=change,
        )


def change(photo: Photo, pixels: Pixels) -> str:
    """How brightness and colours changed, in a line.

    Args:
        photo: As it was.
        pixels: The result, of the same size, transparency last.
    """
    import numpy as np

    channels, step = photo.color.shape[2], max(1, min(photo.size) // SAMPLED)
    sample = np.s_[::step, ::step, :channels]
    result = pixels[sample] * np.float32(255 / np.iinfo(pixels.dtype).max)
    before = photo.color[sample] * np.float32(255)
    if float(np.abs(result - before).mean()) < UNSEEN:
        return "no measurable change"
    means = [it.mean((0, 1), dtype=np.float64) for it in (before, result)]
    told = f"brightness {means[0].mean():.0f} to {means[1].mean():.0f} of 255"
    tints = means[1] - means[1].mean() - means[0] + means[0].mean()
    named = zip(("red", "green", "blue"), tints, strict=False)
    return told + "".join(f", {name} {tint:+.0f}" for name, tint in named if channels > 1)


def enhance(image: Image, options: Enhancing, *, on_event: OnEvent = unheard) -> Image:
    """``image`` without rain, haze or darkness, or retouched.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``.
        options: What to enhance, and with what.
        on_event: Told of downloads, and of pictures that were left as they were.

    Returns:
        float32 in ``[0, 1]``, of the shape of ``image``.

    Raises:
        UsageError: Options that cannot be meant, or an array of another shape or dtype.
        WeightsError: The weights cannot be had.
        RunError: The network cannot be run.
    """
    return restore_array(image, options, on_event)


def load(options: Enhancing, on_event: OnEvent = unheard) -> Loaded:
    """What enhances, for ``options``.

    Raises:
        UsageError: A model for another task.
        WeightsError: The weights cannot be had.
    """
    from restorekit.images.guided_upsampling import GuidedUpsampling

    task, side = options.enhancement, options.work_side
    loaded = load_restorers(
        options.model or manifest.default(task).name,
        task=task,
        weights=options.weights,
        devices=options.sized_devices,
        on_event=on_event,
    )
    if side is None:
        return loaded
    whole = tuple(GuidedUpsampling(it, side) for it in loaded.restorers)
    return replace(loaded, restorers=whole, description={**loaded.description, "work side": side})

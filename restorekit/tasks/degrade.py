"""Degrading: photos spoilt on purpose, to train with, to test with, and to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from restorekit.batch.events import Done, Event
from restorekit.batch.run import Report, run
from restorekit.batch.stages import Stages
from restorekit.contracts import Size
from restorekit.degradations import Chain, parse
from restorekit.errors import UsageError
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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.contracts import Image, OnTile, Pixels
    from restorekit.images.photo import Photo
    from restorekit.tasks.file_options import FileOptions

GROWTH = 4
"""Of the pictures inside of a chain that memory is set aside for, in photos of the input's size."""


@dataclass(frozen=True)
class Degrading:
    """How photos are spoilt.

    Raises:
        UsageError: A chain that cannot be read, or a seed below 0.
    """

    chain: str
    """Such as ``motion_blur(15)|gaussian_noise([5, 50])|jpeg(40)``."""
    seed: int = 0
    """Of all that the chain leaves to chance; each photo draws its own, told apart by its name."""

    def __post_init__(self) -> None:
        if not parse(self.chain).terms:
            raise UsageError("--chain is empty", expected="such as gaussian_noise(25)|jpeg(40)")
        if self.seed < 0:
            raise UsageError("--seed", expected="0 or more", got=str(self.seed))

    def settled(self, name: str) -> Chain:
        """The chain for the photo called ``name``: the same whatever lies beside it."""
        return parse(self.chain).settled(Path(name).name, self.seed)


@dataclass(frozen=True)
class Applied(Event):
    """The chain that a photo went through, by which it can be repeated."""

    kind: ClassVar[str] = "applied"
    source: Path | None
    chain: str


def degrade(image: Image, chain: str, *, seed: int = 0) -> tuple[Image, str]:
    """``image`` spoilt by ``chain``.

    Args:
        image: ``(H, W, 3)`` sRGB or ``(H, W, 1)`` grey, float32 in ``[0, 1]``; not changed.
        chain: Such as ``gaussian_noise([5, 50])|jpeg(40)``.
        seed: Of all that the chain leaves to chance.

    Returns:
        The degraded picture, and the chain that was applied, in which nothing is left to chance.

    Raises:
        UsageError: The chain cannot be read, or an array of another shape, dtype or range.
    """
    import numpy as np

    from restorekit.images.checking import check_image

    check_image(image)
    drawn = parse(chain).draw(np.random.default_rng(seed))
    return drawn(image), str(drawn)


def degrade_photos(
    inputs: Sequence[str],
    options: Degrading,
    files: FileOptions,
    *,
    stdin: Callable[[], bytes],
    stdout: Callable[[bytes], object],
    on_event: Callable[[Event], None],
) -> Report:
    """Degrade every photo among ``inputs``; one that fails does not stop the others.

    An :class:`Applied` tells the chain of each photo, before the photo is told to be done. See
    :func:`restorekit.tasks.running.restore_photos` for the other arguments.

    Raises:
        UsageError: The inputs and the output do not suit each other.
        OutputError: A journal cannot be read.
    """
    import psutil

    def tell(event: Event) -> None:
        if isinstance(event, Done):
            on_event(Applied(event.source, str(options.settled(_name(event.source)))))
        on_event(event)

    stages = Stages(
        measure=measure,
        load=lambda path: load(path, stdin),
        workers=[lambda photo, on_tile: _degraded(photo, options, files, on_tile)],
        save=lambda result, target: save(result, target, files, stdout),
        memory=lambda size: memory_needed(Size(GROWTH * size.height, size.width), size),
    )
    return run(
        plan_photos(inputs, "_degraded", files),
        stages,
        options=fingerprint_of(
            files, {"task": "degrade", "chain": options.chain, "seed": options.seed}
        ),
        memory_limit=int(psutil.virtual_memory().available * MEMORY_SHARE),
        resume=files.resume,
        overwrite=files.overwrite,
        fail_fast=files.fail_fast,
        on_event=tell,
    )


def _name(source: Path | None) -> str:
    return str(source) if source else "standard input"


def _degraded(photo: Photo, options: Degrading, files: FileOptions, on_tile: OnTile) -> Restored:
    """The photo with its colours degraded; transparency and wider colours follow its size."""
    import numpy as np

    from restorekit.images.finish import finish
    from restorekit.images.formats import bits_of, output_format
    from restorekit.images.quantize import to_integers
    from restorekit.images.resize import resize

    bits = bits_of(output_format(photo.encoding, files.chosen_format()), photo.encoding.bits)
    color = options.settled(photo.name)(photo.color)
    size = Size(color.shape[0], color.shape[1])
    excess = plain = None
    if photo.excess is not None and color.shape[2] == photo.color.shape[2]:
        excess = resize(photo.excess, size, "bilinear")
        plain = resize(photo.color, size, "bilinear")
    pixels = finish(color, photo, excess, bits, plain)
    if photo.alpha is not None:
        alpha = to_integers(resize(photo.alpha, size, "bilinear"), bits)
        pixels = cast("Pixels", np.concatenate([pixels, alpha], axis=2))
    on_tile(1, 1)
    return Restored(photo, pixels)

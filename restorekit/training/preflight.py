"""Before the first step: the photos are opened, and one step of everything is run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from restorekit.degradations import parse
from restorekit.errors import UnknownNameError, UsageError
from restorekit.training import photos
from restorekit.training.events import Told
from restorekit.training.folders import find, find_paired
from restorekit.training.losses import LOSSES
from restorekit.training.photos import PackedPhotos  # noqa: TC001 - a field of a tuple
from restorekit.training.validation import measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lightning_fabric import Fabric

    from restorekit.training.events import OnEvent
    from restorekit.training.loop import Run
    from restorekit.training.pairs import Batch
    from restorekit.training.photos import Refused
    from restorekit.training.request import Training

HELD_BACK = 20
"""One photo in so many is for validation where no folder for it is named."""
PRECISIONS = {"bf16-mixed": "bfloat16", "16-mixed": "float16", "32-true": "float32"}
"""The engine's names and ours."""
DECODED = "photos"
"""The folder, inside of the run's, of the decoded photos; it can be made anew at any time."""
MOST_TOLD = 10
"""Photos that cannot be used, of which each is named."""


class Photos(NamedTuple):
    """True pictures, and inputs where these are photos too."""

    clean: PackedPhotos
    degraded: PackedPhotos | None = None
    """Photo by photo, but for recipes that need no pairs: there, any."""


class Found(NamedTuple):
    """The photos of a run."""

    learnt: Photos
    held_back: Photos
    """To measure on."""


def check_early(request: Training) -> None:
    """Refuse what can be refused before anything is loaded or written.

    Raises:
        UsageError: Photos that are not there, or a chain that cannot be read.
        UnknownNameError: There is no such loss.
    """
    recipe = request.recipe
    for chain in (recipe.data.degradation, recipe.data.truth):
        parse(chain)
    for name in recipe.losses:
        if name not in LOSSES:
            raise UnknownNameError.among("loss", name, LOSSES.names())
    _sources(request)
    if request.validation is not None:
        find(request.validation)


def _sources(request: Training) -> tuple[list[Path], list[Path] | None]:
    """The true pictures, and what was named beside them: their inputs, or any bad photos."""
    if request.degraded is None:
        return find(request.data), None
    if request.recipe.degrader is None:
        return find_paired(request.data, request.degraded)
    return find(request.data), find(request.degraded)


def find_photos(request: Training, fabric: Fabric, told: OnEvent) -> Found:
    """The photos, decoded into the run's folder by its first process.

    Raises:
        UsageError: There are none that can be used, or pairs do not match.
    """
    recipe, folder = request.recipe, request.out / DECODED
    folder.mkdir(exist_ok=True)
    pairs = recipe.degrader is None
    paths, inputs = _sources(request)
    margin = 0 if inputs else recipe.data.margin
    smallest = max(recipe.data.patch + margin * recipe.data.scale, recipe.data.scale)

    def packed(
        chosen: Sequence[Path], name: str, least: int, chain: str = recipe.data.truth
    ) -> PackedPhotos:
        pack = partial(photos.pack, chosen, folder / f"{name}.u8")
        if fabric.is_global_zero:
            _, refused = pack(color=recipe.data.color, smallest=least, chain=chain)
            _tell(refused, told)
        fabric.barrier()
        again, _ = pack(color=recipe.data.color, smallest=least, chain=chain)
        return again

    low = smallest // recipe.data.scale
    degraded = packed(inputs, "degraded", low, "") if inputs else None
    clean = packed(paths, "clean", smallest)
    if pairs and degraded:
        _check_sizes(clean, degraded, recipe.data.scale)
        held, learnt = _parted(len(clean))
        return Found(
            Photos(clean.only(learnt), degraded.only(learnt)),
            Photos(clean.only(held), degraded.only(held)),
        )
    if request.validation is not None:
        others = packed(find(request.validation), "validation", recipe.data.scale)
        return Found(Photos(clean, degraded), Photos(others))
    held, learnt = _parted(len(clean))
    if held == learnt:
        told(Told("one photo: it is learnt from and measured on, so the figures flatter"))
    return Found(Photos(clean.only(learnt), degraded), Photos(clean.only(held)))


def rehearse(run: Run, batches: Iterator[Batch]) -> None:
    """Run two steps and one validation, so that what would fail fails now; tell the memory.

    What it did to the weights is undone by whoever restores the checkpoint afterwards.
    """
    import psutil

    batch = next(batches)
    # By the last step, everything has begun to learn that does not from the first one on.
    for number in (0, run.recipe.steps - 1):
        run.objective.step(number, batch)
    measure(run.network(), run.examples(run.recipe.steps)[:1], run.fabric.device)
    taken = psutil.Process().memory_info().rss / 1e9
    where = f"{taken:.1f} GB of main memory"
    if run.fabric.device.type == "cuda":
        import torch

        held = torch.cuda.max_memory_allocated(run.fabric.device) / 1e9
        where += f", {held:.1f} GB on {run.fabric.device}"
    count = sum(it.numel() for it in run.objective.learner.module.parameters())
    precision = str(run.fabric.strategy.precision.precision)
    run.on_event(
        Told(
            f"{count:,} weights on {run.fabric.device}, {PRECISIONS.get(precision, precision)}; "
            f"a step takes {where}"
        )
    )


def _check_sizes(clean: PackedPhotos, degraded: PackedPhotos, scale: int) -> None:
    if len(clean) != len(degraded):
        raise UsageError("some photos of pairs cannot be used", hint="take out both of each pair")
    for true, low in zip(clean.places, degraded.places, strict=True):
        expected = (true.height // scale, true.width // scale)
        if (low.height, low.width) != expected:
            raise UsageError(
                f"{low.path} does not fit {true.path}",
                expected=f"{expected[1]}x{expected[0]} pixels",
                got=f"{low.width}x{low.height}",
            )


def _parted(count: int) -> tuple[list[int], list[int]]:
    """Which photos are held back, and which are learnt from."""
    if count == 1:
        return [0], [0]
    held = list(range(0, count, HELD_BACK))
    return held, [it for it in range(count) if it % HELD_BACK]


def _tell(refused: Sequence[Refused], told: OnEvent) -> None:
    for it in refused[:MOST_TOLD]:
        told(Told(f"left out: {it.reason}"))
    if len(refused) > MOST_TOLD:
        told(Told(f"left out: {len(refused) - MOST_TOLD} more photos"))

"""Training from photos to weights: the one function behind ``restorekit train``."""

from __future__ import annotations

import contextlib
import shutil
from functools import partial
from typing import TYPE_CHECKING

from restorekit.errors import RunError, UsageError
from restorekit.files import unwritable
from restorekit.training import checkpoint
from restorekit.training.beginning import beginning
from restorekit.training.checkpoint import BEST, LAST, NEWEST, Progress
from restorekit.training.events import OnEvent, Told, unheard
from restorekit.training.request import Trained
from restorekit.training.resuming import check_begun, keep

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lightning_fabric import Fabric
    from torch import nn
    from torch.utils.data import Dataset

    from restorekit.contracts import Architecture, Network, Results
    from restorekit.training.learner import Learner
    from restorekit.training.loop import Run
    from restorekit.training.pairs import Batch
    from restorekit.training.preflight import Photos
    from restorekit.training.recipe import Recipe
    from restorekit.training.request import Training


def train(request: Training, on_event: OnEvent = unheard) -> Trained:
    """Train a network, or go on training it.

    Args:
        request: What, from what, and where to.
        on_event: Told how far it is; in the first process only.

    Raises:
        UsageError: Options or photos that cannot be meant.
        CheckpointError: The run that should be resumed is damaged.
        DeviceError: The device is not there.
        NumericalError: Numbers overflowed again and again.
    """
    import torch

    from restorekit.training.engine import make_fabric
    from restorekit.training.preflight import DECODED, check_early, rehearse

    _check_folder(request)
    check_early(request)
    fabric = make_fabric(request.engine)
    fabric.launch()
    torch.manual_seed(request.seed)
    _make_folder(request, fabric)
    run, pairs = _prepared(request, fabric, on_event if fabric.is_global_zero else unheard)
    if not request.resume:
        run.save()
        rehearse(run, _batches(request, fabric, pairs, 0, 1))
    checkpoint.restore(fabric, request.out, run.objective.learners, run.progress)
    run.record.resume(run.progress.step)
    if run.progress.step >= request.recipe.steps:
        run.on_event(Told("the run was finished before: nothing is left to do"))
    with _lost_workers():
        try:
            run.go(_batches(request, fabric, pairs, run.progress.step, request.recipe.steps))
        finally:
            if fabric.is_global_zero:
                run.record.write()
    if fabric.is_global_zero:
        shutil.rmtree(
            request.out / DECODED, ignore_errors=True
        )  # large, and of no use to anyone but a run
    # Textures cost PSNR: of a game against a critic the best by PSNR is the least far along.
    weights = BEST if request.recipe.adversary is None else NEWEST
    return Trained(request.out / weights, run.progress.best, run.progress.step)


def _make_folder(request: Training, fabric: Fabric) -> None:
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        if fabric.is_global_zero and not request.resume:
            keep(request)
    except OSError as error:
        raise unwritable(request.out, error) from error


def _check_folder(request: Training) -> None:
    if request.resume:
        check_begun(request.out, request.recipe, request.seed)
    elif (request.out / LAST).exists():
        raise UsageError(f"{request.out} holds a run", hint="--resume, or another --out")


def _prepared(request: Training, fabric: Fabric, told: OnEvent) -> tuple[Run, Dataset[Batch]]:
    from restorekit.training.loop import Run
    from restorekit.training.objective import make_objective
    from restorekit.training.preflight import find_photos
    from restorekit.training.record import Record
    from restorekit.training.unpaired import DEGRADER, Unpaired
    from restorekit.training.validation import examples

    recipe = request.recipe
    architecture, module = beginning(recipe.network, request.init, told)
    learner = _learner(recipe, fabric, module, architecture.results)
    objective = make_objective(fabric, learner, recipe, told, seed=request.seed)
    found = find_photos(request, fabric, told)
    measured = examples(
        found.held_back.clean, recipe.data, seed=request.seed, degraded=found.held_back.degraded
    )
    unpaired = objective if isinstance(objective, Unpaired) else None
    run = Run(
        fabric=fabric,
        recipe=recipe,
        folder=request.out,
        objective=objective,
        network=partial(_finished, architecture, learner),
        examples=partial(unpaired.examples, measured, request.seed)
        if unpaired
        else lambda _: measured,
        record=Record(request.out, recipe),
        progress=Progress(),
        validate_every=request.validate_every,
        on_event=told,
        by_products={DEGRADER: unpaired.degrader} if unpaired else {},
    )
    return run, _patches(request, found.learnt, _finished(architecture, learner))


def _patches(request: Training, photos: Photos, network: Network) -> Dataset[Batch]:
    """What batches are made of."""
    from restorekit.training.pairs import Pairs, Shown
    from restorekit.training.unpaired_patches import UnpairedPatches

    data, degraded = request.recipe.data, photos.degraded
    if request.recipe.degrader is not None and degraded is not None:
        return UnpairedPatches(photos.clean, degraded, data, seed=request.seed)
    shown = Shown(network.noise_map, network.enlarged, network.kernel_maps)
    return Pairs(photos.clean, data, seed=request.seed, shown=shown, degraded=degraded)


def _learner(recipe: Recipe, fabric: Fabric, module: nn.Module, results: Results | None) -> Learner:
    from restorekit.training.learner import Learner

    return Learner(
        fabric,
        module,
        recipe.optimizer,
        recipe.schedule,
        steps=recipe.steps,
        ema=recipe.ema,
        results=results,
    )


def _finished(architecture: Architecture, learner: Learner) -> Network:
    """The network as it would be used now, on the CPU."""
    found = learner.best_guess
    tensors = architecture.finished(found) if architecture.finished else found.state_dict()
    return architecture.build({key: it.detach().cpu().clone() for key, it in tensors.items()})


def _batches(
    request: Training, fabric: Fabric, pairs: Dataset[Batch], start: int, stop: int
) -> Iterator[Batch]:
    """The batches of steps ``start`` to ``stop``, this process's part of each, on its device."""
    import torch
    from torch.utils.data import DataLoader

    from restorekit.training.pairs import Batch, numbers

    size, parts = request.recipe.data.batch, fabric.world_size
    if size % parts:
        raise UsageError(
            "the recipe's data.batch", expected=f"a multiple of {parts} processes", got=str(size)
        )
    workers = request.engine.workers if stop - start > 1 else 0
    loader: DataLoader[Batch] = DataLoader(
        pairs,
        batch_sampler=list(numbers(start, stop, batch=size, part=fabric.global_rank, parts=parts)),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=fabric.device.type == "cuda",
        # One of its own: else it would draw from the one that steps draw from.
        generator=torch.Generator(),
    )
    for batch in loader:
        moved = (it.to(fabric.device, non_blocking=True) for it in batch)
        yield Batch(*(it.contiguous(memory_format=torch.channels_last) for it in moved))


@contextlib.contextmanager
def _lost_workers() -> Generator[None]:
    """Torch's error when one of its processes is killed, wherever it strikes, as one of ours."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise RunError(
            "a process that prepares pairs was ended from outside",
            hint="--resume goes on; --workers 0 needs no such process",
        ) from error

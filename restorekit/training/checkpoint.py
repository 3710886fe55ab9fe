"""The state of a run on disk, whole or not at all, and the weights that users take away."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from restorekit.errors import CheckpointError
from restorekit.files import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lightning_fabric import Fabric

    from restorekit.training.learner import Learner
    from restorekit.training.recipe import Recipe

LAST = "last.ckpt"
BEST = "best.safetensors"
NEWEST = "newest.safetensors"


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    """Steps made."""
    best: float = -1.0
    """The best PSNR of a validation so far, in dB."""
    overflows: int = 0
    """How often numbers overflowed."""


def save(fabric: Fabric, folder: Path, learners: Mapping[str, Learner], progress: Progress) -> None:
    """Write ``last.ckpt``; every process must call this."""
    partial, target = folder / f".{LAST}.partial", folder / LAST
    fabric.save(partial, _state(learners, progress))
    fabric.barrier()
    if fabric.is_global_zero:
        if target.is_dir():  # what strategies that cut a network into parts write
            shutil.rmtree(target)
        partial.replace(target)
    fabric.barrier()


def restore(
    fabric: Fabric, folder: Path, learners: Mapping[str, Learner], progress: Progress
) -> None:
    """Bring the learners and the progress back to what ``last.ckpt`` holds.

    Raises:
        CheckpointError: It is damaged, or of another recipe.
    """
    state = _state(learners, progress)
    try:
        fabric.load(folder / LAST, state)
    # Any damage at all may be met: torch names neither file nor fault in a way of its own.
    except Exception as error:
        raise CheckpointError(f"{folder / LAST} cannot be resumed", got=_first(error)) from error
    for name, value in state["progress"].items():
        setattr(progress, name, value)
    for name, learner in learners.items():
        learner.share = state[f"{name}.share"]
    torch.set_rng_state(state["random"])


def write_text(target: Path, text: str) -> None:
    """Write a small file, whole."""
    with whole(target) as partial:
        partial.write_text(text, encoding="utf-8")


def export(target: Path, tensors: Mapping[str, torch.Tensor], recipe: Recipe, **facts: str) -> None:
    """Write weights that users take away, the recipe and ``facts`` inside as their metadata."""
    from restorekit.zoo.checkpoint import write_safetensors

    with whole(target) as partial:
        write_safetensors(partial, tensors, {"recipe": recipe.to_toml(), **facts})


def _state(learners: Mapping[str, Learner], progress: Progress) -> dict[str, Any]:
    state: dict[str, Any] = {"progress": asdict(progress), "random": torch.get_rng_state()}
    for name, learner in learners.items():
        state |= {f"{name}.{key}": value for key, value in learner.state().items()}
        state[f"{name}.share"] = learner.share
    return state


def _first(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]

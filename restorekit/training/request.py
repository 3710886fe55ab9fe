"""What can be asked of training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.training.recipe import Recipe


@dataclass(frozen=True)
class Engine:
    """Where and how it runs: what Lightning Fabric is told."""

    accelerator: str = "auto"
    devices: int | Literal["auto"] = "auto"
    """On each machine; on CPUs, processes."""
    nodes: int = 1
    """Machines; each is started with torchrun or SLURM."""
    strategy: str = "auto"
    """``ddp``, ``fsdp``, ...: how several devices work together."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    workers: int = 1
    """Processes that prepare pairs, for each device; 0: the training process itself."""


@dataclass(frozen=True)
class Training:
    """What to train, from what, and where the results go.

    Raises:
        UsageError: Options that cannot be meant.
    """

    recipe: Recipe
    data: str
    """A folder of photos: the true pictures."""
    out: Path
    """The folder of the run, such as ``runs/NAME``."""
    degraded: str | None = None
    """A folder of inputs of the same names, for recipes without a chain of degradations; for those
    with a degrader, any real degraded photos."""
    validation: str | None = None
    """A folder of photos to measure on; None: some of ``data`` are held back."""
    init: str | None = None
    """Weights to begin with: a name or a file."""
    resume: bool = False
    """Whether to go on with the run that is in ``out``."""
    seed: int = 0
    validate_every: int = 1000
    """Steps between two validations, each of which writes a checkpoint."""
    engine: Engine = field(default_factory=Engine)

    def __post_init__(self) -> None:
        pairs = self.degraded is not None and self.recipe.degrader is None
        if pairs and self.validation is not None:
            raise UsageError("paired folders hold back photos of their own", hint="no --validation")
        if not self.recipe.data.degradation and self.degraded is None:
            raise UsageError(
                "the recipe learns from pairs of photos", hint="--degraded names the inputs"
            )
        if self.validate_every < 1:
            raise UsageError("validation", expected="every 1 or more steps")


class Trained(NamedTuple):
    """What a run gave."""

    weights: Path
    """Any command takes it as ``--model``."""
    psnr: float
    """Of the best validation, in dB."""
    steps: int

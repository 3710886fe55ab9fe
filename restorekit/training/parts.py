"""The parts of a recipe, each a table of its TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class NetworkPart:
    """Which network."""

    architecture: str
    """A name of ``restorekit/architectures``."""
    hyperparameters: dict[str, Any] = field(default_factory=dict[str, Any])
    """As the architecture has them."""


@dataclass(frozen=True)
class DataPart:
    """What the network sees."""

    patch: int
    """Side of the squares that are cut from the photos, in pixels of the true picture."""
    batch: int
    """Pairs that one step averages over, on all devices together."""
    degradation: str = ""
    """The chain that makes the input, drawn anew for each pair (see ``restorekit degrade``). Empty
    where photos come in pairs, or where a network learns to make the input."""
    color: Literal["rgb", "grey", "luma"] = "rgb"
    """What of the photo: all, its grey by ITU-R BT.601, or BT.601's studio-range luma."""
    scale: int = 1
    """How many times smaller the input is."""
    truth: str = ""
    """A chain that true pictures go through once, before all else, such as ``sharpen(0.5)``."""
    turned: bool = True
    """Whether patches are turned and mirrored at random, in eight ways."""
    recolored: bool = False
    """Whether red, green and blue change places at random, in six ways: colours that are rare in
    photos are learnt too."""
    margin: int = 0
    """Pixels of the input, made by a chain, that are cut off again, at random on both sides. With 8
    patches begin anywhere in the blocks of JPEG; with 0 always at the first pixel of one, which
    networks learn."""


@dataclass(frozen=True)
class OptimizerPart:
    """How weights follow the gradient.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    """Of Adam; the first is the momentum of SGD."""
    weight_decay: float = 0.0
    clip: float | None = None
    """The gradient's largest norm."""
    accumulate: int = 1
    """Parts that a batch is cut into, one after the other, where memory is short."""
    rates: dict[str, float] = field(default_factory=dict[str, float])
    """The share of the rate that layers have, by their names in the network; 1 for others."""

    def __post_init__(self) -> None:
        check_limits({f"optimizer.rates.{key}": (it, 0, None) for key, it in self.rates.items()})


@dataclass(frozen=True)
class SchedulePart:
    """How the rate changes from step to step.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    kind: Literal["constant", "step", "cosine", "linear"] = "constant"
    warmup: int = 0
    """Steps over which the rate rises from nothing."""
    milestones: tuple[float, ...] = ()
    """Where a ``step`` schedule multiplies the rate, as shares of all steps, 0 to 1."""
    factor: float = 0.5
    """By which it does."""
    lowest: float = 0.0
    """The rate at which a ``cosine`` or ``linear`` schedule ends, as a share of the first."""
    start: float = 0.0
    """Where a ``linear`` schedule begins to fall, as a share of all steps."""
    power: float = 1.0
    """To which what is left of a ``linear`` schedule is raised; below 1 it falls late."""

    def __post_init__(self) -> None:
        check_limits(
            {"schedule.start": (self.start, 0, 1), "schedule.power": (self.power, 0, None)}
        )


@dataclass(frozen=True)
class AdversaryPart:
    """A critic, which learns to tell restored pictures from true ones, and how it is played with.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    critic: str
    """A name of ``restorekit/training/critics``."""
    form: Literal["vanilla", "lsgan", "hinge", "relativistic", "relativistic_ls", "wgan_gp"]
    """What the two play for; see ``restorekit/training/game.py``."""
    weight: float
    """How much the network's side of the game weighs beside its other losses."""
    features: int = 64
    """Width of the critic's first layer."""
    steps: int = 1
    """Of the critic, for each of the network."""
    start: int = 0
    """Steps that the network makes alone first."""
    shift: int = 0
    """Pixels by which it looks past the upper left corner, at most: as many as drawn each time, and
    it is shown as many less. Its strided convolutions pass on gradients in a grid, which then does
    not always lie as the blocks do that a network makes; what those repeat is for the loss
    ``grid``."""
    penalty: float = 10.0
    """How much the gradient penalty of ``wgan_gp`` weighs."""
    optimizer: OptimizerPart = field(default_factory=OptimizerPart)
    """The critic's. Its batch is cut as the network's is."""
    schedule: SchedulePart = field(default_factory=SchedulePart)

    def __post_init__(self) -> None:
        check_limits(
            {
                "adversary.weight": (self.weight, 0, None),
                "adversary.features": (self.features, 1, None),
                "adversary.steps": (self.steps, 1, None),
                "adversary.start": (self.start, 0, None),
                "adversary.shift": (self.shift, 0, None),
                "adversary.penalty": (self.penalty, 0, None),
                "adversary.optimizer.lr": (self.optimizer.lr, 0, None),
            }
        )


@dataclass(frozen=True)
class DegraderPart:
    """A High-to-Low network, which learns from photos without pairs what the input looks like.

    It learns first, from true pictures and from real degraded ones that have nothing to do with
    them; then it stays as it is, and the network learns from what it makes of the true pictures.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    losses: dict[str, float]
    """How much each loss weighs that compares what it makes with the pooled true picture."""
    adversary: AdversaryPart
    """Its critic, which learns to tell what it makes from real degraded pictures."""
    features: tuple[int, ...] = (96, 128, 256, 512)
    """Widths of its four groups on the way down."""
    share: float = 0.5
    """Of all steps, in which it learns. Schedules count all steps of the run."""
    optimizer: OptimizerPart = field(default_factory=OptimizerPart)
    schedule: SchedulePart = field(default_factory=SchedulePart)

    def __post_init__(self) -> None:
        check_limits(
            {
                "degrader.share": (self.share, 0, 1),
                "degrader.optimizer.lr": (self.optimizer.lr, 0, None),
            }
        )

    def steps(self, steps: int) -> int:
        """In how many of ``steps`` it learns: at least one, and at least one is left."""
        return min(max(1, round(self.share * steps)), steps - 1)


@dataclass(frozen=True)
class DiffusionPart:
    """The noise that a network which is sampled learns to tell; its schedule is the network's.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    augmentation: float = 0.0
    """The largest share, 0 to 1, of the schedule's steps of noise that the degraded picture is
    given too, for a network that is told how much; 0: none (noise-conditioning augmentation)."""

    def __post_init__(self) -> None:
        check_limits({"diffusion.augmentation": (self.augmentation, 0, 1)})


def check_limits(limits: Mapping[str, tuple[float, float, float | None]]) -> None:
    """Refuse numbers that cannot be meant.

    Args:
        limits: By the name in the recipe: the value, the least and the largest that it may be.

    Raises:
        UsageError: One is beyond its limits.
    """
    for name, (value, low, high) in limits.items():
        if not low <= value <= (value if high is None else high):
            limit = f"{low} or more" if high is None else f"{low} to {high}"
            raise UsageError(f"the recipe's {name}", expected=limit, got=f"{value:g}")

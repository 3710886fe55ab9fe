"""A recipe: everything that decides what a network becomes, but for the photos."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from restorekit.contracts import Task  # noqa: TC001 - the reader looks at types
from restorekit.errors import UnknownNameError, UsageError
from restorekit.training._tables import from_table, to_table

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: Mapping[str, str] = {
    "denoise": "dncnn-color",
    "sr": "real-esrgan-compact",
    "deblur": "nafnet-gopro",
}
"""The recipe of a task for which none is named."""


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
    where photos come in pairs."""
    color: Literal["rgb", "grey", "luma"] = "rgb"
    """What of the photo: all, its grey by ITU-R BT.601, or BT.601's studio-range luma."""
    scale: int = 1
    """How many times smaller the input is."""
    turned: bool = True
    """Whether patches are turned and mirrored at random, in eight ways."""


@dataclass(frozen=True)
class OptimizerPart:
    """How weights follow the gradient."""

    name: Literal["adam", "adamw", "sgd"] = "adam"
    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    """Of Adam; the first is the momentum of SGD."""
    weight_decay: float = 0.0
    clip: float | None = None
    """The gradient's largest norm."""
    accumulate: int = 1
    """Parts that a batch is cut into, one after the other, where memory is short."""


@dataclass(frozen=True)
class SchedulePart:
    """How the rate changes from step to step."""

    kind: Literal["constant", "step", "cosine"] = "constant"
    warmup: int = 0
    """Steps over which the rate rises from nothing."""
    milestones: tuple[float, ...] = ()
    """Where a ``step`` schedule multiplies the rate, as shares of all steps, 0 to 1."""
    factor: float = 0.5
    """By which it does."""
    lowest: float = 0.0
    """The rate at which a ``cosine`` schedule ends, as a share of the first."""


@dataclass(frozen=True)
class AdversaryPart:
    """A critic, which learns to tell restored pictures from true ones, and how it is played with.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    critic: str
    """A name of ``restorekit/training/critics``."""
    form: Literal["vanilla", "lsgan", "hinge", "relativistic", "wgan_gp"]
    """What the two play for; see ``restorekit/training/game.py``."""
    weight: float
    """How much the network's side of the game weighs beside its other losses."""
    features: int = 64
    """Width of the critic's first layer."""
    steps: int = 1
    """Of the critic, for each of the network."""
    start: int = 0
    """Steps that the network makes alone first."""
    penalty: float = 10.0
    """How much the gradient penalty of ``wgan_gp`` weighs."""
    optimizer: OptimizerPart = field(default_factory=OptimizerPart)
    """The critic's. Its batch is cut as the network's is."""
    schedule: SchedulePart = field(default_factory=SchedulePart)

    def __post_init__(self) -> None:
        _check_limits(
            {
                "adversary.weight": (self.weight, 0, None),
                "adversary.features": (self.features, 1, None),
                "adversary.steps": (self.steps, 1, None),
                "adversary.start": (self.start, 0, None),
                "adversary.penalty": (self.penalty, 0, None),
                "adversary.optimizer.lr": (self.optimizer.lr, 0, None),
            }
        )


@dataclass(frozen=True)
class Recipe:
    """See the module's text. Read from TOML; what it leaves out has the values here.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    title: str
    task: Task
    network: NetworkPart
    data: DataPart
    losses: dict[str, float]
    """How much each loss weighs, by its name in ``restorekit/training/losses``."""
    steps: int
    """How often weights change."""
    paper: str = ""
    optimizer: OptimizerPart = field(default_factory=OptimizerPart)
    schedule: SchedulePart = field(default_factory=SchedulePart)
    ema: float = 0.0
    """The share that the running average of the weights keeps at each step, such as 0.999; 0: there
    is no average."""
    adversary: AdversaryPart | None = None

    def __post_init__(self) -> None:
        _check_limits(
            {
                "steps": (self.steps, 1, None),
                "data.patch": (self.data.patch, 1, None),
                "data.batch": (self.data.batch, 1, None),
                "data.scale": (self.data.scale, 1, 16),
                "optimizer.lr": (self.optimizer.lr, 0, None),
                "optimizer.accumulate": (self.optimizer.accumulate, 1, self.data.batch),
                "ema": (self.ema, 0, 1),
            }
        )
        if not self.losses:
            raise UsageError("the recipe has no losses")
        if self.data.patch % self.data.scale:
            raise UsageError(
                "the recipe's data.patch",
                expected=f"a multiple of the scale {self.data.scale}",
                got=str(self.data.patch),
            )

    def with_(
        self,
        *,
        steps: int | None = None,
        batch: int | None = None,
        patch: int | None = None,
        lr: float | None = None,
    ) -> Recipe:
        """The same with other values; None keeps one."""
        data = {"batch": batch, "patch": patch}
        return dataclasses.replace(
            self,
            steps=self.steps if steps is None else steps,
            data=dataclasses.replace(self.data, **{k: v for k, v in data.items() if v is not None}),
            optimizer=self.optimizer
            if lr is None
            else dataclasses.replace(self.optimizer, lr=float(lr)),
        )

    def to_toml(self) -> str:
        """The text that :func:`read_recipe` reads back."""
        import tomli_w

        table: Any = to_table(self)
        return tomli_w.dumps(table)


def names() -> list[str]:
    """The names of the recipes that the program ships."""
    folder = resources.files("restorekit.training") / "recipes"
    return sorted(it.name.removesuffix(".toml") for it in folder.iterdir() if it.name[0] != "_")


def read_recipe(name_or_path: str) -> Recipe:
    """The recipe of that name, or in that TOML file.

    Raises:
        UnknownNameError: There is neither, or a key in it is unknown.
        UsageError: It cannot be read, or is wrong.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml":
        try:
            return parse_recipe(path.read_text(encoding="utf-8"), name_or_path)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the recipe {path} cannot be read", got=str(error)) from error
    if name_or_path not in names():
        raise UnknownNameError.among("recipe", name_or_path, names())
    file = resources.files("restorekit.training") / "recipes" / f"{name_or_path}.toml"
    return parse_recipe(file.read_text(encoding="utf-8"), f"recipe {name_or_path}")


def parse_recipe(text: str, where: str) -> Recipe:
    """The recipe that a TOML text writes; see :func:`read_recipe` for what can go wrong."""
    import tomli

    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise UsageError(f"{where} is no TOML", got=str(error)) from error
    return from_table(Recipe, table, where)


def default(task: str) -> str:
    """The recipe for a task.

    Raises:
        UnknownNameError: There is none.
    """
    if task not in DEFAULTS:
        raise UnknownNameError.among("task to train", task, DEFAULTS)
    return DEFAULTS[task]


def _check_limits(limits: Mapping[str, tuple[float, float, float | None]]) -> None:
    """Each value with the least and the largest that it may be."""
    for name, (value, low, high) in limits.items():
        if not low <= value <= (value if high is None else high):
            limit = f"{low} or more" if high is None else f"{low} to {high}"
            raise UsageError(f"the recipe's {name}", expected=limit, got=f"{value:g}")

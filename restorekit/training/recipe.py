"""A recipe: everything that decides what a network becomes, but for the photos."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restorekit.contracts import Task  # noqa: TC001 - the reader looks at types
from restorekit.errors import UnknownNameError, UsageError
from restorekit.training._tables import from_table, to_table
from restorekit.training.parts import (
    AdversaryPart,
    DataPart,
    DegraderPart,
    DiffusionPart,
    NetworkPart,
    OptimizerPart,
    SchedulePart,
    check_limits,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: Mapping[str, str] = {
    "denoise": "dncnn-color",
    "sr": "real-esrgan-compact",
    "deblur": "nafnet-gopro",
}
"""The recipe of a task for which none is named."""


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
    degrader: DegraderPart | None = None
    """What learns to make the input, where photos of both kinds are there, but no pairs of them."""
    diffusion: DiffusionPart | None = None
    """For networks that are sampled; None: they learn from noise in the true picture alone."""

    def __post_init__(self) -> None:
        check_limits(
            {
                "steps": (self.steps, 1, None),
                "data.patch": (self.data.patch, 1, None),
                "data.batch": (self.data.batch, 1, None),
                "data.scale": (self.data.scale, 1, 16),
                "data.margin": (self.data.margin, 0, None),
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
        if self.data.recolored and self.data.color != "rgb":
            raise UsageError(
                "the recipe's data.recolored", expected='data.color "rgb"', got=self.data.color
            )
        if self.degrader is not None:
            check_limits({"steps": (self.steps, 2, None)})
            if self.data.degradation:
                raise UsageError("a recipe with a degrader", expected="no data.degradation")

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

    def for_degrader(self, degrader: DegraderPart) -> Recipe:
        """What its degrader learns, as a recipe of pairs: its results and pooled true pictures."""
        data = dataclasses.replace(self.data, patch=self.data.patch // self.data.scale, scale=1)
        return dataclasses.replace(
            self,
            data=data,
            losses=degrader.losses,
            optimizer=degrader.optimizer,
            adversary=degrader.adversary,
            degrader=None,
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
            problem = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(f"the recipe {path} cannot be read", got=problem) from error
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

"""What a recipe has a network learn: to restore, against a critic as well, or to tell noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from restorekit.errors import UsageError
from restorekit.training.adversarial import Adversarial
from restorekit.training.critics import CRITICS
from restorekit.training.diffusion import Denoising, is_sampled
from restorekit.training.learner import Learner
from restorekit.training.parts import DiffusionPart
from restorekit.training.regression import Regression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightning_fabric import Fabric

    from restorekit.training.events import OnEvent
    from restorekit.training.pairs import Batch
    from restorekit.training.recipe import Recipe


class Objective(Protocol):
    """What a step is."""

    learner: Learner
    """The network that restores."""

    @property
    def learners(self) -> Mapping[str, Learner]:
        """All that learns, by the names that checkpoints have."""
        ...

    def step(self, number: int, batch: Batch) -> dict[str, float] | None:
        """One step.

        Args:
            number: From 0.
            batch: On the device.

        Returns:
            Its losses by name; None where numbers overflowed: some weights may have changed then.
        """
        ...


def make_objective(
    fabric: Fabric, learner: Learner, recipe: Recipe, on_event: OnEvent, *, seed: int = 0
) -> Objective:
    """The objective of a recipe, with its critic where it has one.

    Args:
        fabric: The engine, which sets the critic up.
        learner: The network that restores.
        recipe: What to learn.
        on_event: Told what losses need.
        seed: Of the noise that a network which is sampled learns to tell.

    Raises:
        UnknownNameError: There is no such loss or critic.
        UsageError: The critic cannot judge such patches, or there is none for such a network.
        WeightsError: The network that a loss looks through cannot be had.
    """
    part = recipe.adversary
    if recipe.diffusion is not None or is_sampled(learner):
        if part is not None:
            raise UsageError("a network that is sampled learns without an adversary")
        noise = recipe.diffusion or DiffusionPart()
        return Denoising(fabric, learner, recipe=recipe, part=noise, seed=seed, on_event=on_event)
    if part is None:
        return Regression(learner, recipe.losses, recipe.optimizer.accumulate, on_event)
    module = CRITICS[part.critic](
        channels=3 if recipe.data.color == "rgb" else 1,
        patch=recipe.data.patch,
        features=part.features,
    )
    critic = Learner(fabric, module, part.optimizer, part.schedule, steps=recipe.steps)
    return Adversarial(fabric, learner, critic, recipe=recipe, part=part, on_event=on_event)

"""What a recipe has a network learn: to restore, from pairs or without, or to tell noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from restorekit.architectures._high_to_low import MULTIPLE, SCALE, HighToLow
from restorekit.errors import UsageError
from restorekit.training.adversarial import Adversarial
from restorekit.training.critics import CRITICS
from restorekit.training.diffusion import Denoising, is_sampled
from restorekit.training.learner import Learner
from restorekit.training.parts import DiffusionPart
from restorekit.training.regression import Regression
from restorekit.training.unpaired import Unpaired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightning_fabric import Fabric

    from restorekit.training.events import OnEvent
    from restorekit.training.pairs import Batch
    from restorekit.training.parts import AdversaryPart, DegraderPart
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
    """The objective of a recipe, with its critics where it has any.

    Args:
        fabric: The engine, which sets the critic up.
        learner: The network that restores.
        recipe: What to learn.
        on_event: Told what losses need.
        seed: Of the noise that a network which is sampled learns to tell.

    Raises:
        UnknownNameError: There is no such loss or critic.
        UsageError: The critic cannot judge such patches, a degrader cannot make them, or there is
            no critic for such a network.
        WeightsError: The network that a loss looks through cannot be had.
    """
    part = recipe.adversary
    if recipe.diffusion is not None or is_sampled(learner):
        if part is not None or recipe.degrader is not None:
            raise UsageError(
                "a network that is sampled learns from pairs alone",
                got="an adversary" if part else "a degrader",
            )
        noise = recipe.diffusion or DiffusionPart()
        return Denoising(fabric, learner, recipe=recipe, part=noise, seed=seed, on_event=on_event)
    if part is None:
        restoring = Regression(learner, recipe.losses, recipe.optimizer.accumulate, on_event)
    else:
        restoring = _adversarial(fabric, learner, recipe, part, on_event)
    if recipe.degrader is None:
        return restoring
    degrading = _degrading(fabric, recipe, recipe.degrader, on_event)
    alone = recipe.degrader.steps(recipe.steps)
    return Unpaired(fabric, degrading=degrading, restoring=restoring, alone=alone)


def _degrading(
    fabric: Fabric, recipe: Recipe, part: DegraderPart, on_event: OnEvent
) -> Adversarial:
    if recipe.data.scale != SCALE or recipe.data.patch % MULTIPLE:
        raise UsageError(
            "a recipe with a degrader",
            expected=f"data.scale {SCALE} and data.patch a multiple of {MULTIPLE}",
            got=f"{recipe.data.scale} and {recipe.data.patch}",
        )
    module = HighToLow(channels=_channels(recipe), features=part.features)
    learner = Learner(fabric, module, part.optimizer, part.schedule, steps=recipe.steps)
    return _adversarial(fabric, learner, recipe.for_degrader(part), part.adversary, on_event)


def _adversarial(
    fabric: Fabric, learner: Learner, recipe: Recipe, part: AdversaryPart, on_event: OnEvent
) -> Adversarial:
    module = CRITICS[part.critic](
        channels=_channels(recipe),
        patch=recipe.data.patch - part.shift,
        features=part.features,
    )
    critic = Learner(fabric, module, part.optimizer, part.schedule, steps=recipe.steps)
    return Adversarial(fabric, learner, critic, recipe=recipe, part=part, on_event=on_event)


def _channels(recipe: Recipe) -> int:
    return 3 if recipe.data.color == "rgb" else 1

"""Learning against a critic, which learns to tell what is restored from what is true."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import torch

from restorekit.training.game import FORMS, each, gradient_penalty, higher, mean_over
from restorekit.training.losses import Weighed
from restorekit.training.regression import Regression

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lightning_fabric import Fabric
    from torch import Tensor, nn

    from restorekit.training.events import OnEvent
    from restorekit.training.learner import Learner
    from restorekit.training.pairs import Batch
    from restorekit.training.parts import AdversaryPart
    from restorekit.training.recipe import Recipe

PLAYED, CRITIC, APART = "adversarial", "critic", "critic's margin"
"""What is told of a step: the losses of the two sides, and by how much the critic's numbers are
higher for true pictures."""


class Adversarial:
    """A network that learns from pairs and from a critic.

    In each step the network learns first, and then the critic from the same pictures, once or a
    few times.

    Args:
        fabric: The engine.
        learner: The network.
        critic: The other side.
        recipe: What the network learns besides.
        part: Its adversary.
        on_event: Told what losses need.

    Raises:
        UnknownNameError: There is no such loss.
        WeightsError: The network that a loss looks through cannot be had.
    """

    def __init__(
        self,
        fabric: Fabric,
        learner: Learner,
        critic: Learner,
        *,
        recipe: Recipe,
        part: AdversaryPart,
        on_event: OnEvent,
    ) -> None:
        self.learner = learner
        self.critic = critic
        self._fabric = fabric
        self._part = part
        self._form = FORMS[part.form]
        self._begun = False
        self._shown: list[tuple[Tensor, Tensor]] = []
        self._true: tuple[Tensor, ...] | None = None
        self._parts = recipe.optimizer.accumulate
        self._network = Regression(
            learner,
            recipe.losses,
            self._parts,
            on_event,
            {PLAYED: Weighed(self._fooling, part.weight)},
        )

    @property
    def learners(self) -> dict[str, Learner]:
        """All that learns, by the names that checkpoints have."""
        return {**self._network.learners, "critic": self.critic}

    def step(
        self, number: int, batch: Batch, *, true: Tensor | None = None
    ) -> dict[str, float] | None:
        """One step of both; its losses by name, or None where numbers overflowed.

        Args:
            number: From 0.
            batch: On the device.
            true: What the critic takes for true, ``(N, C, H, W)`` of the size of the results,
                where that is not what the network should give back.
        """
        self._begun = number >= self._part.start
        self._shown = []
        self._true = None if true is None else true.chunk(self._parts)
        found = self._network.step(number, batch)
        if found is None or not self._begun:
            return found
        for _ in range(self._part.steps):
            found |= {CRITIC: 0.0, APART: 0.0}
            parts = [self._judging(*pictures, found) for pictures in self._shown]
            if self.critic.learn(number, parts) is None:
                return None
        return found

    def _fooling(self, restored: Tensor, clean: Tensor) -> Tensor:
        """The network's side of the game: a loss like any other."""
        if not self._begun:
            return restored.new_zeros(())
        if self._true is not None:
            clean = self._true[len(self._shown)]
        self._shown.append((restored.detach(), clean))
        # By the critic itself: what the engine wraps around it waits for gradients of its weights.
        with self._fabric.autocast(), _still(self.critic.bare):
            seen, true = self._shifted(restored, clean)
            verdicts = each(self.critic.bare(seen))
            with torch.no_grad():
                others = each(self.critic.bare(true)) if self._form.relative else verdicts
        return mean_over(self._form.network, verdicts, others)

    def _shifted(self, *pictures: Tensor) -> list[Tensor]:
        """The part of each picture that the critic is shown: of all the same."""
        most = self._part.shift
        if not most:
            return list(pictures)
        # As the penalty's, from torch's generator, which checkpoints keep.
        top, left = (int(it) for it in torch.randint(most + 1, (2,)))
        height, width = (side - most for side in pictures[0].shape[-2:])
        return [it[..., top : top + height, left : left + width] for it in pictures]

    def _judging(
        self, restored: Tensor, clean: Tensor, found: dict[str, float]
    ) -> Callable[[], Tensor]:
        parts = len(self._shown)

        def loss() -> Tensor:
            seen = self._shifted(restored, clean)
            verdicts = [each(self.critic.module(it)) for it in seen]
            value = mean_over(self._form.critic, *verdicts)
            if self._form.penalised:
                # In float32: gradients of gradients are too small for bfloat16.
                penalty = gradient_penalty(self.critic.bare, *seen)
                value = value + self._part.penalty * penalty
            found[CRITIC] += value.item() / parts
            found[APART] += mean_over(higher, *verdicts).item() / parts
            return value / parts

        return loss


@contextlib.contextmanager
def _still(module: nn.Module) -> Generator[None]:
    """Whose weights gather no gradient from what is computed here."""
    module.requires_grad_(requires_grad=False)
    try:
        yield
    finally:
        module.requires_grad_()

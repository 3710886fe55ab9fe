"""The loop: steps, and between them validations and checkpoints."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from restorekit.errors import NumericalError
from restorekit.training import checkpoint
from restorekit.training.events import Stepped, Told, Validated
from restorekit.training.record import RATE, SECONDS
from restorekit.training.validation import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from lightning_fabric import Fabric
    from torch import Tensor

    from restorekit.contracts import Network
    from restorekit.training.checkpoint import Progress
    from restorekit.training.events import OnEvent
    from restorekit.training.objective import Objective
    from restorekit.training.pairs import Batch
    from restorekit.training.recipe import Recipe
    from restorekit.training.record import Record
    from restorekit.training.validation import Example, Measured

MOST_OVERFLOWS = 10
"""Times that a run is rolled back before it is given up."""
TELL_SECONDS = 10
"""Between two events that tell of steps, at least."""
SAVE_SECONDS, LOOK_STEPS = 600, 20
"""A checkpoint is written after so many seconds without one; the clock is looked at now and then,
since all processes must agree."""


@dataclass
class Run:
    """A run: what it trains, on what, and what is told of it."""

    fabric: Fabric
    recipe: Recipe
    folder: Path
    objective: Objective
    network: Callable[[], Network]
    """The network as it would be used now."""
    examples: Callable[[int], list[Example]]
    """What it is measured on after so many steps; none where there is nothing to measure yet."""
    record: Record
    progress: Progress
    validate_every: int
    on_event: OnEvent
    by_products: Mapping[str, Callable[[], Mapping[str, Tensor]]] = field(
        default_factory=dict[str, "Callable[[], Mapping[str, Tensor]]"]
    )
    """Tensors that each validation writes besides, by the names of their files."""

    def go(self, batches: Iterator[Batch]) -> None:
        """Make the steps that are left.

        Raises:
            NumericalError: Numbers overflowed again and again.
        """
        began = told = saved = time.monotonic()
        first = told_step = self.progress.step
        for step, batch in enumerate(batches, self.progress.step):
            losses = self.objective.step(step, batch)
            self.progress.step = step + 1
            if losses is None:
                self._roll_back(step)
                continue
            done = step + 1
            due = done % self.validate_every == 0 or done == self.recipe.steps
            now = time.monotonic()
            if due or now - told >= TELL_SECONDS:
                seconds = (now - told) / max(1, done - told_step)
                left = (now - began) / (done - first) * (self.recipe.steps - done)
                self._tell(done, losses, seconds, left)
                told, told_step = now, done
            if due:
                self.validate()
                told = saved = time.monotonic()
            elif done % LOOK_STEPS == 0 and self.fabric.broadcast(now - saved > SAVE_SECONDS):
                self.save()
                saved = time.monotonic()

    def validate(self) -> None:
        """Measure, keep the weights if they are the best, and write the checkpoint."""
        if self.fabric.is_global_zero:
            if examples := self.examples(self.progress.step):
                self._measure(examples)
            for name, tensors in self.by_products.items():
                checkpoint.export(self.folder / name, tensors(), self.recipe)
        self.progress.best = self.fabric.broadcast(self.progress.best)
        self.save()

    def _measure(self, examples: list[Example]) -> None:
        step = self.progress.step
        measured = measure(self.network(), examples, self.fabric.device)
        best = measured.restored > self.progress.best
        self._export(checkpoint.NEWEST, measured)
        if best:
            self.progress.best = measured.restored
            self._export(checkpoint.BEST, measured)
        self.record.validated(step, measured)
        self.on_event(Validated(step, measured.degraded, measured.restored, best))

    def _export(self, name: str, measured: Measured) -> None:
        tensors = self.network().module.state_dict()
        psnr = f"{measured.restored:.4f}"
        checkpoint.export(self.folder / name, tensors, self.recipe, psnr=psnr)

    def save(self) -> None:
        """Write the checkpoint from which a run goes on."""
        checkpoint.save(self.fabric, self.folder, self.objective.learners, self.progress)

    def _tell(self, step: int, losses: dict[str, float], seconds: float, left: float) -> None:
        if self.fabric.is_global_zero:
            rate = self.objective.learner.rate(step - 1)
            self.record.add(step, {**losses, RATE: rate, SECONDS: seconds})
            self.on_event(Stepped(step, self.recipe.steps, losses, rate, seconds, left))

    def _roll_back(self, step: int) -> None:
        """Go back to the last checkpoint's weights, halve the rates, and go on with other pairs."""
        overflows = self.progress.overflows + 1
        if overflows > MOST_OVERFLOWS:
            raise NumericalError(
                f"numbers overflowed {overflows} times, the last time at step {step + 1}",
                hint="a smaller --lr, or optimizer.clip in the recipe",
            )
        learners = self.objective.learners
        shares = {name: it.share / 2 for name, it in learners.items()}
        checkpoint.restore(self.fabric, self.folder, learners, self.progress)
        self.progress.step, self.progress.overflows = step + 1, overflows
        for name, learner in learners.items():
            learner.share = shares[name]
        if self.fabric.is_global_zero:
            self.on_event(
                Told(
                    f"step {step + 1}: the gradient is not finite; back to the last checkpoint, "
                    f"the rate is now {self.objective.learner.rate(step):.3g}"
                )
            )

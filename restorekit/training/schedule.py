"""The learning rate at each step, as a share of the recipe's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restorekit.training.parts import SchedulePart


def rate(schedule: SchedulePart, step: int, steps: int) -> float:
    """The share of the recipe's rate at ``step``, from 0 up, of ``steps``.

    ``cosine`` falls along half a wave: I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent
    with warm restarts, ICLR 2017, equation 5, without restarts.
    """
    if step < schedule.warmup:
        return (step + 1) / (schedule.warmup + 1)
    if schedule.kind == "step":
        return schedule.factor ** sum(step >= share * steps for share in schedule.milestones)
    if schedule.kind == "cosine":
        done = (step - schedule.warmup) / max(1, steps - schedule.warmup)
        wave = (1 + math.cos(math.pi * min(1.0, done))) / 2
        return schedule.lowest + (1 - schedule.lowest) * wave
    if schedule.kind == "linear":
        begins = max(schedule.start * steps, schedule.warmup)
        done = max(0.0, step - begins) / max(1.0, steps - begins)
        return schedule.lowest + (1 - schedule.lowest) * (1 - done) ** schedule.power
    return 1.0

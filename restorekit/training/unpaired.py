"""Learning without pairs: a network learns to degrade first, then another to undo that.

A. Bulat, J. Yang, G. Tzimiropoulos, To learn image super-resolution, use a GAN to learn how to do
image degradation first, ECCV 2018. Both networks play against a critic, and are kept near their
input by losses on pixels: the first one, High-to-Low, near the pooled true picture.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
import torch.nn.functional as F

from restorekit.architectures import _high_to_low
from restorekit.training.pairs import Batch
from restorekit.training.validation import SEED

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from torch import Tensor

    from restorekit.training.adversarial import Adversarial
    from restorekit.training.learner import Learner
    from restorekit.training.objective import Objective
    from restorekit.training.validation import Example

DEGRADER = "degrader.safetensors"
"""The High-to-Low network in the run's folder; ``learned`` takes it."""
HIGH_TO_LOW = "high-to-low "
"""Before the names of its losses."""


class Unpaired:
    """A network that learns to restore what another one has learnt to make.

    Batches hold real degraded pictures, and true ones with noise as their last channel: see
    :class:`restorekit.training.unpaired_patches.UnpairedPatches`.

    Args:
        fabric: The engine.
        degrading: High-to-Low and its critic.
        restoring: The network, and its critic if it has one, as they learn from pairs.
        alone: Steps in which High-to-Low learns; then the network does.
    """

    def __init__(
        self, fabric: Fabric, *, degrading: Adversarial, restoring: Objective, alone: int
    ) -> None:
        self.learner = restoring.learner
        self._fabric = fabric
        self._degrading = degrading
        self._restoring = restoring
        self._alone = alone

    @property
    def learners(self) -> dict[str, Learner]:
        """All that learns, by the names that checkpoints have."""
        high_to_low = {"degrader": self._degrading.learner, "its_critic": self._degrading.critic}
        return {**self._restoring.learners, **high_to_low}

    def step(self, number: int, batch: Batch) -> dict[str, float] | None:
        """One step of High-to-Low or, later, of the network; None where numbers overflowed."""
        clean = batch.clean[:, :-1]
        degrader = self._degrading.learner
        if number < self._alone:
            degrader.bare.train()
            pooled = F.avg_pool2d(clean, _high_to_low.SCALE)
            found = self._degrading.step(number, Batch(batch.clean, pooled), true=batch.degraded)
            return found and {HIGH_TO_LOW + name: value for name, value in found.items()}
        with self._fabric.autocast(), torch.no_grad():
            degraded = degrader.bare.eval()(batch.clean).float()
        return self._restoring.step(number, Batch(degraded, clean))

    def degrader(self) -> dict[str, Tensor]:
        """What High-to-Low has learnt, on the CPU."""
        tensors = self._degrading.learner.bare.state_dict()
        return {name: it.detach().cpu().clone() for name, it in tensors.items()}

    def examples(self, clean: list[Example], seed: int, step: int) -> list[Example]:
        """What the network is measured on after ``step`` steps: what High-to-Low makes.

        None until the network has begun to learn: High-to-Low still changes, and so would figures.

        Args:
            clean: True pictures that nothing learns from.
            seed: Of the noise.
            step: From 1.
        """
        if step <= self._alone:
            return []
        module = cast("_high_to_low.HighToLow", self._degrading.learner.bare.eval())
        return [
            dataclasses.replace(
                it,
                degraded=_high_to_low.degraded(
                    module, it.clean, np.random.default_rng([seed, SEED + place])
                ),
            )
            for place, it in enumerate(clean)
        ]

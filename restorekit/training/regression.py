"""Learning to give the true picture back, by losses that compare the two.

Of a network that makes several results each loss is the sum over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from restorekit.training.events import unheard
from restorekit.training.losses import weighed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from restorekit.training.events import OnEvent
    from restorekit.training.learner import Learner
    from restorekit.training.losses import Weighed
    from restorekit.training.pairs import Batch


class Regression:
    """A network that learns from pairs alone.

    Args:
        learner: The network.
        losses: How much each loss weighs, by name.
        accumulate: Parts that a batch is cut into.
        on_event: Told what losses need.
        others: Losses that are in no catalogue, by the names that they are told by; they see the
            finished result only.

    Raises:
        UnknownNameError: There is no such loss.
        WeightsError: The network that a loss looks through cannot be had.
    """

    def __init__(
        self,
        learner: Learner,
        losses: Mapping[str, float],
        accumulate: int,
        on_event: OnEvent = unheard,
        others: Mapping[str, Weighed] | None = None,
    ) -> None:
        self.learner = learner
        self._others = dict(others or {})
        self._losses = {**weighed(losses, learner.device, on_event), **self._others}
        self._accumulate = accumulate

    @property
    def learners(self) -> dict[str, Learner]:
        """All that learns, by the names that checkpoints have."""
        return {"network": self.learner}

    def step(self, number: int, batch: Batch) -> dict[str, float] | None:
        """One step; its losses by name, or None where numbers overflowed."""
        found: dict[str, float] = dict.fromkeys(self._losses, 0.0)
        halves = list(zip(*(it.chunk(self._accumulate) for it in batch), strict=True))
        parts = [self._part(degraded, clean, found, len(halves)) for degraded, clean in halves]
        return None if self.learner.learn(number, parts) is None else found

    def _pairs(self, degraded: Tensor, clean: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Each result with the truth in its size, the finished one first."""
        smaller = self.learner.results and self.learner.results.smaller
        found: list[tuple[Tensor, Tensor]] = []
        for restored in self.learner.restored(degraded):
            while smaller and clean.shape[2:] > restored.shape[2:]:
                clean = smaller(clean)
            found.append((restored, clean))
        return found

    def _part(
        self, degraded: Tensor, clean: Tensor, found: dict[str, float], parts: int
    ) -> Callable[[], Tensor]:
        def loss() -> Tensor:
            pairs = self._pairs(degraded, clean)
            total = clean.new_zeros(())
            for name, (compared, weight) in self._losses.items():
                seen = pairs[:1] if name in self._others else pairs
                value = torch.stack([compared(*it) for it in seen]).sum()
                found[name] += value.item() / parts
                total = total + weight * value / parts
            return total

        return loss

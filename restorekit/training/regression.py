"""Learning to give the true picture back, by losses that compare the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from restorekit.training.learner import Learner
    from restorekit.training.pairs import Batch

    Loss = Callable[[Tensor, Tensor], Tensor]

LOSSES: Catalog[Loss] = Catalog("restorekit.training.losses", "LOSS", "loss")


class Regression:
    """A network that learns from pairs alone.

    Args:
        learner: The network.
        losses: How much each loss weighs, by name.
        accumulate: Parts that a batch is cut into.

    Raises:
        UnknownNameError: There is no such loss.
    """

    def __init__(self, learner: Learner, losses: Mapping[str, float], accumulate: int) -> None:
        self.learner = learner
        self._losses = {name: (LOSSES[name], weight) for name, weight in losses.items()}
        self._accumulate = accumulate

    def step(self, number: int, batch: Batch) -> dict[str, float] | None:
        """One step; its losses by name, or None where numbers overflowed."""
        found: dict[str, float] = dict.fromkeys(self._losses, 0.0)
        halves = zip(*(it.chunk(self._accumulate) for it in batch), strict=True)
        parts = [self._part(degraded, clean, found) for degraded, clean in halves]
        return None if self.learner.learn(number, parts) is None else found

    def _part(
        self, degraded: Tensor, clean: Tensor, found: dict[str, float]
    ) -> Callable[[], Tensor]:
        def loss() -> Tensor:
            restored = self.learner.module(degraded).float()
            values = {name: it(restored, clean) for name, (it, _) in self._losses.items()}
            for name, value in values.items():
                found[name] += value.item() / self._accumulate
            weighted = [self._losses[name][1] * value for name, value in values.items()]
            return sum(weighted[1:], start=weighted[0]) / self._accumulate

        return loss

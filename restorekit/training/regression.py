"""Learning to give the true picture back, by losses that compare the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.training.events import unheard
from restorekit.training.losses import weighed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from restorekit.training.events import OnEvent
    from restorekit.training.learner import Learner
    from restorekit.training.losses import Weighed


class Regression:
    """A network that learns from pairs alone.

    Args:
        learner: The network.
        losses: How much each loss weighs, by name.
        accumulate: Parts that a batch is cut into.
        on_event: Told what losses need.
        others: Losses that are in no catalogue, by the names that they are told by.

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
        self._losses = {**weighed(losses, learner.device, on_event), **(others or {})}
        self._accumulate = accumulate

    @property
    def learners(self) -> dict[str, Learner]:
        """All that learns, by the names that checkpoints have."""
        return {"network": self.learner}

    def step(self, number: int, batch: Sequence[Tensor]) -> dict[str, float] | None:
        """One step; its losses by name, or None where numbers overflowed.

        Args:
            number: From 0.
            batch: What the network takes, such as degraded pictures, and last what it shall make
                of that.
        """
        found: dict[str, float] = dict.fromkeys(self._losses, 0.0)
        halves = list(zip(*(it.chunk(self._accumulate) for it in batch), strict=True))
        parts = [self._part(seen, clean, found, len(halves)) for *seen, clean in halves]
        return None if self.learner.learn(number, parts) is None else found

    def _part(
        self, seen: Sequence[Tensor], clean: Tensor, found: dict[str, float], parts: int
    ) -> Callable[[], Tensor]:
        def loss() -> Tensor:
            restored = self.learner.module(*seen).float()
            total = restored.new_zeros(())
            for name, (compared, weight) in self._losses.items():
                value = compared(restored, clean)
                found[name] += value.item() / parts
                total = total + weight * value / parts
            return total

        return loss

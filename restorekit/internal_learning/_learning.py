"""A network learns a photo's examples: Adam, whose steps become smaller where progress stalls."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.internal_learning._lesson import Budget


FIRST_RATE = 1e-3
LAST_RATE = 9e-6
"""Where the rate would be less, learning ends."""
LOWERED = 0.1
"""What the rate becomes where progress stalls, of what it was."""
SURE = 1.5
"""Standard errors by which the losses must fall along a line, or progress has stalled."""
CHECKED = 50
"""Iterations between two looks at the losses."""
FAINT = 1e-5
"""A crop that has lost less than this, on average in each sample, teaches nothing."""


@dataclass
class Rate:
    """The learning rate, lowered where a line through the latest losses does not fall for sure.

    A loss is a share of what the crop has lost: crops differ more than progress changes them.

    Args:
        patience: How many losses the line is drawn through, at least 3.
    """

    patience: int
    value: float = FIRST_RATE
    _losses: list[float] = field(default_factory=list[float])

    @property
    def is_over(self) -> bool:
        """Whether nothing more is learned."""
        return self.value < LAST_RATE

    def heard(self, loss: float) -> float:
        """The rate after one more loss."""
        self._losses.append(loss)
        enough = len(self._losses) >= self.patience
        if enough and not len(self._losses) % CHECKED and not self._falls():
            self.value *= LOWERED
            self._losses.clear()
        return self.value

    def _falls(self) -> bool:
        losses = np.array(self._losses[-self.patience :])
        places = np.arange(len(losses)) - (len(losses) - 1) / 2
        spread = (places**2).sum()
        slope = (places * losses).sum() / spread
        rest = losses - losses.mean() - slope * places
        error = math.sqrt((rest**2).sum() / (len(losses) - 2) / spread)
        return bool(slope < -SURE * error)


def learn(
    network: nn.Module,
    crops: Callable[[], tuple[Tensor, Tensor]],
    budget: Budget,
    *,
    in_bfloat16: bool,
    on_iteration: Callable[[int], object],
) -> None:
    """Teach ``network``, which is changed, to make the sharp crops of the enlarged ones (L1).

    Args:
        network: Takes and gives ``(1, C, h, w)``.
        crops: Gives a crop as it was enlarged, and sharp.
        budget: For how long.
        in_bfloat16: Whether the network is run in that precision; its weights never are.
        on_iteration: Told how many are done; at the end, that all are.
    """
    device = next(network.parameters()).device
    rate = Rate(budget.patience)
    optimizer = torch.optim.Adam(network.parameters(), rate.value)
    for done in range(1, budget.iterations + 1):
        enlarged, sharp = (it.to(device) for it in crops())
        lost = F.l1_loss(enlarged, sharp).item()
        if lost > FAINT:
            with (
                torch.enable_grad(),
                torch.autocast(device.type, torch.bfloat16, enabled=in_bfloat16),
            ):
                found = network(enlarged.contiguous(memory_format=torch.channels_last))
                loss = F.l1_loss(found.float(), sharp)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            optimizer.param_groups[0]["lr"] = rate.heard(loss.item() / lost)
        if rate.is_over:
            break
        on_iteration(done)
    on_iteration(budget.iterations)

"""Mean absolute difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor


def l1(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean |restored - clean|``; the median of what is likely is its minimum."""
    return F.l1_loss(restored, clean)


LOSS = l1

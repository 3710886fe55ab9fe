"""Mean squared difference of the middle of each patch, whose surroundings are all there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 5
"""Pixels."""


def l2_center(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean (restored - clean)^2`` over the central 5 x 5 pixels.

    D. Liu et al., Non-local recurrent network for image restoration, NeurIPS 2018, section 4, as
    its authors' program has it.
    """
    top, left = ((length - SIDE) // 2 for length in restored.shape[2:])
    center = (..., slice(top, top + SIDE), slice(left, left + SIDE))
    return F.mse_loss(restored[center], clean[center])


LOSS = l2_center

"""A smooth absolute difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-3
"""Differences below this count by their square."""


def charbonnier(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean sqrt((restored - clean)^2 + epsilon^2)``.

    W.-S. Lai et al., Deep Laplacian pyramid networks for fast and accurate super-resolution, CVPR
    2017, section 3.3.
    """
    return torch.sqrt(torch.square(restored - clean) + EPSILON**2).mean()


LOSS = charbonnier

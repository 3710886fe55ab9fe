"""What KernelGAN asks of a kernel besides that it deceives: section 3.2 of the paper.

All take ``(seeds, n, n)`` and give ``(seeds,)``. The paper leaves open how its sums are scaled, and
how fast its mask grows: here they are means over the kernel, as their weights then suit the game,
whose loss is at most 1.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

STEEPNESS = 3.0
"""Pixels in which the penalty of being far from the middle grows by e."""
HIGHEST = 30.0
"""That penalty in the corners."""
FAINTEST = 1e-12
"""Added below the root, whose slope at 0 is infinite."""


def sum_to_one(kernels: Tensor) -> Tensor:
    """``|1 - sum k|``."""
    return (1 - kernels.sum(dim=(1, 2))).abs()


def boundaries(kernels: Tensor) -> Tensor:
    """``mean |k m|``: m grows exponentially with the distance from the middle, from 0 there."""
    return (kernels * _far(kernels.shape[1]).to(kernels.device)).abs().mean(dim=(1, 2))


def sparse(kernels: Tensor) -> Tensor:
    """``mean |k|^(1/2)``, which many small values make large, and few large ones do not."""
    return (kernels.abs() + FAINTEST).sqrt().mean(dim=(1, 2))


def center(kernels: Tensor, middle: float) -> Tensor:
    """The distance in pixels of the centre of mass from ``(middle, middle)``."""
    places = torch.arange(kernels.shape[1], dtype=kernels.dtype, device=kernels.device)
    mass = kernels.sum(dim=(1, 2))
    down = (kernels.sum(dim=2) * places).sum(dim=1) / mass - middle
    right = (kernels.sum(dim=1) * places).sum(dim=1) / mass - middle
    return (down**2 + right**2 + FAINTEST).sqrt()


@lru_cache(maxsize=4)
def _far(size: int) -> Tensor:
    places = torch.arange(size, dtype=torch.float32) - size // 2
    grown = torch.expm1(torch.hypot(places[:, None], places) / STEEPNESS)
    return HIGHEST * grown / grown.max()

"""Weights that can be made again anywhere: how numbers of other implementations were made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


def waves(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Sines of another frequency for each tensor, in float64; what is no kernel is near 1 or 0."""
    made: dict[str, Tensor] = {}
    for number, key in enumerate(sorted(state)):
        shape = state[key].shape
        wave = torch.sin((0.7 + 0.013 * number) * torch.arange(shape.numel()).double() + number)
        wave = wave.view(shape)
        near_one = 0.3 * wave + (not key.endswith("bias"))
        made[key] = wave / math.prod(shape[1:]) ** 0.5 if wave.ndim == 4 else near_one
    return made


def wavy_picture(channels: int, height: int, width: int) -> Tensor:
    """``(1, channels, height, width)`` in [0, 1] in float64."""
    values = 0.5 + 0.5 * torch.sin(0.37 * torch.arange(channels * height * width).double())
    return values.view(1, channels, height, width)

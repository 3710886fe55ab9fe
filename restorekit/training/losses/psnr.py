"""PSNR itself, with its sign turned."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

LEAST = 1e-8
"""Added to the mean squared error: no picture counts for more than 80 dB."""


def psnr(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean 10 log10(MSE + 1e-8)`` over the pictures, in dB: -80 where all are equal.

    Each picture counts by the ratio that its error is lowered by, where ``l2`` lets the worst ones
    rule. L. Chen et al., HINet: half instance normalization network for image restoration, CVPR
    workshops 2021, section 3.4; NAFNet is trained so, too.
    """
    errors = torch.square(restored - clean).mean(dim=(1, 2, 3))
    return 10 / math.log(10) * torch.log(errors + LEAST).mean()


LOSS = psnr

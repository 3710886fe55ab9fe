"""A High-to-Low network of a few thousand weights, trained by nobody, for tests of what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file
from torch import nn

from restorekit.architectures._high_to_low import HighToLow

if TYPE_CHECKING:
    from pathlib import Path


def small_degrader(channels: int = 3) -> HighToLow:
    """The network, with statistics of noise in its normalisation and results all over the range."""
    torch.manual_seed(channels)
    module = HighToLow(channels=channels, features=(4, 4, 6, 16))
    for _ in range(20):
        module(torch.rand(4, channels + 1, 32, 32))
    last = module.last[-1]
    assert isinstance(last, nn.Conv2d)
    with torch.no_grad():
        last.weight.mul_(8)
    return module.eval().requires_grad_(requires_grad=False)


def write_degrader(path: Path, channels: int = 3) -> Path:
    """The same as training writes it."""
    save_file(small_degrader(channels).state_dict(), path)
    return path

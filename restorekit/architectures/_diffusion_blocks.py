"""The parts of a U-Net that hears how much noise there is: blocks, attention, changes of size.

As in J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models, NeurIPS 2020, appendix B.
The noise level is a number, not the count of a step: N. Chen et al., WaveGrad, ICLR 2021, section
2.2.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GROUPS = 32
"""Of the normalisation, where they divide the width."""


def normalisation(features: int) -> nn.GroupNorm:
    """In the groups of the port, or, for widths that it cannot have, of four channels or more.

    What is added to all of a channel is lost where a channel is a group: the noise level would be.
    """
    if features % GROUPS == 0:
        return nn.GroupNorm(GROUPS, features)
    return nn.GroupNorm(max(1, math.gcd(GROUPS, features) // 4), features)


class LevelEncoding(nn.Module):
    """A number as sines and cosines of it, ``(N,)`` to ``(N, features)``."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features

    def forward(self, level: Tensor) -> Tensor:
        """``level`` is the root of gamma."""
        half = self.features // 2
        steps = torch.arange(half, device=level.device, dtype=level.dtype) / half
        angles = level[:, None] * torch.exp(-math.log(1e4) * steps)
        return torch.cat([angles.sin(), angles.cos()], dim=1)


def level_embedding(features: int) -> nn.Sequential:
    """What makes a noise level into the features that all blocks hear."""
    return nn.Sequential(
        LevelEncoding(features),
        nn.Linear(features, 4 * features),
        nn.SiLU(),
        nn.Linear(4 * features, features),
    )


class NormedConvolution(nn.Module):
    """Normalisation, activation, convolution."""

    def __init__(self, features: int, made: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            normalisation(features),
            nn.SiLU(),
            nn.Identity(),  # the port's place for dropout, which is counted in its names
            nn.Conv2d(features, made, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to ``(N, made, H, W)``."""
        return self.block(x)


class FeatureShift(nn.Module):
    """Adds what the noise level says to each channel."""

    def __init__(self, heard: int, features: int) -> None:
        super().__init__()
        self.noise_func = nn.Sequential(nn.Linear(heard, features))

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """``(N, features, H, W)`` and ``(N, heard)`` to the former's shape."""
        return x + self.noise_func(level)[:, :, None, None]


class ResidualBlock(nn.Module):
    """What two convolutions make, the noise level heard in between, added to what came in."""

    def __init__(self, features: int, made: int, heard: int) -> None:
        super().__init__()
        self.noise_func = FeatureShift(heard, made)
        self.block1 = NormedConvolution(features, made)
        self.block2 = NormedConvolution(made, made)
        self.res_conv = nn.Conv2d(features, made, 1) if features != made else nn.Identity()

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """``(N, features, H, W)`` and ``(N, heard)`` to ``(N, made, H, W)``."""
        return self.block2(self.noise_func(self.block1(x), level)) + self.res_conv(x)


class SelfAttention(nn.Module):
    """Each place looks at all others, and adds what it finds."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = normalisation(features)
        self.qkv = nn.Conv2d(features, 3 * features, 1, bias=False)
        self.out = nn.Conv2d(features, features, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        places = self.qkv(self.norm(x)).flatten(2).transpose(1, 2)  # (N, H W, 3 features)
        found = F.scaled_dot_product_attention(*places.chunk(3, dim=2))
        return x + self.out(found.transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    """A residual block, and attention where there is any."""

    def __init__(self, features: int, made: int, heard: int, *, attends: bool) -> None:
        super().__init__()
        self.res_block = ResidualBlock(features, made, heard)
        self.attn = SelfAttention(made) if attends else nn.Identity()

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """``(N, features, H, W)`` and ``(N, heard)`` to ``(N, made, H, W)``."""
        return self.attn(self.res_block(x, level))


class Down(nn.Module):
    """Half the height and width."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(features, features, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, C, H / 2, W / 2)``."""
        return self.conv(x)


class Up(nn.Module):
    """Twice the height and width."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(features, features, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, C, 2 H, 2 W)``."""
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))

"""The critic of Real-ESRGAN: a number for each pixel, which has seen its wide surroundings.

X. Wang et al., Real-ESRGAN: training real-world blind super-resolution with pure synthetic data,
ICCV workshops 2021, section 3.4: down to an eighth of the size and up again, what was seen on the
way down added. All convolutions but the first and the last are divided by their largest singular
value: T. Miyato et al., Spectral normalization for generative adversarial networks, ICLR 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

SLOPE = 0.2
MULTIPLE = 8


class UNet(nn.Module):
    """See the module's text.

    Args:
        channels: Of the pictures.
        patch: Their side.
        features: Width of the first layer.

    Raises:
        UsageError: A patch that cannot be halved three times.
    """

    def __init__(self, *, channels: int, patch: int, features: int) -> None:
        super().__init__()
        if patch % MULTIPLE:
            raise UsageError(
                "the critic unet", expected=f"data.patch a multiple of {MULTIPLE}", got=str(patch)
            )
        widths = [features << level for level in range(4)]
        self.first = nn.Conv2d(channels, features, 3, padding=1)
        self.downs = nn.ModuleList(
            spectral_norm(nn.Conv2d(wide, 2 * wide, 4, stride=2, padding=1, bias=False))
            for wide in widths[:-1]
        )
        self.ups = nn.ModuleList(_normed(2 * wide, wide) for wide in reversed(widths[:-1]))
        self.refined = nn.ModuleList(_normed(features, features) for _ in range(2))
        self.last = nn.Conv2d(features, 1, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, 1, H, W)``."""
        y = _bent(self.first(pictures))
        seen: list[Tensor] = []
        for down in self.downs:
            seen.append(y)
            y = _bent(down(y))
        for up in self.ups:
            enlarged = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
            y = _bent(up(enlarged)) + seen.pop()
        for convolution in self.refined:
            y = _bent(convolution(y))
        return self.last(y)


def _normed(taken: int, given: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(taken, given, 3, padding=1, bias=False))


def _bent(y: Tensor) -> Tensor:
    return F.leaky_relu(y, SLOPE, inplace=True)


CRITIC = UNet

"""The critic of pix2pix and DeblurGAN: a number for each overlapping 70 x 70 pixels.

P. Isola et al., Image-to-image translation with conditional adversarial networks, CVPR 2017,
appendix 6.1.2: five convolutions of 4 x 4, the first three of which halve the size. As in DeblurGAN
each picture is normalised by itself (instance normalisation), since a penalty on the gradient of
each picture means nothing where pictures are mixed, and weights begin with a deviation of 0.02.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

SLOPE = 0.2
DEVIATION = 0.02
LEAST = 32
"""Pixels: below, the last layer sees nothing but its padding."""


class Patch(nn.Module):
    """See the module's text.

    Args:
        channels: Of the pictures.
        patch: Their least side.
        features: Width of the first layer.

    Raises:
        UsageError: Too small a patch.
    """

    def __init__(self, *, channels: int, patch: int, features: int) -> None:
        super().__init__()
        if patch < LEAST:
            raise UsageError(
                "the critic patch", expected=f"data.patch of {LEAST} or more", got=str(patch)
            )
        widths = [features, 2 * features, 4 * features, 8 * features]
        layers: list[nn.Module] = [
            nn.Conv2d(channels, features, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
        for (taken, given), stride in zip(pairwise(widths), (2, 2, 1), strict=True):
            layers += [
                nn.Conv2d(taken, given, 4, stride=stride, padding=1),
                nn.InstanceNorm2d(given),
                nn.LeakyReLU(SLOPE, inplace=True),
            ]
        layers.append(nn.Conv2d(widths[-1], 1, 4, padding=1))
        self.layers = nn.Sequential(*layers)
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=DEVIATION)

    def forward(self, pictures: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, 1, H / 8 - 2, W / 8 - 2)``."""
        return self.layers(pictures)


CRITIC = Patch

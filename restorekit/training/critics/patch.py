"""The critic of pix2pix and DeblurGAN: a number for each overlapping 70 x 70 pixels.

P. Isola et al., Image-to-image translation with conditional adversarial networks, CVPR 2017,
appendix 6.1.2: convolutions of 4 x 4, all but the last two of which halve the size; three do, or
more where a number is to see more. Widths double up to eight times the first. As in DeblurGAN
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
LEFT = 4
"""Pixels that the last two layers need at least: with fewer they see nothing but their padding."""


class Patch(nn.Module):
    """See the module's text.

    Args:
        channels: Of the pictures.
        patch: Their least side.
        features: Width of the first layer.
        halvings: Of the size.
        name: Of the critic that it is part of, for messages.

    Raises:
        UsageError: Too small a patch.
    """

    def __init__(
        self, *, channels: int, patch: int, features: int, halvings: int = 3, name: str = "patch"
    ) -> None:
        super().__init__()
        least = LEFT << halvings
        if patch < least:
            raise UsageError(
                f"the critic {name}", expected=f"data.patch of {least} or more", got=str(patch)
            )
        widths = [features * min(2**level, 8) for level in range(halvings + 1)]
        strides = [2] * (halvings - 1) + [1]
        layers: list[nn.Module] = [
            nn.Conv2d(channels, features, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
        for (taken, given), stride in zip(pairwise(widths), strides, strict=True):
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
        """``(N, C, H, W)`` to ``(N, 1, h, w)``: H and W halved as often as it does, less 2."""
        return self.layers(pictures)


CRITIC = Patch

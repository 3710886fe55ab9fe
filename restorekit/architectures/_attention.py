"""Features weighed by what a network knows beyond the pixel: means of channels, a first result."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ChannelAttention(nn.Module):
    """Each channel times a weight between 0 and 1, which the means of all tell.

    Zhang, Li, Li, Wang, Zhong, Fu, Image super-resolution using very deep residual channel
    attention networks, ECCV 2018, section 3.3. The means are those of all that it sees.
    """

    def __init__(self, features: int, reduction: int, *, bias: bool = True) -> None:
        super().__init__()
        few = features // reduction
        self.conv_du = nn.Sequential(
            nn.Conv2d(features, few, 1, bias=bias),
            nn.ReLU(inplace=True),
            nn.Conv2d(few, features, 1, bias=bias),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x * torch.sigmoid(self.conv_du(x.mean(dim=(2, 3), keepdim=True)))


class SupervisedAttention(nn.Module):
    """A result, and the features weighed by what it shows.

    Zamir, Arora, Khan, Hayat, Khan, Yang, Shao, Multi-stage progressive image restoration, CVPR
    2021, section 3.3.

    Args:
        features: Width.
        channels: Of the picture.
        kernel: Side of the convolutions.
        bias: Whether they have one.
    """

    def __init__(self, features: int, channels: int, *, kernel: int, bias: bool) -> None:
        super().__init__()

        def conv(inputs: int, outputs: int) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)

        self.conv1 = conv(features, features)
        self.conv2 = conv(features, channels)
        self.conv3 = conv(channels, features)

    def forward(self, x: Tensor, picture: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, features, H, W)`` and the picture to the features and the result."""
        result = self.conv2(x) + picture
        return x + self.conv1(x) * torch.sigmoid(self.conv3(result)), result

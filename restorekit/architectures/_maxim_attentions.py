"""The attentions of MAXIM: channels weighed by what they hold all over the picture.

Tu et al., MAXIM: multi-axis MLP for image processing, CVPR 2022, figure 2. Pictures are
``(N, H, W, C)``, as in the blocks.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._multi_axis import Convolution, entered, norm
from restorekit.architectures._strips import by_strips

SQUEEZE = 4
"""How many times narrower the middle of a channel attention is."""
SLOPE = 0.2


class ChannelAttention(nn.Module):
    """What the channels are weighed by: a function of their means over the picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // SQUEEZE)
        self.excite = nn.Linear(channels // SQUEEZE, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to ``(N, 1, 1, channels)``, each from 0 to 1."""
        means = x.mean((1, 2), keepdim=True)
        return torch.sigmoid(self.excite(F.relu(self.squeeze(means))))


class ConvolutionAttention(nn.Module):
    """Two convolutions and an attention, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = norm(channels)
        self.conv1 = Convolution(channels, channels, 3, padding=1)
        self.conv2 = Convolution(channels, channels, 3, padding=1)
        self.attention = ChannelAttention(channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        y = self.conv2(F.leaky_relu_(self.conv1(by_strips(self.norm, x)), SLOPE))
        return torch.addcmul(x, y, self.attention(y))


class DenseAttention(nn.Module):
    """Two layers over the channels of each pixel and an attention, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = norm(channels)
        self.dense_0 = nn.Linear(channels, channels)
        self.dense_1 = nn.Linear(channels, channels)
        self.attention = ChannelAttention(channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        y = self.dense_1(entered(x, self.norm, self.dense_0))
        return torch.addcmul(x, y, self.attention(y))

"""The levels of MAXIM's U-Nets: what runs on the way down, below, and on the way up.

Tu et al., MAXIM: multi-axis MLP for image processing, CVPR 2022, figure 2. Pictures are
``(N, H, W, C)``, as in the blocks that the levels are made of.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._maxim_attentions import ConvolutionAttention, DenseAttention
from restorekit.architectures._multi_axis import (
    Convolution,
    CrossGate,
    Doubling,
    Fusing,
    MultiAxisMlp,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def smaller(x: Tensor, step: int) -> Tensor:
    """Bilinear and without aliases, ``(N, C, H, W)`` to ``(N, C, H / step, W / step)``.

    Pixels are weighed by a triangle as wide as two pixels of the result to either side: one
    convolution, which takes a tenth of the time of torch's own where channels lie last.

    Args:
        x: Its height and width are multiples of ``step``, at least twice that.
        step: Even.
    """
    rising = torch.arange(1, 2 * step, 2, dtype=x.dtype, device=x.device) / (2 * step**2)
    line = torch.cat((rising, rising.flip(0)))
    weight = (line[:, None] * line).expand(x.shape[1], 1, -1, -1)
    y = F.conv2d(x, weight, stride=step, padding=step // 2, groups=x.shape[1])
    # At a border an eighth of the triangle, whatever its width, finds nothing, and counts nothing.
    for axis in (2, 3):
        for border in (0, -1):
            y.select(axis, border).mul_(8 / 7)
    return y


class Resize(nn.Module):
    """Another size, bilinear and without aliases, and another number of channels.

    Args:
        inputs: Channels.
        outputs: Channels.
        halvings: How many times the size is halved; below 0: doubled.
    """

    def __init__(self, inputs: int, outputs: int, halvings: int) -> None:
        super().__init__()
        self.halvings = halvings
        self.project = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, inputs)`` to ``(N, H / 2^halvings, W / 2^halvings, outputs)``."""
        # Both steps are linear and the weights of pixels sum to 1: the cheaper one comes first.
        if self.halvings > 0:
            return self.project(self._resized(x))
        return self._resized(self.project(x))

    def _resized(self, x: Tensor) -> Tensor:
        if self.halvings == 0:
            return x
        y = x.permute(0, 3, 1, 2)
        if self.halvings > 0:
            y = smaller(y, 2**self.halvings)
        else:
            y = F.interpolate(y, scale_factor=0.5**self.halvings, mode="bilinear")
        return y.permute(0, 2, 3, 1)


class Groups(nn.Module):
    """Mixing and attention by turns, and the input added."""

    def __init__(self, inputs: int, channels: int, side: int, groups: int) -> None:
        super().__init__()
        self.fuse = Fusing(inputs, channels)
        self.mixers = nn.ModuleList(MultiAxisMlp(channels, side) for _ in range(groups))
        self.attentions = nn.ModuleList(ConvolutionAttention(channels) for _ in range(groups))

    def forward(self, parts: Iterable[Tensor]) -> Tensor:
        """Signals of ``inputs`` channels together to ``(N, H, W, channels)``."""
        fused = x = self.fuse(parts)
        for mixer, attention in zip(self.mixers, self.attentions, strict=True):
            x = attention(mixer(x))
        return x.add_(fused)


class Encoder(nn.Module):
    """One level on the way down."""

    def __init__(self, inputs: int, channels: int, side: int, groups: int, *, gated: bool) -> None:
        super().__init__()
        self.groups = Groups(inputs + channels, channels, side, groups)
        self.gate = CrossGate(channels, channels, side) if gated else None
        self.down = Convolution(channels, channels, 4, stride=2, padding=1)

    def forward(self, x: Tensor, skip: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
        """The level's result at half its size, for the next level, and whole."""
        x = self.groups((x, skip))
        if self.gate is not None and before is not None:
            x, _ = self.gate((x,), before)
        return self.down(x), x


class Bottleneck(nn.Module):
    """Below the last level: mixing and attention by turns, without convolutions."""

    def __init__(self, channels: int, side: int, groups: int) -> None:
        super().__init__()
        self.enter = nn.Linear(channels, channels)
        self.mixers = nn.ModuleList(MultiAxisMlp(channels, side) for _ in range(groups))
        self.attentions = nn.ModuleList(DenseAttention(channels) for _ in range(groups))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        entered = x = self.enter(x)
        for mixer, attention in zip(self.mixers, self.attentions, strict=True):
            x = attention(mixer(x))
        return x.add_(entered)


class Decoder(nn.Module):
    """One level on the way up."""

    def __init__(self, deeper: int, skips: int, channels: int, side: int, groups: int) -> None:
        super().__init__()
        self.up = Doubling(deeper, channels)
        self.groups = Groups(channels + skips, channels, side, groups)

    def forward(self, x: Tensor, skips: Iterable[Tensor]) -> Tensor:
        """The level below at half the size, and the skips in parts, to this level's result."""
        return self.groups(chain((self.up(x),), skips))


class Supervision(nn.Module):
    """Attention where the picture that the features predict says that it is needed."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.features = Convolution(channels, channels, 3, padding=1)
        self.predict = Convolution(channels, 3, 3, padding=1)
        self.attend = Convolution(3, channels, 3, padding=1)

    def forward(self, x: Tensor, picture: Tensor) -> Tensor:
        """``(N, H, W, channels)`` and ``(N, H, W, 3)`` to ``(N, H, W, channels)``."""
        attention = torch.sigmoid_(self.attend(self.predict(x).add_(picture)))
        return torch.addcmul(x, self.features(x), attention)

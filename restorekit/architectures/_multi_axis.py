"""The blocks of MAXIM: pixels mixed within small blocks and across the whole picture, with gates.

Tu et al., MAXIM: multi-axis MLP for image processing, CVPR 2022, section 3. Half of the channels
are mixed within blocks of ``side`` x ``side`` pixels, the other half across a grid of ``side`` x
``side`` pixels that lie evenly spread over the picture. Both are one matrix over one axis, here
called tokens, and cost the same for every pixel whatever the size of the picture.

Inside, pictures are ``(N, H, W, C)``: most layers work on the channels of one pixel alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable

Axis = Literal["grid", "block"]

SQUEEZE = 4
"""How many times narrower the middle of a channel attention is."""
SLOPE = 0.2
EPSILON = 1e-6
AT_ONCE = 65536
"""Pixels that are mixed at a time, to make do with less memory; more are no faster."""


def norm(channels: int) -> nn.LayerNorm:
    """Normalises the channels of each pixel."""
    return nn.LayerNorm(channels, EPSILON)


def gelu(x: Tensor) -> Tensor:
    """GELU as the weights were trained with: the approximation by tanh.

    In bfloat16 what it approximates, which differs by less than bfloat16 rounds, and which a CPU
    computes in a third of the time: a ninth of the whole network's.
    """
    return F.gelu(x, approximate="none" if x.dtype == torch.bfloat16 else "tanh")


def split(x: Tensor, axis: Axis, side: int) -> Tensor:
    """``(N, H, W, C)`` to ``(N, side * side, H * W / side / side, C)``.

    The pixels of a row of the third axis are mixed with each other: those of a block, or of a grid.
    """
    n, h, w, c = x.shape
    if axis == "grid":
        parts = x.view(n, side, h // side, side, w // side, c).permute(0, 1, 3, 2, 4, 5)
    else:
        parts = x.view(n, h // side, side, w // side, side, c).permute(0, 2, 4, 1, 3, 5)
    return parts.reshape(n, side * side, -1, c)


def join(tokens: Tensor, axis: Axis, side: int, height: int, width: int) -> Tensor:
    """What :func:`split` took apart, whole again: ``(N, height, width, C)``."""
    n, _, _, c = tokens.shape
    parts = tokens.view(n, side, side, height // side, width // side, c)
    order = (0, 1, 3, 2, 4, 5) if axis == "grid" else (0, 3, 1, 4, 2, 5)
    return parts.permute(order).reshape(n, height, width, c)


class Convolution(nn.Conv2d):
    """A convolution of ``(N, H, W, C)``."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (the name that torch gave it)
        """``(N, H, W, C)`` to ``(N, H / stride, W / stride, D)``."""
        return super().forward(input.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Doubling(nn.ConvTranspose2d):
    """Twice the height and the width, by a transposed convolution of ``(N, H, W, C)``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2, stride=2)

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:  # noqa: A002
        """``(N, H, W, C)`` to ``(N, 2 H, 2 W, D)``."""
        return super().forward(input.permute(0, 3, 1, 2), output_size).permute(0, 2, 3, 1)


class Fusing(nn.Linear):
    """A linear layer over the channels of several signals, which never lie side by side.

    Where they come from a generator, each is gone before the next but one is made: what a level
    hears of all others takes no more memory than one of them.
    """

    def forward(self, input: Iterable[Tensor]) -> Tensor:  # noqa: A002
        """Signals of ``(N, H, W, C1)``, ``(N, H, W, C2)``, ... to ``(N, H, W, D)``."""
        total, start, size = self.bias, 0, torch.Size()
        for signal in input:
            size, end = signal.shape[:-1], start + signal.shape[-1]
            total = torch.addmm(total, signal.flatten(0, -2), self.weight[:, start:end].T)
            start = end
        return total.view(*size, -1)


class Mixing(nn.Linear):
    """A linear layer over the second axis, one for all channels."""

    def __init__(self, side: int) -> None:
        super().__init__(side * side, side * side)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (the name that torch gave it)
        """``(N, T, R, C)`` to the same."""
        n, t, _, _ = input.shape
        weight, bias = self.weight.expand(n, t, t), self.bias[:, None]
        return torch.baddbmm(bias, weight, input.flatten(2)).view(input.shape)


class GatedMlp(nn.Module):
    """Mixes the pixels along one axis; half of the channels gate the other half."""

    def __init__(self, channels: int, axis: Axis, side: int) -> None:
        super().__init__()
        self.axis: Axis = axis
        self.side = side
        self.norm = norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.gate_norm = norm(channels)
        self.mix = Mixing(side)
        self.out_project = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        tokens = split(x, self.axis, self.side)
        parts = tokens.split(max(AT_ONCE // self.side**2, 1), 2)
        mixed = [self._mixed(part) for part in parts]
        tokens = torch.cat(mixed, 2) if len(mixed) > 1 else mixed[0]
        return join(tokens, self.axis, self.side, *x.shape[1:3])

    def _mixed(self, tokens: Tensor) -> Tensor:
        kept, gate = gelu(self.in_project(self.norm(tokens))).chunk(2, -1)
        gate = self.mix(self.gate_norm(gate))
        return tokens + self.out_project(torch.addcmul(kept, kept, gate))


class MultiAxisMlp(nn.Module):
    """Half of the channels mixed across the grid, half within blocks, and the input added."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.norm_in = norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.grid = GatedMlp(channels, "grid", side)
        self.block = GatedMlp(channels, "block", side)
        self.out_project = Fusing(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        across, within = gelu(self.in_project(self.norm_in(x))).chunk(2, -1)
        return x + self.out_project((self.grid(across), self.block(within)))


class MultiAxisGate(nn.Module):
    """What another signal is multiplied with: mixed along both axes, without a residual."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.norm_in = norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.mix_grid = Mixing(side)
        self.mix_block = Mixing(side)
        self.out_project = Fusing(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        size = x.shape[1:3]
        across, within = gelu(self.in_project(self.norm_in(x))).chunk(2, -1)
        across = join(self.mix_grid(split(across, "grid", self.side)), "grid", self.side, *size)
        within = join(self.mix_block(split(within, "block", self.side)), "block", self.side, *size)
        return self.out_project((across, within))


class CrossGate(nn.Module):
    """Two signals gate each other: what the encoder saw, and what deeper levels made of it.

    Args:
        inputs: Channels of the first signal.
        channels: Of both results.
        side: Of blocks and of the grid.
        deeper: Channels of the second signal where it has half the size; None: it has the same
            size, and ``channels``.
    """

    def __init__(self, inputs: int, channels: int, side: int, deeper: int | None = None) -> None:
        super().__init__()
        self.up = nn.Identity() if deeper is None else Doubling(deeper, channels)
        self.enter_x = Fusing(inputs, channels)
        self.enter_y = nn.Linear(channels, channels)
        self.norm_x = norm(channels)
        self.norm_y = norm(channels)
        self.in_project_x = nn.Linear(channels, channels)
        self.in_project_y = nn.Linear(channels, channels)
        self.gate_x = MultiAxisGate(channels, side)
        self.gate_y = MultiAxisGate(channels, side)
        self.out_project_x = nn.Linear(channels, channels)
        self.out_project_y = nn.Linear(channels, channels)

    def forward(self, x: Iterable[Tensor], y: Tensor) -> tuple[Tensor, Tensor]:
        """The first signal in parts, and the second, to two of ``(N, H, W, channels)``."""
        first, second = self.enter_x(x), self.enter_y(self.up(y))
        gating = gelu(self.in_project_x(self.norm_x(first)))
        gated = gelu(self.in_project_y(self.norm_y(second)))
        second = second + self.out_project_y(gated * self.gate_x(gating))
        first = first + self.out_project_x(gating * self.gate_y(gated)) + second
        return first, second


class ChannelAttention(nn.Module):
    """Weighs the channels by what they hold on average over the picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // SQUEEZE)
        self.excite = nn.Linear(channels // SQUEEZE, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        means = x.mean((1, 2), keepdim=True)
        return x * torch.sigmoid(self.excite(F.relu(self.squeeze(means))))


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
        y = self.conv2(F.leaky_relu(self.conv1(self.norm(x)), SLOPE))
        return x + self.attention(y)


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
        return x + self.attention(self.dense_1(gelu(self.dense_0(self.norm(x)))))

"""The blocks of MAXIM: pixels mixed within small blocks and across the whole picture, with gates.

Tu et al., MAXIM: multi-axis MLP for image processing, CVPR 2022, section 3. Half of the channels
are mixed within blocks of ``side`` x ``side`` pixels, the other half across a grid of ``side`` x
``side`` pixels that lie evenly spread over the picture. Both are one matrix over one axis, here
called tokens, and cost the same for every pixel whatever the size of the picture.

Inside, pictures are ``(N, H, W, C)``: most layers work on the channels of one pixel alone. To spare
memory many work in place, as gradients would not allow: the network runs, and is not trained here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._strips import by_strips, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Axis = Literal["grid", "block"]

EPSILON = 1e-6
GELU_SLOPE = math.sqrt(2 / math.pi)
GELU_CUBIC = 0.044715
"""gelu(x) = x / 2 (1 + tanh(GELU_SLOPE (x + GELU_CUBIC x^3))): Hendrycks, Gimpel, Gaussian error
linear units, 2016, section 2."""


def norm(channels: int) -> nn.LayerNorm:
    """Normalises the channels of each pixel."""
    return nn.LayerNorm(channels, EPSILON)


def gelu(x: Tensor) -> Tensor:
    """GELU as the weights were trained with, in the place of ``x``: the approximation by tanh.

    In bfloat16 what it approximates, which differs by less than bfloat16 rounds, and which a CPU
    computes in a quarter of the time.
    """
    if x.dtype == torch.bfloat16:
        return torch.ops.aten.gelu_(x)
    if x.device.type != "cpu":
        return torch.ops.aten.gelu_(x, approximate="tanh")
    # (1 + tanh z) / 2 = sigmoid(2 z), and torch's own takes half as long again on a CPU.
    slope = x.new_tensor(2 * GELU_SLOPE)
    doubled = torch.addcmul(slope, x, x, value=2 * GELU_SLOPE * GELU_CUBIC).mul_(x)
    return x.mul_(doubled.sigmoid_())


def entered(x: Tensor, norm: nn.LayerNorm, project: nn.Linear) -> Tensor:
    """``(N, H, W, C)`` normalised, projected to ``(N, H, W, D)``, and through GELU."""

    def part(strip: Tensor) -> Tensor:
        return gelu(project(norm(strip)))

    return by_strips(part, x)


def tokens(x: Tensor, axis: Axis, side: int) -> Tensor:
    """A view of ``(N, H, W, C)`` as ``(N, side, side, H / side, W / side, C)``.

    All pixels that differ in the second and the third axis alone are mixed with each other: those
    of a block, or of a grid.
    """
    if axis == "grid":
        return x.unflatten(1, (side, -1)).unflatten(3, (side, -1)).permute(0, 1, 3, 2, 4, 5)
    return x.unflatten(1, (-1, side)).unflatten(3, (-1, side)).permute(0, 2, 4, 1, 3, 5)


def mix_tokens(part: Callable[[Tensor], Tensor], x: Tensor, axis: Axis, side: int) -> None:
    """Puts what ``part`` makes of ``(N, H, W, C)`` in its place.

    Args:
        part: From ``(N, side * side, R, C)`` to the same: what mixes the second axis.
        x: What is changed.
        axis: What lies along the second axis: the pixels of a block, or those of a grid.
        side: Of blocks and of the grid.
    """
    whole = tokens(x, axis, side)
    for view in whole.split(lines(whole.shape[3], x), 3):
        made = part(view.reshape(view.shape[0], side * side, -1, view.shape[5]))
        view.copy_(made.view(view.shape))


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
    """Mixes the pixels along one axis; half of the channels gate the other half.

    It leaves the bias of its last layer to :class:`MultiAxisMlp`, whose own last layer follows.
    """

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
        """``(N, H, W, channels)`` to the same, in its place."""
        mix_tokens(self._mixed, x, self.axis, self.side)
        return x

    def _mixed(self, tokens: Tensor) -> Tensor:
        normed = self.norm(tokens)
        # Each half by itself lies in one piece, which the layers after it would have to copy.
        halves = zip(self.in_project.weight.chunk(2), self.in_project.bias.chunk(2), strict=True)
        kept, gate = (gelu(F.linear(normed, weight, bias)) for weight, bias in halves)
        gate = self.mix(self.gate_norm(gate))
        gated = torch.addcmul(kept, kept, gate)
        tokens.flatten(0, -2).addmm_(gated.flatten(0, -2), self.out_project.weight.T)
        return tokens


class MultiAxisMlp(nn.Module):
    """Half of the channels mixed across the grid, half within blocks, and the input added."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.norm_in = norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.grid = GatedMlp(channels, "grid", side)
        self.block = GatedMlp(channels, "block", side)
        self.out_project = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        both = entered(x, self.norm_in, self.in_project)
        across, within = both.chunk(2, -1)
        self.grid(across)
        self.block(within)
        weight = self.out_project.weight
        missing = torch.cat((self.grid.out_project.bias, self.block.out_project.bias))
        bias = torch.addmv(self.out_project.bias, weight, missing)

        def added(strip: Tensor, mixed: Tensor) -> Tensor:
            return F.linear(mixed, weight, bias).add_(strip)

        return by_strips(added, x, both)


class MultiAxisGate(nn.Module):
    """What another signal is multiplied with: mixed along both axes, without a residual."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.norm_in = norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.mix_grid = Mixing(side)
        self.mix_block = Mixing(side)
        self.out_project = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, H, W, channels)`` to the same."""
        both = entered(x, self.norm_in, self.in_project)
        across, within = both.chunk(2, -1)
        mix_tokens(self.mix_grid, across, "grid", self.side)
        mix_tokens(self.mix_block, within, "block", self.side)
        return by_strips(self.out_project, both)


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
        gating = entered(first, self.norm_x, self.in_project_x)
        gated = entered(second, self.norm_y, self.in_project_y)
        second = by_strips(self._second, second, gated, self.gate_x(gating))
        first = by_strips(self._first, first, gating, self.gate_y(gated), second)
        return first, second

    def _second(self, second: Tensor, gated: Tensor, gate: Tensor) -> Tensor:
        return self.out_project_y(gated * gate).add_(second)

    def _first(self, first: Tensor, gating: Tensor, gate: Tensor, second: Tensor) -> Tensor:
        return self.out_project_x(gating * gate).add_(first).add_(second)

"""EfficientNet-Lite0: what perceptual losses look through where VGG19 cannot be had.

M. Tan, Q. V. Le, EfficientNet: rethinking model scaling for convolutional neural networks, ICML
2019, table 1, in the form for small devices: ReLU6 and no squeeze-and-excitation. Sixteen blocks,
each of which widens, filters each channel by itself, and narrows. Its strides pad as TensorFlow's
do: what is odd goes to the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.metrics._weights import fill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Stage(NamedTuple):
    """Blocks of one width."""

    blocks: int
    kernel: int
    stride: int
    """Of the first block."""
    wider: int
    """How many times a block widens."""
    given: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
GROUPS = (0, 2, 4, 10, 15)
"""The last blocks before each halving, and the last of all: they stand in for VGG19's groups, and
have half their height and width."""
FIRST = 32
MEAN, DEVIATION = 127 / 255, 128 / 255


class EfficientNetLite0(nn.Module):
    """The network up to the last of some blocks.

    Args:
        path: A safetensors file with the authors' tensors.
        layers: As VGG19 names them: ``conv3_4`` is the end of what the third group corresponds to.

    Raises:
        CheckpointError: The file holds something else.
    """

    def __init__(self, path: Path, layers: Sequence[str]) -> None:
        super().__init__()
        with torch.device("meta"):
            self._conv_stem = nn.Conv2d(3, FIRST, 3, stride=2, bias=False)
            self._bn0 = norm(FIRST)
            self._blocks = nn.ModuleList(_made_blocks())
        fill(self, path, {name: name for name in self.state_dict()})
        self.places = [GROUPS[int(name.removeprefix("conv")[0]) - 1] for name in layers]
        self._blocks = self._blocks[: max(self.places) + 1]

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """``(N, 3, H, W)`` in ``[0, 1]`` to what each of the blocks makes."""
        y = F.relu6(self._bn0(padded(self._conv_stem, (pictures - MEAN) / DEVIATION)))
        seen: list[Tensor] = []
        for block in self._blocks:
            y = block(y)
            seen.append(y)
        return [seen[place] for place in self.places]


class Block(nn.Module):
    """A block; see the module's text."""

    def __init__(self, taken: int, stage: Stage, stride: int) -> None:
        super().__init__()
        wide = taken * stage.wider
        self.added = stride == 1 and taken == stage.given
        self.widens = stage.wider > 1
        if self.widens:
            self._expand_conv = nn.Conv2d(taken, wide, 1, bias=False)
            self._bn0 = norm(wide)
        self._depthwise_conv = nn.Conv2d(
            wide, wide, stage.kernel, stride=stride, groups=wide, bias=False
        )
        self._bn1 = norm(wide)
        self._project_conv = nn.Conv2d(wide, stage.given, 1, bias=False)
        self._bn2 = norm(stage.given)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, D, H / stride, W / stride)``, rounded up."""
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        y = F.relu6(self._bn1(padded(self._depthwise_conv, y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.added else y


def norm(features: int) -> nn.BatchNorm2d:
    """Batch normalisation with TensorFlow's constants."""
    return nn.BatchNorm2d(features, eps=1e-3, momentum=0.01)


def padded(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """``conv(x)``, padded so that the result has ``ceil(length / stride)`` pixels."""
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    sides: list[int] = []
    for length in (x.shape[3], x.shape[2]):
        lacking = max(0, (-(-length // stride) - 1) * stride + kernel - length)
        sides += [lacking // 2, lacking - lacking // 2]
    return conv(F.pad(x, sides))


def _made_blocks() -> list[Block]:
    made: list[Block] = []
    taken = FIRST
    for stage in STAGES:
        for number in range(stage.blocks):
            made.append(Block(taken, stage, 1 if number else stage.stride))
            taken = stage.given
    return made

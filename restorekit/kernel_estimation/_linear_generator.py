"""KernelGAN's generator: six linear layers, which are one kernel.

Those of all seeds lie side by side in each tensor: small operators cost more to start than to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDES = (7, 5, 3, 1, 1, 1)
"""Of the layers' filters."""
SIZE = 1 + sum(side - 1 for side in SIDES)
"""Side of the kernel: 13."""
SCALE = 2
GAIN = 0.1
"""Of what the layers begin with, to that of Glorot and Bengio (2010)."""


class LinearGenerators(nn.Module):
    """Makes crops smaller by 2, each seed with a kernel of its own.

    Bell-Kligler et al. (2019), section 3: layers without biases or activations, the last one of
    stride 2. Run over a crop, they are the convolution with one kernel, and that is what is run.
    The steps of learning are those of the layers nevertheless, whose product learns otherwise than
    a kernel by itself would.

    Args:
        draws: Decide the beginning, one for each seed, on the CPU.
        features: Width of the layers.
    """

    def __init__(self, draws: Sequence[torch.Generator], features: int = 64) -> None:
        super().__init__()
        self.seeds = len(draws)
        widths = (1, *(features for _ in SIDES[1:]), 1)
        shapes = zip(widths[1:], widths[:-1], SIDES, SIDES, strict=True)
        self.layers = nn.ParameterList(
            [torch.cat([_beginning(shape, draw) for draw in draws]) for shape in shapes]
        )

    def kernels(self) -> Tensor:
        """``(seeds, 13, 13)``, in the order in which networks convolve: not turned round."""
        chained = self.layers[-1].new_ones(1, self.seeds, 1, 1)
        for layer in reversed(self.layers):
            chained = F.conv_transpose2d(chained, layer, groups=self.seeds)
        return chained[0]

    def forward(self, crops: Tensor) -> Tensor:
        """``(seeds, C, h, w)`` to ``(seeds, C, (h - 13) // 2 + 1, (w - 13) // 2 + 1)``."""
        return made_smaller(crops, self.kernels())


def made_smaller(crops: Tensor, kernels: Tensor) -> Tensor:
    """Every crop ``(seeds, C, h, w)`` with its own kernel of ``(seeds, n, n)``, every second pixel.

    A photo's channels are treated alike, and nothing is added around the crops.
    """
    found = F.conv2d(crops.transpose(0, 1), kernels[:, None], stride=SCALE, groups=len(kernels))
    return found.transpose(0, 1)


def _beginning(shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    return nn.init.xavier_normal_(torch.empty(shape), GAIN, generator=draw)

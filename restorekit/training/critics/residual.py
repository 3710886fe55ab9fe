"""The critic of HLLHGAN: residual blocks, and one number for a whole patch, however small it is.

A. Bulat, J. Yang, G. Tzimiropoulos, To learn image super-resolution, use a GAN to learn how to do
image degradation first, ECCV 2018, section 3: six residual blocks without normalisation and a dense
layer. Only the last blocks pool, so many that 4 x 4 pixels are left: two of patches of 16, four of
64. All weights are divided by their largest singular value: T. Miyato et al., Spectral
normalization for generative adversarial networks, ICLR 2018. The paper does not state its widths.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

BLOCKS = 6
LEFT = 4
"""Pixels a side that the dense layer sees."""
PATCHES = {LEFT << halvings: halvings for halvings in range(1, BLOCKS + 1)}
"""By the side of the patches, how many blocks pool."""


class Block(nn.Module):
    """Two convolutions, added to what came in; then pixels are averaged where it pools.

    Args:
        taken: Channels that come in.
        given: Channels that go out.
        first: Whether a picture comes in, of which a ReLU would take a part away.
        pools: Whether the result is half as high and wide.
    """

    def __init__(self, taken: int, given: int, *, first: bool, pools: bool) -> None:
        super().__init__()
        self.conv1 = spectral_norm(nn.Conv2d(taken, given, 3, padding=1))
        self.conv2 = spectral_norm(nn.Conv2d(given, given, 3, padding=1))
        same = taken == given
        self.skip = nn.Identity() if same else spectral_norm(nn.Conv2d(taken, given, 1))
        self.first = first
        self.pools = pools

    def forward(self, x: Tensor) -> Tensor:
        """``(N, taken, H, W)`` to ``(N, given, H, W)``, or half of that."""
        y = self.conv2(F.relu(self.conv1(x if self.first else F.relu(x))))
        y = y + self.skip(x)
        return F.avg_pool2d(y, 2) if self.pools else y


class Residual(nn.Module):
    """See the module's text.

    Args:
        channels: Of the pictures.
        patch: Their side; no other is taken.
        features: Width of the first two blocks; every other block doubles it.

    Raises:
        UsageError: A patch that cannot be halved to 4 pixels.
    """

    def __init__(self, *, channels: int, patch: int, features: int) -> None:
        super().__init__()
        if patch not in PATCHES:
            raise UsageError(
                "the critic residual",
                expected=f"patches of {', '.join(map(str, PATCHES))}",
                got=str(patch),
            )
        widths = [channels, *(features << place // 2 for place in range(BLOCKS))]
        plain = BLOCKS - PATCHES[patch]
        self.blocks = nn.Sequential(
            *(
                Block(*pair, first=place == 0, pools=place >= plain)
                for place, pair in enumerate(pairwise(widths))
            )
        )
        self.verdict = spectral_norm(nn.Linear(widths[-1] * LEFT**2, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """``(N, C, patch, patch)`` to ``(N, 1)``."""
        # Where no weight stretches, the range of the pictures says how far apart verdicts can be.
        return self.verdict(F.relu(self.blocks(2 * pictures - 1)).flatten(1))


CRITIC = Residual

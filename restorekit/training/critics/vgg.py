"""The critic of SRGAN and ESRGAN: one number for a whole patch.

C. Ledig et al., Photo-realistic single image super-resolution using a generative adversarial
network, CVPR 2017, figure 4: eight convolutions of 3 x 3, of which every other halves the size and
doubles the width, then two dense layers, the first 1024 wide. Convolutions that a normalisation
follows have no bias, which it would take away again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

SLOPE = 0.2
HALVINGS = 4
LEAST = 2 ** (HALVINGS + 1)
"""Pixels: below, the last normalisation of a single picture would see a single pixel."""


class Vgg(nn.Module):
    """See the module's text.

    Args:
        channels: Of the pictures.
        patch: Their side; no other is taken.
        features: Width of the first layer.

    Raises:
        UsageError: Too small a patch.
    """

    def __init__(self, *, channels: int, patch: int, features: int) -> None:
        super().__init__()
        if patch < LEAST:
            raise UsageError(
                "the critic vgg", expected=f"data.patch of {LEAST} or more", got=str(patch)
            )
        layers: list[nn.Module] = [
            nn.Conv2d(channels, features, 3, padding=1),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
        wide, side = features, patch
        for level in range(HALVINGS):
            if level:
                layers += _normalised(wide, 2 * wide, stride=1)
                wide *= 2
            layers += _normalised(wide, wide, stride=2)
            side = -(-side // 2)
        self.features = nn.Sequential(*layers)
        dense = 16 * features
        self.verdict = nn.Sequential(
            nn.Flatten(),
            nn.Linear(wide * side**2, dense),
            nn.LeakyReLU(SLOPE, inplace=True),
            nn.Linear(dense, 1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """``(N, C, patch, patch)`` to ``(N, 1)``."""
        return self.verdict(self.features(pictures))


def _normalised(taken: int, given: int, *, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(taken, given, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(given),
        nn.LeakyReLU(SLOPE, inplace=True),
    ]


CRITIC = Vgg

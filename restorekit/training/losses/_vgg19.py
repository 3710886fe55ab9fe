"""VGG19, of which perceptual losses see the layers inside.

K. Simonyan, A. Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR
2015, table 1, column E: five groups of 2, 2, 4, 4 and 4 convolutions, halved after each group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from restorekit.metrics._weights import fill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GROUPS = (2, 2, 4, 4, 4)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's RGB, with which it was trained."""


class Vgg19(nn.Module):
    """VGG19 up to the last of some layers.

    Args:
        path: A safetensors file with the ``features.*`` of torchvision's network.
        layers: Such as ``conv3_4``, the fourth of the third group, before its ReLU.

    Raises:
        CheckpointError: The file holds something else.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, path: Path, layers: Sequence[str]) -> None:
        super().__init__()
        from torchvision.models import vgg19

        with torch.device("meta"):
            found = cast("nn.Sequential", vgg19(weights=None).features)
        fill(found, path, {own: f"features.{own}" for own in found.state_dict()})
        for layer in found:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False  # what comes before it is looked at, too
        self.places = [place_of(name) for name in layers]
        self.layers = found[: max(self.places) + 1]
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """``(N, 3, H, W)`` in ``[0, 1]`` to what each of the layers makes."""
        y = (pictures - self.mean) / self.deviation
        seen: dict[int, Tensor] = {}
        for place, layer in enumerate(self.layers):
            y = layer(y)
            seen[place] = y
        return [seen[place] for place in self.places]


def place_of(name: str) -> int:
    """Where torchvision's sequence has the convolution ``convG_N``."""
    group, number = (int(it) for it in name.removeprefix("conv").split("_"))
    # Each convolution is followed by a ReLU, each group by a pooling.
    return sum(2 * it + 1 for it in GROUPS[: group - 1]) + 2 * (number - 1)

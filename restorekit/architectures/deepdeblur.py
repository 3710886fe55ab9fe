"""DeepDeblur: coarse to fine, each size restored with what was made of the one below.

Nah, Kim, Lee, Deep multi-scale convolutional neural network for dynamic scene deblurring, CVPR
2017, section 3, as the authors' later program has it: at each of three sizes a chain of 19 residual
blocks of 5 x 5 kernels without normalisation makes the sharp picture anew, from the blurred one
and, but for the smallest, from the result of the size below, which a pixel-shuffle doubles.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, load
from restorekit.contracts import Architecture, Network, Results, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping

RANGE, MEAN = 255.0, 127.5
"""The network takes levels of 255 less their middle."""
SIGMA, RADIUS = 2 / 3, 3
"""Of the Gaussian before each halving, in pixels."""


def conv5x5(inputs: int, outputs: int) -> nn.Conv2d:
    """A 5 x 5 convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, 5, padding=2)


class Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv5x5(features, features), nn.ReLU(inplace=True), conv5x5(features, features)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.body(x)


class Level(nn.Module):
    """What restores one size."""

    def __init__(self, inputs: int, features: int, blocks: int, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv5x5(inputs, features),
            *(Block(features) for _ in range(blocks)),
            conv5x5(features, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, channels, H, W)``."""
        return self.body(x)


class Doubling(nn.Module):
    """Twice the height and width."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.uppath = nn.Sequential(conv5x5(channels, 4 * channels), nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, C, 2 H, 2 W)``."""
        return self.uppath(x)


class DeepDeblur(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the chains.
        blocks: Of each chain.
        levels: Sizes, each half of the one above; at least 2.
    """

    def __init__(self, *, channels: int, features: int, blocks: int, levels: int) -> None:
        super().__init__()
        inputs = [2 * channels] * (levels - 1) + [channels]
        # Both lists begin with the full size, which nothing is doubled from.
        self.body_models = nn.ModuleList(
            Level(taken, features, blocks, channels) for taken in inputs
        )
        doublings = (Doubling(channels) for _ in range(levels - 1))
        self.conv_end_models = nn.ModuleList([nn.Identity(), *doublings])

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W can be halved for every level but one."""
        return self.pyramid(x)[0]

    def pyramid(self, x: Tensor) -> list[Tensor]:
        """The result of every size, the full one first: the paper's loss compares them all."""
        seen = [x * RANGE - MEAN]
        for _ in self.body_models[1:]:
            seen.append(halved(seen[-1]))
        made: list[Tensor] = []
        level_input = seen[-1]
        for number in reversed(range(len(seen))):
            made.append(self.body_models[number](level_input))
            if number:
                doubled = self.conv_end_models[number](made[-1])
                level_input = torch.cat([seen[number - 1], doubled], dim=1)
        return [(it + MEAN) / RANGE for it in reversed(made)]


def halved(x: Tensor) -> Tensor:
    """A level of the Gaussian pyramid: ``(N, C, H, W)`` to ``(N, C, H / 2, W / 2)``.

    P. J. Burt, E. H. Adelson, The Laplacian pyramid as a compact image code, IEEE Transactions on
    Communications 31 (1983); beyond its border the picture is mirrored, the border included.
    """
    taps = torch.tensor([math.exp(-((i / SIGMA) ** 2) / 2) for i in range(-RADIUS, RADIUS + 1)])
    taps = (taps / taps.sum()).to(x)
    channels = x.shape[1]
    for axis in (2, 3):
        first, last = x.narrow(axis, 0, RADIUS), x.narrow(axis, x.shape[axis] - RADIUS, RADIUS)
        x = torch.cat([first.flip(axis), x, last.flip(axis)], dim=axis)
        shape = [1, 1, 1, 1]
        shape[axis] = -1
        x = F.conv2d(x, taps.view(shape).expand(channels, -1, -1, -1), groups=channels)
    return F.avg_pool2d(x, 2)


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DeepDeblur."""
    needed = {
        "body_models.0.body.0.weight",
        "body_models.1.body.1.body.2.weight",
        "conv_end_models.1.uppath.0.weight",
    }
    return tensors.keys() >= needed and all(tensors[key].ndim == 4 for key in needed)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any DeepDeblur.
    """
    features, taken = tensors["body_models.0.body.0.weight"].shape[:2]
    hyperparameters: dict[str, Any] = {
        "channels": taken // 2,
        "features": features,
        "blocks": count(tensors, "body_models.0.body.") - 2,
        "levels": count(tensors, "body_models."),
    }
    with torch.device("meta"):
        module = DeepDeblur(**hyperparameters)
    load(module, tensors, "DeepDeblur")
    halvings = hyperparameters["levels"] - 1
    return Network(
        module=module,
        architecture="deepdeblur",
        scale=1,
        channels=hyperparameters["channels"],
        # 80 pixels at each size: finite on paper, the whole photo in practice.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=128,
        tile=512,
        size_requirements=SizeRequirements(2 ** (halvings + 1), 2**halvings),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """A DeepDeblur as training begins: PyTorch's own weights, as its authors' program has."""
    return DeepDeblur(**hyperparameters)


ARCHITECTURE = Architecture(
    "deepdeblur", detect, build, untrained=untrained, results=Results("pyramid", halved)
)

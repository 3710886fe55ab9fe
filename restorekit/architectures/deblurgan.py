"""DeblurGAN: the network of style transfer, which learns what takes motion blur off a photo.

Kupyn, Budzan, Mykhailych, Mishkin, Matas, DeblurGAN: blind motion deblurring using conditional
adversarial networks, CVPR 2018, section 3.2 and figure 3: down to a quarter of the size, nine
residual blocks with dropout, up again; each channel of each picture is normalised by itself
(instance normalisation), and what the network makes is added to the picture.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import initialise, load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping

DROPPED = 0.5
"""Of the numbers inside a block, in training alone."""
DEVIATION = 0.02
HALVINGS = 2


class Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(features, features, 3),
            nn.InstanceNorm2d(features),
            nn.ReLU(inplace=True),
            nn.Dropout(DROPPED),
            nn.ReflectionPad2d(1),
            nn.Conv2d(features, features, 3),
            nn.InstanceNorm2d(features),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.conv_block(x)


class DeblurGAN(nn.Module):
    """The network that restores; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size; it doubles each time that the size is halved.
        blocks: At a quarter of the size.
    """

    def __init__(self, *, channels: int, features: int, blocks: int) -> None:
        super().__init__()
        # The places in this sequence are in the keys of the released file.
        layers = [nn.ReflectionPad2d(3), *_normalised(nn.Conv2d(channels, features, 7))]
        wide = features
        for _ in range(HALVINGS):
            layers += _normalised(nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1))
            wide *= 2
        layers += [Block(wide) for _ in range(blocks)]
        for _ in range(HALVINGS):
            doubled = nn.ConvTranspose2d(wide, wide // 2, 3, stride=2, padding=1, output_padding=1)
            layers += _normalised(doubled)
            wide //= 2
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(features, channels, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W are multiples of 4, at least 8."""
        # What the sequence takes and makes is in [-1, 1].
        return (x + self.model(2 * x - 1) / 2).clamp(0, 1)


def _normalised(convolution: nn.Conv2d | nn.ConvTranspose2d) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(convolution.out_channels), nn.ReLU(inplace=True)]


FIRST, BLOCKS = "model.1.weight", re.compile(r"^model\.(\d{1,4})\.conv_block\.6\.weight$")
STATISTICS = re.compile(r"\.(running_mean|running_var|num_batches_tracked)$")
"""What the released file keeps of the pictures of its training, and never looks at."""


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of :class:`DeblurGAN`, without the statistics of a released file."""
    return {key: value for key, value in tensors.items() if not STATISTICS.search(key)}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DeblurGAN whose blocks have two convolutions."""
    return (
        any(BLOCKS.match(key) for key in tensors)
        and FIRST in tensors
        and tensors[FIRST].ndim == 4
        and tensors[FIRST].shape[3] == 7
    )


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any DeblurGAN.
    """
    state = canonical(tensors)
    features, channels = state[FIRST].shape[:2]
    hyperparameters: dict[str, Any] = {
        "channels": channels,
        "features": features,
        "blocks": sum(BLOCKS.match(key) is not None for key in state),
    }
    with torch.device("meta"):
        module = DeblurGAN(**hyperparameters)
    load(module, state, "DeblurGAN")
    return Network(
        module=module.eval(),
        architecture="deblurgan",
        scale=1,
        channels=channels,
        # Channels are normalised over all that it sees.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The paper restores photos of 1280 x 720 in one piece.
        tile=1024,
        size_requirements=SizeRequirements(2 ** (HALVINGS + 1), 2**HALVINGS),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """A DeblurGAN as training begins: weights with a deviation of 0.02, no biases.

    Those of the last layer have a hundredth of it, so that pictures begin as they came. Those of
    the authors begin under strong noise, which costs the first steps.
    """
    module = DeblurGAN(**hyperparameters)
    for layer in module.modules():
        initialise(layer, nn.init.normal_, std=DEVIATION)
    initialise(module.model[-2], nn.init.normal_, std=DEVIATION / 100)
    return module


ARCHITECTURE = Architecture("deblurgan", detect, build, untrained=untrained)

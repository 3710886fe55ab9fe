"""DeblurGAN: the network of style transfer, which learns what takes motion blur off a photo.

Kupyn, Budzan, Mykhailych, Mishkin, Matas, DeblurGAN: blind motion deblurring using conditional
adversarial networks, CVPR 2018, section 3.2 and figure 3: down to a quarter of the size, nine
residual blocks with dropout, up again; each channel of each picture is normalised by itself
(instance normalisation), and what the network makes is added to the picture.

The paper's blocks have two convolutions each, and so have those of the file that its authors link
to. In their later program a slip leaves out the second half of each block, and the file that lies
beside that program is of this form: the tensors tell which it is.
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

DROPOUT = 0.5
"""The share of the numbers inside a block that is left out, in training alone."""
DEVIATION = 0.02
HALVINGS = 2


class Block(nn.Module):
    """Two convolutions or one, added to what came in."""

    def __init__(self, features: int, convolutions: int, dropout: float = DROPOUT) -> None:
        super().__init__()
        first, second = (
            [
                nn.ReflectionPad2d(1),
                nn.Conv2d(features, features, 3),
                nn.InstanceNorm2d(features),
            ]
            for _ in range(2)
        )
        between = [nn.ReLU(inplace=True), nn.Dropout(dropout)]
        self.conv_block = nn.Sequential(*first, *between, *(second if convolutions == 2 else ()))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.conv_block(x)


class DeblurGAN(nn.Module):
    """The network that restores; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size; it doubles each time that the size is halved.
        blocks: At a quarter of the size.
        convolutions: In each block: 2, or 1 as in the authors' later program.
        dropout: In training: the share of the numbers in a block that is left out.
    """

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        blocks: int,
        convolutions: int,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        # The places in this sequence are in the keys of the released file.
        layers = [nn.ReflectionPad2d(3), *_normalised(nn.Conv2d(channels, features, 7))]
        wide = features
        for _ in range(HALVINGS):
            layers += _normalised(nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1))
            wide *= 2
        layers += [Block(wide, convolutions, dropout) for _ in range(blocks)]
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


FIRST = "model.1.weight"
IN_BLOCKS = re.compile(r"^model\.\d{1,4}\.conv_block\.(\d+)\.weight$")
PLACES = (["1"], ["1", "6"])
"""Of one convolution in a block, or two; the like of CycleGAN's without dropout are elsewhere."""
STATISTICS = re.compile(r"\.(running_mean|running_var|num_batches_tracked)$")
"""What the released file keeps of the pictures of its training, and never looks at."""


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of :class:`DeblurGAN`, without the statistics of a released file."""
    return {key: value for key, value in tensors.items() if not STATISTICS.search(key)}


def _places(tensors: Mapping[str, Tensor]) -> list[str]:
    """Where the convolutions of the blocks are, block by block."""
    return [found[1] for key in tensors if (found := IN_BLOCKS.match(key))]


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DeblurGAN."""
    return (
        sorted(set(_places(tensors))) in PLACES
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
    places = _places(state)
    hyperparameters: dict[str, Any] = {
        "channels": channels,
        "features": features,
        "blocks": places.count("1"),
        "convolutions": len(set(places)),
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


def untrained(**hyperparameters: Any) -> nn.Module:
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

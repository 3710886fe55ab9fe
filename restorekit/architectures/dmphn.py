"""DMPHN: fine to coarse in place, each quarter, then each half, then the whole picture.

Zhang, Dai, Li, Koniusz, Deep stacked hierarchical multi-patch network for image deblurring, CVPR
2019, section 3.1 and figure 2. All levels see the full size: the lowest cuts it into most patches,
each by itself. What its decoder makes is added to the picture that the level above sees, in patches
twice as large; what its encoder saw is added to what that level sees. The model 1-2-4 has three.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import initialise, load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping

MIDDLE = 0.5
"""The network takes and gives the picture less this."""
QUARTER = 4
"""Encoders make the size a quarter of what it was."""


class Border(nn.Conv2d):
    """A 3 x 3 convolution from or to pixels, in the precision of its own weights."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 torch's own name
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``."""
        return super().forward(input.to(self.weight.dtype))


def conv3x3(inputs: int, outputs: int, *, stride: int = 1) -> nn.Conv2d:
    """A 3 x 3 convolution that keeps the size, or halves it."""
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def doubling(features: int) -> nn.ConvTranspose2d:
    """``(N, features, H, W)`` to ``(N, features / 2, 2 H, 2 W)``."""
    return nn.ConvTranspose2d(features, features // 2, 4, stride=2, padding=1)


class Block(nn.Sequential):
    """Two convolutions, added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__(conv3x3(features, features), nn.ReLU(), conv3x3(features, features))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 torch's own name
        """``(N, features, H, W)`` to the same."""
        return input + super().forward(input)


def numbered(layers: Mapping[int, nn.Module]) -> nn.Sequential:
    """The layers in a row, under the numbers that they have in the released files."""
    return nn.Sequential(OrderedDict((f"layer{number}", it) for number, it in layers.items()))


def encoder(channels: int, features: int) -> nn.Sequential:
    """``(N, channels, H, W)`` to ``(N, 4 features, H / 4, W / 4)``."""
    half, quarter = 2 * features, 4 * features
    return numbered(
        {
            1: Border(channels, features),
            2: Block(features),
            3: Block(features),
            5: conv3x3(features, half, stride=2),
            6: Block(half),
            7: Block(half),
            9: conv3x3(half, quarter, stride=2),
            10: Block(quarter),
            11: Block(quarter),
        }
    )


def decoder(channels: int, features: int) -> nn.Sequential:
    """``(N, 4 features, H / 4, W / 4)`` to ``(N, channels, H, W)``."""
    half, quarter = 2 * features, 4 * features
    return numbered(
        {
            13: Block(quarter),
            14: Block(quarter),
            16: doubling(quarter),
            17: Block(half),
            18: Block(half),
            20: doubling(half),
            21: Block(features),
            22: Block(features),
            24: Border(features, channels),
        }
    )


def patches(level: int) -> tuple[int, int]:
    """Down and across, of the level: 1 by 1, 2 by 1, 2 by 2, 4 by 2, ..."""
    return 2 ** ((level + 1) // 2), 2 ** (level // 2)


def cut(x: Tensor, level: int) -> Tensor:
    """``(N, C, H, W)`` to the patches of a level, ``(N * down * across, C, h, w)``."""
    down, across = patches(level)
    parts = x.unflatten(3, (across, -1)).unflatten(2, (down, -1))  # (N, C, down, h, across, w)
    return parts.permute(0, 2, 4, 1, 3, 5).flatten(0, 2)


def joined(parts: Tensor, level: int) -> Tensor:
    """What :func:`cut` has cut, in one piece again."""
    down, across = patches(level)
    x = parts.unflatten(0, (-1, down, across)).permute(0, 3, 1, 4, 2, 5)
    return x.flatten(4, 5).flatten(2, 3)


class DMPHN(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size; it doubles each time that the size is halved.
        levels: Of the hierarchy, 2 or more; each has twice the patches of the one above.
    """

    def __init__(self, *, channels: int, features: int, levels: int) -> None:
        super().__init__()
        self.levels = levels
        # Of all files of a release together: encoder_lv1.pkl, ..., each with tensors of its own.
        for number in range(1, levels + 1):
            self.add_module(f"encoder_lv{number}", encoder(channels, features))
            self.add_module(f"decoder_lv{number}", decoder(channels, features))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W can be cut into patches of 4 by 4."""
        x = x - MIDDLE
        made, known = x, None
        for level in reversed(range(self.levels)):
            encode = self.get_submodule(f"encoder_lv{level + 1}")
            decode = self.get_submodule(f"decoder_lv{level + 1}")
            seen = joined(encode(cut(made, level)), level)
            known = seen if known is None else known + seen
            above = max(level - 1, 0)
            result = joined(decode(cut(known, above)), above)
            made = x + result if level else result
        return made + MIDDLE


FIRST, LAST = "encoder_lv1.layer1.weight", "decoder_lv1.layer24.weight"
ENCODER = re.compile(r"^encoder_lv\d\.layer1\.weight$")


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DMPHN, of all its encoders and decoders together."""
    return all(key in tensors and tensors[key].ndim == 4 for key in (FIRST, LAST))


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any DMPHN.
    """
    features, channels = tensors[FIRST].shape[:2]
    levels = sum(ENCODER.match(key) is not None for key in tensors)
    hyperparameters = {"channels": channels, "features": features, "levels": levels}
    with torch.device("meta"):
        module = DMPHN(**hyperparameters)
    load(module, tensors, "DMPHN")
    multiple = QUARTER * patches(levels - 1)[0]
    return Network(
        module=module,
        architecture="dmphn",
        scale=1,
        channels=channels,
        # Where it is cut into patches depends on the size of the whole. On a photo of GoPro tiles
        # of 512 pixels are 44.5 dB from the whole and gain as much; no border stands out.
        receptive_field=None,
        overlap=128,
        # The authors restore photos of 1280 x 720 in one piece.
        tile=1024,
        bytes_per_pixel=1280,
        size_requirements=SizeRequirements(multiple, multiple),
        # The released weights are 56 dB from float32, and take a quarter of the time.
        precisions=frozenset({"fp32", "bf16"}),
        full_precision=tuple(f"decoder_lv{level + 1}.layer24" for level in range(levels)),
        float_input=True,
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """A DMPHN as training begins, as in the authors' program: half the width of He's weights."""
    module = DMPHN(**hyperparameters)
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            fan = layer.out_channels * math.prod(layer.kernel_size)
            initialise(layer, nn.init.normal_, std=math.sqrt(0.5 / fan))
    return module


ARCHITECTURE = Architecture("dmphn", detect, build, untrained=untrained)

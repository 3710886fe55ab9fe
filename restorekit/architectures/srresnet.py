"""SRResNet: residual blocks at the size of the input, pixel-shuffles at the end.

Ledig et al., Photo-realistic single image super-resolution using a generative adversarial network,
CVPR 2017, section 2.1.1, in the form of Wang et al., ESRGAN, ECCV workshops 2018 (section 3.1),
whose released weights are called MSRResNet: without batch normalisation, from which artefacts came;
with 3 x 3 kernels alone; and what the network makes is added to a bilinear enlargement. The first
form's weights were not released.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import conv3x3, count, initialise, load
from restorekit.contracts import Architecture, Network
from restorekit.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOPE = 0.1
SMALL = 0.1
SHUFFLES = {2: (2,), 3: (3,), 4: (2, 2)}
"""By scale, how many times each pixel-shuffle enlarges."""


class Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(features, features)
        self.conv2 = conv3x3(features, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.conv2(F.relu_(self.conv1(x)))


class SRResNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the body.
        blocks: Number of residual blocks.
        scale: 2, 3 or 4.

    Raises:
        UsageError: Another scale.
    """

    def __init__(self, *, channels: int, features: int, blocks: int, scale: int) -> None:
        super().__init__()
        if scale not in SHUFFLES:
            raise UsageError("the scale of an SRResNet", expected="2, 3 or 4", got=str(scale))
        self.scale = scale
        self.shuffles = SHUFFLES[scale]
        self.conv_first = conv3x3(channels, features)
        self.body = nn.Sequential(*(Block(features) for _ in range(blocks)))
        self.upconv1 = conv3x3(features, features * self.shuffles[0] ** 2)
        if len(self.shuffles) == 2:
            self.upconv2 = conv3x3(features, features * self.shuffles[1] ** 2)
        self.conv_hr = conv3x3(features, features)
        self.conv_last = conv3x3(features, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)``."""
        y = self.body(_bent(self.conv_first(x)))
        y = _bent(F.pixel_shuffle(self.upconv1(y), self.shuffles[0]))
        if len(self.shuffles) == 2:
            y = _bent(F.pixel_shuffle(self.upconv2(y), self.shuffles[1]))
        enlarged = F.interpolate(
            x, scale_factor=float(self.scale), mode="bilinear", align_corners=False
        )
        return enlarged + self.conv_last(_bent(self.conv_hr(y)))


def _bent(y: Tensor) -> Tensor:
    return F.leaky_relu(y, SLOPE, inplace=True)


# Keys of other releases, rewritten to those of BasicSR: KAIR's, which are the oldest, and mmagic's.
RENAMED = (
    (re.compile(r"^generator\."), ""),
    (re.compile(r"^(recon_trunk|trunk_net)\."), "body."),
    (re.compile(r"^HRconv\."), "conv_hr."),
    (re.compile(r"^upsample(\d)\.upsample_conv\."), r"upconv\1."),
)
NEEDED = {
    f"{name}.weight"
    for name in ("conv_first", "body.0.conv1", "body.0.conv2", "upconv1", "conv_hr", "conv_last")
}
KEYS = re.compile(r"^(conv_(first|hr|last)|upconv[12]|body\.\d{1,4}\.conv[12])\.(weight|bias)$")


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the keys of :class:`SRResNet`, whichever release they come from."""
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        key = name
        for pattern, replacement in RENAMED:
            key = pattern.sub(replacement, key)
        renamed[key] = value
    return renamed


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SRResNet without normalisation."""
    found = canonical(tensors)
    if not found.keys() >= NEEDED or not all(KEYS.match(key) for key in found):
        return False
    return found["conv_first.weight"].ndim == found["upconv1.weight"].ndim == 4


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SRResNet.
    """
    found = canonical(tensors)
    features, channels = found["conv_first.weight"].shape[:2]
    first = math.isqrt(found["upconv1.weight"].shape[0] // features)
    scale = first * (2 if "upconv2.weight" in found else 1)
    if scale not in SHUFFLES:
        raise CheckpointError("the tensors are no SRResNet", expected="scale 2, 3 or 4")
    hyperparameters: dict[str, Any] = {
        "channels": channels,
        "features": features,
        "blocks": count(found, "body."),
        "scale": scale,
    }
    with torch.device("meta"):
        module = SRResNet(**hyperparameters)
    load(module, found, "SRResNet")
    # The blocks, the first convolution, and two pixels that those behind the body reach.
    reach = 2 * hyperparameters["blocks"] + 3
    return Network(
        module=module,
        architecture="srresnet",
        scale=scale,
        channels=channels,
        receptive_field=reach,
        overlap=2 * reach,
        tile=256,
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An SRResNet as training begins: He's weights, a tenth as large (ESRGAN, section 3.1)."""
    module = SRResNet(**hyperparameters)
    for layer in module.modules():
        initialise(layer, nn.init.kaiming_normal_)
        if isinstance(layer, nn.Conv2d):
            layer.weight.data *= SMALL
    return module


ARCHITECTURE = Architecture("srresnet", detect, build, untrained=untrained)

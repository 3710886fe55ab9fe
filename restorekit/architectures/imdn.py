"""IMDN: small blocks that set a quarter of their features aside at each of four steps.

Hui, Gao, Yang, Wang, Lightweight image super-resolution with information multi-distillation
network, ACM Multimedia 2019, section 3. What the steps set aside is put together, and each channel
weighed by its contrast: the standard deviation and the mean of all that it sees. The results of all
blocks meet in one convolution, and a pixel-shuffle makes the picture.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import conv3x3, load
from restorekit.contracts import Architecture, Network

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOPE = 0.05
SMALL = 0.1


class Contrast(nn.Module):
    """Each channel times a weight between 0 and 1, which its contrast tells (section 3.3)."""

    def __init__(self, features: int, reduction: int) -> None:
        super().__init__()
        few = features // reduction
        self.conv_du = nn.Sequential(
            nn.Conv2d(features, few, 1), nn.ReLU(inplace=True), nn.Conv2d(few, features, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        deviation, mean = torch.std_mean(x, dim=(2, 3), correction=0, keepdim=True)
        return x * torch.sigmoid(self.conv_du(deviation + mean))


class Block(nn.Module):
    """Four steps, each of which hands three quarters on; added to what came in (section 3.2)."""

    def __init__(self, features: int, reduction: int) -> None:
        super().__init__()
        self.aside = features // 4
        rest = features - self.aside
        self.c1 = conv3x3(features, features)
        self.c2 = conv3x3(rest, features)
        self.c3 = conv3x3(rest, features)
        self.c4 = conv3x3(rest, self.aside)
        self.cca = Contrast(features, reduction)
        self.c5 = nn.Conv2d(features, features, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        kept: list[Tensor] = []
        handed_on = x
        for step in (self.c1, self.c2, self.c3):
            made = F.leaky_relu_(step(handed_on), SLOPE)
            kept.append(made[:, : self.aside])
            handed_on = made[:, self.aside :]
        kept.append(self.c4(handed_on))
        return x + self.c5(self.cca(torch.cat(kept, dim=1)))


class IMDN(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width; a multiple of 4.
        blocks: Number of blocks.
        reduction: How many times narrower the weighing of the channels is.
        scale: Of the pixel-shuffle at the end.
    """

    def __init__(
        self, *, channels: int, features: int, blocks: int, reduction: int, scale: int
    ) -> None:
        super().__init__()
        self.fea_conv = conv3x3(channels, features)
        self.names = [f"IMDB{number}" for number in range(1, blocks + 1)]
        for name in self.names:
            self.add_module(name, Block(features, reduction))
        self.c = nn.Sequential(
            nn.Conv2d(features * blocks, features, 1), nn.LeakyReLU(SLOPE, inplace=True)
        )
        self.LR_conv = conv3x3(features, features)
        self.upsampler = nn.Sequential(
            conv3x3(features, channels * scale**2), nn.PixelShuffle(scale)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)``."""
        shallow = self.fea_conv(x)
        made = [shallow]
        for name in self.names:
            made.append(self.get_submodule(name)(made[-1]))
        y = self.LR_conv(self.c(torch.cat(made[1:], dim=1))) + shallow
        # The last layer may be kept in float32 while the rest runs in half precision.
        return self.upsampler(y.to(next(self.upsampler.parameters()).dtype))


BLOCK = re.compile(r"^IMDB(\d{1,3})\.")
KEYS = re.compile(
    r"^(fea_conv|LR_conv|c\.0|upsampler\.0|IMDB\d{1,3}\.(c[1-5]|cca\.conv_du\.[02]))\.(weight|bias)$"
)
NEEDED = {
    f"{name}.weight"
    for name in ("fea_conv", "IMDB1.c1", "IMDB1.cca.conv_du.0", "c.0", "LR_conv", "upsampler.0")
}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an IMDN."""
    if not tensors.keys() >= NEEDED or not all(KEYS.match(key) for key in tensors):
        return False
    return all(tensors[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any IMDN.
    """
    features, channels = tensors["fea_conv.weight"].shape[:2]
    few = tensors["IMDB1.cca.conv_du.0.weight"].shape[0]
    hyperparameters = {
        "channels": channels,
        "features": features,
        "blocks": len({match[1] for key in tensors if (match := BLOCK.match(key))}),
        "reduction": features // few,
        "scale": math.isqrt(tensors["upsampler.0.weight"].shape[0] // channels),
    }
    with torch.device("meta"):
        module = IMDN(**hyperparameters)
    load(module, tensors, "IMDN")
    return Network(
        module=module,
        architecture="imdn",
        scale=hyperparameters["scale"],
        channels=channels,
        # The contrast of a channel is that of all that it sees.
        receptive_field=None,
        overlap=OVERLAP,
        tile=512,
        bytes_per_pixel=3840,
        # bfloat16 costs 0.04, 0.005 and 0.01 dB on Set5 at 2, 3 and 4 times.
        full_precision=("upsampler",),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An IMDN as training begins: PyTorch's own weights, as its authors' program has."""
    return IMDN(**hyperparameters)


OVERLAP = 64
"""Pixels. What tiles differ by is their contrast, which no overlap mends: of 640 x 640 pixels tiles
of 256 are 53 to 62 dB from the whole with 32, 64 and 96 alike, tiles of 512 with 64 53 to 67 dB."""

ARCHITECTURE = Architecture("imdn", detect, build, untrained=untrained)

"""NAFNet: a U-Net without activation functions, whose blocks multiply one half by the other.

Chen, Chu, Zhang, Sun, Simple baselines for image restoration, ECCV 2022, sections 3 and 4. A
block normalises, mixes channels and neighbours, multiplies its two halves (the simple gate),
weighs each channel by the mean of all (simplified channel attention), and is added to what came
in; then the same without neighbours. What the network makes is added to the picture.

It was trained on squares of 256 pixels, and the means of a whole photo are not those of such a
square. Where it sees more than ``WINDOW`` pixels, each mean is therefore one of the window around
the pixel: Chu, Chen, Chen, Lu, Improving image restoration by revisiting global information
aggregation, ECCV 2022, section 3.2 (test-time local converter, TLC). The published figures for blur
are those of whole photos through such windows: ``--tile 0``. Tiles of 256 pixels, which are what a
CPU runs by itself, keep to what was trained: there the means are those of the tile, as its authors
advise against the coloured mosaics that some photos, unlike all of the training, give with windows
(https://github.com/megvii-research/NAFNet/issues/25).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping


WINDOW = 384
"""Pixels of the picture that a mean looks at, down and across: 1.5 times what it was trained on."""


def window_means(x: Tensor, window: int) -> Tensor:
    """The mean of the ``window`` x ``window`` pixels around each; at a border, of the last inside.

    ``(N, C, H, W)`` to the same, or to ``(N, C, 1, 1)`` where the window holds the whole.
    """
    height, width = x.shape[2:]
    if max(height, width) <= window:
        return x.mean((2, 3), keepdim=True)
    means = x.to(torch.promote_types(x.dtype, torch.float32))  # running sums need the digits
    for axis, length in ((2, height), (3, width)):
        side = min(window, length)
        sums = F.pad(means.cumsum(axis), (0, 0, 1, 0) if axis == 2 else (1, 0))
        later, earlier = (sums.narrow(axis, at, length + 1 - side) for at in (side, 0))
        means = (later - earlier) / side
    below, right = height - means.shape[2], width - means.shape[3]
    sides = (right // 2, right - right // 2, below // 2, below - below // 2)
    return F.pad(means, sides, mode="replicate").to(x.dtype)


class Means(nn.Module):
    """Of all that it sees in training, of windows afterwards."""

    def __init__(self, window: int) -> None:
        super().__init__()
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same or to ``(N, C, 1, 1)``."""
        return window_means(x, max(x.shape[2:]) if self.training else self.window)


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        y = F.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, eps=1e-6)
        return y.permute(0, 3, 1, 2)


def simple_gate(x: Tensor) -> Tensor:
    """``(N, 2 C, H, W)`` to ``(N, C, H, W)``: one half times the other."""
    left, right = x.chunk(2, dim=1)
    return left * right


class Block(nn.Module):
    """A block; see the module's text.

    Args:
        features: Channels.
        window: Pixels of this level that a mean looks at.
    """

    def __init__(self, features: int, window: int) -> None:
        super().__init__()
        wide = 2 * features
        self.norm1 = ChannelNorm(features)
        self.conv1 = nn.Conv2d(features, wide, 1)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, groups=wide)
        self.sca = nn.Sequential(Means(window), nn.Conv2d(features, features, 1))
        self.conv3 = nn.Conv2d(features, features, 1)
        self.norm2 = ChannelNorm(features)
        self.conv4 = nn.Conv2d(features, wide, 1)
        self.conv5 = nn.Conv2d(features, features, 1)
        self.beta = nn.Parameter(torch.zeros(1, features, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, features, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        y = simple_gate(self.conv2(self.conv1(self.norm1(x))))
        x = x + self.beta * self.conv3(y * self.sca(y))
        y = simple_gate(self.conv4(self.norm2(x)))
        return x + self.gamma * self.conv5(y)


def blocks(features: int, number: int, window: int) -> nn.Sequential:
    """As many blocks in a row."""
    return nn.Sequential(*(Block(features, window) for _ in range(number)))


class NAFNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size; it doubles with every level.
        encoders: Blocks at each level on the way down.
        middle: Blocks at the lowest level.
        decoders: Blocks at each level on the way up, the lowest first.
        window: Pixels of the picture that a mean looks at, once it is trained.
    """

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        encoders: tuple[int, ...],
        middle: int,
        decoders: tuple[int, ...],
        window: int = WINDOW,
    ) -> None:
        super().__init__()
        widths = [features << level for level in range(len(encoders))]
        windows = [window >> level for level in range(len(encoders))]
        self.intro = nn.Conv2d(channels, features, 3, padding=1)
        self.encoders = nn.ModuleList(map(blocks, widths, encoders, windows))
        self.downs = nn.ModuleList(nn.Conv2d(c, 2 * c, 2, stride=2) for c in widths)
        self.middle_blks = blocks(features << len(widths), middle, window >> len(widths))
        self.ups = nn.ModuleList(
            # Four times the channels, which become twice the height and width.
            nn.Sequential(nn.Conv2d(2 * c, 4 * c, 1, bias=False), nn.PixelShuffle(2))
            for c in reversed(widths)
        )
        self.decoders = nn.ModuleList(map(blocks, reversed(widths), decoders, reversed(windows)))
        self.ending = nn.Conv2d(features, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W are multiples of 2 to the levels."""
        y, seen = self.intro(x), list[Tensor]()
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            seen.append(encoder(y))
            y = down(seen[-1])
        y = self.middle_blks(y)
        for up, decoder in zip(self.ups, self.decoders, strict=True):
            y = decoder(up(y) + seen.pop())
        return x + self.ending(y)


NEEDED = {
    f"{place}.{part}"
    for place in ("encoders.0.0", "middle_blks.0", "decoders.0.0")
    for part in ("beta", "gamma", "conv1.weight", "conv5.weight", "sca.1.weight", "norm1.weight")
} | {"intro.weight", "ending.weight", "downs.0.weight", "ups.0.0.weight"}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a NAFNet."""
    return tensors.keys() >= NEEDED and tensors["intro.weight"].ndim == 4


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any NAFNet.
    """
    features, channels = tensors["intro.weight"].shape[:2]
    hyperparameters: dict[str, Any] = {
        "channels": channels,
        "features": features,
        "encoders": _blocks_by_level(tensors, "encoders."),
        "middle": count(tensors, "middle_blks."),
        "decoders": _blocks_by_level(tensors, "decoders."),
    }
    with torch.device("meta"):
        module = NAFNet(**hyperparameters)
    load(module, tensors, "NAFNet")
    multiple = 2 ** len(hyperparameters["encoders"])
    return Network(
        module=module.eval(),
        architecture="nafnet",
        scale=1,
        channels=channels,
        # Channels are weighed by their means over windows, one block after the other.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The means that it was trained on are those of 256 x 256 pixels.
        tile=256,
        bytes_per_pixel=3584,
        size_requirements=SizeRequirements(multiple, multiple),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def _blocks_by_level(tensors: Mapping[str, Tensor], prefix: str) -> tuple[int, ...]:
    levels = range(count(tensors, prefix))
    return tuple(count(tensors, f"{prefix}{level}.") for level in levels)


def untrained(**hyperparameters: Any) -> nn.Module:
    """A NAFNet as training begins: PyTorch's own weights; its blocks change nothing yet."""
    return NAFNet(**hyperparameters)


ARCHITECTURE = Architecture("nafnet", detect, build, untrained=untrained)

"""MPRNet: quarters, then halves, then the whole picture, each told what the one before found.

Zamir, Arora, Khan, Hayat, Khan, Yang, Shao, Multi-stage progressive image restoration, CVPR 2021,
section 3. Two U-Nets see the picture in patches, four and then two; the third stage never leaves
the full size. Between stages a first result says which features are of use (supervised attention),
and what both ways of a U-Net made is added at each size of the next (cross-stage feature fusion).
Every block weighs its channels by their means.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from restorekit.architectures._attention import ChannelAttention, SupervisedAttention
from restorekit.architectures._convolutions import conv3x3, count, load
from restorekit.contracts import Architecture, Network, Results, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SIZES = 3
"""Of the U-Nets: the full one, a half and a quarter."""


class Block(nn.Module):
    """Two convolutions and the weighing of their channels, added to what came in (section 3.1).

    Args:
        features: Width.
        reduction: How many times narrower the weighing is.
        bend: Between the convolutions; one for the whole network, whose slope is learned.
    """

    def __init__(self, features: int, reduction: int, bend: nn.PReLU) -> None:
        super().__init__()
        self.CA = ChannelAttention(features, reduction, bias=False)
        self.body = nn.Sequential(
            conv3x3(features, features, bias=False), bend, conv3x3(features, features, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.CA(self.body(x))


class Encoder(nn.Module):
    """Down the sizes.

    Args:
        widths: At each size, the full one first.
        block: Makes a block of a width.
        helped: Whether it takes what the U-Net before made.
    """

    def __init__(
        self, widths: Sequence[int], block: Callable[[int], nn.Module], *, helped: bool
    ) -> None:
        super().__init__()
        for size, width in enumerate(widths, 1):
            self.add_module(f"encoder_level{size}", nn.Sequential(block(width), block(width)))
            if helped:
                self.add_module(f"csff_enc{size}", pointwise(width, width))
                self.add_module(f"csff_dec{size}", pointwise(width, width))
        for size, (width, next_width) in enumerate(pairwise(widths), 1):
            self.add_module(f"down{size}{size + 1}", resized("down", 0.5, width, next_width))

    def forward(self, x: Tensor, earlier: Sequence[tuple[Tensor, Tensor]] = ()) -> list[Tensor]:
        """``(N, C, H, W)`` to what was seen at each size, the full one first.

        Args:
            x: The features.
            earlier: Those of the U-Net before at each size, on the way down and up.
        """
        part = self.get_submodule
        seen: list[Tensor] = []
        for size in range(1, SIZES + 1):
            if seen:
                x = part(f"down{size - 1}{size}")(seen[-1])
            x = part(f"encoder_level{size}")(x)
            if earlier:
                down, up = earlier[size - 1]
                x = x + part(f"csff_enc{size}")(down) + part(f"csff_dec{size}")(up)
            seen.append(x)
        return seen


class Decoder(nn.Module):
    """Up the sizes again; the arguments are those of the encoder."""

    def __init__(self, widths: Sequence[int], block: Callable[[int], nn.Module]) -> None:
        super().__init__()
        for size, width in enumerate(widths, 1):
            self.add_module(f"decoder_level{size}", nn.Sequential(block(width), block(width)))
        for size, (width, next_width) in enumerate(pairwise(widths), 1):
            self.add_module(f"skip_attn{size}", block(width))
            self.add_module(f"up{size + 1}{size}", resized("up", 2, next_width, width))

    def forward(self, seen: Sequence[Tensor]) -> list[Tensor]:
        """What the encoder gave to what is made of it, the full size first in either."""
        part = self.get_submodule
        made = [part(f"decoder_level{SIZES}")(seen[-1])]
        for size in range(SIZES - 1, 0, -1):
            enlarged = part(f"up{size + 1}{size}")(made[-1])
            bridged = enlarged + part(f"skip_attn{size}")(seen[size - 1])
            made.append(part(f"decoder_level{size}")(bridged))
        return made[::-1]


class FullSize(nn.Module):
    """Chains of blocks, each followed by what the U-Nets made at one size (section 3.2, ORSNet).

    Args:
        widths: Of the U-Nets, the full size first.
        width: Of the chains.
        blocks: Of each chain.
        block: Makes a block of a width.
    """

    def __init__(
        self, widths: Sequence[int], width: int, blocks: int, block: Callable[[int], nn.Module]
    ) -> None:
        super().__init__()
        for size in range(1, SIZES + 1):
            chain = [block(width) for _ in range(blocks)]
            end = conv3x3(width, width, bias=False)
            self.add_module(f"orb{size}", nn.ModuleDict({"body": nn.Sequential(*chain, end)}))
            for way in ("enc", "dec"):
                self.add_module(f"conv_{way}{size}", pointwise(widths[0], width))
                if size > 1:
                    self.add_module(f"up_{way}{size - 1}", to_full_size(widths[:size]))

    def forward(self, x: Tensor, earlier: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """``(N, width, H, W)`` to the same.

        Args:
            x: The features.
            earlier: Those of the U-Net before at each size, on the way down and up.
        """
        part = self.get_submodule
        for size, ways in enumerate(earlier, 1):
            x = x + part(f"orb{size}.body")(x)
            for way, y in zip(("enc", "dec"), ways, strict=True):
                whole = y if size == 1 else part(f"up_{way}{size - 1}")(y)
                x = x + part(f"conv_{way}{size}")(whole)
        return x


class MPRNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the U-Nets at full size.
        growth: By which it grows with each size below.
        extra: By which the third stage is wider than the U-Nets are at full size.
        blocks: Of each of the third stage's chains.
        reduction: How many times narrower the weighing of the channels is.
    """

    def __init__(
        self, *, channels: int, features: int, growth: int, extra: int, blocks: int, reduction: int
    ) -> None:
        super().__init__()
        bend = nn.PReLU()
        widths = [features + size * growth for size in range(SIZES)]

        def block(width: int) -> nn.Module:
            return Block(width, reduction, bend)

        def shallow() -> nn.Sequential:
            return nn.Sequential(conv3x3(channels, features, bias=False), block(features))

        def attention() -> nn.Module:
            return SupervisedAttention(features, channels, kernel=1, bias=False)

        self.shallow_feat1, self.shallow_feat2, self.shallow_feat3 = (shallow() for _ in range(3))
        self.stage1_encoder = Encoder(widths, block, helped=False)
        self.stage1_decoder = Decoder(widths, block)
        self.stage2_encoder = Encoder(widths, block, helped=True)
        self.stage2_decoder = Decoder(widths, block)
        self.stage3_orsnet = FullSize(widths, features + extra, blocks, block)
        self.sam12, self.sam23 = attention(), attention()
        self.concat12 = conv3x3(2 * features, features, bias=False)
        self.concat23 = conv3x3(2 * features, features + extra, bias=False)
        self.tail = conv3x3(features + extra, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W are multiples of 8."""
        return self.stages(x)[0]

    def stages(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The results of all three stages, the last first: the paper's loss looks at each.

        Patches lie beside one another in the batch, and what is made of them is joined again
        where the next part sees more: the first decoder halves, the second the whole.
        """
        halves = torch.cat(x.chunk(2, dim=2))  # (2 N, C, H / 2, W), the upper ones first
        quarters = torch.cat(halves.chunk(2, dim=3))
        seen = [_joined(y, 3) for y in self.stage1_encoder(self.shallow_feat1(quarters))]
        made = self.stage1_decoder(seen)
        features, first = self.sam12(made[0], halves)

        y = self.concat12(torch.cat([self.shallow_feat2(halves), features], dim=1))
        earlier = list(zip(seen, made, strict=True))
        seen = [_joined(y, 2) for y in self.stage2_encoder(y, earlier)]
        made = self.stage2_decoder(seen)
        features, second = self.sam23(made[0], x)

        y = self.concat23(torch.cat([self.shallow_feat3(x), features], dim=1))
        y = self.stage3_orsnet(y, list(zip(seen, made, strict=True)))
        return x + self.tail(y), second, _joined(first, 2)


def _joined(x: Tensor, axis: int) -> Tensor:
    """Both halves of a batch side by side along an axis."""
    return torch.cat(x.chunk(2), dim=axis)


def pointwise(inputs: int, outputs: int) -> nn.Conv2d:
    """A convolution of 1 x 1."""
    return nn.Conv2d(inputs, outputs, 1, bias=False)


def resized(name: str, factor: float, inputs: int, outputs: int) -> nn.Sequential:
    """``(N, inputs, H, W)`` to as many times the size, under the name of the released files."""
    scaling = nn.Upsample(scale_factor=factor, mode="bilinear", align_corners=False)
    return nn.Sequential(OrderedDict({name: nn.Sequential(scaling, pointwise(inputs, outputs))}))


def to_full_size(widths: Sequence[int]) -> nn.Sequential:
    """From the smallest of these sizes to the full one, twice as large with each step."""
    steps = [resized("up", 2, low, high) for high, low in reversed(list(pairwise(widths)))]
    return steps[0] if len(steps) == 1 else nn.Sequential(*steps)


FIRST, WIDER, LAST = "shallow_feat1.0.weight", "stage1_encoder.down12.down.1.weight", "tail.weight"
CHAIN = "stage3_orsnet.orb1.body."
NARROWED = "shallow_feat1.1.CA.conv_du.0.weight"
NEEDED = {FIRST, WIDER, LAST, NARROWED, f"{CHAIN}0.body.0.weight", "sam23.conv3.weight"}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an MPRNet."""
    return tensors.keys() >= NEEDED and all(tensors[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any MPRNet.
    """
    features, channels = tensors[FIRST].shape[:2]
    hyperparameters = {
        "channels": channels,
        "features": features,
        "growth": tensors[WIDER].shape[0] - features,
        "extra": tensors[LAST].shape[1] - features,
        "blocks": count(tensors, CHAIN) - 1,
        "reduction": features // max(len(tensors[NARROWED]), 1),
    }
    with torch.device("meta"):
        module = MPRNet(**hyperparameters)
    load(module, tensors, "MPRNet")
    return Network(
        module=module,
        architecture="mprnet",
        scale=1,
        channels=channels,
        # Channels are weighed by their means over all that it sees, which is cut in the middle.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The means, and the patches, that it was trained on are those of 256 x 256 pixels.
        tile=256,
        keeps_tile=True,
        bytes_per_pixel=8192,
        # An eighth, so that a quarter can be halved twice.
        size_requirements=SizeRequirements(8, 8),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An MPRNet as training begins: PyTorch's own weights, as its authors' program has."""
    return MPRNet(**hyperparameters)


ARCHITECTURE = Architecture("mprnet", detect, build, untrained=untrained, results=Results("stages"))

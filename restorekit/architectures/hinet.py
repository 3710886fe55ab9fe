"""HINet: two U-Nets one after the other, which normalise half of their channels.

Chen, Lu, Zhang, Chu, Chen, HINet: half instance normalization network for image restoration, CVPR
workshops 2021, section 3. Half of a block's channels are normalised in each picture by itself, and
half keep what the light of the picture was. The first U-Net's result tells the second where to
look (supervised attention), and what it saw on the way is added at each size.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._attention import SupervisedAttention
from restorekit.architectures._convolutions import conv3x3, count, load
from restorekit.contracts import Architecture, Network, Results, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SLOPE = 0.2


class Block(nn.Module):
    """Two convolutions beside one of 1 x 1, and what an encoder has besides.

    Args:
        inputs: Channels that it takes.
        outputs: Channels that it gives; even where it is normalised.
        normalised: Whether half of the channels are.
        helped: Whether it takes what the first U-Net saw.
        halves: Whether it has what makes its result half as large.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        normalised: bool = False,
        helped: bool = False,
        halves: bool = False,
    ) -> None:
        super().__init__()
        self.identity = nn.Conv2d(inputs, outputs, 1)
        self.conv_1 = conv3x3(inputs, outputs)
        self.conv_2 = conv3x3(outputs, outputs)
        self.norm = nn.InstanceNorm2d(outputs // 2, affine=True) if normalised else None
        if helped:
            self.csff_enc = conv3x3(outputs, outputs)
            self.csff_dec = conv3x3(outputs, outputs)
        if halves:
            self.downsample = nn.Conv2d(outputs, outputs, 4, stride=2, padding=1, bias=False)

    def forward(self, x: Tensor, earlier: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``.

        Args:
            x: The features.
            earlier: Those of the first U-Net at this size, on the way down and up.
        """
        y = self.conv_1(x)
        if self.norm is not None:
            half, rest = y.chunk(2, dim=1)
            y = torch.cat([self.norm(half), rest], dim=1)
        y = _bent(self.conv_2(_bent(y))) + self.identity(x)
        if earlier is None:
            return y
        return y + self.csff_enc(earlier[0]) + self.csff_dec(earlier[1])


class Decoder(nn.Module):
    """Twice as large, and with what was seen at that size on the way down."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
        self.conv_block = Block(2 * outputs, outputs)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` and ``(N, outputs, 2 H, 2 W)`` to the latter's shape."""
        return self.conv_block(torch.cat([self.up(x), seen], dim=1))


class HINet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size; it doubles with every level.
        levels: Sizes, each half of the one above; at least 2.
        normalised: The levels whose encoders normalise half of their channels, from 0.
    """

    def __init__(
        self, *, channels: int, features: int, levels: int, normalised: Sequence[int]
    ) -> None:
        super().__init__()
        widths = [features << level for level in range(levels)]
        steps = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.conv_01 = conv3x3(channels, features)
        self.conv_02 = conv3x3(channels, features)
        self.down_path_1 = _encoders(widths, normalised, helped=False)
        self.down_path_2 = _encoders(widths, normalised, helped=True)
        self.up_path_1 = nn.ModuleList(Decoder(*step) for step in steps)
        self.up_path_2 = nn.ModuleList(Decoder(*step) for step in steps)
        self.skip_conv_1 = nn.ModuleList(conv3x3(wide, wide) for _, wide in steps)
        self.skip_conv_2 = nn.ModuleList(conv3x3(wide, wide) for _, wide in steps)
        self.sam12 = SupervisedAttention(features, channels, kernel=3, bias=True)
        self.cat12 = nn.Conv2d(2 * features, features, 1)
        self.last = conv3x3(features, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W can be halved for every level but one."""
        return self.stages(x)[0]

    def stages(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The results of both U-Nets, the second first: the paper's loss looks at either."""
        seen = _down(self.down_path_1, self.conv_01(x))
        made = _up(self.up_path_1, self.skip_conv_1, seen)
        features, first = self.sam12(made[0], x)
        y = self.cat12(torch.cat([self.conv_02(x), features], dim=1))
        seen = _down(self.down_path_2, y, list(zip(seen, made, strict=False)))
        return x + self.last(_up(self.up_path_2, self.skip_conv_2, seen)[0]), first


def _bent(y: Tensor) -> Tensor:
    return F.leaky_relu(y, SLOPE, inplace=True)


def _encoders(widths: Sequence[int], normalised: Iterable[int], *, helped: bool) -> nn.ModuleList:
    lowest = len(widths) - 1
    chosen = set(normalised)
    return nn.ModuleList(
        Block(
            widths[max(level - 1, 0)],
            wide,
            normalised=level in chosen,
            helped=helped and level < lowest,
            halves=level < lowest,
        )
        for level, wide in enumerate(widths)
    )


def _down(
    blocks: nn.ModuleList, x: Tensor, earlier: Sequence[tuple[Tensor, Tensor]] = ()
) -> list[Tensor]:
    """What the encoders give at each level, the full size first."""
    seen: list[Tensor] = []
    for level, block in enumerate(blocks):
        if level:
            x = blocks[level - 1].get_submodule("downsample")(seen[-1])
        seen.append(block(x, earlier[level] if level < len(earlier) else None))
    return seen


def _up(blocks: nn.ModuleList, skips: nn.ModuleList, seen: Sequence[Tensor]) -> list[Tensor]:
    """What the decoders give at each level but the lowest, the full size first."""
    made = [seen[-1]]
    for block, skip, bridge in zip(blocks, skips, reversed(seen[:-1]), strict=True):
        made.append(block(made[-1], skip(bridge)))
    return made[:0:-1]


NEEDED = {
    f"{name}.weight"
    for name in ("conv_01", "sam12.conv3", "cat12", "last", "down_path_2.0.csff_enc")
}
NORM = re.compile(r"^down_path_1\.(\d{1,3})\.norm\.weight$")


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a HINet."""
    return tensors.keys() >= NEEDED and tensors["conv_01.weight"].ndim == 4


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any HINet.
    """
    features, channels = tensors["conv_01.weight"].shape[:2]
    levels = count(tensors, "down_path_1.")
    hyperparameters: dict[str, Any] = {
        "channels": channels,
        "features": features,
        "levels": levels,
        "normalised": tuple(sorted(int(it[1]) for key in tensors if (it := NORM.match(key)))),
    }
    with torch.device("meta"):
        module = HINet(**hyperparameters)
    load(module, tensors, "HINet")
    return Network(
        module=module,
        architecture="hinet",
        scale=1,
        channels=channels,
        # Channels are normalised over all that it sees.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The authors, too, restore squares of the side that it was trained on.
        tile=256,
        keeps_tile=True,
        # Two pixels at least at the lowest level: one cannot be normalised.
        size_requirements=SizeRequirements(2**levels, 2 ** (levels - 1)),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """A HINet as training begins: PyTorch's own weights, as its authors' program has."""
    return HINet(**hyperparameters)


ARCHITECTURE = Architecture("hinet", detect, build, untrained=untrained, results=Results("stages"))

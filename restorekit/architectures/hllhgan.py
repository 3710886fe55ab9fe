"""HLLHGAN's Low-to-High network: 4 times as large, for photos as bad as those that it learnt from.

A. Bulat, J. Yang, G. Tzimiropoulos, To learn image super-resolution, use a GAN to learn how to do
image degradation first, ECCV 2018, section 3, as the authors' program has it: groups of residual
blocks, each group with a way around it and a bilinear enlargement by two behind it. What makes the
photos that it learns from is in :mod:`restorekit.architectures._high_to_low`.

The authors' program enlarges so that the corners of the smaller and the larger picture meet. That
shifts pixels by what depends on the picture's size, so that weights for 16 x 16 pixels would not do
for a photo; here the edges meet, as everywhere else. The authors' weights can be read, and give
pictures that are shifted by up to three eighths of an input pixel at their borders.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, load
from restorekit.contracts import Architecture, Network
from restorekit.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Block(nn.Module):
    """Twice normalisation, ReLU and a 3 x 3 convolution, added to what came in.

    The pre-activation of K. He et al., Identity mappings in deep residual networks, ECCV 2016.

    Args:
        taken: Channels that come in.
        given: Channels that go out; where they are others, 1 x 1 pixels bring the way around there.
    """

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(taken)
        self.conv1 = nn.Conv2d(taken, given, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(given)
        self.conv2 = nn.Conv2d(given, given, 3, padding=1, bias=False)
        self.skip = around(taken, given)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, taken, H, W)`` to ``(N, given, H, W)``."""
        y = self.conv1(F.relu_(self.norm1(x)))
        return self.skip(x) + self.conv2(F.relu_(self.norm2(y)))


def around(taken: int, given: int) -> nn.Module:
    """The way around a block or a group."""
    return nn.Identity() if taken == given else nn.Conv2d(taken, given, 1)


def chain(taken: int, given: int, blocks: int) -> nn.Sequential:
    """Blocks, of which the first changes the number of channels."""
    return nn.Sequential(*(Block(given if i else taken, given) for i in range(blocks)))


class Group(nn.Module):
    """Blocks with a way around all of them, then the enlargement by two.

    Args:
        taken: Channels that come in.
        given: Channels of its blocks.
        blocks: Their number.
    """

    def __init__(self, taken: int, given: int, blocks: int) -> None:
        super().__init__()
        self.blocks = chain(taken, given, blocks)
        self.skip = around(taken, given)
        self.norm = nn.BatchNorm2d(given)
        self.conv = nn.Conv2d(given, given, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, taken, H, W)`` to ``(N, given, 2 H, 2 W)``."""
        y = self.blocks(x) + self.skip(x)
        y = F.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.conv(F.relu_(self.norm(y)))


class HLLHGAN(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Widths of the groups, and of the layers behind them.
        blocks: Numbers of each group's blocks: two groups make the picture 4 times as large.

    Raises:
        UsageError: Widths and numbers do not fit together.
    """

    def __init__(self, *, channels: int, features: Sequence[int], blocks: Sequence[int]) -> None:
        super().__init__()
        if len(features) != len(blocks) + 1 or not blocks or min(blocks) < 1:
            raise UsageError(
                "the groups of an HLLHGAN",
                expected="one of features more than of blocks, of which none is 0",
                got=f"features {list(features)}, blocks {list(blocks)}",
            )
        self.first = nn.Conv2d(channels, features[0], 3, padding=1, bias=False)
        widths = pairwise([features[0], *features[:-1]])
        self.groups = nn.Sequential(
            *(Group(*pair, number) for pair, number in zip(widths, blocks, strict=True))
        )
        self.last = nn.Sequential(
            nn.Conv2d(features[-2], features[-1], 3, padding=1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(features[-1], features[-1], 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(features[-1], channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)`` within it."""
        y = self.last(self.groups(self.first(2 * x - 1)))
        return (torch.tanh(y) + 1) / 2


# The keys of the authors' program. It makes a layer, a2, that it does not run.
RELEASED = "layers_in.weight"
UNUSED = re.compile(r"^a2\.")
RENAMED = (
    (re.compile(r"^layers_in\."), "first."),
    (re.compile(r"^layers_set_final\.(\d)\.(\d+)\.bn"), r"groups.\1.blocks.\2.norm"),
    (re.compile(r"^layers_set_final\.(\d)\."), r"groups.\1.blocks."),
    (re.compile(r"^layers_set_final_up\.(\d)\.1\."), r"groups.\1.norm."),
    (re.compile(r"^layers_set_final_up\.(\d)\.3\."), r"groups.\1.conv."),
    (re.compile(r"^a1\.0\."), "groups.1.skip."),
    (re.compile(r"^main\."), "last."),
)
NEEDED = {
    f"{name}.weight"
    for name in ("first", "groups.0.blocks.0.conv1", "groups.0.conv", "last.0", "last.2", "last.4")
}
KEYS = re.compile(r"^(first|last\.[024]|groups\.\d\.(skip|norm|conv|blocks\.\d{1,3}\.\w+))\.\w+$")


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the keys of :class:`HLLHGAN`, those of the authors' program too."""
    if RELEASED not in tensors:
        return dict(tensors)
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        key = name
        for pattern, replacement in RENAMED:
            key = pattern.sub(replacement, key)
        # There these 1 x 1 convolutions are transposed ones, whose first axis is what comes in.
        flipped = re.match(r"^groups\.\d\.conv\.weight$", key) and value.ndim == 4
        if not UNUSED.match(key):
            renamed[key] = value.transpose(0, 1).contiguous() if flipped else value
    return renamed


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an HLLHGAN."""
    found = canonical(tensors)
    if not found.keys() >= NEEDED or not all(KEYS.match(key) for key in found):
        return False
    return all(found[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any HLLHGAN.
    """
    found = canonical(tensors)
    groups = [f"groups.{place}." for place in range(count(found, "groups."))]
    widths = [len(found.get(f"{it}norm.weight", ())) for it in groups]
    blocks = tuple(count(found, f"{it}blocks.") for it in groups)
    if 0 in (*widths, *blocks):
        raise CheckpointError("the tensors are no HLLHGAN", expected="blocks in each group")
    hyperparameters: dict[str, Any] = {
        "channels": found["first.weight"].shape[1],
        "features": (*widths, found["last.0.weight"].shape[0]),
        "blocks": blocks,
    }
    with torch.device("meta"):
        module = HLLHGAN(**hyperparameters)
    load(module, found, "HLLHGAN")
    reach = reach_of(blocks)
    return Network(
        module=module.eval(),
        architecture="hllhgan",
        scale=2 ** len(blocks),
        channels=hyperparameters["channels"],
        receptive_field=reach,
        overlap=2 * reach,
        tile=256,
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def reach_of(blocks: Sequence[int]) -> int:
    """How far the network sees, in pixels of its input, from the result back to it."""
    reach = 1
    for number in reversed(blocks):
        # Of twice as many pixels, the enlargement looks at every other one, and one beyond.
        reach = reach // 2 + 1 + 2 * number
    return reach + 1


def untrained(**hyperparameters: Any) -> nn.Module:
    """An HLLHGAN as training begins: with weights as torch draws them."""
    return HLLHGAN(**hyperparameters)


ARCHITECTURE = Architecture("hllhgan", detect, build, untrained=untrained)

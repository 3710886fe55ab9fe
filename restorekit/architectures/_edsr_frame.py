"""What EDSR and RCAN have in common: all but the blocks between the head and the tail.

Lim, Son, Kim, Nah, Lee, Enhanced deep residual networks for single image super-resolution, CVPR
workshops 2017, section 3: levels of 255 less the mean colour of DIV2K go through a convolution, a
long body with a skip around it, and pixel-shuffles. Two projects released such networks under keys
of their own: the authors' (``head.0``, ``tail.0.0``) and BasicSR (``conv_first``, ``upsample.0``).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import conv3x3, count
from restorekit.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RANGE = 255.0
"""The networks take levels."""
MEAN = (0.4488, 0.4371, 0.4040)
"""Of red, green and blue in the photos of DIV2K."""
SHUFFLES = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}
"""By scale, how many times each pixel-shuffle enlarges."""


class MeanShift(nn.Module):
    """A colour that is added to every pixel, in the form that the authors' files have: 1 x 1."""

    weight: Tensor
    bias: Tensor

    def __init__(self, sign: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.eye(3).view(3, 3, 1, 1))
        self.register_buffer("bias", sign * RANGE * torch.tensor(MEAN))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, H, W)`` in levels to the same, in the precision of ``x``."""
        return F.conv2d(x, self.weight.to(x.dtype), self.bias.to(x.dtype))


class Frame(nn.Module):
    """A network with these blocks; see the module's text.

    Args:
        features: Width.
        scale: 2, 3, 4 or 8.
        blocks: Each takes and gives ``(N, features, H, W)``.

    Raises:
        UsageError: Another scale.
    """

    def __init__(self, features: int, scale: int, blocks: Iterable[nn.Module]) -> None:
        super().__init__()
        if scale not in SHUFFLES:
            raise UsageError("the scale of such a network", expected="2, 3, 4 or 8", got=str(scale))
        enlarging: list[nn.Module] = []
        for times in SHUFFLES[scale]:
            enlarging += [conv3x3(features, features * times**2), nn.PixelShuffle(times)]
        self.sub_mean = MeanShift(-1)
        self.add_mean = MeanShift(1)
        self.head = nn.Sequential(conv3x3(3, features))
        self.body = nn.Sequential(*blocks, conv3x3(features, features))
        self.tail = nn.Sequential(nn.Sequential(*enlarging), conv3x3(features, 3))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, H, W)`` float32 in [0, 1] to ``(N, 3, H * scale, W * scale)``."""
        enlarge, last = self.tail
        # Colours stay in the precision of the picture while the layers may have a lower one.
        y = self.head(self.sub_mean(RANGE * x).to(next(self.head.parameters()).dtype))
        y = enlarge(y + self.body(y))
        y = last(y.to(next(last.parameters()).dtype))
        return self.add_mean(y.to(x.dtype)) / RANGE


# BasicSR's keys, rewritten to the authors'; a key with a number of blocks follows in ``canonical``.
RENAMED = (
    (re.compile(r"^conv_first\."), "head.0."),
    (re.compile(r"^conv_last\."), "tail.1."),
    (re.compile(r"^upsample\."), "tail.0."),
)


def canonical(
    tensors: Mapping[str, Tensor], renamed: Sequence[tuple[re.Pattern[str], str]]
) -> dict[str, Tensor]:
    """The tensors under the keys of :class:`Frame`, whichever project they come from.

    Args:
        tensors: By the names that the network gave them.
        renamed: How the keys of the body become the authors'.
    """
    if "conv_first.weight" not in tensors:
        return dict(tensors)
    found: dict[str, Tensor] = {}
    after_body = f"body.{count(tensors, 'body.')}."
    for name, value in tensors.items():
        key = name.replace("conv_after_body.", after_body)
        for pattern, replacement in (*RENAMED, *renamed):
            key = pattern.sub(replacement, key)
        found[key] = value
    # There the mean is no tensor, but part of the program.
    for name, shift in (("sub_mean", MeanShift(-1)), ("add_mean", MeanShift(1))):
        found |= {f"{name}.{key}": value for key, value in shift.state_dict().items()}
    return found


def scale_of(tensors: Mapping[str, Tensor], name: str) -> int:
    """The scale that the convolutions before the pixel-shuffles tell.

    Raises:
        CheckpointError: It is none of the scales that such networks have.
    """
    found = [key for key in tensors if key.startswith("tail.0.") and key.endswith(".weight")]
    width = tensors["head.0.weight"].shape[0]
    scale = math.prod(math.isqrt(tensors[key].shape[0] // width) for key in found)
    if scale not in SHUFFLES:
        raise CheckpointError(f"the tensors are no {name}", expected="scale 2, 3, 4 or 8")
    return scale

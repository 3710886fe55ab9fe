"""HLLHGAN's High-to-Low network: photos and noise in, photos as bad as real ones out.

A. Bulat, J. Yang, G. Tzimiropoulos, To learn image super-resolution, use a GAN to learn how to do
image degradation first, ECCV 2018, section 3: twelve residual blocks in six groups. The picture is
pooled to half its size behind each of the first four groups, and doubled by a pixel-shuffle before
each of the last two. The network restores nothing, and so it is no entry of the catalogue: no task
offers it, and ``learned`` of ``restorekit/degradations`` runs it.

The paper brings 64 random numbers to the size of its 64 x 64 pixels by a dense layer, which ties
its network to that size. Here each pixel has a random number of its own, so that photos of any size
can be taken. The paper does not state its widths.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import load
from restorekit.architectures.hllhgan import chain
from restorekit.errors import CheckpointError, UsageError
from restorekit.tiling import grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from restorekit.contracts import Image

SCALE = 4
"""How many times smaller the result is."""
MULTIPLE = 16
"""Height and width that the network takes are multiples of this."""
POOLED, SHUFFLED, BLOCKS = 4, 2, 2
"""Groups that are followed by pooling; those behind a pixel-shuffle; blocks in each."""
REACH = 8
"""How far the network sees, in multiples of :data:`MULTIPLE` pixels."""
TILE = 48
"""Side, in the same unit, of the tiles in which large photos are run."""
LUMA = (0.299, 0.587, 0.114)
"""BT.601, of RGB: what a grey photo takes of a colour result."""


class HighToLow(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Widths of the four groups on the way down, of which the last is a multiple of 16:
            each pixel-shuffle leaves a quarter.

    Raises:
        UsageError: Other widths.
    """

    def __init__(self, *, channels: int, features: Sequence[int]) -> None:
        super().__init__()
        if len(features) != POOLED or min(features) < 1 or features[-1] % SCALE**SHUFFLED:
            raise UsageError(
                "the features of a High-to-Low network",
                expected=f"{POOLED} widths, the last a multiple of {SCALE**SHUFFLED}",
                got=str(list(features)),
            )
        self.first = nn.Conv2d(channels + 1, features[0], 3, padding=1, bias=False)
        self.down = nn.ModuleList(
            chain(*pair, BLOCKS) for pair in pairwise([features[0], *features])
        )
        widths = [features[-1] // SCALE ** (i + 1) for i in range(SHUFFLED)]
        self.up = nn.ModuleList(chain(width, width, BLOCKS) for width in widths)
        self.last = nn.Sequential(
            nn.BatchNorm2d(widths[-1]),
            nn.ReLU(inplace=True),
            nn.Conv2d(widths[-1], channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C + 1, H, W)`` to ``(N, C, H / 4, W / 4)`` in [0, 1].

        Args:
            x: Pictures in [0, 1], and as their last channel noise of variance 1. H and W are
                multiples of 16.
        """
        y = self.first(torch.cat([2 * x[:, :-1] - 1, x[:, -1:]], dim=1))
        for group in self.down:
            y = F.avg_pool2d(group(y), 2)
        for group in self.up:
            y = group(F.pixel_shuffle(y, 2))
        return (torch.tanh(self.last(y)) + 1) / 2


def build(tensors: Mapping[str, Tensor], where: str) -> HighToLow:
    """The network that these tensors belong to, with them loaded, ready to run.

    Args:
        tensors: Its state dict.
        where: What messages call the tensors, such as the name of their file.

    Raises:
        CheckpointError: They are no High-to-Low network's.
    """
    keys = ["first.weight", *(f"down.{place}.0.conv1.weight" for place in range(POOLED))]
    found = [tensors[key] for key in keys if key in tensors and tensors[key].ndim == 4]
    if len(found) < len(keys) or found[-1].shape[0] % SCALE**SHUFFLED or found[0].shape[1] < 2:
        raise CheckpointError(
            f"{where} holds no network that degrades",
            hint="training with the recipe hllhgan writes one, degrader.safetensors",
        )
    with torch.device("meta"):
        module = HighToLow(
            channels=found[0].shape[1] - 1, features=[it.shape[0] for it in found[1:]]
        )
    load(module, tensors, "High-to-Low network")
    return module.eval().requires_grad_(requires_grad=False)


def degraded(module: HighToLow, image: Image, rng: np.random.Generator) -> Image:
    """``image`` as ``module`` degrades it, on the device where that is.

    A colour network's result for a grey photo is its luma; a grey network takes each channel of a
    colour photo by itself, with the same noise.

    Args:
        module: In inference mode, in float32.
        image: ``(H, W, 1 or 3)`` float32 in [0, 1], of any size.
        rng: What the noise is drawn from.

    Returns:
        ``(H // 4, W // 4, 1 or 3)`` float32 in [0, 1], no side below 1.
    """
    height, width, channels = image.shape
    noise = rng.standard_normal((1, 1, height, width), np.float32)
    picture = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    taken = module.first.in_channels - 1
    pictures = picture.expand(1, 3, -1, -1) if taken == 3 else picture[:, None]
    x = torch.cat([pictures, torch.from_numpy(noise).expand(len(pictures), -1, -1, -1)], dim=1)
    x = F.pad(x, (0, -width % MULTIPLE, 0, -height % MULTIPLE), mode="replicate")
    y = _tiled(module, x.to(module.first.weight.device)).cpu()
    y = y[..., : max(1, height // SCALE), : max(1, width // SCALE)]
    result = (y[0] if taken == 3 else y[:, 0]).permute(1, 2, 0).numpy()
    if channels == 1 and taken == 3:
        result = result @ np.array(LUMA, np.float32)[:, None]
    return np.clip(result, 0, 1)


@torch.no_grad()
def _tiled(module: HighToLow, x: Tensor) -> Tensor:
    """``module(x)``, tile by tile where ``x`` is large: a photo at once would fill the memory."""
    count, _, height, width = x.shape
    plan = grid(
        height // MULTIPLE,
        width // MULTIPLE,
        tile=TILE,
        overlap=2 * REACH,
        scale=MULTIPLE // SCALE,
        reach=REACH,
    )
    result = x.new_zeros(count, x.shape[1] - 1, height // SCALE, width // SCALE)
    for rows, down in zip(*plan.rows, strict=True):
        for columns, across in zip(*plan.columns, strict=True):
            part = module(x[..., _pixels(rows, MULTIPLE), _pixels(columns, MULTIPLE)])
            weights = torch.from_numpy(np.outer(down, across)).to(x.device)
            step = MULTIPLE // SCALE
            result[..., _pixels(rows, step), _pixels(columns, step)] += weights * part
    return result


def _pixels(span: tuple[int, int], step: int) -> slice:
    return slice(span[0] * step, span[1] * step)

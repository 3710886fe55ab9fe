"""Running part of a network block by block, so that what it makes on the way stays in the cache.

On a CPU a dense block that sees a large picture writes hundreds of megabytes that it reads back
at once. Run over blocks of the picture, each with the few pixels around it that its convolutions
can see, it makes the same numbers without ever leaving the cache.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def in_blocks(
    part: Callable[[Tensor], Tensor], x: Tensor, *, side: int, reach: int, scale: int = 1
) -> Tensor:
    """``part(x)``, computed in blocks where that is faster.

    Args:
        part: Convolutions with zero padding that make ``(N, D, H * scale, W * scale)``.
        x: ``(N, C, H, W)``.
        side: The largest side of a block in pixels of ``x``.
        reach: How many pixels of ``x`` away a pixel can still change the result.
        scale: Of the result.
    """
    height, width = x.shape[-2:]
    if x.device.type != "cpu" or max(height, width) <= side or torch.is_grad_enabled():
        return part(x)

    def block(rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
        (top, bottom), (left, right) = rows, columns
        y, z = max(top - reach, 0), max(left - reach, 0)
        seen = x[..., y : bottom + reach, z : right + reach]
        made = part(seen.contiguous(memory_format=torch.channels_last))
        made = made[..., (top - y) * scale : (bottom - y) * scale, :]
        return made[..., (left - z) * scale : (right - z) * scale]

    bands = [
        torch.cat([block(rows, columns) for columns in _cuts(width, side)], dim=3)
        for rows in _cuts(height, side)
    ]
    return torch.cat(bands, dim=2)


def _cuts(length: int, side: int) -> Iterator[tuple[int, int]]:
    count = -(-length // side)
    return pairwise(length * i // count for i in range(count + 1))


def double(x: Tensor) -> Tensor:
    """Nearest-neighbour enlargement by two, ``(N, C, H, W)`` to ``(N, C, 2 H, 2 W)``.

    Torch's own is slow for channels_last tensors on a CPU; this is one copy.
    """
    n, c, h, w = x.shape
    pixels = x.permute(0, 2, 3, 1)[:, :, None, :, None, :]  # (N, H, 1, W, 1, C)
    return pixels.expand(n, h, 2, w, 2, c).reshape(n, 2 * h, 2 * w, c).permute(0, 3, 1, 2)

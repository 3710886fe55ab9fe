"""How much of what is wrong repeats in every block of 4 x 4 pixels: a grid that a network adds.

Networks that make pixels in blocks (pixel shuffle, strided transposed convolutions) can add fine
detail most cheaply as one pattern in all blocks: Odena, Dumoulin, Olah, Deconvolution and
checkerboard artifacts, Distill, 2016. A critic wants detail, and sees such a pattern late. The form
of this loss is the project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor

PERIOD = 4
"""Side of a block in pixels; networks that make blocks of 2 x 2 repeat themselves in it twice."""
BLOCKS = 8
"""Over as many in each direction the mean is taken: of other detail little is left in it."""


def grid(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean |p|``, p the mean of ``restored - clean`` over 8 x 8 blocks, less the mean of p.

    p has a number for each pixel of a block; what all pixels of the block share is no pattern.
    Pictures of fewer blocks are one such mean; of less than one there is no pattern.
    """
    blocks = min(BLOCKS, *(side // PERIOD for side in restored.shape[-2:]))
    if not blocks:
        return (restored - clean).mean() * 0
    height, width = (side // PERIOD * PERIOD for side in restored.shape[-2:])
    wrong = (restored - clean)[..., :height, :width]
    pixels = F.pixel_unshuffle(wrong, PERIOD)  # a channel for each pixel of a block
    pattern = F.avg_pool2d(pixels, blocks).unflatten(1, (-1, PERIOD**2))
    return (pattern - pattern.mean(dim=2, keepdim=True)).abs().mean()


LOSS = grid

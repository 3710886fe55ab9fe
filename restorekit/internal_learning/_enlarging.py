"""From a photo to a larger one, by a network that sharpens what bicubic has enlarged.

Both ways between the sizes are MATLAB's bicubic, written as a matrix for each axis: the papers'
small pictures are made with it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.contracts import DownScaling, Size
from restorekit.images.imresize import imresize
from restorekit.inference.self_ensemble import TURNS, Turn

if TYPE_CHECKING:
    from restorekit.contracts import Image, Kernel


def resized(x: Tensor, size: Size) -> Tensor:
    """``(N, C, H, W)`` at ``size`` by MATLAB's bicubic; see :mod:`restorekit.images.imresize`."""
    down, across = (
        _matrix(have, want).to(x.device) for have, want in zip(x.shape[2:], size, strict=True)
    )
    return down @ x @ across.T


@lru_cache(maxsize=16)
def _matrix(have: int, want: int) -> Tensor:
    """``(want, have)``: it is linear, so that the unit vectors tell all of it."""
    columns = imresize(np.eye(have)[:, :, None], Size(want, have))
    return torch.from_numpy(columns[:, :, 0].astype(np.float32))


class Degrading(nn.Module):
    """What makes the photo out of the result: the blur, if one is told, and bicubic; or a kernel.

    Args:
        kernel: The blur at the size of the result, or all of how the photo became small; None:
            bicubic alone.
    """

    def __init__(self, kernel: Kernel | None = None) -> None:
        super().__init__()
        self.stride = kernel.scale if isinstance(kernel, DownScaling) else 1
        psf = kernel.psf if isinstance(kernel, DownScaling) else kernel
        # Convolution turns the kernel round, and the convolutions of networks do not.
        taps = None if psf is None else torch.from_numpy(psf[::-1, ::-1].astype(np.float32))
        self.register_buffer("taps", taps)

    def forward(self, y: Tensor, size: Size) -> Tensor:
        """``(N, C, H, W)``, sharp and large, as the photo of ``size`` that would be taken of it."""
        taps = self.taps
        if isinstance(taps, Tensor):
            half = len(taps) // 2
            padded = F.pad(y, [half] * 4, mode="reflect").transpose(0, 1)
            y = F.conv2d(padded, taps[None, None], stride=self.stride).transpose(0, 1)
        return y if self.stride > 1 else resized(y, size)


class Enlarging(nn.Module):
    """The photo, larger: each of its eight orientations by itself, and of these the median.

    Shocher et al. (2018), section 3.2. Back-projection, after each of them and after the median,
    adds what the result lacks to explain the photo: ``y + (x - degraded(y)) enlarged``.

    Args:
        network: Sharpens ``(N, C, H, W)``.
        scale: Of the result.
        degrading: What makes the photo out of the result.
        rounds: Of back-projection; 0: none.
        in_bfloat16: Whether the network runs in that precision; the rest never does.
    """

    def __init__(
        self,
        network: nn.Module,
        scale: float,
        degrading: Degrading,
        *,
        rounds: int,
        in_bfloat16: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.scale = scale
        self.degrading = degrading
        self.rounds = rounds
        self.in_bfloat16 = in_bfloat16

    def forward(self, x: Tensor) -> Tensor:
        """``(1, C, H, W)`` in [0, 1] to ``scale`` times the size, rounded; not clipped."""
        size = Size(*(round(side * self.scale) for side in x.shape[2:]))
        enlarged = resized(x, size)
        found = [self._explaining(self._sharpened(enlarged, turn), x) for turn in TURNS]
        # Of an even number it is the mean of the two in the middle.
        middle = torch.cat(found).sort(dim=0).values[3:5].mean(dim=0, keepdim=True)
        return self._explaining(middle, x)

    def _sharpened(self, enlarged: Tensor, turn: Turn) -> Tensor:
        seen = turn.there(enlarged[0].permute(1, 2, 0)).permute(2, 0, 1)[None]
        with torch.autocast(seen.device.type, torch.bfloat16, enabled=self.in_bfloat16):
            found = self.network(seen.contiguous(memory_format=torch.channels_last))
        return turn.back(found[0].permute(1, 2, 0)).permute(2, 0, 1)[None]

    def _explaining(self, y: Tensor, x: Tensor) -> Tensor:
        for _ in range(self.rounds):
            lacking = x - self.degrading(y, Size(*x.shape[2:]))
            y = y + resized(lacking, Size(*y.shape[2:]))
        return y


@torch.no_grad()
def enlarged(image: Image, enlarging: Enlarging) -> Image:
    """``(H, W, C)``, larger, in [0, 1]."""
    device = next(enlarging.parameters()).device
    x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None]
    return enlarging(x)[0].permute(1, 2, 0).clamp(0, 1).cpu().numpy()

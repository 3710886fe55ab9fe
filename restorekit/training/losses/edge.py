"""The smooth absolute difference of edges: what a Gaussian pyramid loses at its first level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from restorekit.training.losses.charbonnier import charbonnier

if TYPE_CHECKING:
    from torch import Tensor

TAPS = (0.05, 0.25, 0.4, 0.25, 0.05)
"""Of the pyramid's kernel along each axis: Burt and Adelson's with a = 0.4."""


def edge(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean sqrt((laplacian(restored) - laplacian(clean))^2 + epsilon^2)``.

    S. W. Zamir et al., Multi-stage progressive image restoration, CVPR 2021, equation 4; the
    Laplacian is that of P. J. Burt, E. H. Adelson, The Laplacian pyramid as a compact image code,
    IEEE Transactions on Communications 31 (1983). Borders are mirrored: where the border pixel is
    repeated, as in the authors' program, an even picture has edges all around.
    """
    return charbonnier(laplacian(restored), laplacian(clean))


def laplacian(pictures: Tensor) -> Tensor:
    """``(N, C, H, W)`` without what survives half the size: to the same."""
    kept = torch.zeros_like(pictures)
    # Three pixels in four are empty, so that the blur that fills them takes a fourth of the light.
    kept[..., ::2, ::2] = 4 * _blurred(pictures)[..., ::2, ::2]
    return pictures - _blurred(kept)


def _blurred(pictures: Tensor) -> Tensor:
    taps = pictures.new_tensor(TAPS)
    channels = pictures.shape[1]
    kernel = torch.outer(taps, taps).expand(channels, 1, -1, -1)
    reach = len(TAPS) // 2
    padded = F.pad(pictures, [reach] * 4, mode="reflect")
    return F.conv2d(padded, kernel, groups=channels)


LOSS = edge

"""KernelGAN's discriminator: which places of a crop look like the photo.

Its receptive field is that of its first layer, 7 x 7, so that it learns what small patches look
like and nothing of what the photo shows. One for each seed, side by side in each tensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

PATCH = 7
LAYERS = 7
GAIN = 0.1


class PatchCritics(nn.Module):
    """7 x 7 filters, then five times 1 x 1 with batch normalization and ReLU, then one map.

    Bell-Kligler et al. (2019), section 3 and figure 3. Every layer's filters have the spectral
    norm 1 (Miyato et al., 2018, algorithm 1: one step of the power iteration at a time).

    Args:
        draws: Decide the beginning, one for each seed, on the CPU.
        channels: Of the photo.
        features: Width of the layers.
    """

    def __init__(self, draws: Sequence[torch.Generator], channels: int, features: int = 64) -> None:
        super().__init__()
        hidden = [_Layer(draws, features, features) for _ in range(LAYERS - 2)]
        first = _Layer(draws, channels * PATCH**2, features)
        self.layers = nn.ModuleList([first, *hidden, _Layer(draws, features, 1)])
        width = len(draws) * features
        self.gains = nn.ParameterList([torch.ones(width) for _ in hidden])
        self.biases = nn.ParameterList([torch.zeros(width) for _ in hidden])

    def advance(self) -> None:
        """One more step of each layer's power iteration."""
        for layer in self.modules():
            if isinstance(layer, _Layer):
                layer.advance()

    def forward(self, crops: Tensor) -> Tensor:
        """``(seeds, C, h, w)`` to ``(seeds, 1, (h - 6) * (w - 6))`` in [0, 1]: 1 where true."""
        first, *hidden, last = self.layers
        x = first(F.unfold(crops, PATCH))
        for layer, gain, bias in zip(hidden, self.gains, self.biases, strict=True):
            x = layer(x)
            # The seeds lie side by side as channels do, which are normalized one by one.
            normal = F.batch_norm(x.flatten(0, 1)[None], None, None, gain, bias, training=True)
            x = torch.relu(normal).view_as(x)
        return torch.sigmoid(last(x))


class _Layer(nn.Module):
    """A matrix for each seed, divided by its largest singular value, and a bias."""

    left: Tensor
    right: Tensor

    def __init__(self, draws: Sequence[torch.Generator], taken: int, given: int) -> None:
        super().__init__()
        begun = [
            nn.init.xavier_normal_(torch.empty(given, taken), GAIN, generator=d) for d in draws
        ]
        self.matrix = nn.Parameter(torch.stack(begun))
        self.bias = nn.Parameter(torch.zeros(len(draws), given, 1))
        left = torch.stack([torch.randn(given, 1, generator=d) for d in draws])
        self.register_buffer("left", F.normalize(left, dim=1))
        self.register_buffer("right", torch.empty(len(draws), taken, 1))
        self.advance()

    @torch.no_grad()
    def advance(self) -> None:
        """Bring the singular vectors nearer to those of the largest value."""
        self.right = F.normalize(self.matrix.mT @ self.left, dim=1)
        self.left = F.normalize(self.matrix @ self.right, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        largest = self.left.mT @ self.matrix @ self.right
        return torch.baddbmm(self.bias, self.matrix / largest, x)

"""The difference of what a network sees inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F

from restorekit.training.losses._features import feature_network, in_color

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from restorekit.training.events import OnEvent
    from restorekit.training.losses import Loss


@dataclass(frozen=True)
class Perceptual:
    """``sum over the layers of weight * mean difference of their features``.

    J. Johnson, A. Alahi, L. Fei-Fei, Perceptual losses for real-time style transfer and
    super-resolution, ECCV 2016, section 3.2.
    """

    layers: Mapping[str, float]
    """How much each counts, by VGG19's names, such as ``conv5_4``; before the ReLU."""
    difference: Literal["absolute", "squared"]

    def prepare(self, device: torch.device, on_event: OnEvent) -> Loss:
        """See :class:`restorekit.training.losses.Unprepared`."""
        network = feature_network(list(self.layers), device, on_event)
        differing = F.l1_loss if self.difference == "absolute" else F.mse_loss

        def loss(restored: Tensor, clean: Tensor) -> Tensor:
            with torch.no_grad():
                wanted = network(in_color(clean))
            found = network(in_color(restored))
            parts = map(differing, found, wanted)
            total = restored.new_zeros(())
            for weight, part in zip(self.layers.values(), parts, strict=True):
                total = total + weight * part
            return total

        return loss

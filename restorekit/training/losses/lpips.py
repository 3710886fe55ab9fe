"""LPIPS with VGG16: the metric ``lpips-vgg``, to learn by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

from restorekit.metrics._lpips import network as lpips_network
from restorekit.training.losses._features import fetched, in_color

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from restorekit.training.events import OnEvent
    from restorekit.training.losses import Loss


class Lpips:
    """``sum over l of mean over pixels of w_l . (f_l(restored) - f_l(clean))^2``.

    See ``restorekit/metrics/_lpips.py``. Features have length 1 over their channels; where all of
    them are 0 the authors' program divides so that the gradient is no number, and here it is 0.
    """

    def prepare(self, device: torch.device, on_event: OnEvent) -> Loss:
        """See :class:`restorekit.training.losses.Unprepared`."""
        network = lpips_network("vgg", fetched("vgg16", on_event)).to(device)
        stages: list[nn.Module] = list(network.net.children())

        def loss(restored: Tensor, clean: Tensor) -> Tensor:
            x, y = (network.scaling_layer(2 * in_color(it) - 1) for it in (restored, clean))
            total = restored.new_zeros(())
            for stage, head in zip(stages, network.lins, strict=True):
                x, y = stage(x), stage(y)
                apart = F.normalize(x, dim=1) - F.normalize(y, dim=1)
                total = total + head(apart * apart).mean()
            return total

        return loss


LOSS = Lpips()

"""Whether each true feature is found anywhere in the restored picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from restorekit.training.losses._features import feature_network, in_color

if TYPE_CHECKING:
    from torch import Tensor

    from restorekit.training.events import OnEvent
    from restorekit.training.losses import Loss

LAYER = "conv3_4"
BANDWIDTH = 0.5
"""h: the smaller, the more each feature holds to its nearest alone."""
LEAST = 1e-5


def contextual(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean -log CX`` of features ``(N, C, h, w)``, which need not lie in the same places.

    With d_ij the cosine distance of the restored feature i from the true feature j, both without
    the mean of the true ones::

        d'_ij = d_ij / (min_k d_ik + 1e-5)              (equation 2)
        w_ij = exp((1 - d'_ij) / h)                     (equation 3)
        CX_ij = w_ij / sum_k w_ik                       (equation 4)
        CX = mean over j of max_i CX_ij                 (equation 1)

    R. Mechrez, I. Talmi, L. Zelnik-Manor, The contextual loss for image transformation with
    non-aligned data, ECCV 2018. It compares each with each: 128 x 128 pixels take 4 MB a picture
    for each of these lines, and twice the side 16 times that.
    """
    center = clean.mean(dim=(0, 2, 3), keepdim=True)
    x, y = (F.normalize((it - center).flatten(2), dim=1) for it in (restored, clean))
    distance = (1 - x.transpose(1, 2) @ y).clamp_min(0)  # (N, restored, true)
    relative = distance / (distance.amin(dim=2, keepdim=True) + LEAST)
    # The softmax of the exponents is equations 3 and 4 in one.
    likeness = torch.softmax((1 - relative) / BANDWIDTH, dim=2)
    return -torch.log(likeness.amax(dim=1).mean(dim=1)).mean()


class Contextual:
    """:func:`contextual` of VGG19's features.

    R. Mechrez et al., Maintaining natural image statistics with the contextual loss, ACCV 2018,
    takes this layer for super-resolution.
    """

    def prepare(self, device: torch.device, on_event: OnEvent) -> Loss:
        """See :class:`restorekit.training.losses.Unprepared`."""
        network = feature_network([LAYER], device, on_event)

        def loss(restored: Tensor, clean: Tensor) -> Tensor:
            with torch.no_grad():
                (wanted,) = network(in_color(clean))
            (found,) = network(in_color(restored))
            return contextual(found, wanted)

        return loss


LOSS = Contextual()

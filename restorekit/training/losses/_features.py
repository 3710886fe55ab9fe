"""Which network perceptual losses look through: VGG19, or what stands in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.errors import WeightsError
from restorekit.training.events import Told
from restorekit.training.losses._efficientnet_lite import EfficientNetLite0
from restorekit.training.losses._vgg19 import Vgg19
from restorekit.zoo.events import Event, Notice
from restorekit.zoo.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from torch import Tensor

    from restorekit.training.events import OnEvent

HINT = "models download vgg19 --trust-unverified fetches it, without a known sha256"


def feature_network(
    layers: Sequence[str], device: torch.device, on_event: OnEvent
) -> Vgg19 | EfficientNetLite0:
    """What takes ``(N, 3, H, W)`` in ``[0, 1]`` and gives the features of each layer.

    Its weights do not learn, and are float32 whatever the precision of training: features of
    bfloat16 would have three digits, and their differences none.

    Args:
        layers: VGG19's, such as ``conv3_4``, before the ReLU.
        device: Where to.
        on_event: Told where EfficientNet-Lite0 stands in, since values are others then.

    Raises:
        WeightsError: Neither network can be had.
    """
    try:
        network = Vgg19(fetched("vgg19", on_event), layers)
    except WeightsError:  # why was told already
        on_event(Told(f"no VGG19 here: EfficientNet-Lite0 stands in, and losses differ ({HINT})"))
        network = EfficientNetLite0(fetched("efficientnet-lite0", on_event), layers)
    return network.requires_grad_(requires_grad=False).eval().to(device)


def fetched(name: str, on_event: OnEvent) -> Path:
    """The file of these weights; see :func:`restorekit.zoo.fetch.fetch`."""

    def heard(event: Event) -> None:
        if isinstance(event, Notice):
            on_event(Told(event.text))

    return fetch(name, on_event=heard)


def in_color(pictures: Tensor) -> Tensor:
    """``(N, 1 or 3, H, W)`` to ``(N, 3, H, W)``: the networks know no grey."""
    return pictures.expand(-1, 3, -1, -1)

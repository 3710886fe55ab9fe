"""The lower layers of image classifiers, cut into five parts, each half as large as the one before.

They normalise by the numbers that they see, and by none that were kept from training: the networks
here that look through them were released to be run so.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import nn

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterator

Side = tuple[int, int]
"""Pixels before and after, down and across alike."""


class Backbone(NamedTuple):
    """What is known of a classifier."""

    widths: tuple[int, ...]
    """Channels that each part gives."""
    lost: tuple[Side, ...]
    """Pixels by which what each part gives falls short of half the size."""
    minimum: int
    """The smallest picture of which the last part leaves two pixels, all that is lost made up."""


BACKBONES = {
    "mobilenet": Backbone((16, 24, 32, 64, 160), ((0, 0),) * 5, 64),
    "inception": Backbone((32, 64, 192, 1088, 2080), ((0, 1), (1, 1), (1, 2), (1, 1), (1, 1)), 128),
}


def parts(name: str) -> list[nn.Module]:
    """The five parts of a classifier, with weights as its training begins.

    Raises:
        CheckpointError: The library that has it is not installed.
    """
    made = _mobilenet() if name == "mobilenet" else _inception()
    for layer in made.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.track_running_stats = False
            layer.running_mean = layer.running_var = layer.num_batches_tracked = None
    return list(made)


def _mobilenet() -> nn.ModuleList:
    """MobileNetV2: Sandler et al., CVPR 2018, table 2, up to the last block of 160 channels."""
    from torchvision.models import MobileNetV2

    features = MobileNetV2().features[:16]
    for block in features[1:]:
        # In the released files the layers of a block lie in one row.
        block.conv = nn.Sequential(*_leaves(block.get_submodule("conv")))
    cuts = (0, 2, 4, 7, 11, 16)
    return nn.ModuleList(nn.Sequential(*features[start:stop]) for start, stop in pairwise(cuts))


def _leaves(module: nn.Module) -> Iterator[nn.Module]:
    return (it for it in module.modules() if not isinstance(it, nn.Sequential))


def _inception() -> nn.ModuleList:
    """Inception-ResNet-v2: Szegedy et al., AAAI 2017, figure 15, up to its last reduction."""
    try:
        from timm.models.inception_resnet_v2 import (  # pyright: ignore[reportMissingImports]
            InceptionResnetV2,
        )
    except ImportError:
        raise CheckpointError(
            "the network looks through Inception-ResNet-v2, which the library timm has",
            hint="pip install 'restorekit[backbones]'",
        ) from None
    net: Any = InceptionResnetV2()
    return nn.ModuleList(
        [
            net.conv2d_1a,
            nn.Sequential(net.conv2d_2a, net.conv2d_2b, net.maxpool_3a),
            nn.Sequential(net.conv2d_3b, net.conv2d_4a, net.maxpool_5a),
            nn.Sequential(net.mixed_5b, net.repeat, net.mixed_6a),
            nn.Sequential(net.repeat_1, net.mixed_7a),
        ]
    )
